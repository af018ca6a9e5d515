"""Threads of a guest's emulator that work for its disks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.resources.domain.tuning.checks import something, whole
from virtsdk.resources.domain.tuning.cpu_sets import pinning, written_map
from virtsdk.resources.domain.tuning.parameters import each_place, flags_of
from virtsdk.resources.domain.tuning.part import TuningPart
from virtsdk.resources.domain.tuning.values import IOThread, IOThreads
from virtsdk.resources.scope import CONFIG, Scope, affected, check_scope

_POLL_KEPT: Final = (9, 4, 0)
"""The libvirt from which on a definition has polling values."""
_MOST: Final = 2**31 - 1


class IOThreadVerbs(TuningPart):
    """Tuning of iothreads."""

    def iothreads(self, *, scope: Scope = "auto", timeout: float | None = None) -> IOThreads:
        """Read its iothreads; asks the guest's QEMU where it runs.

        Parameters
        ----------
        scope
            ``"auto"``: what holds now. ``"persistent"``: what its next start takes.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        IOThreads
            ``.threads``, with the CPUs that each may use and, of a guest that runs, how it polls.

        Raises
        ------
        NotSupported
            The driver has none (``host.supports("iothreads")``).

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.iothreads(scope="persistent")
        <IOThreads of test, persistent: none>
        """
        operation = "read the iothreads of"
        check_scope(scope)

        def ask(raw: VirDomain) -> tuple[list[tuple[int, list[bool]]], Record, str]:
            flags = flags_of(raw, scope, self._driver, operation, frozenset())
            whose = self._whose(raw, scope)
            return raw.ioThreadInfo(flags), _polling(raw) if whose == "live" else {}, whose

        found, polling, whose = self._call(operation, ask, timeout=timeout)
        threads = [
            IOThread(
                number,
                written_map(cpus),
                poll_max_seconds=_seconds(polling.get(f"iothread.{number}.poll-max-ns")),
                poll_grow=polling.get(f"iothread.{number}.poll-grow"),
                poll_shrink=polling.get(f"iothread.{number}.poll-shrink"),
            )
            for number, cpus in sorted(found)
        ]
        return IOThreads(**self._facts(whose), threads=tuple(threads))

    def add_iothread(self, number: int, *, scope: Scope = "auto", timeout: float | None = None) -> IOThreads:
        """Add an iothread, for a disk to be given it.

        Parameters
        ----------
        number
            Its id, 1 or more, which no other has.
        scope, timeout
            ``"auto"``: what runs, and its definition; ``"live"``, ``"persistent"``: one of the two.

        Returns
        -------
        IOThreads
            As they are now.

        Raises
        ------
        InvalidArgument
            One of that number is there.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     tuning = host.domains["test"].tuning
        ...     [one.number for one in tuning.add_iothread(1).threads]
        ...     tuning.remove_iothread(1)
        [1]
        <IOThreads of test, live: none>
        """
        whole("number", number, 1, _MOST)
        self._each(f"add iothread {number} to", scope, timeout, lambda raw, to: raw.addIOThread(number, to))
        return self.iothreads(scope=scope, timeout=timeout)

    def remove_iothread(
        self, number: int, *, scope: Scope = "auto", timeout: float | None = None
    ) -> IOThreads:
        """Remove an iothread that no disk uses.

        Parameters
        ----------
        number, scope, timeout
            As of `add_iothread`.

        Returns
        -------
        IOThreads
            As they are now.

        Raises
        ------
        InvalidArgument
            There is none of that number.
        InvalidState
            A disk uses it.
        """
        whole("number", number, 1, _MOST)
        self._each(
            f"remove iothread {number} of", scope, timeout, lambda raw, to: raw.delIOThread(number, to)
        )
        return self.iothreads(scope=scope, timeout=timeout)

    def pin_iothread(
        self,
        number: int,
        cpus: str | Iterable[int] | None,
        *,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> IOThreads:
        """Say on which CPUs of the host an iothread may run.

        Parameters
        ----------
        number
            Its id.
        cpus
            ``"0-3,8"``, or numbers; None for all of the host.
        scope, timeout
            As of `add_iothread`.

        Returns
        -------
        IOThreads
            As they are now.

        Raises
        ------
        InvalidArgument
            There is none of that number; the host does not have such a CPU.
        """
        whole("number", number, 1, _MOST)
        operation = f"pin iothread {number} of"
        pin = pinning(
            cpus, lambda raw, cpumap, to: raw.pinIOThread(number, cpumap, to), operation, self._guest.subject
        )
        self._each(operation, scope, timeout, pin)
        return self.iothreads(scope=scope, timeout=timeout)

    def set_iothread(
        self,
        number: int,
        *,
        poll_max_seconds: float | None = None,
        poll_grow: int | None = None,
        poll_shrink: int | None = None,
        thread_pool_min: int | None = None,
        thread_pool_max: int | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> IOThreads:
        """Set how an iothread polls, and how many workers it has; what is not given stays as it is.

        Parameters
        ----------
        number
            Its id.
        poll_max_seconds
            How long it polls before it waits, to the nanosecond, 2 seconds at most; 0 for not at all.
        poll_grow, poll_shrink
            How the polling time changes; 0 leaves that to QEMU.
        thread_pool_min, thread_pool_max
            Workers; the least and the most.
        scope, timeout
            As of `add_iothread`. Definitions have polling values from libvirt 9.4 on.

        Returns
        -------
        IOThreads
            As they are now.

        Raises
        ------
        NotSupported
            The host's libvirt keeps no polling values; ``scope="live"`` sets those of what runs.
        InvalidArgument
            There is none of that number.
        """
        whole("number", number, 1, _MOST)
        check_scope(scope)
        polling: dict[str, int] = {}
        if poll_max_seconds is not None:
            polling["poll_max_ns"] = _nanoseconds(poll_max_seconds)
        if poll_grow is not None:
            polling["poll_grow"] = whole("poll_grow", poll_grow, 0, _MOST)
        if poll_shrink is not None:
            polling["poll_shrink"] = whole("poll_shrink", poll_shrink, 0, _MOST)
        wanted = dict(polling)
        if thread_pool_min is not None:
            wanted["thread_pool_min"] = whole("thread_pool_min", thread_pool_min, 0, _MOST)
        if thread_pool_max is not None:
            wanted["thread_pool_max"] = whole("thread_pool_max", thread_pool_max, 0, _MOST)
        something("set_iothread()", wanted)
        operation = f"set iothread {number} of"
        old = self._driver == "qemu" and self._guest.host.libvirt_version < _POLL_KEPT

        def send(raw: VirDomain) -> None:
            flags = affected(raw, scope, operation=operation)
            if polling and flags & CONFIG and old:
                raise errors.NotSupported(
                    f"cannot {operation} {self._guest.subject} for its next start: libvirt keeps polling "
                    "values from 9.4 on; scope='live' sets those of what runs",
                    operation=operation,
                    subject=self._guest.subject,
                )
            each_place(
                raw, flags, self._driver, operation, lambda to: raw.setIOThreadParams(number, wanted, to)
            )

        self._call(operation, send, changes=True, timeout=timeout)
        return self.iothreads(scope=scope, timeout=timeout)

    def _each(
        self,
        operation: str,
        scope: Scope,
        timeout: float | None,
        change: Callable[[VirDomain, int], object],
    ) -> None:
        check_scope(scope)

        def send(raw: VirDomain) -> None:
            flags = affected(raw, scope, operation=operation)
            each_place(raw, flags, self._driver, operation, lambda to: change(raw, to))

        self._call(operation, send, changes=True, timeout=timeout)


def _polling(raw: VirDomain) -> Record:
    """Read how the iothreads poll, where the driver tells."""
    conn = raw.connect()
    with_figures = conn.domainListGetStats([raw], flag("VIR_DOMAIN_STATS_IOTHREAD"), 0)
    return with_figures[0][1] if with_figures else {}


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9


def _nanoseconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
        raise ValueError(f"poll_max_seconds must be 0 to 2 seconds, not {value!r}")
    return round(value * 1e9)
