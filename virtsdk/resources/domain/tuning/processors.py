"""How much CPU time a guest may have, which NUMA cells its memory is from, which perf events are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

from virtsdk import errors
from virtsdk.binding.library import constants, word
from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.resources.domain.tuning.checks import (
    UNLIMITED,
    Unlimited,
    microseconds,
    one_of,
    something,
    whole,
)
from virtsdk.resources.domain.tuning.cpu_sets import numbers_of, written
from virtsdk.resources.domain.tuning.parameters import Parameters
from virtsdk.resources.domain.tuning.part import TuningPart
from virtsdk.resources.domain.tuning.values import NumaTuning, PerfEvents, Scheduler
from virtsdk.resources.scope import CONFIG, Scope, check_scope

NumaMode = Literal["strict", "preferred", "interleave", "restrictive"]
_MODES: Final[tuple[NumaMode, ...]] = get_args(NumaMode)

_SCHEDULER: Final = Parameters(
    "scheduler parameters",
    lambda raw, flags: raw.schedulerParametersFlags(flags) if flags else raw.schedulerParameters(),
    lambda raw, record, flags: (
        raw.setSchedulerParametersFlags(record, flags) if flags else raw.setSchedulerParameters(record)
    ),
    no_flags=frozenset({"test", "xen", "esx"}),
)


def _keeps_its_mode(raw: VirDomain, before: Record, wanted: Record, flags: int, operation: str) -> None:
    """Raise `NotLive` where another mode is asked for of a guest that runs."""
    mode = wanted.get("numa_mode", before.get("numa_mode"))
    if mode != before.get("numa_mode") and not flags & CONFIG and raw.isActive():
        subject = f"domain {raw.name()!r}"
        raise errors.NotLive(
            f"cannot set the NUMA mode of {subject} while it runs; scope='persistent' changes its "
            "definition, which its next start takes",
            operation=operation,
            subject=subject,
        )


_NUMA: Final = Parameters(
    "NUMA parameters",
    lambda raw, flags: raw.numaParameters(flags),
    lambda raw, record, flags: raw.setNumaParameters(record, flags),
    refuse=_keeps_its_mode,
)
_PERF: Final = Parameters(
    "perf events",
    lambda raw, flags: raw.perfEvents(flags),
    lambda raw, record, flags: raw.setPerfEvents(record, flags),
)
_TIMES: Final = ("vcpu", "emulator", "global", "iothread")
_NUMBERS: Final = ("cpu_shares", "weight", "cap", "reservation", "limit", "shares")
_MOST_SECONDS: Final = 17_592_186  # libvirt's greatest quota


class ProcessorVerbs(TuningPart):
    """Tuning of processors."""

    def scheduler(self, *, scope: Scope = "auto", timeout: float | None = None) -> Scheduler:
        """Read how much CPU time it may have; asks the host, not the guest.

        Parameters
        ----------
        scope
            ``"auto"``: what holds now. ``"persistent"``: what its next start takes.
        timeout
            Seconds; None for the connection's own. The other verbs have it too.

        Returns
        -------
        Scheduler
            ``.vcpu_quota_seconds`` of each ``.vcpu_period_seconds``, ``.cpu_shares`` ...

        Raises
        ------
        NotSupported
            The driver has none (``host.supports("scheduler")``), or guests have no control group there.
        InvalidState
            ``"live"`` of a guest that is off.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.scheduler()
        <Scheduler of test, live: kind fair, weight 50>
        """
        record, facts = self._parameters(_SCHEDULER, scope, timeout)
        kind = self._call("read the scheduler of", lambda raw: raw.schedulerType()[0], timeout=timeout)
        values: dict[str, Any] = {key: record[key] for key in _NUMBERS if record.get(key)}
        for one in _TIMES:
            for what in ("period", "quota"):
                found = record.get(f"{one}_{what}", 0)
                if found > 0:
                    values[f"{one}_{what}_seconds"] = found / 1_000_000
        return Scheduler(**facts, kind=str(kind), **values)

    def set_scheduler(
        self,
        *,
        cpu_shares: int | None = None,
        vcpu_period_seconds: float | None = None,
        vcpu_quota_seconds: float | Unlimited | None = None,
        emulator_period_seconds: float | None = None,
        emulator_quota_seconds: float | Unlimited | None = None,
        global_period_seconds: float | None = None,
        global_quota_seconds: float | Unlimited | None = None,
        iothread_period_seconds: float | None = None,
        iothread_quota_seconds: float | Unlimited | None = None,
        weight: int | None = None,
        cap: int | None = None,
        reservation: int | None = None,
        limit: int | None = None,
        shares: int | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> Scheduler:
        """Set how much CPU time it may have; what is not given stays as it is.

        Parameters
        ----------
        cpu_shares
            Its weight where CPUs are short; the kernel's default is 1024 (100 with cgroups v2).
        vcpu_period_seconds, emulator_period_seconds, global_period_seconds, iothread_period_seconds
            0.001 to 1.
        vcpu_quota_seconds, emulator_quota_seconds, global_quota_seconds, iothread_quota_seconds
            CPU time in each period, 0.001 or more; ``"unlimited"`` takes the limit away. A quota of twice the
            period is two CPUs.
        weight, cap
            Xen's, and the test driver's weight.
        reservation, limit, shares
            VMware's.
        scope, timeout
            ``"auto"``: what runs, and its definition; ``"live"``, ``"persistent"``: one of the two.

        Returns
        -------
        Scheduler
            As it is now.

        Raises
        ------
        ValueError, TypeError
            A value is none; nothing is sent.
        NotSupported
            The driver has no such parameter; the message names those that it has. Or guests have no control
            group there.
        NotApplied
            libvirt said yes, and it is as before.
        InvalidState
            The scope does not fit its state.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.set_scheduler(weight=50).weight
        50
        """
        given = dict(locals())
        wanted: dict[str, int] = {}
        for key in _NUMBERS:
            if given[key] is not None:
                wanted[key] = whole(key, given[key], -1 if key == "limit" else 0)
        for one in _TIMES:
            period, quota = given[f"{one}_period_seconds"], given[f"{one}_quota_seconds"]
            if period is not None:
                wanted[f"{one}_period"] = microseconds(f"{one}_period_seconds", period, 0.001, 1)
            if quota == UNLIMITED:
                wanted[f"{one}_quota"] = -1
            elif quota is not None:
                wanted[f"{one}_quota"] = microseconds(f"{one}_quota_seconds", quota, 0.001, _MOST_SECONDS)
        something("set_scheduler()", wanted)
        self._set(_SCHEDULER, wanted, scope, timeout)
        return self.scheduler(scope=scope, timeout=timeout)

    def numa(self, *, scope: Scope = "auto", timeout: float | None = None) -> NumaTuning:
        """Read which NUMA cells of the host its memory is from; asks the host, not the guest.

        Parameters
        ----------
        scope, timeout
            As of `scheduler`.

        Returns
        -------
        NumaTuning
            ``.mode`` and ``.cells``.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.numa()
        <NumaTuning of test, live: mode strict>
        """
        record, facts = self._parameters(_NUMA, scope, timeout)
        mode = record.get("numa_mode")
        return NumaTuning(
            **facts,
            mode=None if mode is None else word("VIR_DOMAIN_NUMATUNE_MEM_", mode),
            cells=record.get("numa_nodeset") or None,
        )

    def set_numa(
        self,
        *,
        mode: NumaMode | None = None,
        cells: str | Iterable[int] | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> NumaTuning:
        """Set which NUMA cells of the host its memory is from; what is not given stays as it is.

        Parameters
        ----------
        mode
            ``"strict"``, ``"preferred"``, ``"interleave"`` or ``"restrictive"``; in the definition alone: a
            guest that runs keeps its mode.
        cells
            ``"0-1"``, or numbers. Of a guest that runs libvirt moves them where the mode is
            ``"restrictive"``, and leaves pages that are there where they are.
        scope, timeout
            As of `set_scheduler`.

        Returns
        -------
        NumaTuning
            As it is now.

        Raises
        ------
        NotLive
            Another `mode`, while it runs; ``scope="persistent"`` is for its next start.
        ValueError, TypeError
            A value is none; nothing is sent.
        InvalidState
            The scope does not fit its state, or its mode does not let the cells be changed while it runs.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.set_numa(cells="0", scope="persistent").cells
        '0'
        """
        check_scope(scope)
        wanted: dict[str, Any] = {}
        if mode is not None:
            words = constants("VIR_DOMAIN_NUMATUNE_MEM_")
            wanted["numa_mode"] = words[one_of("mode", mode, [one for one in _MODES if one in words])]
        if cells is not None:
            wanted["numa_nodeset"] = written(numbers_of(cells, "cells"))
        something("set_numa()", wanted)
        self._set(_NUMA, wanted, scope, timeout)
        return self.numa(scope=scope, timeout=timeout)

    def perf_events(self, *, scope: Scope = "auto", timeout: float | None = None) -> PerfEvents:
        """Read which events of the processor are counted for it; asks the host, not the guest.

        Parameters
        ----------
        scope, timeout
            As of `scheduler`.

        Returns
        -------
        PerfEvents
            ``.enabled`` and ``.known``; the counts are ``host.stats(["perf"]).perf``.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     "cpu_cycles" in host.domains["test"].tuning.perf_events().known
        True
        """
        record, facts = self._parameters(_PERF, scope, timeout)
        return PerfEvents(
            **facts, enabled=tuple(one for one, on in record.items() if on), known=tuple(record)
        )

    def set_perf_events(
        self,
        *,
        enable: Iterable[str] = (),
        disable: Iterable[str] = (),
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> PerfEvents:
        """Have events of the processor counted for it, or not any more.

        Parameters
        ----------
        enable, disable
            Events: ``["cpu_cycles", "cache_misses"]``; `perf_events` has those that the driver knows.
        scope, timeout
            As of `set_scheduler`.

        Returns
        -------
        PerfEvents
            As it is now.

        Raises
        ------
        NotSupported
            The driver knows no such event; the message names those that it knows.
        OperationFailed
            The host's kernel or processor does not count it.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     tuning = host.domains["test"].tuning
        ...     tuning.set_perf_events(enable=["cpu_cycles"]).enabled
        ...     tuning.set_perf_events(disable=["cpu_cycles"]).enabled
        ('cpu_cycles',)
        ()
        """
        on, off = _events("enable", enable, True), _events("disable", disable, False)
        if on.keys() & off.keys():
            raise ValueError(
                f"enable and disable must not both have {', '.join(sorted(on.keys() & off.keys()))}"
            )
        wanted = {**on, **off}
        something("set_perf_events()", wanted)
        self._set(_PERF, wanted, scope, timeout)
        return self.perf_events(scope=scope, timeout=timeout)


def _events(name: str, events: Iterable[str], on: bool) -> Mapping[str, bool]:
    if isinstance(events, str):
        raise TypeError(f"{name} must be a list, [{events!r}], not {events!r}")
    return {str(one).replace("-", "_"): on for one in events}
