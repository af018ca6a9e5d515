"""The table of guests as cells: which columns there is room for, what they say, how much they stand out."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from virtsdk.cli.top.watching import HostState
from virtsdk.display.text import count, size
from virtsdk.tables.columns import COLUMNS
from virtsdk.words import RUNS

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.cli.top.choices import Choices
    from virtsdk.cli.top.watching import Watch

NOTHING = "—"
GAP = 2
"""Blanks between two columns."""
_SHOWN = ("name", "host", "state", "cpu", "mem", "disk", "net", "steal", "vcpus")
_FIRST = ("name", "cpu", "state", "mem", "host", "net", "disk", "steal", "vcpus")  # those to have room for
_LEAST = {"name": 10, "host": 8}  # what a name is never cut below
_MOST = 40  # of a name, where there is room
_STEADY = {"state": 8, "cpu": 6, "mem": 17, "disk": 11, "net": 11, "steal": 6, "vcpus": 6}


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, and how it stands out: ``good``, ``wait``, ``bad``, ``off``, or nothing."""

    text: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to show at a time.

    Attributes
    ----------
    hosts
        Whether each answers.
    rows
        Rows of guests in their order, each with its figures by the keys of the columns, from `first` on.
    first
        The place of the first of `rows` among those that the filter shows.
    shown
        How many the filter shows.
    guests
        How many there are.
    running
        How many of those run.
    time
        When, in UTC.
    """

    hosts: Sequence[HostState] = ()
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    first: int = 0
    shown: int = 0
    guests: int = 0
    running: int = 0
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def headline(self) -> str:
        """The hosts and guests, counted."""
        up = sum(one.up for one in self.hosts)
        of = "" if up == len(self.hosts) else f"{up} of "
        said = f"{of}{count(len(self.hosts), 'host')}, {count(self.guests, 'guest')}: {self.running} running"
        return said if self.shown == self.guests else f"{said}, {self.shown} shown"


def picture(watch: Watch, choices: Choices, page: int | None = None) -> Picture:
    """Take what is known now.

    Parameters
    ----------
    watch
        The hosts.
    choices
        Filter, order, and the first row; one that is beyond the last page goes back to it.
    page
        How many rows there is room for; None for all.
    """
    with watch.lock:
        sheet, hosts = watch.sheet, watch.hosts()
        down = {one.number for one in hosts if not one.up}
        table = chosen(watch, choices)
        shown = len(table)
        if page is not None:
            choices.top = max(0, min(choices.top, shown - page))
            table = table.iloc[choices.top : choices.top + page]
        figures = {key: column.source for key, column in COLUMNS.items() if column.figure}
        columns = [table[source].tolist() for source in figures.values()]
        values: Iterable[Sequence[Any]] = zip(*columns, strict=True)
        rows = [
            {
                **sheet.rows[key],
                **dict(zip(figures, (_known(one) for one in row), strict=True)),
                "old": sheet.rows[key]["number"] in down,
            }
            for key, row in zip(table["key"], values, strict=True)
        ]
        running = sum(row["state"] in RUNS for row in sheet.rows.values())
        first = 0 if page is None else choices.top
        when = watch.paused or datetime.now(UTC)
        return Picture(hosts, rows, first, shown, len(sheet.rows), running, when)


def chosen(watch: Watch, choices: Choices) -> pd.DataFrame:
    """Return the rows that the filter shows, in their order, as of `Sheet.table`."""
    table = watch.sheet.table()
    shown = table[choices.query.matches(table)] if choices.query.terms else table
    return watch.sheet.ordered(shown, choices.order, grouped=False)


def _known(value: Any) -> float | None:
    return None if value is None or value != value or not math.isfinite(value) else float(value)


def cells_of(row: Mapping[str, Any], column: str, *, short: bool = False) -> Cell:
    """Write a cell.

    Parameters
    ----------
    row
        Of `Picture.rows`.
    column
        The key of its column.
    short
        Memory as what is used alone.
    """
    off = "off" if row["old"] or row["kind"] == "off" else ""
    if column in ("name", "host"):
        return Cell(str(row[column]), off)
    if column == "state":
        return Cell(str(row["label"]), off or str(row["kind"]))
    value = cast("float | None", row["vcpus"] if column == "vcpus" else row.get(column))
    if column == "mem":
        return Cell(_memory(row, short=short), off or _memory_look(row))
    if value is None:
        return Cell(NOTHING, "off")
    if column == "cpu":
        return Cell(_percent(value), off or ("bad" if value >= 90 else "wait" if value >= 50 else ""))
    if column == "steal":
        return Cell(_percent(value), off or ("bad" if value >= 10 else "wait" if value >= 5 else ""))
    return Cell(f"{value:.0f}" if column == "vcpus" else f"{size(round(value))}/s", off)


def _percent(value: float) -> str:
    return f"{value:.1f} %" if 0 < value < 9.95 else f"{value:.0f} %"


def _memory(row: Mapping[str, Any], *, short: bool) -> str:
    used, whole = row["used"], str(row["memory"])
    if used is None or not row["memory_bytes"]:
        return whole
    if short:
        return size(used)
    number, _, unit = size(used).partition(" ")
    return f"{number if whole.endswith(f' {unit}') else size(used)} of {whole}"


def _memory_look(row: Mapping[str, Any]) -> str:
    used, whole = row["used"], row["memory_bytes"]
    return "wait" if used is not None and whole and used >= 0.95 * whole else ""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells, and how wide their columns are."""

    columns: tuple[str, ...]
    titles: tuple[str, ...]
    widths: tuple[int, ...]
    lines: tuple[tuple[Cell, ...], ...]

    def is_number(self, place: int) -> bool:
        """Tell whether a column is lined up at its right."""
        return self.columns[place] not in ("name", "host", "state")


