"""Facts that follow from others where an exporter leaves them out, and what is said of those that do not."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.display import listing
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.readings import Times
from virtsdk.stats.change.series import differs, microseconds
from virtsdk.stats.columns.catalogue import counters
from virtsdk.stats.samples.convert import missing
from virtsdk.stats.samples.derive import DERIVED

USED: Final = "memory_used_bytes"
GUEST_MEMORY: Final = ("memory_available_bytes", "memory_usable_bytes", "memory_unused_bytes")
_FAULTS: Final = "memory_minor_faults_total"
_NEEDED: Final = {
    "cpu_used_vcpus": ("domains", "cpu_time_seconds_total"),
    "memory_bytes": ("domains", "memory_bytes"),
    "vcpus": ("domains", "vcpus"),
    "state": ("domains", "state"),
    "net_rx_bytes_per_second": ("nics", "rx_bytes_total"),
    "net_tx_bytes_per_second": ("nics", "tx_bytes_total"),
    "disk_bytes_per_second": ("disks", "read_bytes_total"),
    "vcpu_delay_seconds_per_second": ("vcpus", "delay_seconds_total"),
    "swap_in_bytes_per_second": ("domains", "memory_swap_in_bytes_total"),
    "agent_seen": ("domains", "agent_seen"),
}
"""By column of a usage frame: what it is made of."""


def filled(frames: dict[str, pd.DataFrame], notes: Notes) -> dict[str, pd.DataFrame]:
    """Add what follows from other figures.

    The number of vCPUs is counted where only vCPUs have series. A guest's memory figures are as of their last
    change where it is not told when the guest reported: a live guest's count of page faults always grows.
    """
    domains = frames.get("domains")
    if domains is None:
        return frames
    if "vcpus" not in domains and "vcpus" in frames:
        domains = _counted(domains, frames["vcpus"], notes)
    reports = [one for one in GUEST_MEMORY if one in domains]
    if reports and "memory_last_update" not in domains:
        domains = domains.assign(memory_last_update=_last_change(domains, notes))
    return frames | {"domains": domains}


def _counted(domains: pd.DataFrame, vcpus: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    keys = ["host", "name", "time"]
    number = vcpus.groupby(keys, sort=False).size()
    found: Any = number.reindex(pd.MultiIndex.from_frame(domains[keys]))
    notes.add("counted: as many as there are series of vCPUs at the time", "domains", "vcpus")
    return domains.assign(vcpus=found.astype("Int64").array)


def _last_change(domains: pd.DataFrame, notes: Notes) -> Any:
    """Return when the guest's figures were last another than before, for each row."""
    times = microseconds(domains)
    reported = np.zeros(len(domains), dtype=bool)
    for one in GUEST_MEMORY:
        if one in domains:
            reported |= domains[one].notna().to_numpy(dtype=bool)
    at = times.copy()
    if _FAULTS in domains:
        begins = np.ones(len(domains), dtype=bool)
        begins[1:] = differs(domains["host"]) | differs(domains["name"])
        changed = begins.copy()
        changed[1:] |= differs(domains[_FAULTS])
        at = times[np.maximum.accumulate(np.where(changed, np.arange(len(times)), 0))]
        said = "as of the last change of the guest's page faults: frozen figures are no use"
    else:
        said = "taken as fresh: the source does not tell when the guest reported them"
    notes.add(said, "domains", USED)
    plain = np.where(reported, at, np.iinfo(np.int64).min)
    return pd.DatetimeIndex(plain.view("datetime64[us]"), tz="UTC").array


def booted(frames: dict[str, pd.DataFrame], boots: dict[str, Times], notes: Notes) -> dict[str, pd.DataFrame]:
    """Put a row at each time at which a host booted: its guests were off, and its counters at 0.

    So that whatever was counted before and after is no difference, though the numbers may have grown.
    """
    for name in ("domains", "node.total", "node.cpus", "node.pressure"):
        frame = frames.get(name)
        if frame is None or not len(frame):
            continue
        rows: list[pd.DataFrame] = []
        times = microseconds(frame)
        for host, moments in boots.items():
            mine = (frame["host"] == host).to_numpy(dtype=bool)
            for moment in _apart(moments):
                rows += _row_at(name, frame, mine, times, moment)
                if rows and name == "domains":
                    notes.add("the host booted: guests were off, counters begin anew", host=host)
        if rows:
            frames = frames | {name: _sorted(pd.concat([frame, *rows], ignore_index=True), name)}
    return frames


