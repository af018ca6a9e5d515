"""The check of a recording: each file is read whole, and what is missing is named."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import integrity
from virtsdk.history.columns import HOSTS, SAMPLES
from virtsdk.history.integrity import Problem
from virtsdk.history.leftovers import ALONE, Leftover, leftovers
from virtsdk.history.reading.arguments import stamp_of
from virtsdk.history.reading.footers import contents_of, whole_file
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.writing.lock import is_held
from virtsdk.history.writing.note import NOTE, read_note

_TRIES = 5
_AHEAD = 300_000_000  # µs that clocks may differ


def check(reader: Reader) -> pd.DataFrame:
    """Read all files of a recording and tell what is wrong; see `Recording.check`."""
    reader.refresh()
    found = list(_problems(reader))
    return pd.DataFrame(
        {
            "file": pd.array([one.file for one in found], dtype="str"),
            "problem": pd.array([one.problem for one in found], dtype="str"),
            "what": pd.array([one.what for one in found], dtype="str"),
        }
    )


def _problems(reader: Reader) -> Iterator[Problem]:
    listing = reader.listing
    contents: integrity.Contents = []
    for frame in sorted(listing.frames):
        for path in listing.paths(frame):
            try:
                integrity.check_rows(path, frame, whole_file(path))
                if frame == SAMPLES:
                    contents += contents_of(path)
            except FileNotFoundError:  # merged meanwhile
                continue
            except RecordingError as error:
                yield Problem(_name(reader, path), "damaged", str(error))
    yield from integrity.missing(listing, contents)
    yield from _ahead(contents)
    note = read_note(reader.directory)
    if note is not None and is_held(reader.directory) is not False:  # else its recorder was killed
        yield Problem(NOTE, "hosts", note)
    for one in leftovers(reader.directory):
        yield _left(_name(reader, one.path), one)
    for _ in range(_TRIES):
        as_of, found = reader.listing, list(_without_rows(reader))
        if reader.listing is as_of:  # else it was read while a recorder wrote
            yield from found
            break


def _ahead(contents: integrity.Contents) -> Iterator[Problem]:
    """Name samples of times that are to come: a clock is wrong, here or where they were taken."""
    latest = max((one.end for one in contents), default=0)
    if latest > time.time_ns() // 1000 + _AHEAD:
        what = (
            f"the last sample is of {stamp_of(latest)}, which is yet to come: the recorder's clock was ahead "
            "or this machine's is behind; who asks for the last hours gets those"
        )
        yield Problem(f"{SAMPLES}/", "clock", what)


def _left(name: str, left: Leftover) -> Problem:
    if left.kind != ALONE:
        what = "it does not count: a recorder writes it now, or was killed while it did"
        return Problem(name, "unfinished", what)
    try:
        whole_file(left.path)
    except RecordingError as error:
        return Problem(name, "damaged", str(error))
    except FileNotFoundError:
        pass
    what = (
        f"its rows do not count: the file in {SAMPLES}/ that tells of them, or the one that it was merged "
        "into, is gone or damaged; restore that from a copy, and no writer removes these rows until then"
    )
    return Problem(name, "missing", what)


def _without_rows(reader: Reader) -> Iterator[Problem]:
    """Name hosts whose samples tell of other rows than there are."""
    if SAMPLES not in reader.listing.frames:
        return
    try:
        kept = Selection(start=reader.dropped_until)  # of what is older there are sums
        taken = reader.read(SAMPLES, ["host", "time", "domains", "node_time"], Selection()).to_pandas()
        hosts = set(reader.read(HOSTS, ["host"], Selection()).to_pandas()["host"])
        rows = _counted(reader, "domains", kept)
        nodes = _counted(reader, "node.total", kept)
    except RecordingError:
        return  # it is in the list already
    taken["host"] = taken["host"].astype("str")
    for host in sorted(set(taken["host"]) - hosts):
        yield Problem(f"{HOSTS}/", "missing", f"no row tells of host {host!r}, of which there are samples")
    start = stamp_of(kept.start or 0)
    guests, machines = taken[taken["time"] >= start], taken[taken["node_time"] >= start]
    for frame, told, there in (
        ("domains", guests.groupby("host")["domains"].sum(), rows),
        ("node.total", machines.groupby("host")["node_time"].count(), nodes),
    ):
        for host in told.index.union(there.index):
            said, found = int(told.get(host, 0)), int(there.get(host, 0))
            if found < said and not (frame == "node.total" and not found):  # a driver may have none
                what = f"{said - found} rows of {frame} of host {host!r} are gone, by what its samples say"
                yield Problem(f"{frame}/", "missing", what)
            elif found > said:
                what = f"no sample tells of {found - said} rows of {frame} of host {host!r}: samples are gone"
                yield Problem(f"{SAMPLES}/", "missing", what)


def _counted(reader: Reader, frame: str, selection: Selection) -> pd.Series[int]:
    rows = reader.read(frame, ["host"], selection).to_pandas()
    return rows.groupby(rows["host"].astype("str")).size()


def _name(reader: Reader, path: Path) -> str:
    return str(path.relative_to(reader.directory))
