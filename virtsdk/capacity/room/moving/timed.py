"""`MigrationsReport`: how long moves take, one after the other; the answer of `Fleet.migrations`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.room._migration import MigrationReport, migration
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, shorten, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


def timed(
    moves: pd.DataFrame,
    bandwidth: float,
    dirty_bytes_per_second: float | Mapping[str, float] = 0.0,
    max_downtime: float = 0.3,
) -> MigrationsReport:
    """Work out `migration` for each step of moves; `Fleet.migrations` describes the arguments."""
    rates = _rates(moves, dirty_bytes_per_second)
    migration(0, 0, bandwidth, max_downtime)  # without moves the arguments are checked all the same

    @cache  # sizes recur
    def one_of(much: float, rate: float) -> MigrationReport:
        return migration(much, rate, bandwidth, max_downtime)

    each = [one_of(float(much), rate) for much, rate in zip(moves["memory_bytes"], rates, strict=True)]
    seconds = pd.Series([one.seconds for one in each], dtype="Float64")
    begin = seconds.cumsum(skipna=False).shift(fill_value=0)
    frame = moves.assign(
        dirty_bytes_per_second=pd.Series(rates, dtype="float64").to_numpy(),
        begin_seconds=begin.array,
        seconds=seconds.array,
        downtime=pd.array([one.downtime for one in each], dtype="Float64"),
        converges=pd.array([one.converges for one in each], dtype="boolean"),
    )
    stuck = tuple(name for name, one in zip(moves["name"], each, strict=True) if not one.converges)
    return MigrationsReport(
        bandwidth=float(bandwidth),
        max_downtime=float(max_downtime),
        steps=len(each),
        bytes=int(moves["memory_bytes"].sum()),
        converges=not stuck,
        seconds=None if stuck else float(seconds.sum()),
        downtime=None if stuck else max((float(one.downtime or 0) for one in each), default=0.0),
        stuck=stuck,
        _frame=frame,
    )


def _rates(moves: pd.DataFrame, given: object) -> list[float]:
    if not isinstance(given, Mapping):
        return [checks.scalar(given, "dirty_bytes_per_second")] * len(moves)
    rates = cast("Mapping[Any, Any]", given)
    found: list[float] = []
    for name, domain in zip(moves["name"], moves["domain"], strict=True):
        key = name if name in rates else domain
        if key not in rates:
            raise ValueError(f"dirty_bytes_per_second has no rate for {name!r}, which moves")
        found.append(checks.scalar(rates[key], f"dirty_bytes_per_second[{key!r}]"))
    return found


@dataclass(frozen=True, repr=False)
class MigrationsReport:
    """Answer of `Fleet.migrations`; `frame` has the steps.

    Attributes
    ----------
    bandwidth, max_downtime
        The question.
    steps, bytes
        How many moves, and the memory of their guests.
    converges
        All of them do.
    seconds
        The whole, one after the other; None where one does not converge.
    downtime
        The longest that a guest stands still, in seconds; None where one does not converge.
    stuck
        Names of the guests whose migration does not converge; `capacity.migration` says what would help.
    """

    bandwidth: float
    max_downtime: float
    steps: int
    bytes: int
    converges: bool
    seconds: float | None
    downtime: float | None
    stuck: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the steps.

        Returns
        -------
        pandas.DataFrame
            The rows of `Fleet.moves`, one per step, with ``dirty_bytes_per_second``, ``begin_seconds`` (after
            the first began; missing after one that does not converge), ``seconds`` and ``downtime`` (missing
            where it does not converge), and ``converges``.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``moves`` (one dict a step, None for missing)."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "_frame"}
        return {**plain, "stuck": list(self.stuck), "moves": listing.records(self._frame)}

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw when each guest moves, and how long that takes (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        return room_charts.migrations(self._frame, self._headline(), interactive=interactive)

    def _headline(self) -> str:
        moves = f"{count(self.steps, 'move')}, {size(self.bytes)}"
        if not self.steps:
            return "no moves"
        if self.seconds is None or self.downtime is None:
            return f"{moves}: {listing.names(shorten(one, 40) for one in self.stuck)} would not converge"
        return f"{moves} in {duration(self.seconds)}, each down for {self.downtime:.2f} seconds at most"

    def _table(self) -> tuple[list[str], list[list[object]]]:
        header = ["step", "guest", "from", "to", "memory", "takes", "down, seconds"]
        return header, [
            [
                row["step"],
                shorten(row["name"], 40),
                row["from"],
                row["to"],
                size(row["memory_bytes"]),
                "never ends" if row["seconds"] is None else duration(row["seconds"]),
                None if row["downtime"] is None else f"{row['downtime']:.2f}",
            ]
            for row in listing.records(self._frame)
        ]

    def __repr__(self) -> str:
        header, rows = self._table()
        table = [columns(header, rows)] if rows else []
        return "\n".join([f"<MigrationsReport {self._headline()}>", *table])

    def _repr_html_(self) -> str:
        header, rows = self._table()
        said = f"one after the other, at {size(self.bandwidth)} a second"
        return html.view(
            html.heading("Migrations", self._headline()),
            html.table(header, rows) if rows else html.paragraph("no moves"),
            html.paragraph(said),
            title="migrations",
        )


def duration(seconds: float) -> str:
    """Write a time as people say it.

    Examples
    --------
    >>> duration(41.2), duration(600), duration(7300)
    ('41 seconds', '10.0 minutes', '2.0 hours')
    """
    if seconds < 120:
        return count(round(seconds), "second")
    return f"{seconds / 60:.1f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
