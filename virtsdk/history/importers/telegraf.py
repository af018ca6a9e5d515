"""`import_telegraf`: what telegraf's input ``libvirt`` wrote, in line protocol or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.display import listing
from virtsdk.display.text import shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.sources import Source, name_of, read_text, sources_of
from virtsdk.history.importers.tables.figures import Figure
from virtsdk.history.importers.tables.finishing import Ending, finished
from virtsdk.history.importers.tables.rows import Table, states
from virtsdk.history.parquet.arrow import pa, pc

_KIB: Final = 1024.0
_NS: Final = 1e-9
_DISK: Final = {
    f"{short}_{theirs}": (f"{way}_{ours}_total", factor)
    for short, way in (("rd", "read"), ("wr", "write"), ("fl", "flush"))
    for theirs, ours, factor in (
        ("reqs", "requests", 1.0),
        ("bytes", "bytes", 1.0),
        ("times", "time_seconds", _NS),
    )
    if (short, theirs) != ("fl", "bytes")
}
_BALLOON: Final = ("rss", "available", "usable", "unused", "disk_caches")
_FIELDS: Final[Mapping[str, tuple[str, Mapping[str, tuple[str, float]]]]] = {
    "libvirt_state": ("domains", {"state": ("state", 1)}),
    "libvirt_cpu": (
        "domains",
        {theirs: (f"cpu_{theirs}_seconds_total", _NS) for theirs in ("time", "user", "system")},
    ),
    "libvirt_balloon": (
        "domains",
        {
            "maximum": ("memory_bytes", _KIB),
            "current": ("memory_current_bytes", _KIB),
            **{theirs: (f"memory_{theirs}_bytes", _KIB) for theirs in _BALLOON},
            **{theirs: (f"memory_{theirs}_bytes_total", _KIB) for theirs in ("swap_in", "swap_out")},
            **{f"{kind}_fault": (f"memory_{kind}_faults_total", 1) for kind in ("major", "minor")},
            "last_update": ("memory_last_update", 1),
        },
    ),
    "libvirt_vcpu_total": ("domains", {"current": ("vcpus", 1), "maximum": ("vcpus_max", 1)}),
    "libvirt_net_total": ("domains", {"count": ("nic_count", 1)}),
    "libvirt_block_total": ("domains", {"count": ("disk_count", 1)}),
    "libvirt_vcpu": (
        "vcpus",
        {theirs: (f"{theirs}_seconds_total", _NS) for theirs in ("time", "wait", "delay")},
    ),
    "libvirt_net": (
        "nics",
        {
            f"{way}_{theirs}": (f"{way}_{ours}_total", 1)
            for way in ("rx", "tx")
            for theirs, ours in (
                ("bytes", "bytes"),
                ("pkts", "packets"),
                ("errs", "errors"),
                ("drop", "drops"),
            )
        },
    ),
    "libvirt_block": (
        "disks",
        {**_DISK, **{size: (f"{size}_bytes", 1) for size in ("allocation", "capacity", "physical")}},
    ),
}
"""By measurement: the frame, and by field the column and what one of theirs is of ours. They are libvirt's
own keys and units, with the dots written otherwise."""
_PARTS: Final = {"vcpus": ("vcpu", "vcpu_id"), "nics": ("nic", "interface_id"), "disks": ("disk", "block_id")}
"""By frame of parts: our key, and the tag that has libvirt's number; nics and disks have a field ``name``."""
_LINE: Final = (
    r"^(?P<series>(?:[^\\ ]|\\.)+) (?P<fields>(?:[^\\\" ]|\\.|\"(?:[^\"\\]|\\.)*\")+)"
    r"(?: (?P<time>-?[0-9]{1,19}))?\s*$"
)
_TAG: Final = re.compile(r"(?<!\\),")
_EQUALS: Final = re.compile(r"(?<!\\)=")
_LINE_NUMBER: Final = "@line"
_MOMENT: Final = "@time"  # µs; a field of CPUs is called time
_PRECISIONS: Final = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def import_telegraf(
    source: Source | Iterable[Source], *, host: str | None = None, precision: str = "ns"
) -> Imported:
    """Take what telegraf's input ``libvirt`` collected: libvirt's own keys and units.

    Parameters
    ----------
    source
        A file or several, also compressed by gzip, in InfluxDB's line protocol (``outputs.file``), or a JSON
        object a line (``data_format = "json"``).
    host
        The host, where the lines have no tag ``host``.
    precision
        Of times in line protocol: ``"ns"``, as telegraf writes it, ``"us"``, ``"ms"`` or ``"s"``. Those in
        JSON are seconds.

    Returns
    -------
    Imported
        ``.usage()``, ``.rates()``, ``.trust``, ``.left_out``, ``.save(directory)``.

    Raises
    ------
    RecordingError
        A file cannot be read, or a line is none; the message names file and line.

    Examples
    --------
    >>> import io
    >>> text = '''
    ... libvirt_cpu,domain_name=web1,host=kvm7 time=10000000000i 1772366400000000000
    ... libvirt_cpu,domain_name=web1,host=kvm7 time=25000000000i 1772366430000000000
    ... '''
    >>> import_telegraf(io.StringIO(text)).usage(every=None)[["host", "name", "cpu_used_vcpus"]]
       host  name  cpu_used_vcpus
    0  kvm7  web1             0.5
    """
    if precision not in _PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(map(repr, _PRECISIONS))}, not {precision!r}")
    notes, tables = Notes(), list[Table]()
    given = sources_of(source)
    for one in given:
        text, name = read_text(one), name_of(one)
        if not text.strip():
            raise RecordingError(f"{name} is empty: was the export ended too early?")
        points = _json(text, name) if text.lstrip()[:1] == "{" else _lines(text, name, _PRECISIONS[precision])
        for measurement, frame in sorted(points.items()):
            table = _table(measurement, frame, name, host, notes)
            if table is not None:
                tables.append(table)
    named = listing.names([name_of(one) for one in given], 3)
    if not tables:
        raise RecordingError(f"{named}: there are no measurements of libvirt in it, as libvirt_cpu is one")
    return finished(tables, Ending(), notes, named)


