"""Panels of the timeline: which figures of a usage frame are drawn, and in which unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Final, Literal

Unit = Literal["cpus", "bytes", "bytes/s"]

COLUMNS: Final = (
    "cpu_used_vcpus", "memory_used_bytes", "disk_bytes_per_second", "net_rx_bytes_per_second",
    "net_tx_bytes_per_second", "vcpu_delay_seconds_per_second",
)  # fmt: skip
"""Columns of a usage frame that the timeline keeps, in order."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart of the timeline; all have the same time.

    Parameters
    ----------
    key
        Its name in `Timeline.panels` and `Timeline.forecast`.
    label
        Its title.
    hint
        A sentence on what it says.
    unit
        Of its values: CPUs (1 is one host CPU kept busy), bytes, or bytes per second.
    columns
        The columns of `Timeline.frame` that it adds up.
    """

    key: str
    label: str
    hint: str
    unit: Unit
    columns: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the panel as plain values for the page."""
        return {**asdict(self), "columns": list(self.columns)}


_PANELS = (
    Panel("cpu", "CPUs used", "CPU time; 1 is one CPU of the host kept busy", "cpus", ("cpu_used_vcpus",)),
    Panel("memory", "Memory used", "In use, as the guest itself says", "bytes", ("memory_used_bytes",)),
    Panel("disk", "Disk", "Read and written", "bytes/s", ("disk_bytes_per_second",)),
    Panel(
        "net",
        "Network",
        "Received and sent",
        "bytes/s",
        ("net_rx_bytes_per_second", "net_tx_bytes_per_second"),
    ),
    Panel(
        "delay",
        "vCPUs waiting (steal)",
        "vCPUs were ready to run and had no CPU; 1 is one of them all the time",
        "cpus",
        ("vcpu_delay_seconds_per_second",),
    ),
)

PANELS: Mapping[str, Panel] = MappingProxyType({panel.key: panel for panel in _PANELS})


def known_panels(keys: str | Iterable[str]) -> list[str]:
    """Return keys of panels in the order of `PANELS`.

    Raises
    ------
    ValueError
        There is no such panel, or none is named.
    """
    wanted = [keys] if isinstance(keys, str) else list(keys)
    for key in wanted:
        if key not in PANELS:
            raise ValueError(f"panels must be among {', '.join(PANELS)}, not {key!r}")
    if not wanted:
        raise ValueError(f"panels must be at least one of {', '.join(PANELS)}")
    return [key for key in PANELS if key in wanted]
