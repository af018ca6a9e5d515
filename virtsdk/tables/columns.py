"""Columns of a table, for who shows it, its filter, its order and its frame; those of the guests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Literal

from virtsdk.display.text import size

Values = Literal["text", "flag", "time", "count", "percent", "bytes", "rate"]
TEXTS = ("text", "flag", "time")
"""Kinds of values that are compared as the words that the page shows."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table.

    Parameters
    ----------
    key
        Its name in filters (``cpu>50%``), in `Explorer.sort` and in `Explorer.columns`.
    label
        Its header.
    hint
        A sentence on what it says.
    kind
        What its values are: text, yes or no, a time, a count, a percentage, bytes, or bytes per second.
    source
        The column of `Explorer.frame` that it shows.
    width
        In em; 0 takes what is left.
    figure
        Whether it changes all the time and comes with the figures.
    of
        The column of bytes that is a full bar; empty for no bar.
    order
        The column of the frame that it is sorted by, where it is not `source`.
    """

    key: str
    label: str
    hint: str
    kind: Values
    source: str
    width: float = 0
    figure: bool = False
    of: str = ""
    order: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the column as plain values for the page."""
        return asdict(self)


_COLUMNS = (
    Column("name", "Name", "The domain's name", "text", "name"),
    Column("host", "Host", "The host that it is on", "text", "host", 10),
    Column("state", "State", "libvirt's state of it", "text", "state", 10),
    Column("cpu", "CPU", "CPU time, as a share of its vCPUs", "percent", "cpu_percent", 8, figure=True),
    Column("mem", "Memory", "What it may have; used is what its guest says", "bytes", "memory_bytes", 12.5),
    Column("used", "Used", "Memory in use, as its guest says", "bytes", "memory_used_bytes", 8, figure=True),
    Column(
        "disk",
        "Disk",
        "Read and written; a full bar is the busiest of all",
        "rate",
        "disk_bytes_per_second",
        8.5,
        figure=True,
    ),
    Column(
        "net",
        "Network",
        "Received and sent; a full bar is the busiest of all",
        "rate",
        "net_bytes_per_second",
        8.5,
        figure=True,
    ),
    Column(
        "steal",
        "Steal",
        "Time that its vCPUs were ready and had no CPU, as a share of its vCPUs",
        "percent",
        "steal_percent",
        7,
        figure=True,
    ),
    Column("vcpus", "vCPUs", "How many it has", "count", "vcpus", 5.5),
)

COLUMNS: Mapping[str, Column] = MappingProxyType({column.key: column for column in _COLUMNS})
FIGURES = tuple(column.source for column in _COLUMNS if column.figure)
"""Columns of a frame of figures, in the order in which they go to the page."""


def by_key(*columns: Column) -> Mapping[str, Column]:
    """Return columns by their keys."""
    return MappingProxyType({column.key: column for column in columns})


def known(keys: Iterable[str], what: str, columns: Mapping[str, Column] = COLUMNS) -> list[str]:
    """Return keys of columns as a list.

    Raises
    ------
    ValueError
        There is no such column, or one is there twice.
    """
    found = list(keys)
    for key in found:
        if key not in columns:
            raise ValueError(f"{what} must be among {', '.join(columns)}, not {key!r}")
    if len(set(found)) < len(found):
        raise ValueError(f"{what} must name each column once, not {found}")
    return found


def still_of(column: Column, row: Mapping[str, object]) -> object:
    """Write a value of the page's row for a page without a script."""
    if column.key in ("state", "mem"):
        return row["label" if column.key == "state" else "memory"]
    value = row[column.key]
    if column.kind == "flag":
        return {True: "yes", False: "no"}.get(value)  # pyright: ignore
    if column.kind == "bytes":
        return size(value)  # pyright: ignore
    return value
