"""Typing at a guest's keyboard, signals to its programs, its sleep."""

from __future__ import annotations

import time
from typing import Literal, get_args

from virtsdk.binding.deadlines import above_zero
from virtsdk.binding.library import constants, flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.input.keys import key_codes, strokes
from virtsdk.resources.domain.waiting import WaitingVerbs
from virtsdk.words import DomainState

SleepKind = Literal["mem", "disk", "hybrid"]
_STROKE = 0.01  # seconds between two strokes of a text


class InputVerbs(WaitingVerbs):
    """Doing to a guest what a person at the machine would do."""

    def send_keys(self, *keys: str | int, hold_seconds: float = 0.1, timeout: float | None = None) -> None:
        """Press keys together, and let them go.

        Parameters
        ----------
        *keys
            Names as of Linux (``"leftctrl"``, ``"f1"``, ``"KEY_A"``), short ones (``"ctrl"``, ``"alt"``,
            ``"shift"``, ``"win"``, ``"altgr"``) or Linux' numbers; 16 at most.
        hold_seconds
            How long they are down.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It does not run.
        NotSupported
            The driver has no keyboard (``host.supports("send_key")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].send_keys("ctrl", "alt", "delete")
        """
        codes = key_codes(keys)
        above_zero("hold_seconds", hold_seconds)
        held = max(1, round(hold_seconds * 1000))
        linux = flag("VIR_KEYCODE_SET_LINUX")
        self._call(
            "send keys to",
            lambda raw: raw.sendKey(linux, held, codes, len(codes), 0),
            changes=True,
            timeout=timeout,
        )

    @shows_no_variables
    def type_text(self, text: str, *, timeout: float | None = None) -> None:
        r"""Type a text at its keyboard: at a login prompt, in a boot menu. Nothing of it is logged.

        The guest has to take the keyboard for a US one. Some 50 characters a second are typed: faster, a
        guest loses some. Whether a program reads them there, nobody knows.

        Parameters
        ----------
        text
            What a US keyboard types, with ``\n`` for Enter and ``\t`` for Tab.
        timeout
            Seconds for all of it; None for the connection's own. What is typed goes on after `TimedOut`.

        Raises
        ------
        ValueError
            A character has no key; nothing is typed.
        InvalidState, NotSupported, ReadOnly
            As for `send_keys`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].type_text("root\n")
        """
        together = strokes(text)
        linux, held = flag("VIR_KEYCODE_SET_LINUX"), round(_STROKE * 1000)

        def type_it(raw: VirDomain) -> None:
            for keys in together:
                raw.sendKey(linux, held, keys, len(keys), 0)
                # The call returns at once. QEMU waits after each key that goes down or up, and drops what is
                # more than 1,024 strokes ahead of it.
                time.sleep(2 * len(keys) * _STROKE)

        self._call("type at the keyboard of", type_it, changes=True, timeout=timeout)

    def inject_nmi(self, *, timeout: float | None = None) -> None:
        """Send its processors an interrupt that cannot be masked: some systems write a crash dump.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It does not run.
        NotSupported
            The driver has none (``host.supports("nmi")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        self._call("inject an NMI into", lambda raw: raw.injectNMI(0), changes=True, timeout=timeout)

    def send_signal(self, signal: str | int, *, process: int = 1, timeout: float | None = None) -> None:
        """Send a process of a container a signal.

        Parameters
        ----------
        signal
            ``"term"``, ``"SIGHUP"`` ..., or libvirt's number of one; 0 sends nothing, and fails where
            there is no such process.
        process
            Its number inside; less than 0 for a group. LXC takes the first alone.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It does not run.
        NotSupported
            The driver does not (``host.supports("process_signal")``): in a virtual machine, ask its agent.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        number = _signal(signal)
        if isinstance(process, bool) or not isinstance(process, int) or process == 0:  # pyright: ignore
            raise ValueError(
                f"process must be the number of a process or, below 0, of a group, not {process!r}"
            )
        self._call(
            "send a signal to a process of",
            lambda raw: raw.sendProcessSignal(process, number, 0),
            changes=True,
            timeout=timeout,
        )

    # --- sleep ------------------------------------------------------------

    def sleep(self, kind: SleepKind = "mem", *, timeout: float = 30.0) -> None:
        """Have the guest go to sleep, by its agent, and wait until it does.

        Parameters
        ----------
        kind
            ``"mem"`` keeps its memory powered; ``"disk"`` writes it to a disk of the guest, which goes off
            and resumes when it is started; ``"hybrid"`` does both. Its definition has to allow it (``<pm>``).
        timeout
            Seconds for all of it.

        Raises
        ------
        TimedOut
            It was asked, and is awake still.
        AgentError, AgentMissing, AgentUnresponsive
            Its agent could not, is not there, or does not answer.
        InvalidState
            It does not run.
        NotSupported
            Its definition or the driver does not allow it (``host.supports("guest_sleep")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if kind not in get_args(SleepKind):
            raise ValueError(f"kind must be one of {', '.join(get_args(SleepKind))}, not {kind!r}")
        above_zero("timeout", timeout)
        target, until = flag(f"VIR_NODE_SUSPEND_TARGET_{kind.upper()}"), time.monotonic() + timeout
        self._change("put to sleep", lambda raw: raw.pMSuspendForDuration(target, 0, 0), timeout)
        asleep = DomainState.SHUTOFF if kind == "disk" else DomainState.PMSUSPENDED
        self.wait(asleep, timeout=max(0.1, until - time.monotonic()))

    def wake(self, *, timeout: float = 30.0) -> None:
        """Wake it up, and wait until it runs.

        Parameters
        ----------
        timeout
            Seconds for all of it.

        Raises
        ------
        TimedOut
            It does not run in time.
        InvalidState
            It is awake, or off: a guest that sleeps on its disk is started.
        NotSupported
            The driver does not (``host.supports("guest_sleep")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        above_zero("timeout", timeout)
        until = time.monotonic() + timeout
        self._change("wake", lambda raw: raw.pMWakeup(0), timeout)
        self.wait(DomainState.RUNNING, timeout=max(0.1, until - time.monotonic()))


def _signal(signal: object) -> int:
    known = constants("VIR_DOMAIN_PROCESS_SIGNAL_")
    if isinstance(signal, str):
        name = signal.lower().removeprefix("sig")
        if name in known:
            return known[name]
        raise ValueError(f"unknown signal {signal!r}; known are {', '.join(known)}")
    if isinstance(signal, bool) or not isinstance(signal, int):
        raise TypeError(f"signal must be a name or a number, not {type(signal).__name__}")
    if signal not in known.values():
        raise ValueError(f"signal must be a number of libvirt's, 0 to {max(known.values())}, not {signal}")
    return int(signal)
