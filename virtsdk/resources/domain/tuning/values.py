"""What the tuning of a guest is, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from virtsdk.display import html, text

if TYPE_CHECKING:
    import pandas as pd

Whose = Literal["live", "persistent"]
_TYPES: Final = {"str": "str", "int": "Int64", "float": "Float64", "bool": "boolean", "Whose": "str"}
_WHOSE: Final = ("host", "domain", "name", "scope")


@dataclass(frozen=True, repr=False)
class TuningValue:
    """What a guest's tuning was when it was read.

    Attributes
    ----------
    host, domain, name
        Whose it is: the host's name, the domain's UUID and name.
    scope
        ``"live"``: of what runs. ``"persistent"``: of the definition that its next start takes.
    """

    host: str
    domain: str
    name: str
    scope: Whose

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the guest: host, domain (its UUID), name, scope, and a column an attribute; missing where
            it is None.
        """
        import pandas as pd

        row = self.to_dict()
        types = {one.name: _TYPES[str(one.type).partition(" ")[0]] for one in fields(self) if one.name in row}
        return pd.DataFrame([row]).astype(types)

    def _said(self) -> dict[str, str]:
        """Say what is set, by attribute."""
        said: dict[str, str] = {}
        for key, value in self.to_dict().items():
            if key not in _WHOSE and value is not None:
                said[key] = in_words(key, value)
        return said

    _nothing = "nothing is set"

    def __repr__(self) -> str:
        said = ", ".join(f"{_plain(key)} {value}" for key, value in self._said().items()) or self._nothing
        return f"<{type(self).__name__} of {text.printable(self.name)}, {self.scope}: {said}>"

    def _repr_html_(self) -> str:
        said = self._said()
        return html.view(
            html.heading(f"{type(self).__name__} of {self.name}", f"{self.scope}, on {self.host}"),
            html.outline({_plain(key): value for key, value in said.items()})
            if said
            else html.paragraph(self._nothing),
        )