# --- points: a frame of each measurement, with line and time, tags as "#tag", and fields ------------------


def _lines(text: str, name: str, factor: float) -> dict[str, pd.DataFrame]:
    """Read line protocol: ``measurement,tag=value field=1i,other=2 time``."""
    lines = text.splitlines()
    column = pa.array(lines, pa.string())
    parts: Any = pc.extract_regex(column, pattern=_LINE)
    bare = pc.utf8_trim_whitespace(column)
    skipped = pc.or_(pc.starts_with(bare, "#"), pc.equal(pc.utf8_length(bare), 0))
    strange = pc.and_(pc.is_null(parts), pc.invert(skipped)).to_numpy(zero_copy_only=False)
    if strange.any():
        row = int(strange.argmax())
        raise RecordingError(f"{name}, line {row + 1}: no line protocol ({shorten(lines[row].strip(), 60)})")
    keep = pc.invert(pc.or_(pc.is_null(parts), skipped))
    numbers = np.flatnonzero(keep.to_numpy(zero_copy_only=False)) + 1
    series, fields, times = (parts.filter(keep).field(place) for place in range(3))
    without = pc.equal(pc.utf8_length(times), 0).to_numpy(zero_copy_only=False)
    if without.any():
        raise RecordingError(f"{name}, line {int(numbers[without.argmax()])}: it has no time")
    moments = np.rint(pc.cast(times, pa.int64()).to_numpy(zero_copy_only=False) * factor).astype(np.int64)
    coded: Any = series.dictionary_encode()
    codes = coded.indices.to_numpy()
    heads = [_head(one) for one in coded.dictionary.to_pylist()]
    measurements = pd.Series([measurement for measurement, _ in heads], dtype=object)
    found: dict[str, pd.DataFrame] = {}
    for measurement in measurements.unique().tolist():
        rows = np.flatnonzero((measurements == measurement).to_numpy(dtype=bool)[codes])
        frame = pd.DataFrame({_LINE_NUMBER: numbers[rows], _MOMENT: moments[rows]})
        tags = pd.DataFrame([{f"#{key}": value for key, value in one.items()} for _, one in heads])
        for tag in tags.columns:
            frame[tag] = tags[tag].to_numpy(dtype=object)[codes[rows]]
        known = _FIELDS[measurement][1] if measurement in _FIELDS else ()
        mine = fields.take(pa.array(rows))
        for field in known:
            frame[field] = _field(mine, field)
        frame["name"] = (
            pc.extract_regex(mine, pattern=r'(?:^|,)name="(?P<value>(?:[^"\\]|\\.)*)"').field(0).to_pylist()
        )
        found[measurement] = frame
    return found


def _field(fields: Any, name: str) -> Any:
    """Return the values of a field in all lines, as floats."""
    pattern = rf"(?:^|,){re.escape(name)}=(?P<value>[-+0-9.eE]+)[iu]?(?:,|$)"
    found = pc.extract_regex(fields, pattern=pattern).field(0)
    return pd.to_numeric(pd.Series(found.to_pandas()), errors="coerce").to_numpy(
        dtype=np.float64, na_value=np.nan
    )