def _apart(moments: Times) -> list[int]:
    """Return boots, each once: clocks that are set move the time of a boot by seconds."""
    kept: list[int] = []
    for one in np.sort(moments).tolist():
        if kept and one - kept[-1] < 30_000_000:
            continue
        kept.append(one)
    return kept


def _row_at(name: str, frame: pd.DataFrame, mine: Any, times: Times, moment: int) -> list[pd.DataFrame]:
    """Return a row of each thing of a host that there is before and after a moment."""
    keys = ["host", "domain"] if name == "domains" else [one for one in frame.columns[:3] if one != "time"]
    before = cast("pd.DataFrame", frame[mine & (times < moment)])
    after = cast("pd.DataFrame", frame[mine & (times > moment)])
    if (mine & (times == moment)).any():
        return []
    last = before.drop_duplicates(keys, keep="last")
    both: pd.DataFrame = last.merge(after[keys].drop_duplicates(), on=keys)[list(frame.columns)]
    if not len(both):
        return []
    new = both.assign(time=pd.Timestamp(moment, unit="us", tz="UTC").as_unit("us"))
    known = [one for one in counters(name) if one in frame.columns]
    for column in frame.columns:
        if column in known:
            value: Any = missing(str(frame[column].dtype), len(new)) if name == "domains" else 0.0
            new[column] = value if name == "domains" else pd.array([value] * len(new), dtype="Float64")
        elif name == "domains" and column.startswith("memory_") and column != "memory_bytes":
            new[column] = missing(str(frame[column].dtype), len(new))
    if name == "domains":
        new["state"] = pd.array(["shutoff"] * len(new), dtype="str")
    return [new.astype(frame.dtypes.to_dict())]


def _sorted(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    keys = (
        ["host", "name", "domain"]
        if name == "domains"
        else [one for one in frame.columns[:3] if one != "time"]
    )
    return frame.sort_values([*keys, "time"], kind="stable", ignore_index=True)


def lacking(frames: dict[str, pd.DataFrame], notes: Notes) -> None:
    """Tell which columns of a usage frame stay missing, for all guests or for some."""
    domains = frames.get("domains")
    if domains is None:
        return
    for column, (frame, source) in _NEEDED.items():
        there = frames.get(frame)
        given = column in domains and domains[column].notna().any()
        if not given and (there is None or source not in there or not there[source].notna().any()):
            notes.add("the source has no such figure: missing in usage", "usage", column)
    _memory(domains, notes)


def _memory(domains: pd.DataFrame, notes: Notes) -> None:
    if USED in domains:
        used = domains[USED]
    elif not any(one in domains for one in GUEST_MEMORY):
        balloon = " (its balloon is a size, not usage)" if "memory_current_bytes" in domains else ""
        notes.add(f"the source has no figures from inside the guests{balloon}: missing", "usage", USED)
        return
    else:
        used = used_of(domains)
        if "memory_usable_bytes" not in domains:
            notes.add("caches count as used: the source has no usable memory", "usage", USED)
    known: Any = used.notna().groupby([domains["host"], domains["name"]]).any()
    without = [name for (_, name), has in known.items() if not has]
    if without:
        notes.add(f"missing of {listing.names(without, 10)}: those guests never reported", "usage", USED)


def used_of(domains: pd.DataFrame) -> Any:
    """Return what the guests use of their memory, as `Stats.domains` works it out."""
    needed, work = DERIVED["domains"][USED]
    lack = {
        one: missing("datetime64[us, UTC]" if one == "memory_last_update" else "Int64", len(domains))
        for one in needed
        if one not in domains
    }
    return work(domains.assign(**lack))
