"""Samples and frames of one's own, as they are given to `rates`: checked, and in the order of taking."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.stats.change.series import TAKEN, Places, microseconds, series_of
from virtsdk.stats.change.spacing import Spacing, distances, moments_of
from virtsdk.stats.change.taking import Taking, taking_of
from virtsdk.stats.columns.catalogue import COLUMNS, counters
from virtsdk.stats.columns.metric import KEYS, leading
from virtsdk.stats.samples.node import NODE_OTHER
from virtsdk.stats.samples.several import FleetNodeStats, FleetStats
from virtsdk.stats.samples.times import TimeUnit, utc_column

_CPU = "cpu_time_seconds_total"
CLOCK = "clock_seconds"
"""A column that frames of one's own may have: what a clock that is never set said when a row was taken."""


@dataclass(frozen=True, slots=True)
class Given:
    """Frames of many samples, and in which order those were taken."""

    frames: dict[str, pd.DataFrame]
    sampled: pd.DataFrame  #: host and time of each sample
    taking: Taking
    spacing: Spacing | None = None  #: where it is not that of the samples


# --- samples ---------------------------------------------------------------------------------------------


def samples_of(first: Any, second: Any, kind: type) -> list[Any]:
    """Return the samples that were given: two, or many.

    Raises
    ------
    TypeError, ValueError
        They are not of the kind, or there are none.
    """
    if second is None and not isinstance(first, Iterable | kind):
        raise TypeError(f"rates are of samples, {kind.__name__} or many of them, not {type(first).__name__}")
    samples: list[Any] = (
        [first, second] if second is not None else [first] if isinstance(first, kind) else list(first)
    )
    for number, one in enumerate(samples):
        if not isinstance(one, kind):
            raise TypeError(f"sample {number} must be {kind.__name__}, not {type(one).__name__}")
    samples = [own for one in samples for own in _each(one)]
    if not samples:
        raise ValueError("rates need at least two points in time, got no samples")
    return samples


def _each(sample: Any) -> Iterable[Any]:
    """Return the samples of single hosts in one of several, each with a clock of its own."""
    return sample.samples.values() if isinstance(sample, FleetStats | FleetNodeStats) else (sample,)


def of_samples(
    samples: Sequence[Any], names: Iterable[str], main: str, take: Callable[[Any, str], pd.DataFrame]
) -> Given:
    """Put samples of `Stats` or `NodeStats` together.

    Parameters
    ----------
    samples
        In any order.
    names
        The frames that are wanted.
    main
        The one that tells whose rows they are.
    take
        Gives a frame of a sample.
    """
    parts = {name: [take(one, name) for one in samples] for name in dict.fromkeys([main, *names])}
    owner, hosts, times = _moments(samples, parts[main])
    clocks = [samples[number].clock for number in owner]
    taking, at = taking_of(
        hosts,
        np.array(times, dtype=np.int64),
        [None if one is None else one.name for one in clocks],
        np.array([np.nan if one is None else one.seconds for one in clocks], dtype=np.float64),
        complete=[getattr(samples[number], "complete", True) for number in owner],
        falls=_falls(hosts, [parts[main][number] for number in owner]),
    )
    sampled = pd.DataFrame({"host": pd.array(hosts, dtype="str"), "time": _times(times)})
    frames = {name: pd.concat(parts[name], ignore_index=True) for name in names}
    if at is not None:
        places: list[dict[str, int]] = [{} for _ in samples]
        for number, host, moment in zip(owner, hosts, at.tolist(), strict=True):
            places[number][host] = moment
        for name in names:
            moments = [
                one["host"].map(place).to_numpy(dtype=np.int64) if len(one) else np.zeros(0, dtype=np.int64)
                for one, place in zip(parts[name], places, strict=True)
            ]
            frames[name][TAKEN] = np.concatenate(moments)
    found = Given(frames, sampled, taking)
    return _one_by_one(found, taking.partial) if taking.partial else found


def _moments(samples: Sequence[Any], mains: Sequence[pd.DataFrame]) -> tuple[list[int], list[str], list[int]]:
    """Return of each moment of a host the number of its sample, the host and the time.

    A sample of a recording may be of several hosts.
    """
    owner: list[int] = []
    hosts: list[str] = []
    times: list[int] = []
    for number, (one, frame) in enumerate(zip(samples, mains, strict=True)):
        known = [(one.host, int(pd.DatetimeIndex([one.time]).as_unit("us").asi8[0]))]  # pyright: ignore
        if len(frame):
            rows = frame[["host", "time"]].drop_duplicates("host")
            known = list(zip(rows["host"].tolist(), microseconds(rows).tolist(), strict=True))
        for host, time in known:
            owner.append(number)
            hosts.append(host)
            times.append(time)
    return owner, hosts, times


def _falls(hosts: Sequence[str], frames: Sequence[pd.DataFrame]) -> Any:
    """Return the function that tells how often CPU times of a host fall in an order of its samples."""

    def falls(host: str, order: Places) -> int:
        rows: list[pd.DataFrame] = [frames[number] for number in order.tolist()]
        whole = pd.concat(
            [one[one["host"] == host] for one in rows if _CPU in one.columns] or [pd.DataFrame()]
        )
        if not len(whole):
            return 0
        return int((whole.groupby("domain")[_CPU].diff() < 0).sum())

    return falls


# --- frames of one's own ---------------------------------------------------------------------------------


