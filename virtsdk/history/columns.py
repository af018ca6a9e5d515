"""The columns of a recording: what each frame has, its Arrow schema, and the way to pandas and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import pandas as pd

from virtsdk.history.parquet.arrow import Column, Schema, Table, pa
from virtsdk.stats.change.series import Places
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import KEYS
from virtsdk.stats.samples.convert import missing, text
from virtsdk.stats.samples.guests import guest_frames
from virtsdk.stats.samples.jobs import job_frames
from virtsdk.stats.samples.node import NODE_OTHER, node_frames
from virtsdk.stats.samples.records import from_records
from virtsdk.stats.samples.storage import storage_frames

SAMPLES, HOSTS = "samples", "hosts"
DEFINITIONS, EVENTS = "definitions", "events"
_ARROW: dict[str, Any] = {
    "str": pa.string(),
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "boolean": pa.bool_(),
    "datetime64[us, UTC]": pa.timestamp("us", "UTC"),
}
_OWN = {
    SAMPLES: {
        "host": "str", "time": "datetime64[us, UTC]", "taken": "boolean", "missed": "Int64",
        "domains": "Int64",
        "node_time": "datetime64[us, UTC]", "storage_time": "datetime64[us, UTC]",
        "seconds": "Float64", "late_seconds": "Float64", "error": "str",
        "clock": "str", "clock_seconds": "Float64", "node_clock_seconds": "Float64",
    },
    HOSTS: {
        "host": "str", "time": "datetime64[us, UTC]", "uri": "str", "driver": "str", "libvirt_version": "str",
        "interval_seconds": "Float64", "cpus": "Int64", "cores": "Int64", "sockets": "Int64",
        "threads": "Int64", "numa_cells": "Int64", "memory_bytes": "Int64", "model": "str", "mhz": "Int64",
    },
    DEFINITIONS: {
        "host": "str", "domain": "str", "name": "str", "time": "datetime64[us, UTC]", "definition": "str",
        "removed": "boolean",
    },
    EVENTS: {
        "host": "str", "time": "datetime64[us, UTC]", "kind": "str", "domain": "str", "name": "str",
        "event": "str", "detail": "str", "said": "str",
    },
}  # fmt: skip
_SORT: dict[str, tuple[str, ...]] = {
    **KEYS,
    "other": ("host", "domain", "key"),
    NODE_OTHER: ("host", "frame", "row", "key"),
    SAMPLES: ("host",),
    HOSTS: ("host",),
    EVENTS: ("host",),
    **{f"rollup.{frame}": (*keys, "#part") for frame, keys in KEYS.items()},
}


@cache
def recorded() -> Mapping[str, Mapping[str, str]]:
    """Return what a recording may hold: by frame, by column, the dtype."""
    none: Iterable[Any] = ()
    domains = from_records(none, host="").given
    node, storage = node_frames({}, host=""), storage_frames({}, host="")
    jobs, guests = job_frames([], {}, host=""), guest_frames([], {}, {}, host="")
    beside = {"domain.jobs": jobs.jobs, "guest.filesystems": guests.filesystems}
    frames: dict[str, pd.DataFrame] = {**domains, **node.given, **storage.frames, **beside}
    return {
        **{name: {str(key): str(dtype) for key, dtype in one.dtypes.items()} for name, one in frames.items()},
        **_OWN,
    }


def own_frame(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a frame of what a recording says of itself; what a row does not have is missing."""
    data: dict[str, Any] = {}
    for column, dtype in _OWN[name].items():
        values: Any = [row.get(column) for row in rows]
        if dtype.startswith("datetime"):
            data[column] = pd.DatetimeIndex(values, tz="UTC").as_unit("us")
        else:
            data[column] = pd.Series(values, dtype=cast("Any", dtype)).array
    return pd.DataFrame(data)


