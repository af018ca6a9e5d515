"""Answers of parts put together: one after the other, or bin by bin where they share one."""

from __future__ import annotations

from datetime import tzinfo

import pandas as pd

from virtsdk.stats.change.resample import SUM, edges, finished, in_order, joined, numbered, resample, spread
from virtsdk.stats.change.series import by_name


class Pieces:
    """Rates of parts, those of a series in the order of time.

    Parameters
    ----------
    name
        The frame.
    every, zone
        As of `resample`; None for the intervals of the samples.
    sums
        Give the sums of each bin, as `spread` has them, and not the rates.
    """

    def __init__(
        self, name: str, every: pd.Timedelta | None, zone: tzinfo | None, *, sums: bool = False
    ) -> None:
        self._sums = sums
        self._name = name
        self._every = every
        self._zone = zone
        self._alone: list[pd.DataFrame] = []
        self._done: list[pd.DataFrame] = []
        self._open: list[pd.DataFrame] = []

    def __len__(self) -> int:
        return len(self._alone) + len(self._done) + len(self._open)

    def add(self, rates: pd.DataFrame, *, alone: bool) -> None:
        """Take the rates of one more part.

        Parameters
        ----------
        rates
            The earlier ones of a series first.
        alone
            Whether they are all that there is of their series.
        """
        if self._every is None:
            if alone:
                self._alone.append(rates)
            else:
                self._done.append(numbered(rates, self._name))
        elif self._sums:
            self._open.append(spread(rates, self._every, self._name, self._zone))
        elif alone:
            self._alone.append(resample(rates, self._every, self._name, self._zone))
        else:
            sums = spread(rates, self._every, self._name, self._zone)
            shared = edges(sums, self._name)
            self._open.append(sums[shared])
            self._done.append(_kept(sums[~shared]))

    def extend(self, other: Pieces) -> None:
        """Take what another one has, of other series."""
        self._alone += other._alone
        self._done += other._done
        self._open += other._open

    def whole(self) -> pd.DataFrame:
        """Return all of it, in the order of the names of hosts and domains, then of part and time."""
        if self._sums:
            return joined(self._open, self._name)
        if self._open:
            self._done.append(_kept(joined(self._open, self._name)))
        if self._done:
            found = in_order(pd.concat(self._done, ignore_index=True), self._name)
            self._alone.append(found.drop(columns=SUM + "part"))
        if len(self._alone) == 1 and not self._done:
            return self._alone[0].reset_index(drop=True)
        return by_name(pd.concat(self._alone, ignore_index=True))


def _kept(sums: pd.DataFrame) -> pd.DataFrame:
    return finished(sums).assign(**{SUM + "part": sums[SUM + "part"].to_numpy()})
