"""What is to be taken out of tables, and their figures in our units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.history.importers.tables.figures import PERCENT, Figure, factor_of
from virtsdk.history.importers.tables.files import Csv, Parquet, Where
from virtsdk.history.importers.tables.rows import states
from virtsdk.stats.samples.times import TimeUnit


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken, and how."""

    columns: Mapping[str, str] | None
    units: Mapping[str, str]
    zone: tzinfo | None
    time_unit: TimeUnit | None
    time_format: str | None
    host: str | None
    names: str | None
    form: Csv | Parquet


def with_host(keys: dict[str, Any], wanted: Wanted, rows: int) -> dict[str, Any]:
    """Return the keys of rows, with the host that was given where no column tells it."""
    if "host" not in keys and wanted.host is not None:
        return {**keys, "host": pd.array([wanted.host], dtype="str").take(np.zeros(rows, dtype=np.int64))}
    return keys


def in_our_units(
    values: pd.Series[Any],
    figure: Figure,
    theirs: str,
    where: Where,
    wanted: Wanted,
    percents: set[Figure],
) -> Any:
    """Return a figure's values in our units."""
    if figure.column == "state":
        return states(values.reset_index(drop=True), where)
    unit = wanted.units.get(theirs, wanted.units.get(figure.said))
    plain = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if unit is None:
        return plain
    if unit == PERCENT:
        percents.add(figure)
    return plain * factor_of(unit, figure, theirs)
