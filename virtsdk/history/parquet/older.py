"""Older versions of the format: what columns were called then, and what their files lack.

Version 1.1 gave pools, volumes and nics the words that live handles and disks have. Files keep the names that
they were written with; they are read under today's. Version 1.2 added to samples what a clock that is never
set said: without it the order of samples is that of their times. Version 1.3 added to domains whether their
guest agent was connected: ``agent_seen`` is missing in rows from before. Version 1.4 keeps a day of a group
of hosts together in few files; `virtsdk.history.writing.compact` brings older files up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from virtsdk.history.parquet.arrow import Schema, Table, pa

VOLUMES, POOLS = "storage.volumes", "storage.pools"
RENAMED: Mapping[str, Mapping[str, str]] = {
    "nics": {"network": "source"},
    POOLS: {"pool": "name", "pool_uuid": "storage_pool"},
    VOLUMES: {"pool": "storage_pool_name", "volume": "name"},
}
"""By frame, the names of version 1.0 and those of today."""

POOL_KEYS = ("host", "time", "storage_pool_name")
"""Columns of volumes that tell which pool a row of version 1.0 is about."""


def old_names(frame: str, there: Iterable[str]) -> dict[str, str]:
    """Return the columns of a file that are called otherwise today: today's name, then the file's.

    Examples
    --------
    >>> old_names("nics", ["host", "nic", "network"]), old_names("nics", ["host", "nic", "source"])
    ({'source': 'network'}, {})
    """
    columns = set(there)
    return {new: old for old, new in RENAMED.get(frame, {}).items() if old in columns and new not in columns}


def renamed(found: Table | Schema, old: Mapping[str, str]) -> Any:
    """Give the columns of a table, or the fields of a schema, today's names."""
    if not old:
        return found
    today = {before: now for now, before in old.items()}
    if isinstance(found, pa.Schema):
        fields = [field.with_name(today.get(field.name, field.name)) for field in found]
        return pa.schema(fields, metadata=found.metadata)
    return found.rename_columns([today.get(name, name) for name in found.column_names])


def with_pools(volumes: Table, pools: Table) -> Table:
    """Fill in the UUIDs of volumes' pools, which version 1.0 did not keep.

    Parameters
    ----------
    volumes
        Rows of `VOLUMES` with `POOL_KEYS` and ``storage_pool``.
    pools
        Rows of `POOLS` of the same samples: host, time, name, storage_pool.
    """
    known = dict(zip(_rows(pools, ("host", "time", "name")), pools["storage_pool"].to_pylist(), strict=True))
    pairs = zip(volumes["storage_pool"].to_pylist(), _rows(volumes, POOL_KEYS), strict=True)
    uuids = [known.get(key) if uuid is None else uuid for uuid, key in pairs]
    place = volumes.column_names.index("storage_pool")
    return volumes.set_column(place, "storage_pool", pa.array(uuids, pa.string()))


def _rows(table: Table, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    columns = (table[name].cast(pa.int64()) if name == "time" else table[name] for name in names)
    return zip(*(column.to_pylist() for column in columns), strict=True)
