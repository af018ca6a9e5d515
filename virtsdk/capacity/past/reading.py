"""Read a usage frame into arrays; what cannot be right is refused, by column and row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.capacity.past import joining, series
from virtsdk.capacity.past.series import Bools, Floats, Ints, Texts
from virtsdk.display import listing
from virtsdk.display.text import count, shorten
from virtsdk.stats.change.plausible import TINY, doubts, tiny
from virtsdk.stats.samples.times import utc_column

BUSY: Final = 1.05
"""Use above so many times the vCPUs is noted: emulator and I/O threads count, too."""
_NEEDED: Final = (
    ("vcpus", "vcpus"), ("cpu", "cpu_used_vcpus"), ("memory", "memory_bytes"),
    ("memory_used", "memory_used_bytes"),
)  # fmt: skip
_OFF: Final = frozenset({"shutoff", "crashed"})
_FLAGS: Final = frozenset({"agent_seen"})
_BESIDE: Final = ("name", "seconds", "interrupted", "state", "tags")


def read(frame: pd.DataFrame, optional: Sequence[str]) -> dict[str, Any]:
    """Return the attributes of a `Usage` by name.

    Parameters
    ----------
    frame
        With the columns that are required.
    optional
        Optional columns that it has.
    """
    _columns_once(frame, optional)
    frame = frame.reset_index(drop=True)
    guests, domains = _codes(frame, "domain")
    hosts, host_names = _codes(frame, "host")
    time, off = _times(frame["time"]), _off(frame)
    figures = {name: _figures(frame, column) for name, column in _NEEDED}
    figures["memory"] = _without(figures["memory"], figures["memory"] == 0)
    idle = ~(figures["cpu"] > 0)
    off |= (figures["vcpus"] == 0) & idle  # as other people's records say it
    figures["vcpus"] = _without(figures["vcpus"], (figures["vcpus"] == 0) & idle)
    figures["cpu"] = _without(figures["cpu"], off)
    more = {column: _figures(frame, column) for column in optional}
    figures["seconds"] = _figures(frame, "seconds") if "seconds" in frame else np.full(len(frame), np.nan)
    _check(frame, figures)
    _check_links(frame, more)
    order = joining.order(guests, time, len(domains))
    if order is not None:
        guests, hosts, time, off = guests[order], hosts[order], time[order], off[order]
        figures = {name: values[order] for name, values in figures.items()}
        more = {name: values[order] for name, values in more.items()}
    arrays = joining.Samples(guests, hosts, time, off, figures, more, order)
    arrays, notes = joining.joined(arrays, frame, domains, host_names)
    figures = arrays.figures
    starts = np.concatenate([[0], np.cumsum(np.bincount(arrays.guests, minlength=len(domains)))])
    rows = starts[1:] - 1 if arrays.rows is None else arrays.rows[starts[1:] - 1]
    _check_most(frame, figures, starts, arrays.rows)
    names = frame["name"].iloc[rows].to_numpy(object) if "name" in frame else domains
    interval, length, mixed, gaps = series.intervals(arrays.time / 1e6, starts, arrays.guests)
    given = figures.pop("seconds")
    length = np.where(given > 0, given, length)
    usage: dict[str, Any] = {
        "domains": domains, "names": _named(names, domains),
        "hosts": host_names[arrays.hosts[starts[1:] - 1]],
        "starts": starts, "time": arrays.time, "host": arrays.hosts, "host_names": host_names, **figures,
        "off": arrays.off, "more": arrays.more, "interval": interval, "seconds": np.nan_to_num(length),
        "mixed": mixed, "gaps": gaps + _holes(figures["cpu"], arrays.off, arrays.guests, len(domains)),
        "tags": _tags(frame, rows), "end": int(arrays.time.max(initial=0)), "_group": arrays.guests,
    }  # fmt: skip
    return usage | {"notes": (*notes, *_odd(usage))}


def _columns_once(frame: pd.DataFrame, optional: Sequence[str]) -> None:
    """Refuse columns that are read and are there twice."""
    twice = frame.columns[frame.columns.duplicated()]
    wanted = {"host", "domain", "time", *(column for _, column in _NEEDED), *optional, *_BESIDE}
    for column in twice:
        if column in wanted:
            raise ValueError(f"the usage frame has the column {column!r} twice; drop one of them")


def _without(values: Floats, which: Bools) -> Floats:
    """Values, without some of them."""
    return np.where(which, np.nan, values) if which.any() else values


def _named(names: Texts, domains: Texts) -> Texts:
    """Names, and the UUID where there is none."""
    pairs = zip(names, domains, strict=True)
    return np.array([one if isinstance(one, str) else own for one, own in pairs], object)


def _codes(frame: pd.DataFrame, column: str) -> tuple[Ints, Texts]:
    codes, values = pd.factorize(frame[column])
    if (codes < 0).any():
        refuse(frame, column, codes < 0, "each row needs one")
    return codes.astype(np.int64), np.asarray(values, dtype=object).astype(str).astype(object)


def _times(times: pd.Series[Any]) -> Ints:
    if pd.api.types.is_numeric_dtype(times.dtype):
        raise TypeError(
            f"column 'time' of the usage frame is {times.dtype}; expected times with a zone, "
            "as pd.to_datetime(..., unit='s', utc=True)"
        )
    return utc_column(times, "column 'time' of the usage frame").dt.as_unit("us").astype("int64").to_numpy()


def _figures(frame: pd.DataFrame, column: str) -> Floats:
    values: pd.Series[Any] = frame[column]
    if values.dtype == object:
        values = values.convert_dtypes()
    flags = _is_flags(values)
    if flags and column in _FLAGS:
        values = cast("pd.Series[Any]", values.astype("boolean"))
    dtype = values.dtype
    numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    if (flags and column not in _FLAGS) or not numeric:  # bool is numeric
        if values.notna().any():
            raise TypeError(f"column {column!r} of the usage frame is {dtype}; expected numbers")
        return np.full(len(values), np.nan)
    if isinstance(dtype, np.dtype):
        numbers = values.to_numpy(np.float64)
    else:
        numbers = values.to_numpy(np.float64, na_value=np.nan)
    wrong = (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        refuse(frame, column, wrong, "expected a finite number of 0 or more")
    return numbers


def _is_flags(values: pd.Series[Any]) -> bool:
    """Tell whether a column is of True and False, of numpy, pandas or pyarrow."""
    return pd.api.types.is_bool_dtype(values.dtype) and bool(values.notna().any())


def _off(frame: pd.DataFrame) -> Bools:
    off = np.zeros(len(frame), bool)
    if "interrupted" in frame:
        off |= (frame["interrupted"] == "off").to_numpy(bool, na_value=False)
    if "state" in frame and "interrupted" not in frame:
        off |= frame["state"].isin(list(_OFF)).to_numpy(bool)
    return off


def _check(frame: pd.DataFrame, figures: dict[str, Floats]) -> None:
    """Refuse figures that contradict each other, or that are in another unit by their size."""
    for column, rows, expected in doubts(*(figures[name] for name, _ in _NEEDED)):
        refuse(frame, column, rows, expected)


def _check_links(frame: pd.DataFrame, more: dict[str, Floats]) -> None:
    """Refuse a link without speed: no share of it can be told."""
    links = more.get("link_bytes_per_second")
    if links is not None and (links == 0).any():
        expected = "expected more than 0; leave it out where it is not known"
        refuse(frame, "link_bytes_per_second", links == 0, expected)


def _check_most(frame: pd.DataFrame, figures: dict[str, Floats], starts: Ints, rows: Ints | None) -> None:
    """Refuse guests that never used as much memory as any system does: in another unit by its size."""
    if len(starts) < 2:
        return
    used, memory = (np.fmax.reduceat(figures[name], starts[:-1]) for name in ("memory_used", "memory"))
    found = np.flatnonzero(tiny(used, memory))
    if len(found):
        guest = slice(starts[found[0]], starts[found[0] + 1])
        place = guest.start + int(np.nanargmax(figures["memory_used"][guest]))
        which = np.zeros(len(frame), bool)
        which[place if rows is None else rows[place]] = True
        refuse(frame, "memory_used_bytes", which, TINY)


def refuse(frame: pd.DataFrame, column: str, which: Bools, expected: str) -> None:
    """Raise a ValueError that names the first row of those that are wrong."""
    row = int(which.argmax())
    value, whose = frame[column].iloc[row], frame["domain"].iloc[row]
    others = int(which.sum()) - 1
    more = f" (and {count(others, 'other row')})" if others else ""
    raise ValueError(
        f"column {column!r} of the usage frame is {value} in row {row}, of domain {str(whose)!r}{more}; "
        f"{expected}"
    )


def _holes(cpu: Floats, off: Bools, guests: Ints, number: int) -> Ints:
    """How often figures of CPU stop within each series."""
    lacking = np.isnan(cpu) & ~off
    begins = lacking.copy()
    begins[1:] &= ~lacking[:-1] | (guests[1:] != guests[:-1])
    return np.bincount(guests[begins], minlength=number).astype(np.int64)


def _tags(frame: pd.DataFrame, rows: Ints) -> tuple[tuple[str, ...], ...]:
    if "tags" not in frame:
        return ((),) * len(rows)
    return tuple(_words(one) for one in frame["tags"].iloc[rows])


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, Iterable):
        return tuple(str(one) for one in cast("Iterable[object]", value))
    return ()


def _odd(usage: dict[str, Any]) -> list[str]:
    """Sentences on figures that are kept, and seem odd."""
    notes: list[str] = []
    guests: Ints = usage["_group"]
    number = len(usage["domains"])

    def whose(which: Bools) -> str:
        return listing.names(shorten(str(one), 40) for one in usage["names"][which])

    with np.errstate(invalid="ignore"):
        busy = usage["cpu"] > BUSY * usage["vcpus"]
    if busy.any():
        which = np.bincount(guests[busy], minlength=number) > 0
        notes.append(
            f"{whose(which)} used more than {BUSY:g} times their vCPUs in "
            f"{count(int(busy.sum()), 'sample')}: kept, since threads of the emulator and of disks count too"
        )
    if usage["mixed"].any():
        notes.append(
            f"samples of {whose(usage['mixed'])} are at more than one interval: each weighs by its length"
        )
    single = np.diff(usage["starts"]) == 1
    if single.any():
        notes.append(f"there is one sample only of {whose(single)}: nothing follows from it")
    return notes
