"""Turn a query into a selection of rows; unknown names raise."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import tzinfo

import pandas as pd

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.history.columns import HOSTS, SAMPLES, recorded
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.reading.arguments import Names, Time, microseconds_of, stamp_of, words
from virtsdk.history.reading.frames import read_frame
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.stats.change.spacing import Interval, seconds_of
from virtsdk.stats.samples.derive import has_process
from virtsdk.stats.samples.plain import clock

_TOGETHER = 120_000_000  # µs within which all figures of a sample are read
_LONG_AGO = 10  # intervals after which a host without a sample is not there any more
_KINDS = {"time": "sample", "node_time": "sample of a machine", "storage_time": "sample of storage"}


def frame_names(reader: Reader) -> list[str]:
    """Return the frames of figures: those of the catalogue, and what the files have besides."""
    known = recorded()
    there = reader.listing.frames
    others = sorted(name for name in there if name not in known and not name.startswith("rollup."))
    return [*(name for name in known if name not in (SAMPLES, HOSTS)), *others]


def columns_of(
    reader: Reader, names: Iterable[str], selection: Selection | None = None
) -> dict[str, list[str]]:
    """Return by frame the columns that it has, without those that are worked out of others."""
    known = frame_names(reader)
    found: dict[str, list[str]] = {}
    for name in names:
        if name not in known:
            raise ValueError(f"a recording has no frame {name!r}; it has {', '.join(known)}")
        found[name] = list(reader.schema(name, selection).names)
    return found


def select(
    reader: Reader,
    start: Time | None = None,
    end: Time | None = None,
    hosts: Names | None = None,
    domains: Names | None = None,
    *,
    pinned: bool = False,
    zone: tzinfo | None = None,
) -> Selection:
    """Make a selection of what a person asks for, as of now.

    Parameters
    ----------
    reader
        Is refreshed.
    start, end, hosts, domains
        As for `Recording.frames`.
    pinned
        Give it an end in any case, so that what is recorded from now on is not in it.
    zone
        Of times that name none.
    """
    reader.refresh()
    reader.warn_of_gaps()
    chosen = words("hosts", hosts)
    known = host_names(reader)
    for host in chosen or ():
        if host not in known:
            raise ValueError(f"no host {host!r} was recorded; there are {', '.join(sorted(known)) or 'none'}")
    guests = words("domains", domains)
    if guests is not None:
        _check_domains(reader, guests)
    bounds = None if start is None and end is None and not pinned else reader.bounds(SAMPLES)
    ended = None if bounds is None else bounds[1]
    first = microseconds_of(start, what="start", zone=zone, end=ended)
    last = microseconds_of(end, what="end", zone=zone, end=ended)
    if first is not None and last is not None and first > last:
        raise ValueError(f"start must be before end, not {start!r} where end is {end!r}")
    if pinned and last is None and ended is not None:
        last = ended + 1
    return Selection(first, last, chosen, guests)


def warn_of_sums(reader: Reader, selection: Selection) -> None:
    """Warn who asks for samples that are not kept."""
    kept = reader.dropped_until
    if kept is not None and selection.start is not None and selection.start < kept:
        what = f"keeps samples since {stamp_of(kept):%Y-%m-%d %H:%M} UTC; of older ones there are sums"
        warnings.warn(f"{reader.directory} {what}: usage(), rates()", RecordingWarning, stacklevel=3)


def host_names(reader: Reader) -> set[str]:
    """Return the hosts of a recording."""
    return set(read_frame(reader, HOSTS, ["host"], Selection())["host"])


def _check_domains(reader: Reader, chosen: frozenset[str]) -> None:
    left = set(chosen)
    for table in reader.last("domains", ["domain", "name"], Selection(domains=chosen)):
        left -= {*table["domain"].unique().to_pylist(), *table["name"].unique().to_pylist()}
        if not left:
            return
    if left:
        raise ValueError(f"no domain {min(left)!r} was recorded: names and UUIDs are in stats().domains")


def moments(
    reader: Reader, time: Time | None, host: str | None, column: str, max_age: Interval | None = None
) -> dict[str, pd.Timestamp]:
    """Return for each host the time of its last sample at or before a time.

    Hosts that were not sampled for long before that are left out, with a warning.

    Parameters
    ----------
    reader
        Is refreshed.
    time, host, max_age
        As for `Recording.stats`.
    column
        Which kind of sample: the column of ``samples`` that has its time.
    """
    limit = None if max_age is None else pd.Timedelta(seconds_of(max_age, "max_age"), unit="s")
    selection = select(reader, hosts=host)
    bounds = reader.bounds(SAMPLES)
    until = microseconds_of(time, end=None if bounds is None else bounds[1])
    found = _lasts(reader, selection, until, column)
    if not found:
        missing = f"{reader.directory} has no {_KINDS[column]}"
        if until is None or bounds is None:
            raise RecordingError(f"{missing} yet")
        raise ValueError(f"{missing} at or before {time}; it begins at {stamp_of(bounds[0])}")
    if host is not None:
        return found
    # sizes of storage, for one, are read less often: whether a host is there is told by its guests' samples
    seen = found if column == "time" else _lasts(reader, selection, until, "time")
    gone = _gone(reader, seen or found, limit)
    if gone:
        warnings.warn(_left_out(reader, gone, max((seen or found).values())), RecordingWarning, stacklevel=3)
    return {name: last for name, last in found.items() if name not in gone}


def presence(reader: Reader) -> tuple[dict[str, pd.Timestamp], set[str]]:
    """Return when each host was sampled last, and which of them are not there any more."""
    seen = _lasts(reader, Selection(), None, "time")
    return seen, set(_gone(reader, seen, None))


def _lasts(reader: Reader, selection: Selection, until: int | None, column: str) -> dict[str, pd.Timestamp]:
    """Return the time of the last sample of each host of a selection, at or before a time."""
    if until is not None:
        # rows are chosen by the time of the guests' figures, the others are read shortly before or after
        selection = Selection(end=until + _TOGETHER, hosts=selection.hosts)
    wanted = selection.hosts or host_names(reader)
    found: dict[str, pd.Timestamp] = {}
    for table in reader.last(SAMPLES, ["host", column, "taken"], selection):
        rows = table.to_pandas()
        rows = rows[rows["taken"] & rows[column].notna()]
        if until is not None:
            rows = rows[rows[column] <= stamp_of(until)]
        for name, last in rows.groupby(rows["host"].astype("str"))[column].max().items():
            found.setdefault(str(name), pd.Timestamp(last))
        if wanted <= found.keys():
            break
    return found


def _gone(
    reader: Reader, seen: Mapping[str, pd.Timestamp], limit: pd.Timedelta | None
) -> dict[str, pd.Timestamp]:
    """Return the hosts whose last sample is much older than the last of all."""
    latest = max(seen.values(), default=None)
    if latest is None:
        return {}
    runs = read_frame(reader, HOSTS, ["host", "time", "interval_seconds"], Selection())
    runs = runs.dropna().sort_values("time", kind="stable")
    gone: dict[str, pd.Timestamp] = {}
    for host, last in sorted(seen.items()):
        own = runs[runs["host"] == host]
        before = own[own["time"] <= last]
        interval = (before if len(before) else own)["interval_seconds"]
        allowed = limit
        if limit is None and len(interval):
            allowed = pd.Timedelta(_LONG_AGO * float(interval.iloc[-1]), unit="s")
        if allowed is not None and latest - last > allowed:
            gone[host] = last
    return gone


def _left_out(reader: Reader, gone: Mapping[str, pd.Timestamp], latest: pd.Timestamp) -> str:
    names = [f"{host!r} (last sample {clock(last)})" for host, last in gone.items()]
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{reader.directory}: {listing.names(names, 5)} {verb} left out, not sampled for long before "
        f"{clock(latest)}; max_age= takes older samples, host= gives one host whatever its age"
    )


def without_moved(
    reader: Reader, frames: Mapping[str, pd.DataFrame], times: Mapping[str, pd.Timestamp]
) -> dict[str, pd.DataFrame]:
    """Leave out guests of hosts that fail where they run elsewhere since, with a warning.

    Parameters
    ----------
    reader
        Is refreshed.
    frames
        Of the last samples of some hosts.
    times
        Of these samples.
    """
    domains = frames["domains"]
    running = domains[has_process(domains).to_numpy(dtype=bool)]
    latest = running.groupby("domain")["time"].transform("max")
    left = running[running["host"].isin(_failing(reader, times)) & (running["time"] < latest)]
    if left.empty:
        return dict(frames)
    names = [f"{row['name']!r} of {row['host']!r}" for row in left.to_dict("records")]
    what = f"{reader.directory}: left out, since it runs elsewhere now and its host fails: "
    warnings.warn(what + listing.names(names, 5), RecordingWarning, stacklevel=3)
    keys = pd.MultiIndex.from_frame(left[["host", "domain"]])
    return {
        name: frame[~pd.MultiIndex.from_frame(frame[["host", "domain"]]).isin(keys)].reset_index(drop=True)
        for name, frame in frames.items()
    }


def _failing(reader: Reader, times: Mapping[str, pd.Timestamp]) -> set[str]:
    """Return the hosts that were tried since their last sample, and not sampled."""
    first = min(microseconds_of(time) or 0 for time in times.values())
    since = Selection(start=first, hosts=frozenset(times))
    rows = read_frame(reader, SAMPLES, ["host", "time", "taken", "missed"], since)
    after = rows["time"] > rows["host"].map(dict(times))
    return set(rows[after & ~rows["taken"].fillna(False).astype(bool) & rows["missed"].gt(0)]["host"])


def check_domains(reader: Reader, domains: pd.DataFrame, times: Mapping[str, pd.Timestamp]) -> None:
    """Check that the rows of some samples' domains are there.

    Raises
    ------
    RecordingError
        The samples tell of domains that have no rows: a file is gone.
    """
    there = domains.groupby("host").size()
    at = [microseconds_of(time) or 0 for time in times.values()]
    when = Selection(min(at, default=0), max(at, default=0) + 1, frozenset(times))
    told = read_frame(reader, SAMPLES, ["host", "time", "taken", "domains"], when)
    for row in told[told["taken"].fillna(False).astype(bool) & told["domains"].notna()].to_dict("records"):
        found = int(there.get(row["host"], 0))
        if row["time"] == times.get(row["host"]) and found < row["domains"]:
            kept = reader.dropped_until
            if kept is not None and row["time"] < stamp_of(kept):
                raise RecordingError(
                    f"{reader.directory} keeps samples since {stamp_of(kept):%Y-%m-%d %H:%M} UTC, and that "
                    f"of {row['host']!r} at {row['time']} is older: usage() and rates(every='5min') have it"
                )
            raise RecordingError(
                f"{reader.directory} has {found} of {row['domains']} domains of host {row['host']!r} at "
                f"{row['time']}: a file is gone; recording.check() names it"
            )


def frames_at(
    reader: Reader, names: Iterable[str], times: Mapping[str, pd.Timestamp]
) -> dict[str, pd.DataFrame]:
    """Read the rows of one moment of each host, in the order of the domains' names."""
    found: dict[str, pd.DataFrame] = {}
    at_all = [microseconds_of(time) or 0 for time in times.values()]
    whole = Selection(min(at_all, default=0), max(at_all, default=0) + 1, frozenset(times))
    for name, columns in columns_of(reader, names, whole).items():
        parts: list[pd.DataFrame] = []
        for host, time in sorted(times.items()):
            at = microseconds_of(time) or 0
            parts.append(read_frame(reader, name, columns, Selection(at, at + 1, frozenset([host]))))
        frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        order = [one for one in ("host", "storage_pool_name", "name") if one in frame.columns]
        if "name" in order:
            frame = frame.sort_values(order, kind="stable", ignore_index=True)
        found[name] = frame
    return found
