"""`ForecastsReport`: the answer of `forecast` about many series."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from virtsdk.capacity.past.forecast_report import ForecastReport, writer
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, printable, shorten

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True, repr=False, eq=False)
class ForecastsReport:
    """Result of `forecast` of a frame: a forecast a column.

    Attributes
    ----------
    horizon
        Steps ahead.
    level
        Percent of the intervals.
    keys
        What the columns are called: ``series``, or the names of their levels (``host``, ``domain``).
    reports
        `ForecastReport` by the label of its column.
    errors
        Of the columns of which there is none, why.
    """

    horizon: int
    level: float
    keys: tuple[str, ...]
    reports: Mapping[Hashable, ForecastReport]
    errors: Mapping[Hashable, str]

    def __getitem__(self, label: Hashable) -> ForecastReport:
        return self.reports[label]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.reports)

    def __len__(self) -> int:
        return len(self.reports)

    def frame(self) -> pd.DataFrame:
        """Give all forecasts.

        Returns
        -------
        pandas.DataFrame
            One row per series and step: the `keys`, ``time`` (UTC), ``mean``, ``lo``, ``hi`` as of
            `ForecastReport.frame`; series in the order of the columns.
        """
        parts: list[pd.DataFrame] = []
        for label, report in self.reports.items():
            part = report.frame().reset_index()
            for place, (key, word) in enumerate(zip(self.keys, words_of(label), strict=True)):
                part.insert(place, key, pd.Series(word, index=part.index, dtype="str"))
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``forecasts`` (one dict a row of `frame`)."""
        rows = [{**row, "time": row["time"].isoformat()} for row in listing.records(self.frame())]
        return {
            "horizon": self.horizon,
            "level": self.level,
            "keys": list(self.keys),
            "errors": {"/".join(words_of(label)): said for label, said in self.errors.items()},
            "forecasts": rows,
        }

    def chart(self, label: Hashable = None, *, interactive: bool = False) -> Chart:
        """Draw one of them (extra ``[plot]``).

        Parameters
        ----------
        label
            Its column; None for the one that is highest on average.
        interactive
            As of `ForecastReport.chart`.
        """
        if label is None:
            label = max(self.reports, key=self._mean)
        return self.reports[label].chart(interactive=interactive)

    def _mean(self, label: Hashable) -> float:
        return float(self.reports[label].frame()["mean"].mean())

    def _headline(self) -> str:
        said = f"{count(self.horizon, 'step')} ahead of {count(len(self), 'series', 'series')}"
        return f"{said}, {len(self.errors)} without a forecast" if self.errors else said

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = []
        for label in sorted(self.reports, key=self._mean, reverse=True):
            frame = self.reports[label].frame()
            write = writer(words_of(label)[-1])
            values = (frame["mean"].mean(), frame["lo"].min(), frame["hi"].max())
            rows.append([*(shorten(word, 40) for word in words_of(label)), *map(write, values)])
        return rows

    def _more(self) -> list[str]:
        return [
            f"{printable('/'.join(words_of(label)))}: {said}"
            for label, said in list(self.errors.items())[: listing.LIMIT]
        ]

    def __repr__(self) -> str:
        table = columns([*self.keys, "median", "lo", "hi"], self._rows())
        return "\n".join([f"<ForecastsReport {self._headline()}>", table, *self._more()])

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Forecasts", self._headline()),
            html.table([*self.keys, "median", "lo", "hi"], self._rows()),
            *(html.paragraph(one) for one in self._more()),
            title="forecasts",
        )


def words_of(label: object) -> tuple[str, ...]:
    """Return the label of a column as texts, one a level."""
    if isinstance(label, tuple):
        return tuple(str(one) for one in cast("tuple[object, ...]", label))
    return (str(label),)