def sort_keys(name: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that tell the series of a frame apart, without `time`."""
    there = set(columns)
    return tuple(key for key in _SORT.get(name, ("host", "domain")) if key in there)


def arrow_schema(name: str, found: Iterable[Schema] = ()) -> Schema:
    """Return the schema of a frame: the columns that this version knows, and then what files have besides.

    Parameters
    ----------
    name
        The frame.
    found
        The schemas of its files, oldest first.
    """
    known = recorded().get(name, {})
    fields = {column: pa.field(column, _ARROW[dtype]) for column, dtype in known.items()}
    for schema in found:
        for field in schema:
            before = fields.get(field.name)
            if before is None:
                fields[field.name] = pa.field(field.name, field.type)
            elif field.name not in known and before.type != field.type:
                fields[field.name] = pa.unify_schemas(
                    [pa.schema([before]), pa.schema([pa.field(field.name, field.type)])],
                    promote_options="permissive",
                ).field(0)
    return pa.schema(list(fields.values()))


def described(schema: Schema, name: str, about: Mapping[str, str]) -> Schema:
    """Add what the columns are to a schema: libvirt's key, the unit, and whether it is a counter."""
    metrics = COLUMNS.get(name, {})
    fields: list[Any] = []
    for field in schema:
        metric = metrics.get(field.name)
        if metric is not None:
            said = {"key": metric.key, "unit": metric.conversion.unit, "kind": metric.kind.value}
            field = field.with_metadata(said)
        fields.append(field)
    return pa.schema(fields, metadata={"virtsdk": json.dumps({**about, "frame": name})})


def to_table(name: str, frames: Sequence[pd.DataFrame]) -> Table:
    """Make an Arrow table of the rows of some pandas frames."""
    tables: list[Table] = []
    for frame in frames:
        columns: dict[str, Any] = {}
        for column, values in frame.items():
            wanted = _ARROW.get(str(values.dtype))
            columns[str(column)] = pa.array(values.array, type=wanted, from_pandas=True)
        tables.append(pa.table(columns))
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables, promote_options="permissive")


def in_order(table: Table, keys: Sequence[str]) -> Places | None:
    """Return the order of the rows by series and time; None where they are in it.

    The rows of a series that are in order of time already, as the files of a recording are, cost little.
    """
    if not table.num_rows:
        return None
    code = np.zeros(table.num_rows, dtype=np.int64)
    for key in keys:
        rank, size = _ranks(table[key])
        code = code * size + rank
    times = _numbers(table["time"])
    order = _stable(code)
    later = np.diff(times[order]) >= 0
    if not (later | (np.diff(code[order]) > 0)).all():
        order = np.lexsort((times, code))
    return None if (np.diff(order) == 1).all() else order


def _stable(code: Places) -> Places:
    narrow = code.astype(np.uint16) if int(code.max()) < 2**16 else code  # few series: a radix sort
    return np.argsort(narrow, kind="stable")


def _ranks(column: Column) -> tuple[Places, int]:
    """Number the values of a key in their order; 0 is a missing one."""
    if pa.types.is_integer(column.type):
        values = _numbers(column.fill_null(-1))
        first = int(values.min())
        return values - first, int(values.max()) - first + 1
    coded = _coded(column)
    words = coded.dictionary.to_pylist()
    ranks = np.zeros(len(words) + 1, dtype=np.int64)
    ranks[sorted(range(len(words)), key=lambda place: words[place])] = np.arange(1, len(words) + 1)
    return ranks[coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)], len(words) + 1


def _coded(column: Column) -> Any:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole: Any = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # without chunks it stays one
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.string()).dictionary_encode()
    return whole


def _numbers(column: Column) -> Places:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return column.to_numpy().astype(np.int64, copy=False)


def to_frame(table: Table, order: Places | None = None) -> pd.DataFrame:
    """Make a pandas frame of an Arrow table: nullable dtypes, as those of `Stats`.

    Parameters
    ----------
    table
        Texts may be dictionaries.
    order
        The rows, where not all of them as they are.
    """
    data: dict[str, Any] = {}
    for column in table.column_names:
        values = _array(table[column])
        data[column] = values if order is None else values.take(order)
    return pd.DataFrame(
        data, index=pd.RangeIndex(table.num_rows if order is None else len(order)), copy=False
    )


def _array(column: Column) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        coded = _coded(column)
        if not len(coded.dictionary):
            return missing("str", len(column))
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return text(coded.dictionary.to_pylist()).take(codes, allow_fill=True)
    if pa.types.is_timestamp(kind):
        return pd.DatetimeIndex(column.cast(_ARROW["datetime64[us, UTC]"]).to_pandas()).as_unit("us").array
    masked: list[tuple[Any, Any, Any, Any]] = [
        (pa.types.is_integer, pd.arrays.IntegerArray, np.int64, 0),
        (pa.types.is_floating, pd.arrays.FloatingArray, np.float64, 0.0),
        (pa.types.is_boolean, pd.arrays.BooleanArray, np.bool_, False),
    ]
    for check, make, plain, nothing in masked:
        if check(kind):
            absent = column.is_null().to_numpy().astype(np.bool_)
            values = column.fill_null(nothing).to_numpy().astype(plain)
            return make(values, absent)
    return column.to_pandas().array
