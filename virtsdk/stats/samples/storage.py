"""Sizes of storage pools and volumes as tidy frames in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from virtsdk.display.text import count, size
from virtsdk.stats.columns.metric import KEYS
from virtsdk.stats.samples.plain import Tabled, known, plain_frame
from virtsdk.stats.samples.times import utc


class StorageStats(Tabled):
    """The sizes of a host's storage pools and volumes, as tidy frames; made by `Host.storage_stats`."""

    _header = ("name", "type", "state", "volumes", "used", "of")

    def __init__(self, frames: Mapping[str, pd.DataFrame], *, host: str, time: pd.Timestamp) -> None:
        self._frames = dict(frames)
        self.host = host
        self.time = time

    @property
    def pools(self) -> pd.DataFrame:
        """One row per pool: host, storage_pool (its UUID), name, time, type, state, sizes (bytes)."""
        return self._frames["storage.pools"].copy(deep=False)

    @property
    def volumes(self) -> pd.DataFrame:
        """One row per volume of an active pool.

        host, storage_pool (the UUID of its pool), storage_pool_name, name, time, type, path, sizes (bytes).
        """
        return self._frames["storage.volumes"].copy(deep=False)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All frames by the names that `catalogue` has for them."""
        return {name: frame.copy(deep=False) for name, frame in self._frames.items()}

    def _headline(self) -> str:
        pools, volumes = (len(self._frames[name]) for name in ("storage.pools", "storage.volumes"))
        return f"{count(pools, 'storage pool')}, {count(volumes, 'volume')}"

    def _rows(self) -> list[list[object]]:
        volumes = self.volumes["storage_pool"].value_counts()
        return [
            [
                row["name"], known(row["type"]), known(row["state"]),
                int(volumes.get(row["storage_pool"], 0)),
                size(known(row["allocation_bytes"])), size(known(row["capacity_bytes"])),
            ]
            for row in self.pools.to_dict("records")
        ]  # fmt: skip


def storage_frames(
    figures: Mapping[str, Sequence[Mapping[str, object]]], *, host: str, time: datetime | None = None
) -> StorageStats:
    """Make frames of pools (``storage.pools``) and volumes (``storage.volumes``), as `node_frames` does."""
    taken = utc(time)
    names = [name for name in KEYS if name.startswith("storage.")]
    frames = {name: plain_frame(name, figures.get(name, []), host, taken) for name in names}
    return StorageStats(frames, host=host, time=taken)
