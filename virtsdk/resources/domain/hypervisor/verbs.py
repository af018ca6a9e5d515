"""Asking a guest's hypervisor: what it says of the guest, its memory, its own commands."""

from __future__ import annotations

import json
from typing import Any, Literal

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.binding.qemu import monitor_command
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.hypervisor.values import Control, LaunchSecurity, SecurityLabel
from virtsdk.resources.domain.newer import newer
from virtsdk.resources.domain.rows import Rows
from virtsdk.units import MiB

_PIECE = int(MiB(1))  # bytes of memory at once; libvirt's protocol has room for 4 MiB


class HypervisorVerbs(DomainCore):
    """What a guest's hypervisor says of it, and does."""

    def messages(
        self, kind: Literal["deprecation", "tainting"] | None = None, *, timeout: float | None = None
    ) -> list[str]:
        """Read what the hypervisor finds remarkable about it, in its own words.

        Parameters
        ----------
        kind
            ``"deprecation"``: it uses what will go. ``"tainting"``: someone did what libvirt does not stand
            for, as `monitor` does. None for both.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        list of str
            A message each; empty where there is nothing.

        Raises
        ------
        NotSupported
            The driver has none (``host.supports("messages")``).
        """
        if kind not in {"deprecation", "tainting", None}:
            raise ValueError(f"kind must be 'deprecation', 'tainting' or None, not {kind!r}")
        flags = 0 if kind is None else flag(f"VIR_DOMAIN_MESSAGE_{kind.upper()}")
        return sorted(self._call("read the messages about", lambda raw: raw.messages(flags), timeout=timeout))

    def control(self, *, timeout: float | None = None) -> Control:
        """Read whether libvirt can reach its hypervisor process: why it does not answer.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Control
            ``.state``, ``.reason``, ``.seconds``.

        Raises
        ------
        InvalidState
            It is off.
        NotSupported
            The driver does not say (``host.supports("control")``).
        """
        return Control.of(self._call("read the control of", lambda raw: raw.controlInfo(0), timeout=timeout))

    def security_labels(self, *, timeout: float | None = None) -> Rows[SecurityLabel]:
        """Read the labels by which the host keeps its process apart from others.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        list of SecurityLabel
            In the order of the host's security models, with ``.frame()``: one row per label.

        Raises
        ------
        NotSupported
            The driver has none (``host.supports("security_labels")``).
        """
        alone = self._session.driver == "lxc"  # which has one, and no list of them
        said = self._call(
            "read the security labels of",
            lambda raw: [raw.securityLabel()] if alone else raw.securityLabelList(),
            timeout=timeout,
        )
        found = [SecurityLabel(label, bool(enforcing)) for label, enforcing in said]
        about = {"host": self._host.name, "domain": self.key, "name": self._name}
        return Rows(found, SecurityLabel, about)

    # --- encrypted guests ------------------------------------------------------------

    def launch_security(self, *, timeout: float | None = None) -> LaunchSecurity | None:
        """Read how it was launched, of an encrypted guest: its owner checks that.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        LaunchSecurity or None
            None where it is not encrypted.

        Raises
        ------
        InvalidState
            It does not run.
        NotSupported
            The driver has no encrypted guests (``host.supports("launch_security")``).
        ReadOnly
            The connection was opened read-only: libvirt tells it to writers alone.
        """
        operation = "read the launch security of"
        self._session.refuse_readonly(operation, self.subject)
        return LaunchSecurity.of(
            self._call(operation, lambda raw: raw.launchSecurityInfo(0), timeout=timeout)
        )

    @shows_no_variables
    def set_launch_security(
        self,
        header: str,
        secret: str,
        *,
        address: int | None = None,
        timeout: float | None = None,
    ) -> None:
        """Give an encrypted guest its secret, while it is paused before its first step.

        Parameters
        ----------
        header, secret
            As its owner made them for this guest, in base64. They are in no repr, message, traceback or log.
        address
            Where in its memory; None for where its firmware says.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It does not stand before its first step.
        NotSupported
            The driver has no encrypted guests (``host.supports("launch_secret")``), or it is none.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        for name, value in (("header", header), ("secret", secret)):
            if not isinstance(value, str) or not value:  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"{name} must be text, in base64, not {type(value).__name__}")
        parameters: Record = {"sev-secret-header": header, "sev-secret": secret}
        if address is not None:
            parameters["sev-secret-set-address"] = _natural("address", address)
        self._change("give a secret to", lambda raw: raw.setLaunchSecurityState(parameters, 0), timeout)

    # --- its memory, its nics, its monitor ------------------------------------------------------------

    def peek_memory(
        self, address: int, size: int, *, virtual: bool = False, timeout: float | None = None
    ) -> bytes:
        """Read a part of its memory, as it is now.

        Parameters
        ----------
        address
            Of the first byte.
        size
            How many bytes.
        virtual
            The address is one of its first processor's, as that translates it; else one of the machine's.
        timeout
            Seconds for all of it; None for the connection's own.

        Returns
        -------
        bytes
            `size` of them. It runs meanwhile: a MiB is of one moment, no more. Where there is no memory
            QEMU gives zeros.

        Raises
        ------
        InvalidState
            It does not run.
        InternalError
            A virtual address leads nowhere.
        NotSupported
            The driver does not (``host.supports("peek_memory")``).
        ReadOnly
            The connection was opened read-only: it may hold anything.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].peek_memory(0, 4).hex()
        '00010203'
        """
        operation = "read the memory of"
        first, wanted = _natural("address", address), _natural("size", size)
        flags = flag("VIR_MEMORY_VIRTUAL" if virtual else "VIR_MEMORY_PHYSICAL")
        self._session.refuse_readonly(operation, self.subject)

        def read(raw: VirDomain) -> bytes:
            pieces = range(first, first + wanted, _PIECE)
            return b"".join(
                raw.memoryPeek(start, min(_PIECE, first + wanted - start), flags) for start in pieces
            )

        return self._call(operation, read, timeout=timeout)

    def announce(self, nic: str | None = None, *, timeout: float | None = None) -> None:
        """Have its nics tell the network where they are, as after a migration: switches learn it at once.

        Parameters
        ----------
        nic
            Its MAC address or the host's name of it (``"vnet0"``); None for all.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It does not run.
        NotSupported
            It needs libvirt 12.5, here and there (``host.supports("announce")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if nic is not None and (not isinstance(nic, str) or not nic):  # pyright: ignore
            raise ValueError(f"nic must be a MAC address or the host's name of a nic, not {nic!r}")
        operation = "announce the nics of"

        def tell(raw: VirDomain) -> object:
            return newer(raw, "announceInterface", "12.5", operation, self.subject)(nic, None, 0)

        self._call(operation, tell, changes=True, timeout=timeout)

    @shows_no_variables
    def monitor(
        self, command: str, /, *, human: bool = False, timeout: float | None = None, **arguments: Any
    ) -> Any:
        """Have its QEMU do one of QEMU's own commands, behind libvirt's back.

        libvirt takes the guest for tainted from then on (`messages` says so), and nobody helps with it: a
        command that changes what libvirt keeps track of can end both. Reading is safe.

        Parameters
        ----------
        command
            ``"query-block"``; with `human` as a person types it: ``"info block"``.
        human
            In the words of QEMU's human monitor, and the answer as well.
        timeout
            Seconds; None for the connection's own.
        **arguments
            The command's own; a dash of their names is an underscore here. The audit log has none of them.

        Returns
        -------
        object
            QEMU's answer, as JSON has it; text with `human`.

        Raises
        ------
        OperationFailed
            QEMU knows no such command, or could not do it; the message has its words.
        InvalidState
            It does not run.
        NotSupported
            It is no QEMU (``host.supports("monitor")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if not isinstance(command, str) or not command.strip():  # pyright: ignore
            raise ValueError("command must be one of QEMU's")
        if human and arguments:
            raise ValueError("arguments must be in the command's text with human=True")
        first = command.split()[0]
        operation = f"have QEMU do {first} for"
        given = {key.replace("_", "-"): value for key, value in arguments.items()}
        more = {"arguments": given} if given else {}
        sent = command if human else json.dumps({"execute": command, **more})
        said = self._call(
            operation, lambda raw: monitor_command(raw, sent, human=human), changes=True, timeout=timeout
        )
        if human:
            return said
        answer = json.loads(said)
        if "error" in answer:
            words = answer["error"].get("desc", "it could not")
            raise errors.OperationFailed(
                f"cannot {operation} {self.subject}: {words}", operation=operation, subject=self.subject
            )
        return answer.get("return")


def _natural(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**64:
        raise ValueError(f"{name} must be a number of bytes, 0 or more, not {value!r}")
    return value
