"""The last steps of every importer of tables: what follows from others, what cannot be, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history.importers.filling import USED, filled, lacking
from virtsdk.history.importers.given import RATE
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.judging import judged
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.tables.figures import Figure
from virtsdk.history.importers.tables.rows import Table, frames_of_tables, known_sizes
from virtsdk.stats.change.series import distinct, microseconds
from virtsdk.stats.change.spacing import Interval, seconds_of

_CPU: Final = "cpu_time_seconds" + RATE


@dataclass(frozen=True, slots=True)
class Ending:
    """What a person says beside the files.

    Attributes
    ----------
    sizes
        What domains have: name, vcpus, memory_bytes.
    label
        Whether the time of a rate is the ``"start"`` or the ``"end"`` of its interval.
    interval
        How far apart rows are meant to be.
    """

    sizes: pd.DataFrame | None = None
    label: str = "end"
    interval: Interval | None = None


def finished(
    tables: Sequence[Table], ending: Ending, notes: Notes, source: str, percents: Collection[Figure] = ()
) -> Imported:
    """Make the answer of tables.

    Parameters
    ----------
    tables
        Of all files.
    ending
        What was said beside them.
    notes
        Collects remarks.
    source
        What messages call all of it.
    percents
        Figures that are shares of the domain's vCPUs or memory.

    Raises
    ------
    RecordingError
        A row is not unique, a figure cannot be, or a share is of something unknown.
    """
    if ending.label not in ("start", "end"):
        raise ValueError(f"label must be 'start' or 'end', not {ending.label!r}")
    sizes = known_sizes(tables, ending.sizes)
    frames = frames_of_tables(tables, notes, [one.column for one in percents])
    if not any(len(frame) for frame in frames.values()):
        raise RecordingError(f"{source}: there are no figures in it")
    if "domains" in frames and sizes:
        domains = frames["domains"]
        for column, known in sizes.items():
            told: Any = domains["name"].map(dict(known)).astype("Float64").round().astype("Int64")
            domains[column] = domains[column].fillna(told) if column in domains else told
        notes.add("of the frame that was given beside, the same at all times", "domains", "vcpus")
    if percents:
        frames["domains"] = _of_shares(frames["domains"], percents, source)
    if ending.label == "start":
        frames = {name: _ended(frame, ending.interval, source) for name, frame in frames.items()}
    if ending.interval is not None:
        length = seconds_of(ending.interval)
        for frame in frames.values():
            if any(str(one).endswith(RATE) for one in frame.columns) and "seconds" not in frame:
                frame["seconds"] = pd.array([length] * len(frame), dtype="Float64")
    frames = filled(frames, notes)
    by_place = {name: frame for name, frame in frames.items() if name == "domains"}
    judged(by_place, source, whence=_Whence(tables, source).of)
    lacking(frames, notes)
    return Imported(frames, notes, source)


def _of_shares(domains: pd.DataFrame, percents: Collection[Figure], source: str) -> pd.DataFrame:
    """Turn shares into figures."""
    domains = domains.copy(deep=False)
    for figure in percents:
        of = "memory_bytes" if figure.column == USED else "vcpus"
        if of not in domains or domains[of].isna().all():
            raise RecordingError(
                f"{source}: {figure.said} is in percent of {of}, which is not known: name its column in "
                "columns=, or give sizes="
            )
        share = domains[figure.column].astype("Float64")
        values = share * domains[of].astype("Float64")
        domains[figure.column] = values.round().astype("Int64") if figure.column == USED else values
    return domains


def _ended(frame: pd.DataFrame, interval: Interval | None, source: str) -> pd.DataFrame:
    """Move times from the start of their intervals to the end."""
    if interval is not None:
        length = pd.Timedelta(seconds_of(interval), unit="s")
    else:
        apart = np.diff(distinct(microseconds(frame)))
        if not len(apart):
            raise RecordingError(f"{source}: there is one time only: interval= says how long it is of")
        length = pd.Timedelta(int(np.median(apart)), unit="us")
    return frame.assign(time=(frame["time"] + length).dt.as_unit("us"))


class _Whence:
    """Tells where in the source a figure of a domain stands."""

    def __init__(self, tables: Sequence[Table], source: str) -> None:
        self._tables = tables
        self._source = source

    def of(self, column: str, host: str, name: str, time: pd.Timestamp) -> str:
        """Return the place of a row, where one table has it."""
        for table in self._tables:
            keys: Any = table.keys
            whose = keys.get("name", keys.get("domain"))
            if whose is None or not any(one.said == column or one.column == column for one in table.figures):
                continue
            at = pd.Series(keys["time"]) == time
            mine = pd.Series(list(whose)).astype("str") == name
            rows = np.flatnonzero((at & mine).to_numpy(dtype=bool, na_value=False))
            if len(rows):
                return table.at(int(rows[0]))
        return f"{self._source}, host {host}"
