"""What a recording has of samples that are not kept any more: their rates and usage, as sums of 5 minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Final

import numpy as np
import pandas as pd

from virtsdk.history.columns import to_frame
from virtsdk.history.files import ROLLUP
from virtsdk.history.reading.arguments import stamp_of
from virtsdk.history.reading.reader import Reader
from virtsdk.history.reading.selection import Selection
from virtsdk.history.retention.keep import ROLLED, ROLLED_FRAMES
from virtsdk.stats.change.resample import SUM, joined, rebinned

WIDTH: Final = round(ROLLED / pd.Timedelta("1us"))
LEAD: Final = 1_800_000_000
"""µs before a bin in which the intervals begin that end in it."""
COUNTED: Final = SUM + "counted"
"""A column of usage: whether the host counts how long its vCPUs wait."""


def rolled_until(reader: Reader, selection: Selection) -> int | None:
    """Return until when sums are to be read, where a selection asks for samples that are not kept.

    That is as long as there are sums, also of samples that are there still: a bin is never made of both. None
    where all samples of the selection are there.
    """
    dropped = reader.dropped_until
    if dropped is None or (selection.start is not None and selection.start >= dropped):
        return None
    rolled = reader.bounds(ROLLUP)
    return None if rolled is None else rolled[1] + WIDTH


def fresh_part(reader: Reader, selection: Selection, until: int) -> Selection | None:
    """Return the samples that the bins after the sums are made of, and those right before; None for none."""
    if selection.end is not None and selection.end <= until:
        return None
    return replace(selection, start=max(until - LEAD, reader.dropped_until or 0))


def check_every(every: pd.Timedelta | None, reader: Reader) -> None:
    """Refuse what is finer than what is kept.

    Raises
    ------
    ValueError
        The message says since when there are samples.
    """
    if every is not None and every >= ROLLED and round(every / pd.Timedelta("1us")) % WIDTH == 0:
        return
    since = -(-(reader.dropped_until or 0) // WIDTH) * WIDTH
    given = "the samples' own" if every is None else f"{every.total_seconds():g} s"
    raise ValueError(
        f"every must be 5 minutes or a multiple of it, not {given}: {reader.directory.name} keeps samples "
        f"since {stamp_of(since):%Y-%m-%d %H:%M} UTC, and sums of 5 minutes before; start= there for more"
    )


def sums_of(reader: Reader, name: str, selection: Selection, until: int) -> pd.DataFrame:
    """Read the sums of a frame of `ROLLED_FRAMES` before a time, those of each series together."""
    end = until if selection.end is None else min(until, selection.end)
    start = selection.start if selection.start is None else selection.start // WIDTH * WIDTH
    chosen = Selection(start, end, selection.hosts, selection.domains)
    columns = list(reader.schema(name, chosen).names)
    frame = to_frame(reader.read(name, columns, chosen)) if columns else pd.DataFrame()
    for column in frame.columns:
        if str(column).startswith(SUM):
            kind = np.int64 if pd.api.types.is_integer_dtype(frame[column].dtype) else np.float64
            frame[column] = frame[column].to_numpy(dtype=kind, na_value=0)
    if "seconds" in frame.columns:
        frame["seconds"] = frame["seconds"].to_numpy(dtype=np.float64, na_value=np.nan)
    return frame


def together(
    name: str, rolled: pd.DataFrame, fresh: pd.DataFrame | None, every: pd.Timedelta, zone: tzinfo | None
) -> pd.DataFrame:
    """Join sums of 5 minutes, of samples that are gone and of those that are there, to longer bins."""
    frame = ROLLED_FRAMES[name]
    parts = [one for one in (rolled, fresh) if one is not None and len(one)]
    if not parts:
        return rolled if fresh is None else fresh
    return joined([rebinned(one, every, zone) for one in parts], frame)
