"""Imported history as a recording: the frames as the recorder would have written them, day by day."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.columns import HOSTS, SAMPLES, own_frame, recorded
from virtsdk.history.importers.filling import GUEST_MEMORY, USED
from virtsdk.history.importers.given import RATE, SUMS
from virtsdk.history.parquet.disk import write_text
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.change.series import microseconds, series_of
from virtsdk.stats.change.spacing import distances
from virtsdk.stats.columns.metric import KEYS, leading

if TYPE_CHECKING:
    from virtsdk.history.importers.imported import Imported
    from virtsdk.history.recording import Recording

_DAY: Final = 86_400_000_000
_ONE_BY_ONE: Final = 0.6
"""Moments of a host beside its rows of domains, from which on the domains were sampled one by one."""
_SUMS_OF: Final = {
    "net_rx_bytes_per_second": ("nics", "rx_bytes_total"),
    "net_tx_bytes_per_second": ("nics", "tx_bytes_total"),
    "disk_bytes_per_second": ("disks", "read_bytes_total"),
    "vcpu_delay_seconds_per_second": ("vcpus", "delay_seconds_total"),
}
"""By sum over parts: the one part that stands for all of them, as whose counter it is kept."""


def keep(imported: Imported, directory: str | os.PathLike[str], mode: int) -> Recording:
    """Write imported history as a recording; see `Imported.save`.

    Raises
    ------
    RecordingError
        The directory holds something, cannot be written, or the domains were sampled one by one.
    """
    from virtsdk.history.recording import Recording

    target = files.directory_of(directory)
    if target.exists() and any(target.iterdir()):
        raise RecordingError(f"{target} is not empty: imported history wants a directory of its own")
    frames = _as_recorded(imported.frames)
    if "domains" not in frames:
        raise RecordingError(f"{imported.source} has no figures of domains: a recording is of those")
    samples = _samples(frames, imported.source)
    hosts = _hosts(imported, samples)
    with RecordingWriter(target, mode=mode) as writer:
        writer.add({HOSTS: hosts})
        days: dict[str, Any] = {
            name: microseconds(frame) // _DAY for name, frame in {**frames, SAMPLES: samples}.items()
        }
        for day in np.unique(days[SAMPLES]).tolist():
            part = {name: cast("Any", frame[days[name] == day]) for name, frame in frames.items()}
            writer.add({**part, SAMPLES: cast("Any", samples[days[SAMPLES] == day])})
            writer.flush()
            writer.merge()
    said = {**files.check(target), "about": f"Imported from {imported.source}."}
    write_text(target / files.MARK, json.dumps(said) + "\n", mode)
    return Recording(target)


def _as_recorded(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the frames with the columns of a recording alone."""
    domains = frames.get("domains")
    if domains is not None:
        frames |= _parts_of_sums(domains, frames)
        frames["domains"] = _with_memory(domains)
    found: dict[str, pd.DataFrame] = {}
    for name, frame in frames.items():
        known = recorded().get(name)
        if known is None:
            continue
        frame = _as_counters(name, frame)
        plain = cast("Any", frame)
        data = {column: plain[column].astype(known[column]) for column in known if column in frame}
        found[name] = pd.DataFrame(data)
    return found