def _head(series: str) -> tuple[str, dict[str, str]]:
    """Read measurement and tags."""
    measurement, *tags = _TAG.split(series)
    pairs = (_EQUALS.split(tag, maxsplit=1) for tag in tags)
    return _plain(measurement), {_plain(one[0]): _plain(one[-1]) for one in pairs}


def _plain(text: str) -> str:
    return re.sub(r"\\([,= \\])", r"\1", text)


def _json(text: str, name: str) -> dict[str, pd.DataFrame]:
    """Read ``{"name": ..., "tags": {...}, "fields": {...}, "timestamp": seconds}``, one a line, or many."""
    points: list[Any] = []
    lines: list[int] = []
    for line, one in enumerate(text.splitlines(), 1):
        if one.strip():
            try:
                document = json.loads(one)
                these: list[Any] = document.get("metrics", [document])
                _ = [
                    (point["name"], {**point["tags"], **point["fields"]}, float(point["timestamp"]))
                    for point in these
                ]
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
                raise RecordingError(
                    f"{name}, line {line}: no metric of telegraf in JSON (name, tags, fields, timestamp): "
                    f"{shorten(str(error), 100)}"
                ) from error
            points += these
            lines += [line] * len(these)
    found: dict[str, pd.DataFrame] = {}
    names = np.array([str(point["name"]) for point in points], dtype=object)
    for measurement in dict.fromkeys(names.tolist()):
        rows = np.flatnonzero(names == measurement)
        mine = [points[row] for row in rows]
        tags = pd.DataFrame([point["tags"] for point in mine], dtype=object).add_prefix("#")
        seconds = np.array([point["timestamp"] for point in mine], dtype=np.float64)
        if not (np.abs(seconds) < 2.5e11).all():
            raise RecordingError(f"{name}: a timestamp is none, or outside the years 1 to 9999")
        frame = pd.concat([tags, pd.DataFrame([point["fields"] for point in mine])], axis=1)
        found[measurement] = frame.assign(
            **{_LINE_NUMBER: np.array(lines)[rows], _MOMENT: np.rint(seconds * 1e6).astype(np.int64)}
        )
    return found


# --- tables ------------------------------------------------------------


def _table(measurement: str, points: pd.DataFrame, name: str, host: str | None, notes: Notes) -> Table | None:
    """Make a table of a measurement's points."""
    known = _FIELDS.get(measurement)
    if known is None:
        notes.leave_out(measurement, "there are no columns for it", 1, len(points))
        return None
    frame, fields = known
    lines = points[_LINE_NUMBER].to_numpy()
    moments = pd.DatetimeIndex(points[_MOMENT].to_numpy(dtype=np.int64).view("datetime64[us]"), tz="UTC")
    keys: dict[str, Any] = {"time": moments.array}
    for key, tags in (("host", ("#host",)), ("name", ("#domain_name", "#domain"))):
        fallback = host if key == "host" else None
        keys[key] = _tag(points, tags, key, fallback, name, lines)
    if frame in _PARTS:
        key, tag = _PARTS[frame]
        numbers = _tag(points, (f"#{tag}",), key, None, name, lines)
        words = points.get("name") if frame != "vcpus" else None
        keys[key] = numbers if words is None else np.where(pd.isna(words), numbers, words)
    figures: dict[Figure, Any] = {}
    for field, (column, factor) in fields.items():
        if field not in points:
            continue
        figure = Figure(frame, column, f"{frame}.{column}")
        values = pd.to_numeric(points[field], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        if column == "state":
            figures[figure] = states(values, lambda row: f"{name}, line {int(lines[row])}")  # pyright: ignore
        else:
            figures[figure] = values * factor
    return Table(keys, figures, lines, f"{name}, line {{}}") if figures else None


def _tag(
    points: pd.DataFrame, tags: Iterable[str], key: str, fallback: str | None, name: str, lines: Any
) -> Any:
    """Return what a tag says in all points."""
    found = pd.Series([None] * len(points), dtype=object)
    for tag in chain(tags):
        if tag in points:
            given = points[tag].reset_index(drop=True)
            found = found.where(found.notna(), given)
    if fallback is not None:
        found = found.where(found.notna(), fallback)
    absent = found.isna().to_numpy(dtype=bool)
    if absent.any():
        hint = "; host=NAME says it" if key == "host" else ""
        raise RecordingError(
            f"{name}, line {int(lines[absent.argmax()])}: it has no tag that tells the {key}{hint}"
        )
    return found.to_numpy(dtype=object)
