"""The form of what is written: columns, order, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from virtsdk.history.columns import arrow_schema, in_order, sort_keys
from virtsdk.history.files import Segment
from virtsdk.history.integrity import Content
from virtsdk.history.parquet.arrow import Table, pa
from virtsdk.history.reading.arguments import microseconds_of


def in_form(name: str, table: Table) -> Table:
    """Bring a table to the columns of its frame, in the order of hosts, series and time."""
    schema = arrow_schema(name, [table.schema])
    absent = [field for field in schema if field.name not in table.column_names]
    for field in absent:
        table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    table = table.select(schema.names).cast(schema)
    order = in_order(table, sort_keys(name, table.column_names))
    return table if order is None else table.take(pa.array(order))


def content_of(segment: Segment, frames: Mapping[str, Sequence[pd.DataFrame]]) -> Content:
    """Say what a segment has."""
    times = [one["time"].dropna() for parts in frames.values() for one in parts]
    known = [microseconds_of(found) or 0 for one in times if len(one) for found in (one.min(), one.max())]
    return Content(segment.first, segment.last, sorted(frames), min(known, default=0), max(known, default=0))


def values_of(metadata: object) -> int:
    """Return how many values a file has, by its footer."""
    return int(getattr(metadata, "num_rows", 0)) * int(getattr(metadata, "num_columns", 0))
