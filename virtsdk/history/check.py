"""The check of a recording: each file is read whole, and what is missing is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import files, integrity
from virtsdk.history.columns import HOSTS, SAMPLES
from virtsdk.history.integrity import Problem
from virtsdk.history.reader import Reader, Selection, contents_of, whole_file


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
    for path in files.leftovers(reader.directory, listing):
        what = "it does not count: a recorder writes it now, or was killed while it did"
        yield Problem(_name(reader, path), "unfinished", what)
    yield from _without_rows(reader)


def _without_rows(reader: Reader) -> Iterator[Problem]:
    """Name hosts whose samples tell of more domains than there are rows of."""
    if SAMPLES not in reader.listing.frames or HOSTS not in reader.listing.frames:
        return
    try:
        taken = reader.read(SAMPLES, ["host", "domains"], Selection()).to_pandas()
        rows = reader.read("domains", ["host"], Selection()).to_pandas()
    except RecordingError:
        return  # it is in the list already
    told = taken.groupby(taken["host"].astype("str"))["domains"].sum()
    there = rows.groupby(rows["host"].astype("str")).size().reindex(told.index, fill_value=0)
    for host, lack in (told - there)[told > there].items():
        what = f"{int(lack)} rows of domains of host {str(host)!r} are gone, by what its samples say"
        yield Problem("domains/", "missing", what)


def _name(reader: Reader, path: Path) -> str:
    return str(path.relative_to(reader.directory))