def of_frames(
    given: Mapping[str, pd.DataFrame], names: Sequence[str], main: str | None, unit: TimeUnit | None
) -> Given:
    """Take frames of one's own.

    Parameters
    ----------
    given
        By name.
    names
        The frames that are wanted.
    main
        The one that has a row for each sample; the longest where it is None.
    unit
        Of times that are numbers.

    Raises
    ------
    TypeError, ValueError
        A frame that nobody knows, one without its keys, or times that say nothing; the message names it.
    """
    frames = _checked(given, names, unit)
    longest = max(frames.values(), key=len) if main is None else frames[main]
    sampled = longest[["host", "time", *([CLOCK] if CLOCK in longest.columns else [])]]
    if CLOCK in sampled.columns:
        moments = sampled.drop_duplicates(["host", "time"])
        read = pd.to_numeric(moments[CLOCK]).to_numpy(dtype=np.float64, na_value=np.nan)
        taking, _ = taking_of(moments["host"].tolist(), microseconds(moments), [""] * len(moments), read)
        frames = {name: taking.placed(frame) for name, frame in frames.items()}
        return Given(frames, sampled, taking)
    hosts = moments_of(sampled)
    return _one_by_one(Given(frames, sampled, Taking(hosts)), frozenset(hosts))


def _one_by_one(given: Given, hosts: frozenset[str]) -> Given:
    """Look at hosts whose domains were sampled one by one: each has moments of its own.

    How far apart samples are meant to be is told by the domains then, and no domain is missed in a sample.
    """
    frame = given.frames.get("domains")
    if frame is None or not len(frame):
        return given
    apart = distances(given.sampled)
    counts = frame["host"].value_counts()
    expected: dict[str, float] = {}
    for host in hosts & apart.keys():
        if len(apart[host]) + 1 <= 0.6 * int(counts.get(host, 0)):
            continue
        rows = frame[(frame["host"] == host).to_numpy(dtype=bool)]
        own = series_of(rows, KEYS["domains"]).seconds
        own = own[~np.isnan(own)]
        if len(own) and float(np.median(own)) >= 1.5 * float(np.median(apart[host])):
            expected[host] = float(np.median(own))
    if not expected:
        return given
    moments = {host: one for host, one in given.taking.moments.items() if host not in expected}
    spacing = Spacing.by_host({host: float(np.median(one)) for host, one in apart.items()} | expected)
    return replace(given, taking=replace(given.taking, moments=moments), spacing=spacing)


_NEAR = 0.93  # how alike a column must be to one that is not there, to be taken as meant so
_UNRATED = ("other", NODE_OTHER)  # among the frames of a sample, and without columns in the catalogue


def _checked(
    given: Mapping[str, pd.DataFrame], names: Iterable[str], unit: TimeUnit | None
) -> dict[str, pd.DataFrame]:
    for name, frame in given.items():
        if name not in COLUMNS and name not in _UNRATED:
            near = difflib.get_close_matches(str(name), COLUMNS, 1)
            meant = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(COLUMNS)}"
            raise ValueError(f"unknown frame {name!r}{meant}")
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"frame {name!r} must be a DataFrame, not {type(frame).__name__}")
    return {name: _own(name, given[name], unit) if name in given else _empty(name) for name in names}


def _own(name: str, frame: pd.DataFrame, unit: TimeUnit | None) -> pd.DataFrame:
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"frame {name!r} has the column {twice[0]!r} twice; drop one of them")
    needed = [*leading(name), *(["state"] if name == "domains" else [])]
    lacking = [one for one in needed if one not in frame.columns]
    if lacking:
        near = {one: difflib.get_close_matches(one, map(str, frame.columns), 1) for one in lacking}
        meant = "".join(f"; {found[0]!r} may be meant as {one!r}" for one, found in near.items() if found)
        raise ValueError(
            f"frame {name!r} lacks {', '.join(lacking)}: rates need {', '.join(needed)} and the "
            f"counters{meant}"
        )
    for key in KEYS[name][:2]:
        if frame[key].isna().any():
            raise ValueError(
                f"column {key!r} of frame {name!r} is missing in {int(frame[key].isna().sum())} rows"
            )
    _spelt(name, frame)
    for column in (*counters(name), CLOCK):
        if column in frame.columns and not _is_numbers(frame[column].dtype):
            frame = frame.assign(**{column: _numbers(name, frame[column])})
    return frame.assign(time=utc_column(frame["time"], f"column 'time' of frame {name!r}", unit))


def _spelt(name: str, frame: pd.DataFrame) -> None:
    """Refuse a column that is a counter but for a letter or two: nothing would come of it."""
    known = counters(name)
    lacking = [one for one in known if one not in frame.columns]
    for column in frame.columns.difference([*COLUMNS[name], *leading(name)], sort=False):
        near = difflib.get_close_matches(str(column), lacking, 1, cutoff=_NEAR)
        if near:
            raise ValueError(f"frame {name!r} has no column {near[0]!r}: {column!r} may be meant as it")


def _is_numbers(dtype: Any) -> bool:
    return pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_float_dtype(dtype)


def _numbers(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    try:
        if column.dtype.kind in "mMcb":  # lengths of time would be nanoseconds
            raise TypeError(column.dtype)
        return pd.to_numeric(column).astype("Float64")
    except (ValueError, TypeError) as error:
        raise TypeError(
            f"column {column.name!r} of frame {name!r} is {column.dtype}; expected numbers"
        ) from error


def _empty(name: str) -> pd.DataFrame:
    columns: dict[str, Any] = {label: pd.array([], dtype="str") for label in leading(name)}
    columns["time"] = _times([])
    columns |= {column: pd.array([], dtype="Float64") for column in COLUMNS[name]}
    return pd.DataFrame(columns)


def _times(microseconds: Sequence[int]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(microseconds, dtype="datetime64[us]"), tz="UTC")
