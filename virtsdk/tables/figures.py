"""Figures of the guests: two samples in, one row a domain out, and to a page only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from virtsdk.stats import rates
from virtsdk.tables.columns import FIGURES

if TYPE_CHECKING:
    from virtsdk.stats import Stats

GROUPS = ("state", "cpu-total", "balloon", "vcpu", "interface", "block")
"""libvirt's groups of figures that the table shows."""


def figures_of(earlier: Stats, later: Stats) -> pd.DataFrame:
    """Work out the figures of a host's domains between two samples.

    Returns
    -------
    pandas.DataFrame
        One row per domain, by UUID: cpu_percent (of its vCPUs; the emulator's share can bring it above 100),
        memory_used_bytes (as its guest says), disk_bytes_per_second (read and written),
        net_bytes_per_second (received and sent), steal_percent (of its vCPUs). What is not known is missing;
        a domain that is off has none.
    """
    usage = rates(earlier, later).usage()
    usage = usage[usage["interrupted"] != "off"] if usage["interrupted"].notna().any() else usage
    vcpus = _floats(usage["vcpus"])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "cpu_percent": 100 * _floats(usage["cpu_used_vcpus"]) / vcpus,
            "memory_used_bytes": _floats(usage["memory_used_bytes"]),
            "disk_bytes_per_second": _floats(usage["disk_bytes_per_second"]),
            "net_bytes_per_second": _floats(usage["net_rx_bytes_per_second"])
            + _floats(usage["net_tx_bytes_per_second"]),
            "steal_percent": 100 * _floats(usage["vcpu_delay_seconds_per_second"]) / vcpus,
        }
    frame = pd.DataFrame(found, columns=pd.Index(FIGURES))
    frame.index = pd.Index(usage["domain"].astype(str), name="domain")
    return frame


def _floats(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


class Slots:
    """Figures by the place of a row: what is sent of them is that place and the numbers.

    A row keeps its place as long as it is there; a place that is free is taken again.

    Parameters
    ----------
    width
        How many figures a row has.
    """

    def __init__(self, width: int = len(FIGURES)) -> None:
        self._width = width
        self._places: dict[str, int] = {}
        self._free: list[int] = []
        self._last: tuple[pd.Index[str], np.ndarray[Any, np.dtype[np.int64]]] | None = None
        self._values = np.full((0, width), np.nan, dtype=np.float32)

    def __len__(self) -> int:
        """Return how many places there are, free ones among them."""
        return len(self._values)

    def keep(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Give each of these rows a place, and free those of all others; return the places."""
        wanted = dict.fromkeys(keys)
        self._last = None
        for key in [one for one in self._places if one not in wanted]:
            place = self._places.pop(key)
            self._values[place] = np.nan
            self._free.append(place)
        for key in wanted:
            if key not in self._places:
                place = self._free.pop() if self._free else len(self._places)
                self._places[key] = place
        if (grown := len(self._places) + len(self._free) - len(self._values)) > 0:
            more = np.full((grown, self._width), np.nan, dtype=np.float32)
            self._values = np.concatenate([self._values, more])
        return self._places

    def update(self, keys: pd.Index[str], frame: pd.DataFrame) -> tuple[bytes, bytes]:
        """Take the figures of some rows.

        Parameters
        ----------
        keys
            The rows that they are of, each of which has a place; a row of them that `frame` does not have
            has no figures now.
        frame
            Figures by key.

        Returns
        -------
        tuple of bytes
            The places of the rows that changed (uint32), and their figures (float32), row after row; both
            empty where nothing did.
        """
        places = self._places_of(keys)
        after = frame.to_numpy(dtype=np.float32)
        if not keys.equals(frame.index):
            found = frame.index.get_indexer(keys)
            known = np.full((len(keys), self._width), np.nan, dtype=np.float32)
            known[found >= 0] = after[found[found >= 0]]
            after = known
        before = self._values[places]
        same = (before == after) | ((before != before) & (after != after))  # NaN is not itself
        changed = np.flatnonzero(~same.all(axis=1))
        if not len(changed):
            return b"", b""
        self._values[places[changed]] = after[changed]
        return places[changed].astype(np.uint32).tobytes(), after[changed].tobytes()

    def _places_of(self, keys: pd.Index[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the places of the same rows as before without looking each of them up."""
        if self._last is None or self._last[0] is not keys:
            self._last = (keys, self.places(keys))
        return self._last[1]

    def listed(self) -> list[list[float | None]]:
        """Return all figures by place, as JSON can say them: None for what is not known."""
        return [[None if np.isnan(one) else float(one) for one in row] for row in self._values]

    def places(self, keys: Iterable[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the places of rows, in their order."""
        return np.array([self._places[key] for key in keys], dtype=np.int64)

    def bits(self, places: np.ndarray[Any, np.dtype[np.int64]]) -> str:
        """Write places as bits, in hexadecimal: the first place is the highest bit."""
        mask = np.zeros(len(self), dtype=bool)
        mask[places] = True
        return np.packbits(mask).tobytes().hex()