def _as_counters(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Turn rates to counters that grow by them: their differences are the rates again.

    Where a rate is missing the counter is, too, so that two intervals are unknown for one.
    """
    known = recorded()[name]
    rates = {
        str(one): str(one).removesuffix(RATE) + "_total" for one in frame.columns if str(one).endswith(RATE)
    }
    rates = {one: counter for one, counter in rates.items() if counter in known and counter not in frame}
    if not rates:
        return frame
    series = series_of(frame, KEYS[name])
    seconds = np.nan_to_num(series.seconds)
    number = np.cumsum(series.first)
    made = series.frame.reset_index(drop=True)
    for one, counter in rates.items():
        values = made[one].to_numpy(dtype=np.float64, na_value=np.nan)
        grown = pd.Series(np.nan_to_num(values) * seconds).groupby(number).cumsum().to_numpy()
        whole = np.rint(grown) if known[counter] == "Int64" else grown
        absent = np.isnan(values)
        made[counter] = pd.arrays.FloatingArray(np.where(absent, 0.0, whole), absent)
    return made


def _parts_of_sums(domains: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return a part of each domain that stands for all, where a source has sums over them."""
    made: dict[str, pd.DataFrame] = {}
    for sums, (name, counter) in _SUMS_OF.items():
        if sums not in domains or sums not in SUMS or name in frames:
            continue
        rate = counter.removesuffix("_total") + RATE
        frame = made.get(name)
        if frame is None:
            label = KEYS[name][-1]
            dtype: Any = recorded()[name][label]
            part: list[Any] = [0 if name == "vcpus" else "all"] * len(domains)
            column = cast("Any", pd.Series(part, index=domains.index)).astype(dtype)
            frame = domains[["host", "domain", "name", "time"]].assign(**{label: column})
            frame = frame[list(leading(name))]
            if name == "disks":
                nothing = np.where(domains[sums].isna(), np.nan, 0.0)
                frame["write_bytes" + RATE] = pd.array(nothing, dtype="Float64")
        made[name] = frame.assign(**{rate: domains[sums]})
    return made


def _with_memory(domains: pd.DataFrame) -> pd.DataFrame:
    """Put what a guest reports, where a source has only what it uses, so that this is worked out of it."""
    if USED not in domains or any(one in domains for one in GUEST_MEMORY):
        return domains
    used = domains[USED].astype("Int64")
    most = domains["memory_bytes"].astype("Int64") if "memory_bytes" in domains else used
    most = most.where(used.notna()).fillna(used)
    reported: Any = domains["time"].where(used.notna().to_numpy(dtype=bool))
    return domains.assign(
        memory_available_bytes=most, memory_usable_bytes=most - used, memory_last_update=reported
    )


def _samples(frames: dict[str, pd.DataFrame], source: str) -> pd.DataFrame:
    """Return the rows of ``samples``: one per host and moment of its domains, with that of the host."""
    domains = frames["domains"]
    counted = domains.groupby(["host", "time"], sort=True).size().reset_index(name="domains")
    for host, own in counted.groupby("host"):
        if int(own["domains"].max()) < domains[domains["host"] == host]["domain"].nunique() and len(
            own
        ) > _ONE_BY_ONE * int(own["domains"].sum()):
            raise RecordingError(
                f"{source}: the domains of host {host!r} were sampled one by one, and a recording is of "
                "moments at which all were: usage() and rates() work without one"
            )
    rows: Any = counted.assign(taken=True, missed=0).to_dict("records")
    made = own_frame(SAMPLES, rows)
    for name, column in (("node.total", "node_time"), ("storage.pools", "storage_time")):
        if name in frames:
            made[column] = _nearest(frames, name, made)
    return made


def _nearest(frames: dict[str, pd.DataFrame], name: str, samples: pd.DataFrame) -> Any:
    """Return for each sample the time of the host's own figures nearest to it, each once; drop others."""
    found = pd.array([pd.NaT] * len(samples), dtype="datetime64[us, UTC]")
    kept: set[tuple[str, pd.Timestamp]] = set()
    times = frames[name][["host", "time"]].drop_duplicates().sort_values("time")
    for host, own in samples.groupby("host"):
        mine = times.loc[times["host"] == host, "time"]
        if not len(mine):
            continue
        joined = pd.merge_asof(
            mine.to_frame("node"), own[["time"]].assign(at=own["time"], row=own.index).sort_values("time"),
            left_on="node", right_on="time", direction="nearest",
        )  # fmt: skip
        joined["apart"] = (joined["node"] - joined["at"]).abs()
        joined = joined.sort_values("apart", kind="stable").drop_duplicates("row")
        found[joined["row"].to_numpy()] = joined["node"].array
        kept |= {(str(host), one) for one in joined["node"]}
    prefix = "node." if name.startswith("node.") else name
    for other, frame in list(frames.items()):
        if other.startswith(prefix):
            pairs = pd.MultiIndex.from_frame(frame[["host", "time"]])
            frames[other] = frame[pairs.isin(list(kept))]
    return found


def _hosts(imported: Imported, samples: pd.DataFrame) -> pd.DataFrame:
    apart = distances(samples)
    first = samples.groupby("host")["time"].min()
    rows: list[dict[str, Any]] = []
    for row in imported.hosts.to_dict("records"):
        host = str(row["host"])
        if host in first.index:
            usual = float(np.median(apart[host])) if host in apart else None
            known = {str(key): value for key, value in row.items() if not pd.isna(value)}
            rows.append({**known, "time": first[host], "interval_seconds": usual})
    return own_frame(HOSTS, rows)
