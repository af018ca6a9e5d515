"""Frames of plain rows, libvirt's values by the last word of their keys; and how samples of them look."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import columns, printable
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import leading
from virtsdk.stats.samples.convert import Column, figures, text, words
from virtsdk.stats.samples.flat import whole_numbers

Plain = Sequence[Mapping[str, object]]
"""Rows of libvirt's values, by the last word of their keys."""


def plain_frame(name: str, rows: Plain, host: str, time: pd.Timestamp) -> pd.DataFrame:
    """Make a frame of rows of libvirt's values, by the last word of their keys."""
    return plain_frames(name, [(host, time, rows)])


def plain_frames(name: str, samples: Sequence[tuple[str, pd.Timestamp, Plain]]) -> pd.DataFrame:
    """Make one frame of the rows of many samples, each with its host and time."""
    rows = [row for _, _, part in samples for row in part]
    sizes = [len(part) for _, _, part in samples]
    data: dict[str, Column] = {"host": of_samples(text([host for host, _, _ in samples]), sizes)}
    for key in leading(name)[1:-1]:
        values = [row[key] for row in rows]
        whole = key in ("cpu", "cell")
        data[key] = pd.array(values, dtype="Int64") if whole else text([str(value) for value in values])
    data["time"] = of_samples(times_of([time for _, time, _ in samples]), sizes)
    for column, metric in COLUMNS[name].items():
        key = metric.key.rpartition(".")[2]
        values: list[Any] = [row.get(key) for row in rows]
        if metric.is_figure:
            given, odd, _ = whole_numbers(values)
            absent = np.zeros(len(rows), dtype=bool) if odd is None else odd[:-1]
            data[column], _ = figures(given[:-1], absent, metric.unit)
        else:
            data[column], _ = words(values, metric.unit)
    return pd.DataFrame(data, copy=False)


def times_of(times: Sequence[pd.Timestamp]) -> Column:
    """Make a column of times (UTC)."""
    return pd.DatetimeIndex(list(times), tz="UTC").as_unit("us").array


def of_samples(values: Column, sizes: Sequence[int]) -> Column:
    """Give each row the value of its sample, of which each has so many rows."""
    return values.take(np.repeat(np.arange(len(sizes)), sizes))


# --- how they show themselves -----------------------------------------------------------------------------


def clock(time: pd.Timestamp) -> str:
    """Write a time in words."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def known(value: Any) -> Any:
    """Give a value of a frame; None for what is missing."""
    return None if pd.isna(value) else value


class Tabled:
    """A sample of a host that is shown as a table.

    A kind sets `_header`, and says its `_headline` and `_rows`.
    """

    host: str
    time: pd.Timestamp
    _header: ClassVar[Sequence[str]]

    @abstractmethod
    def _headline(self) -> str:
        """Say how much there is."""

    @abstractmethod
    def _rows(self) -> list[list[object]]:
        """Return the table; None for what is missing."""

    def __repr__(self) -> str:
        lines = [f"<{type(self).__name__} {printable(self.host)} {clock(self.time)}, {self._headline()}>"]
        if rows := self._rows():
            lines.append(columns(list(self._header), rows))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = self._rows()
        table = [html.table(list(self._header), rows)] if rows else []
        return html.view(html.heading(self.host, f"{clock(self.time)}, {self._headline()}"), *table)
