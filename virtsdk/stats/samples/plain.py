"""Frames of plain rows: libvirt's values by the last word of their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import leading
from virtsdk.stats.samples.convert import Column, figures, text, words
from virtsdk.stats.samples.flat import whole_numbers


def plain_frame(
    name: str, rows: Sequence[Mapping[str, object]], host: str, time: pd.Timestamp
) -> pd.DataFrame:
    """Make a frame of rows of libvirt's values, by the last word of their keys."""
    data: dict[str, Column] = {"host": text([host] * len(rows))}
    for key in leading(name)[1:-1]:
        values = [row[key] for row in rows]
        whole = key in ("cpu", "cell")
        data[key] = pd.array(values, dtype="Int64") if whole else text([str(value) for value in values])
    data["time"] = pd.DatetimeIndex([time] * len(rows), tz="UTC").as_unit("us").array
    for column, metric in COLUMNS[name].items():
        values: list[Any] = [row.get(metric.key.rpartition(".")[2]) for row in rows]
        if metric.is_figure:
            given, odd, _ = whole_numbers(values)
            absent = np.zeros(len(rows), dtype=bool) if odd is None else odd[:-1]
            data[column], _ = figures(given[:-1], absent, metric.unit)
        else:
            data[column], _ = words(values, metric.unit)
    return pd.DataFrame(data, copy=False)
