"""What an importer could not fill, rounded, or read otherwise than it stands there: the frame `trust`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import pandas as pd

TRUST: Final = ("host", "domain", "name", "frame", "part", "column", "reason")
"""The columns of `Imported.trust`, as those of `Stats.trust`."""
LEFT_OUT: Final = {"metric": "str", "series": "Int64", "samples": "Int64", "reason": "str"}
UNKNOWN: Final = "no preset knows it: metrics={name: 'frame.column'} says what it is"
"""Why a metric is left out that might have been wanted."""


class Note(NamedTuple):
    """A row of `trust`; what is None is meant of all."""

    reason: str
    frame: str | None = None
    column: str | None = None
    host: str | None = None
    domain: str | None = None
    name: str | None = None
    part: str | None = None


class Notes:
    """Collects remarks, each once, and what was not taken."""

    def __init__(self) -> None:
        self._rows: dict[Note, None] = {}
        self._left: dict[tuple[str, str], list[int]] = {}

    def add(
        self, reason: str, frame: str | None = None, column: str | None = None, **whose: str | None
    ) -> None:
        """Add a remark.

        Parameters
        ----------
        reason
            In words.
        frame, column
            What it is about.
        **whose
            ``host``, ``domain``, ``name``, ``part``.
        """
        self._rows[Note(reason, frame, column, **whose)] = None

    def leave_out(self, metric: str, reason: str, series: int, samples: int) -> None:
        """Tell of figures that were not taken."""
        counts = self._left.setdefault((metric, reason), [0, 0])
        counts[0] += series
        counts[1] += samples

    @property
    def trust(self) -> pd.DataFrame:
        """One row a remark: host, domain, name, frame, part, column, reason; all text."""
        rows = sorted(self._rows, key=lambda one: tuple(value or "" for value in one[1:]))
        return _texts(TRUST, ({key: getattr(one, key) for key in TRUST} for one in rows))

    @property
    def left_out(self) -> pd.DataFrame:
        """One row a metric that was not taken: metric, series, samples, reason."""
        rows = [[metric, *counts, reason] for (metric, reason), counts in sorted(self._left.items())]
        columns = {
            name: pd.Series([row[place] for row in rows], dtype=dtype)  # pyright: ignore
            for place, (name, dtype) in enumerate(LEFT_OUT.items())
        }
        return pd.DataFrame(columns)


def _texts(names: Iterable[str], rows: Iterable[dict[str, str | None]]) -> pd.DataFrame:
    kept = list(rows)
    return pd.DataFrame({name: pd.array([row[name] for row in kept], dtype="str") for name in names})