def in_words(key: str, value: object) -> str:
    """Write a value with the unit that its name has.

    Examples
    --------
    >>> in_words("hard_bytes", 2**30), in_words("vcpu_period_seconds", 0.1), in_words("weight", 200)
    ('1 GiB', '0.1 s', '200')
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if key.endswith("_bytes_per_second"):
            return f"{text.size(value)}/s"
        if key.endswith("_bytes"):
            return text.size(value)
        if key.endswith("_seconds"):
            return f"{value:g} s"
    return text.words(value)


def _plain(key: str) -> str:
    for unit in ("_bytes_per_second", "_bytes", "_seconds"):
        key = key.removesuffix(unit)
    return key.replace("_", " ")


@dataclass(frozen=True, repr=False)
class Scheduler(TuningValue):
    """How much CPU time a guest may have; None where there is no limit, or the driver has no such thing.

    Attributes
    ----------
    kind
        libvirt's name for the host's scheduler: ``"posix"``, ``"credit"``, ``"allocation"``, ``"fair"``.
    cpu_shares
        Its weight against others where CPUs are short.
    vcpu_period_seconds, vcpu_quota_seconds
        CPU time that each vCPU may use in each period.
    emulator_period_seconds, emulator_quota_seconds
        The same for the emulator's own threads.
    global_period_seconds, global_quota_seconds
        The same for all of the guest.
    iothread_period_seconds, iothread_quota_seconds
        The same for each of its iothreads.
    weight, cap
        Xen's: its weight, and the most in per cent of a CPU.
    reservation, limit, shares
        VMware's: MHz that it is sure of, MHz at most, its weight.
    """

    kind: str = ""
    cpu_shares: int | None = None
    vcpu_period_seconds: float | None = None
    vcpu_quota_seconds: float | None = None
    emulator_period_seconds: float | None = None
    emulator_quota_seconds: float | None = None
    global_period_seconds: float | None = None
    global_quota_seconds: float | None = None
    iothread_period_seconds: float | None = None
    iothread_quota_seconds: float | None = None
    weight: int | None = None
    cap: int | None = None
    reservation: int | None = None
    limit: int | None = None
    shares: int | None = None

    @property
    def vcpu_limit(self) -> float | None:
        """CPUs that each vCPU may use at most: quota by period; None for no limit."""
        if self.vcpu_quota_seconds is None or not self.vcpu_period_seconds:
            return None
        return self.vcpu_quota_seconds / self.vcpu_period_seconds


@dataclass(frozen=True, repr=False)
class MemoryLimits(TuningValue):
    """How much of the host's memory a guest's process may take; None for no limit.

    Attributes
    ----------
    hard_bytes
        Beyond it the kernel ends the guest's process.
    soft_bytes
        The kernel takes memory from it down to this first, where the host runs short.
    swap_hard_bytes
        Memory and swap together.
    min_guarantee_bytes
        Memory that it is sure of, where the driver has that.
    """

    hard_bytes: int | None = None
    soft_bytes: int | None = None
    swap_hard_bytes: int | None = None
    min_guarantee_bytes: int | None = None
    _nothing = "no limits"


@dataclass(frozen=True)
class BlockDevice:
    """The weight and limits of one block device of the host, for one guest; None where there are none.

    Attributes
    ----------
    device
        Its path on the host.
    weight
        The guest's weight on it.
    read_bytes_per_second, write_bytes_per_second, read_requests_per_second, write_requests_per_second
        The most.
    """

    device: str
    weight: int | None = None
    read_bytes_per_second: int | None = None
    write_bytes_per_second: int | None = None
    read_requests_per_second: int | None = None
    write_requests_per_second: int | None = None


@dataclass(frozen=True, repr=False)
class BlockWeights(TuningValue):
    """A guest's weight where the host's disks are busy, and its limits on single block devices.

    Attributes
    ----------
    weight
        Against other guests; None where none is set.
    devices
        A `BlockDevice` for each that has a weight or a limit of its own.
    """

    weight: int | None = None
    devices: tuple[BlockDevice, ...] = ()

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row for the whole guest, whose device is missing, and one per device: host, domain (UUID),
            name, scope, device (path), weight, read_bytes_per_second, write_bytes_per_second,
            read_requests_per_second, write_requests_per_second.
        """
        import pandas as pd

        whose = {key: getattr(self, key) for key in _WHOSE}
        rows: list[Mapping[str, object]] = [{**whose, "device": None, "weight": self.weight}]
        rows += [{**whose, **vars(one)} for one in self.devices]
        numbers = [one.name for one in fields(BlockDevice)][1:]
        types = {**dict.fromkeys((*_WHOSE, "device"), "str"), **dict.fromkeys(numbers, "Int64")}
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes, and each device as a dict."""
        return {**super().to_dict(), "devices": [vars(one) for one in self.devices]}

    def _said(self) -> dict[str, str]:
        said = {} if self.weight is None else {"weight": str(self.weight)}
        for one in self.devices:
            parts = {key: value for key, value in vars(one).items() if key != "device" and value is not None}
            said[text.printable(one.device)] = ", ".join(
                f"{_plain(key)} {in_words(key, value)}" for key, value in parts.items()
            )
        return said


@dataclass(frozen=True, repr=False)
class NumaTuning(TuningValue):
    """Where a guest's memory comes from.

    Attributes
    ----------
    mode
        ``"strict"``, ``"preferred"``, ``"interleave"`` or ``"restrictive"``.
    cells
        NUMA cells of the host, ``"0-1"``; None where any will do.
    """

    mode: str | None = None
    cells: str | None = None


@dataclass(frozen=True, repr=False)
class Bandwidth(TuningValue):
    """How fast a nic may go; inbound is what the guest receives. None for no limit.

    libvirt counts rates in kilobytes of 1000 bytes, as ``tc`` does, and bursts in KiB.

    Attributes
    ----------
    nic
        The nic as it was asked for: its target on the host, or its MAC.
    inbound_bytes_per_second, outbound_bytes_per_second
        On average.
    inbound_peak_bytes_per_second, outbound_peak_bytes_per_second
        The most, while a burst lasts; the kernel keeps no peak of what the guest sends.
    inbound_burst_bytes, outbound_burst_bytes
        How much may go at the peak.
    inbound_floor_bytes_per_second
        What it is sure of; on a network with a bandwidth of its own.
    """

    nic: str = ""
    inbound_bytes_per_second: int | None = None
    inbound_peak_bytes_per_second: int | None = None
    inbound_burst_bytes: int | None = None
    inbound_floor_bytes_per_second: int | None = None
    outbound_bytes_per_second: int | None = None
    outbound_peak_bytes_per_second: int | None = None
    outbound_burst_bytes: int | None = None


@dataclass(frozen=True, repr=False)
class PerfEvents(TuningValue):
    """The events of the processor that are counted for a guest, which cost it some speed.

    Attributes
    ----------
    enabled
        Those that are counted: ``"cpu_cycles"``, ``"cache_misses"`` ...; ``host.stats(["perf"])`` has them.
    known
        All that the driver knows.
    """

    enabled: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    _nothing = "none is counted"

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per event that the driver knows: host, domain (UUID), name, scope, event, enabled.
        """
        import pandas as pd

        whose = {key: getattr(self, key) for key in _WHOSE}
        rows = [{**whose, "event": one, "enabled": one in self.enabled} for one in self.known]
        types = {**dict.fromkeys((*_WHOSE, "event"), "str"), "enabled": "boolean"}
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def _said(self) -> dict[str, str]:
        return {"enabled": ", ".join(self.enabled)} if self.enabled else {}


@dataclass(frozen=True)
class IOThread:
    """A thread of a guest's emulator that works for disks.

    Attributes
    ----------
    number
        Its id in the definition.
    cpus
        CPUs of the host that it may use, ``"0-3"``.
    poll_max_seconds
        How long it polls before it waits; None where that is not told, as of a guest that is off.
    poll_grow, poll_shrink
        How the polling time changes; 0 leaves that to QEMU.
    """

    number: int
    cpus: str
    poll_max_seconds: float | None = None
    poll_grow: int | None = None
    poll_shrink: int | None = None


@dataclass(frozen=True, repr=False)
class IOThreads(TuningValue):
    """The threads of a guest's emulator that work for its disks.

    Attributes
    ----------
    threads
        An `IOThread` each, by number.
    """

    threads: tuple[IOThread, ...] = ()
    _nothing = "none"

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per thread: host, domain (UUID), name, scope, iothread (its number), cpus,
            poll_max_seconds, poll_grow, poll_shrink; missing where it is not told.
        """
        import pandas as pd

        whose = {key: getattr(self, key) for key in _WHOSE}
        rows = [
            {**whose, "iothread": one.number, **{k: v for k, v in vars(one).items() if k != "number"}}
            for one in self.threads
        ]
        types = {
            **dict.fromkeys(_WHOSE, "str"),
            "iothread": "Int64",
            "cpus": "str",
            "poll_max_seconds": "Float64",
            "poll_grow": "Int64",
            "poll_shrink": "Int64",
        }
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes, and each thread as a dict."""
        return {**super().to_dict(), "threads": [vars(one) for one in self.threads]}

    def _said(self) -> dict[str, str]:
        return {f"iothread {one.number}": f"on CPUs {one.cpus}" for one in self.threads}
