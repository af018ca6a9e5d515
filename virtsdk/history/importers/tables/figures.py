"""Names and units of figures in tables of one's own: what `columns=` and `units=` may say."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from virtsdk.display import listing
from virtsdk.history.columns import recorded
from virtsdk.history.importers.filling import USED
from virtsdk.history.importers.given import RATE, SUMS
from virtsdk.stats.columns.catalogue import COLUMNS, counters
from virtsdk.stats.columns.metric import KEYS

KEY_COLUMNS: Final = ("time", "host", "domain", "name", "vcpu", "disk", "nic", "cpu")
METRIC: Final = "metric"
VALUE: Final = "value"
"""What columns stand for that have the name of a figure, and the figure."""
_ALIASES: Final = {
    "cpu_used_vcpus": "cpu_time_seconds" + RATE,
    "swap_in_bytes" + RATE: "memory_swap_in_bytes" + RATE,
}
"""Columns of a usage frame, and what they are in frames of rates."""
_PLAIN: Final = (*SUMS, USED, "agent_seen", "seconds")

PERCENT: Final = "percent"
OF_A_CPU: Final = "percent of a CPU"
_BYTES: Final = {
    "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
}  # fmt: skip
_BITS: Final = {"bit/s": 1 / 8, "kbit/s": 125.0, "Mbit/s": 125e3, "Gbit/s": 125e6}
UNITS: Final[Mapping[str, tuple[str, float]]] = {
    **{name: ("bytes", factor) for name, factor in _BYTES.items()},
    **{f"{name}/s": ("bytes/s", factor) for name, factor in _BYTES.items()},
    **{name: ("bytes/s", factor) for name, factor in _BITS.items()},
    **{name: ("seconds", factor) for name, factor in {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}.items()},
    PERCENT: ("percent", 0.01),
    OF_A_CPU: ("seconds/s", 0.01),
    "vCPUs": ("seconds/s", 1),
    "count": ("count", 1),
}
"""By the name of a unit: what it measures, and how many of ours one of it is."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of a frame.

    Attributes
    ----------
    frame, column
        Of frames as `rates_of_frames` takes them.
    said
        What the caller calls it.
    """

    frame: str
    column: str
    said: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Keys beside host and domain."""
        return tuple(one for one in KEYS[self.frame] if one not in ("host", "domain"))


@cache
def _known() -> dict[str, Figure]:
    """Return all figures by the names that a person may use."""
    found: dict[str, Figure] = {}
    for frame in ("domains", "vcpus", "disks", "nics", "node.total", "node.cpus", "node.memory"):
        keys = {*KEYS[frame], "name", "time"}
        kinds = recorded()[frame]
        names = [one for one in kinds if one not in keys and (kinds[one] != "str" or one == "state")]
        names += [one.removesuffix("_total") + RATE for one in counters(frame)]
        for name in names:
            figure = Figure(frame, name, f"{frame}.{name}")
            found[figure.said] = figure
            if frame == "domains":
                found[name] = Figure(frame, name, name)
    for name in _PLAIN:
        found[name] = Figure("domains", name, name)
    for name, column in _ALIASES.items():
        found[name] = Figure("domains", column, name)
    return found


def figure_of(name: object, theirs: object) -> Figure:
    """Return a figure by its name.

    Raises
    ------
    ValueError
        There is none of that name; the message names one alike.
    """
    found = _known().get(name) if isinstance(name, str) else None
    if found is None:
        near = difflib.get_close_matches(str(name), [*_known(), *KEY_COLUMNS], 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"columns[{theirs!r}] must be {', '.join(KEY_COLUMNS[:4])} ..., a column of a usage frame, or "
            f"'frame.column' of the catalogue, not {name!r}{meant}"
        )
    return found


def is_figure(name: object) -> bool:
    """Tell whether a name is that of a figure."""
    return isinstance(name, str) and name in _known()


def factor_of(unit: object, figure: Figure, theirs: object) -> float:
    """Return how many of ours one of a unit is; of percents of something else a hundredth.

    Raises
    ------
    ValueError
        There is no such unit, or the figure is measured in others.
    """
    if not isinstance(unit, str) or unit not in UNITS:
        raise ValueError(f"units[{theirs!r}] must be one of {listing.names(UNITS, 40)}, not {unit!r}")
    measures, factor = UNITS[unit]
    due = measured(figure)
    if unit == PERCENT and (figure.column == USED or due == "seconds/s"):
        return factor
    if measures != due:
        fitting = [name for name, (what, _) in UNITS.items() if what == due]
        raise ValueError(
            f"units[{theirs!r}] is {unit!r}, and {figure.said} is in {due}: expected one of "
            f"{listing.names(fitting, 20) or 'none'}"
        )
    return factor


def measured(figure: Figure) -> str:
    """Return what a figure is measured in."""
    column = figure.column
    if column.endswith(RATE):
        word = column.removesuffix(RATE).split("_")[-1]
        return {"seconds": "seconds/s", "bytes": "bytes/s"}.get(word, "count/s")
    metric = COLUMNS.get(figure.frame, {}).get(column)
    if metric is not None:
        return metric.conversion.unit
    return "bytes" if column.endswith("_bytes") else "seconds" if column == "seconds" else "count"
