"""A figure of libvirt: its place in a frame, its unit there and here, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from virtsdk.words import (
    DIRTY_RATE_STATES,
    DOMAIN_STATES,
    JOB_KINDS,
    JOB_OPERATIONS,
    POOL_STATES,
    VCPU_STATES,
)


class Kind(StrEnum):
    """Movement of a figure: a counter grows, a gauge goes up and down."""

    COUNTER = "counter"  #: only grows, until something resets it; its differences mean something
    GAUGE = "gauge"  #: a level at the time of the sample
    LABEL = "label"  #: text that names or describes


class Unit(StrEnum):
    """A unit as libvirt states it; `CONVERSIONS` says what becomes of it."""

    COUNT = "count"
    BYTES = "bytes"
    KIB = "KiB"
    MIB_PER_SECOND = "MiB/s"
    BYTES_PER_SECOND = "B/s"
    PAGES_PER_SECOND = "pages/s"
    PERCENT = "percent"
    NS = "ns"
    US = "µs"
    MS = "ms"
    SECONDS = "s"
    EPOCH = "s since 1970"
    BOOL = "bool"
    TEXT = "text"
    DOMAIN_STATE = "virDomainState"
    STATE_REASON = "reason of the state"
    VCPU_STATE = "virVcpuState"
    DIRTY_RATE_STATE = "virDomainDirtyRateStatus"
    POOL_STATE = "virStoragePoolState"
    JOB_TYPE = "virDomainJobType"
    JOB_OPERATION = "virDomainJobOperation"


@dataclass(frozen=True, slots=True)
class Conversion:
    """From libvirt's unit to ours: `value * multiply / divide`, in a column of `dtype`."""

    unit: str
    dtype: str
    multiply: int = 1
    divide: int = 1
    names: tuple[str, ...] = ()


CONVERSIONS: dict[Unit, Conversion] = {
    Unit.COUNT: Conversion("count", "Int64"),
    Unit.BYTES: Conversion("bytes", "Int64"),
    Unit.KIB: Conversion("bytes", "Int64", multiply=1024),
    Unit.MIB_PER_SECOND: Conversion("bytes/s", "Int64", multiply=1024**2),
    Unit.BYTES_PER_SECOND: Conversion("bytes/s", "Int64"),
    Unit.PAGES_PER_SECOND: Conversion("pages/s", "Int64"),
    Unit.PERCENT: Conversion("percent", "Int64"),
    Unit.NS: Conversion("seconds", "Float64", divide=10**9),
    Unit.US: Conversion("seconds", "Float64", divide=10**6),
    Unit.MS: Conversion("seconds", "Float64", divide=10**3),
    Unit.SECONDS: Conversion("seconds", "Float64"),
    Unit.EPOCH: Conversion("time (UTC)", "datetime64[us, UTC]"),
    Unit.BOOL: Conversion("bool", "boolean"),
    Unit.TEXT: Conversion("text", "str"),
    Unit.DOMAIN_STATE: Conversion("name", "str", names=DOMAIN_STATES),
    Unit.STATE_REASON: Conversion("name", "str"),
    Unit.VCPU_STATE: Conversion("name", "str", names=VCPU_STATES),
    Unit.DIRTY_RATE_STATE: Conversion("name", "str", names=DIRTY_RATE_STATES),
    Unit.POOL_STATE: Conversion("name", "str", names=POOL_STATES),
    Unit.JOB_TYPE: Conversion("name", "str", names=JOB_KINDS),
    Unit.JOB_OPERATION: Conversion("name", "str", names=JOB_OPERATIONS),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One column of a frame.

    Parameters
    ----------
    frame, column
        Where it is found: ``stats.disks["read_bytes_total"]``.
    key
        libvirt's key, with the varying numbers in braces: ``block.{disk}.rd.bytes``.
    unit
        The unit that libvirt gives.
    kind
        Counter, gauge or label.
    meaning
        Its meaning, in our words.
    present
        When libvirt gives it.
    reset
        The event that makes a counter start again.
    trust
        When not to believe it.
    since
        The libvirt version that brought it, where that is known.
    """

    frame: str
    column: str
    key: str
    unit: Unit
    kind: Kind
    reset: str
    present: str
    since: str
    meaning: str
    trust: str

    @property
    def is_figure(self) -> bool:
        """Whether libvirt's value is due to be a whole number."""
        return self.unit not in (Unit.TEXT, Unit.BOOL)

    @property
    def conversion(self) -> Conversion:
        """From libvirt's unit to the column's."""
        return CONVERSIONS[self.unit]

    @property
    def template(self) -> str:
        """The key with ``#`` for each varying number: ``block.#.rd.bytes``."""
        return ".".join("#" if part.startswith("{") else part for part in self.key.split("."))


GRAINS: dict[str, tuple[str, ...]] = {
    "domains": (),
    "vcpus": ("vcpu",),
    "disks": ("disk",),
    "nics": ("nic",),
    "iothreads": ("iothread",),
    "perf": (),
    "memory_bandwidth": ("monitor", "node"),
    "cache_monitors": ("monitor", "bank"),
    "dirty_rates": (),
}
"""The frames of bulk stats, and the columns that tell the rows of one domain apart."""

KEYS: dict[str, tuple[str, ...]] = {
    **{frame: ("host", "domain", *parts) for frame, parts in GRAINS.items()},
    "node.cpus": ("host", "cpu"),
    "node.total": ("host",),
    "node.memory": ("host",),
    "node.cells": ("host", "cell"),
    "node.pressure": ("host", "resource", "share"),
    "domain.jobs": ("host", "domain"),
    "guest.filesystems": ("host", "domain", "mountpoint"),
    "storage.pools": ("host", "storage_pool"),
    "storage.volumes": ("host", "storage_pool", "name"),
}
"""All frames, and the columns that tell their rows of one moment apart: UUIDs, numbers, names of parts."""

LABELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*GRAINS, "domain.jobs", "guest.filesystems", "storage.pools"), ("name",)),
    "storage.volumes": ("storage_pool_name",),
}
"""By frame, the names that stand beside the UUID, for people."""


def leading(frame: str) -> tuple[str, ...]:
    """Return the columns that a frame begins with, before its figures.

    Examples
    --------
    >>> leading("disks")
    ('host', 'domain', 'name', 'disk', 'time')
    """
    keys = KEYS[frame]
    return (*keys[:2], *LABELS.get(frame, ()), *keys[2:], "time")
