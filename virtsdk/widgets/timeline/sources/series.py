"""Series of the timeline: one line's figures over time, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.widgets.timeline.sources.panels import COLUMNS, PANELS

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

CODES: Final = ("", "gap", "reset", "off")
"""What a frame of rates says in ``interrupted``; its place here is the code of a row."""

GAP, RESET = 1, 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SUMS: Final = np.array(
    [[float(column in panel.columns) for column in COLUMNS] for panel in PANELS.values()]
)  # a row a panel


@dataclass(frozen=True, eq=False)
class Series:
    """Figures of one line, row by row as a frame of rates has them.

    Attributes
    ----------
    time
        End of each interval, ascending: ms since 1970, float64.
    seconds
        Its length.
    code
        Whether it was interrupted, and by what (`CODES`): uint8.
    values
        A row an interval, a column of `COLUMNS` each; NaN where not known.
    """

    time: Floats
    seconds: Floats
    code: Codes
    values: Floats

    @classmethod
    def empty(cls) -> Series:
        """Make one without rows."""
        return cls(np.zeros(0), np.zeros(0), np.zeros(0, np.uint8), np.zeros((0, len(COLUMNS))))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time)

    def __getitem__(self, rows: slice | Flags) -> Series:
        """Return some of its rows."""
        return Series(self.time[rows], self.seconds[rows], self.code[rows], self.values[rows])

    def in_order(self) -> Series:
        """Return its rows in the order of time: where a clock was set back they may not be."""
        if (np.diff(self.time) > 0).all():
            return self
        _, rows = np.unique(self.time, return_index=True)
        return Series(self.time[rows], self.seconds[rows], self.code[rows], self.values[rows])

    def with_gaps(self) -> Series:
        """Put a row of a gap wherever a row does not begin where the one before it ended."""
        starts = self.time - 1000 * self.seconds
        lacking = starts[1:] - self.time[:-1]
        rows = np.flatnonzero(lacking > 50 + 200 * self.seconds[1:]) + 1
        return Series(
            np.insert(self.time, rows, starts[rows]),
            np.insert(self.seconds, rows, lacking[rows - 1] / 1000),
            np.insert(self.code, rows, np.uint8(GAP)),
            np.insert(self.values, rows, np.nan, axis=0),
        )

    def within(self, first: float, last: float) -> Series:
        """Return the rows whose time is at `first` or later, and at `last` or earlier (ms)."""
        low, high = np.searchsorted(self.time, first, "left"), np.searchsorted(self.time, last, "right")
        return self[slice(int(low), int(high))]

    def reaching(self, first: float, last: float) -> Series:
        """Return the same with one more row at each end, so that its line reaches the edges."""
        low, high = np.searchsorted(self.time, first, "left"), np.searchsorted(self.time, last, "right")
        return self[slice(max(int(low) - 1, 0), int(high) + 1)]

    @property
    def broken(self) -> Flags:
        """Tell which intervals nothing vouches for: gaps and resets."""
        return (self.code == GAP) | (self.code == RESET)

    def panels(self) -> Floats:
        """Add up the columns of each panel: a row an interval, a column a panel."""
        known = np.isnan(self.values)
        total = np.where(known, 0.0, self.values) @ _SUMS.T
        total[(known.astype(float) @ _SUMS.T) > 0] = np.nan  # one of two directions is no total
        return total

    def pieces(self) -> tuple[Floats, Floats]:
        """Give what is drawn: times, and values by panel, with a row of NaN in each gap and reset.

        A level (memory) is known again at the end of a gap: without that row, a line would be drawn across.
        """
        values = self.panels()
        values[self.broken] = np.where(self._levels(), values[self.broken], np.nan)
        rows = np.flatnonzero(self.broken)
        times = self.time[rows] - 500 * self.seconds[rows]
        before = np.r_[-np.inf, self.time[:-1]][rows] if len(rows) else times
        times = np.maximum(times, np.nextafter(before, np.inf))  # the clock may have been set in it
        nothing = np.full((len(rows), values.shape[1]), np.nan)
        return np.insert(self.time, rows, times), np.insert(values, rows, nothing, axis=0)

    @staticmethod
    def _levels() -> Flags:
        return np.array([panel.unit == "bytes" for panel in PANELS.values()])

    def frame(self, host: str, domain: str | None, name: str) -> pd.DataFrame:
        """Give its rows as a tidy frame."""
        count = len(self)
        found: dict[str, Any] = {
            "host": pd.array([host] * count, dtype="str"),
            "domain": pd.array([domain] * count, dtype="str"),
            "name": pd.array([name] * count, dtype="str"),
            "time": pd.DatetimeIndex(np.round(self.time * 1000).astype("datetime64[us]")).tz_localize("UTC"),
        }
        for place, column in enumerate(COLUMNS):
            values = self.values[:, place]
            found[column] = pd.arrays.FloatingArray(np.nan_to_num(values), np.isnan(values))
        words: list[str | None] = [CODES[int(code)] or None for code in self.code]
        return pd.DataFrame(found | {"seconds": self.seconds, "interrupted": pd.array(words, dtype="str")})


def moment(time: datetime) -> float:
    """Return one time as ms since 1970: the very number that it has in a column (`milliseconds`).

    ``1000 * time.timestamp()`` is off by a rounding of the last bit for a good part of all times, so that a
    row would not lie within bounds that are its own time.
    """
    return (time - _EPOCH) // timedelta(microseconds=1) / 1000


def milliseconds(times: pd.Series[Any]) -> Floats:
    """Return times of a frame as ms since 1970."""
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64) / 1000


def codes_of(interrupted: pd.Series[Any]) -> Codes:
    """Return the codes of a column ``interrupted``."""
    found = np.zeros(len(interrupted), np.uint8)
    for code, word in enumerate(CODES):
        if word:
            found[(interrupted == word).fillna(False).to_numpy(dtype=bool)] = code
    return found


def floats_of(frame: pd.DataFrame, columns: Sequence[str] = COLUMNS) -> Floats:
    """Return columns of a frame as floats, NaN for what is missing; a column that is not there is all NaN."""
    found = np.full((len(frame), len(columns)), np.nan)
    for place, column in enumerate(columns):
        if column in frame:
            found[:, place] = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return found


def series_of(frame: pd.DataFrame) -> Series:
    """Make a series of the rows of one guest in a usage frame."""
    return Series(
        milliseconds(frame["time"]),
        frame["seconds"].to_numpy(dtype=np.float64, na_value=np.nan),
        codes_of(frame["interrupted"]),
        floats_of(frame),
    ).in_order()
