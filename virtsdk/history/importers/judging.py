"""Figures that cannot be right, as capacity would refuse them: found where they come in, by their source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.display.text import count
from virtsdk.errors import RecordingError
from virtsdk.history.importers.filling import GUEST_MEMORY, USED, used_of
from virtsdk.history.importers.given import RATE
from virtsdk.stats.change.plausible import TINY, TOO_BUSY, Flags, Values, doubts, tiny, vcpus_text
from virtsdk.stats.change.series import difference, series_of
from virtsdk.stats.columns.metric import KEYS

_CPU: Final = "cpu_time_seconds_total"
_NAMES: Final = {"cpu_used_vcpus": "cpu_time_seconds" + RATE}
_SHARE: Final = 0.5
"""Intervals that are impossible, of those in which a counter grew, from which on it is in another unit."""


def judged(
    frames: Mapping[str, pd.DataFrame],
    source: str,
    *,
    whence: Callable[[str, str, str, pd.Timestamp], str] | None = None,
) -> None:
    """Refuse figures that contradict each other, or that are in another unit by their size.

    Parameters
    ----------
    frames
        By name.
    source
        What messages call it.
    whence
        Tells by column, host, name and time where in the source a figure stands.

    Raises
    ------
    RecordingError
        There are such figures; the message names the first and what to do.
    """
    domains = frames.get("domains")
    if domains is None or not len(domains):
        return
    used = domains.get(USED)
    if used is None and any(one in domains for one in GUEST_MEMORY):
        used = used_of(domains)
    cpu = _column(domains, _NAMES["cpu_used_vcpus"])
    vcpus, memory = _column(domains, "vcpus"), _column(domains, "memory_bytes")
    vcpus, memory = np.where(vcpus == 0, np.nan, vcpus), np.where(memory == 0, np.nan, memory)
    memory_used = np.full(len(domains), np.nan) if used is None else _floats(used)
    judge = _Judge(domains, source, whence)
    for column, rows, expected in doubts(vcpus, np.where(np.isnan(vcpus), np.nan, cpu), memory, memory_used):
        judge.refuse(column, rows, expected)
    number = domains.groupby(["host", "name"], sort=False).ngroup().to_numpy()
    most = pd.DataFrame({"used": memory_used, "memory": memory}).groupby(number).max()
    little = tiny(most["used"].to_numpy(), most["memory"].to_numpy())
    if little.any():
        rows = np.isin(number, most.index[little])
        judge.refuse(USED, rows & (memory_used > 0), TINY)
    _counted_in_seconds(domains, vcpus, judge)


def _counted_in_seconds(domains: pd.DataFrame, vcpus: Values, judge: _Judge) -> None:
    """Refuse CPU times that grow faster than all vCPUs can run, nearly always: nanoseconds, say."""
    if _CPU not in domains:
        return
    series = series_of(domains, KEYS["domains"])
    grown, seconds = difference(series, _CPU), series.seconds
    of = series.ordered(vcpus)
    with np.errstate(invalid="ignore"):
        known = grown.known & (grown.values > 0) & (seconds > 0) & ~np.isnan(of)
        wrong = known & (grown.values > (TOO_BUSY * of + 1) * seconds)
    if known.any() and wrong.sum() > _SHARE * known.sum():
        place = int(wrong.argmax())
        rows = np.zeros(len(domains), dtype=bool)
        rows[series.places(np.array([place]))] = True
        rate = grown.values[place] / seconds[place]
        judge.refuse(
            _CPU, rows,
            f"it grows by {rate:,.4g} in a second, and {vcpus_text(float(of[place]))} can run for no more: "
            "expected seconds; is it ns?",
        )  # fmt: skip


class _Judge:
    def __init__(
        self, domains: pd.DataFrame, source: str, whence: Callable[[str, str, str, pd.Timestamp], str] | None
    ) -> None:
        self._domains = domains
        self._source = source
        self._whence = whence

    def refuse(self, column: str, rows: Flags, expected: str) -> None:
        """Raise an error that names the first of the rows."""
        row = self._domains.iloc[int(rows.argmax())]
        others = int(rows.sum()) - 1
        more = f" (and {count(others, 'other row')})" if others else ""
        own = _NAMES.get(column, column)
        value = row.get(own, "")
        where = ""
        if self._whence is not None:
            where = self._whence(column, str(row["host"]), str(row["name"]), row["time"])
        raise RecordingError(
            f"{where or self._source}: {column} is {value} of {row['name']!r} at "
            f"{row['time']:%Y-%m-%d %H:%M:%S} UTC{more}; {expected}"
        )


def _column(frame: pd.DataFrame, name: str) -> Values:
    return _floats(frame[name]) if name in frame else np.full(len(frame), np.nan)


def _floats(values: Any) -> Values:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)