def fitted(found: Picture, choices: Choices, width: int | None, wide: Any = len) -> Table:
    """Choose the columns that there is room for, the useful ones first, and write them.

    Parameters
    ----------
    found
        What there is.
    choices
        The order is marked in the titles.
    width
        Columns of the terminal; None for no end.
    wide
        Tells how many of them a text takes.
    """
    several = len(found.hosts) > 1
    titles = {key: _title(key, choices) for key in _SHOWN}
    known = [key for key in _SHOWN if key != "host" or several]
    cells = {key: [cells_of(row, key) for row in found.rows] for key in known}
    steady: Mapping[str, int] = {} if width is None else _STEADY  # or columns would jump at each beat

    def width_of(key: str, least: int) -> int:
        return max(least, *(wide(text) for text in (titles[key], *(one.text for one in cells[key]))))

    widths = {key: width_of(key, steady.get(key, 0)) for key in known}
    for key in ("name", "host"):
        if key in widths and width is not None:
            widths[key] = min(widths[key], _MOST)
    left = math.inf if width is None else float(width)
    taken: list[str] = []
    for key in (one for one in _FIRST if one in known):
        needs = min(widths[key], _LEAST.get(key, widths[key])) + (GAP if taken else 0)
        if needs > left and key == "mem":
            cells[key] = [cells_of(row, key, short=True) for row in found.rows]
            widths[key] = width_of(key, 8)
            needs = widths[key] + GAP
        if needs > left and taken:
            break
        taken.append(key)
        left -= needs
    for key in ("name", "host"):  # what is left over goes to names
        if key in taken:
            least = min(widths[key], _LEAST[key])
            more = min(widths[key] - least, max(0.0, left))
            widths[key], left = int(least + more), left - more
    columns = tuple(key for key in _SHOWN if key in taken)
    lines = tuple(zip(*(cells[key] for key in columns), strict=True))
    if width is not None and widths["name"] > width:
        widths["name"] = max(1, width)
    return Table(columns, tuple(titles[key] for key in columns), tuple(widths[key] for key in columns), lines)


def _title(key: str, choices: Choices) -> str:
    sorted_by = "mem" if choices.sort == "used" else choices.sort
    mark = ("▼" if choices.order.startswith("-") else "▲") if key == sorted_by else ""
    return f"{COLUMNS[key].label}{mark}"
