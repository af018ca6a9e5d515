"""Disks under whose name there is another file: whether that goes on with the one before."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.stats.change.series import TAKEN, Flags, Series, microseconds
from virtsdk.stats.columns.metric import KEYS


def another_file(series: Series, images: pd.DataFrame) -> Flags:
    """Return the rows at which a disk has a file that does not continue the one before.

    Parameters
    ----------
    series
        Of disks, with their ``path`` and, where it is known, the ``backing_path`` right behind it.
    images
        The rows that they are of, and of the images behind them, where those were asked for.
    """
    flags = np.zeros(len(series.times), dtype=bool)
    path = _texts(series, "path")
    known = ~np.asarray(path.isna(), dtype=bool)
    places = np.flatnonzero(known[1:] & known[:-1] & np.asarray(path[1:] != path[:-1], dtype=bool)) + 1
    behind: Any = _texts(series, "backing_path") if "backing_path" in series.source.columns else path
    chains = _Chains(images)
    first = series.first
    for place in places[~first[places]].tolist():
        before, after = str(path[place - 1]), str(path[place])
        flags[place] = not (
            _continues(before, after)
            or before in (behind[place], *chains.at(series, place))  # a snapshot: what was is behind it now
            or after in (behind[place - 1], *chains.at(series, place - 1))  # committed: what was behind it
        )
    return flags


def _texts(series: Series, column: str) -> Any:
    found: Any = series.source[column].array
    return found if series.order is None else found.take(series.order)


class _Chains:
    """The images behind disks, where samples have rows of them."""

    def __init__(self, images: pd.DataFrame) -> None:
        self._images = images
        self._rows: pd.DataFrame | None = None

    def at(self, series: Series, place: int) -> list[str]:
        """Return the files of the row's disk at its moment."""
        if len(self._images) == len(series.source):
            return []
        if self._rows is None:
            at = self._images[TAKEN] if TAKEN in self._images.columns else microseconds(self._images)
            self._rows = self._images[[*KEYS["disks"], "path"]].assign(at=at)
        row = series.source.iloc[int(series.places(np.array([place]))[0])]
        rows = self._rows
        mine = (rows["at"] == int(series.at[place])).to_numpy(dtype=bool)
        for key in KEYS["disks"]:
            mine = mine & (rows[key] == row[key]).to_numpy(dtype=bool)
        return rows.loc[mine, "path"].dropna().tolist()


def _continues(before: str, after: str) -> bool:
    """Tell whether a disk's new file goes on with the old one: a snapshot of it, or back to it.

    By libvirt's name for a snapshot's file: the disk's own with another ending.
    """
    return PurePosixPath(before).with_suffix("") == PurePosixPath(after).with_suffix("")
