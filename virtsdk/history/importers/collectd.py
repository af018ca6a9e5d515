"""`import_collectd`: what collectd's plugin ``virt`` wrote, as CSV, or as ``rrdtool fetch`` shows RRDs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.display.text import shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.given import RATE
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.sources import read_text
from virtsdk.history.importers.tables.figures import Figure
from virtsdk.history.importers.tables.finishing import Ending, finished
from virtsdk.history.importers.tables.rows import Table

_NS: Final = 1e-9
_MEMORY: Final[Mapping[str, tuple[str, float]]] = {
    "total": ("memory_bytes", 1), "actual_balloon": ("memory_current_bytes", 1),
    "available": ("memory_available_bytes", 1), "usable": ("memory_usable_bytes", 1),
    "unused": ("memory_unused_bytes", 1), "rss": ("memory_rss_bytes", 1),
    "disk_caches": ("memory_disk_caches_bytes", 1),
    "swap_in": ("memory_swap_in_bytes_total", 1), "swap_out": ("memory_swap_out_bytes_total", 1),
    "major_fault": ("memory_major_faults_total", 1 / 1024),
    "minor_fault": ("memory_minor_faults_total", 1 / 1024),
    "last_update": ("memory_last_update", 1 / 1024),
}  # fmt: skip
"""Gauges. The plugin multiplies all of them by 1024: counts and times, which are no KiB, are divided back."""
_TYPES: Final[Mapping[str, tuple[str, tuple[str, ...], float]]] = {
    "virt_cpu_total": ("domains", ("cpu_time_seconds_total",), _NS),
    "ps_cputime": ("domains", ("cpu_user_seconds_total", "cpu_system_seconds_total"), _NS),
    "virt_vcpu": ("vcpus", ("time_seconds_total",), _NS),
    "disk_octets": ("disks", ("read_bytes_total", "write_bytes_total"), 1),
    "disk_ops": ("disks", ("read_requests_total", "write_requests_total"), 1),
    "disk_time": ("disks", ("read_time_seconds_total", "write_time_seconds_total"), _NS),
    "total_requests-flush": ("disks", ("flush_requests_total",), 1),
    "total_time_in_ms-flush": ("disks", ("flush_time_seconds_total",), 1e-6),
    "disk_allocation": ("disks", ("allocation_bytes",), 1),
    "disk_capacity": ("disks", ("capacity_bytes",), 1),
    "disk_physical": ("disks", ("physical_bytes",), 1),
    "if_octets": ("nics", ("rx_bytes_total", "tx_bytes_total"), 1),
    "if_packets": ("nics", ("rx_packets_total", "tx_packets_total"), 1),
    "if_errors": ("nics", ("rx_errors_total", "tx_errors_total"), 1),
    "if_dropped": ("nics", ("rx_drops_total", "tx_drops_total"), 1),
}
"""By type: the frame, its columns in the order of the file's, and what one of theirs is of ours. ``..in_ms``
has nanoseconds divided by 1000 in it."""
_PARTS: Final = {"vcpus": "vcpu", "disks": "disk", "nics": "nic"}
_DATED: Final = re.compile(r"(.+)-\d{4}-\d\d-\d\d")
_FETCHED: Final = re.compile(r"^\s*(\d+):\s*(.+?)\s*$", re.MULTILINE)
_WORDS: Final = ("hostname", "name", "uuid")


def import_collectd(
    directory: str | os.PathLike[str],
    *,
    host: str | None = None,
    hostname_format: str = "name",
    plugin_instance_format: str = "none",
    rates: bool = False,
) -> Imported:
    """Take what collectd's plugin ``virt`` wrote.

    Parameters
    ----------
    directory
        The ``DataDir`` of its plugin ``csv``, with ``HOST/virt-INSTANCE/TYPE-NAME-DATE`` below it; or the
        same tree with what ``rrdtool fetch FILE AVERAGE`` writes of each RRD, as ``TYPE-NAME.txt``.
    host
        The host, where no part of the path is its name: that is so with ``HostnameFormat name``, the default.
    hostname_format, plugin_instance_format
        As collectd's configuration has them: ``"name"``, ``"uuid"``, ``"hostname"``, ``"none"``, or several
        with a space between.
    rates
        The CSV files hold rates (``StoreRates true``). RRDs do in any case: they are averages already.

    Returns
    -------
    Imported
        ``.usage()``, ``.rates()``, ``.trust``, ``.left_out``, ``.save(directory)``.

    Raises
    ------
    RecordingError
        There is nothing of the plugin, or a file is none; the message names file and line.
    ValueError
        A format is none, or the host is not known.

    Notes
    -----
    collectd takes no guests that are off, multiplies all of ``memory-*`` by 1024, and stamps each figure when
    it hands it on: those of one reading are brought to one time.
    """
    top = Path(directory)
    if not top.is_dir():
        raise RecordingError(f"{top} is no directory: give the DataDir of collectd's plugin csv")
    notes, tables = Notes(), list[Table]()
    files = sorted(path for path in top.rglob("*") if path.is_file() and path.parent.name.startswith("virt"))
    for path in files:
        table = _table(path, _whose(path, host, hostname_format, plugin_instance_format), rates, notes)
        if table is not None:
            tables.append(table)
    if not tables:
        raise RecordingError(
            f"{top}: nothing of the plugin virt below it (HOST/virt-INSTANCE/virt_cpu_total-DATE)"
        )
    _align(tables, notes)
    if any(one.column == "memory_bytes" for table in tables for one in table.figures):
        notes.add("what the balloon leaves now: collectd does not give the most", "domains", "memory_bytes")
    return finished(tables, Ending(), notes, str(top))


def _whose(path: Path, host: str | None, hostname_format: str, instance_format: str) -> dict[str, str]:
    """Read names out of a path."""
    found: dict[str, str] = {}
    instance = path.parent.name.removeprefix("virt").removeprefix("-")
    for what, form, text in (
        ("hostname_format", hostname_format, path.parent.parent.name),
        ("plugin_instance_format", instance_format, instance),
    ):
        words = [word for word in form.split() if word != "none"]
        if any(word not in _WORDS for word in words):
            raise ValueError(f"{what} must be of {', '.join(_WORDS)}, not {form!r}")
        parts = text.split(":", len(words) - 1) if words else []
        if len(parts) != len(words) or not all(parts):
            raise RecordingError(f"{path}: {text!r} does not fit {what} {form!r}")
        found |= dict(zip(words, parts, strict=True))
    machine = host or found.get("hostname")
    if machine is None:
        raise ValueError(
            "no part of the paths names the host: give host=, or hostname_format= as collectd has it"
        )
    whose = {"host": machine, "name": found.get("name", found.get("uuid", ""))}
    if not whose["name"]:
        raise ValueError(
            "no part of the paths names the domain: hostname_format or plugin_instance_format does"
        )
    return whose | ({"domain": found["uuid"]} if "uuid" in found else {})


def _table(path: Path, whose: dict[str, str], rates: bool, notes: Notes) -> Table | None:
    """Read a file; None for one that there is no column for."""
    stem = path.name.removesuffix(".gz").removesuffix(".txt").removesuffix(".csv")
    dated = _DATED.fullmatch(stem)
    stem = dated[1] if dated else stem
    if stem.startswith("memory-"):
        known = _MEMORY.get(stem.removeprefix("memory-"))
        place = None if known is None else ("domains", (known[0],), known[1])
        part = ""
    else:
        kind = next((one for one in _TYPES if stem == one or stem.startswith(f"{one}-")), "")
        place, part = _TYPES.get(kind), stem.removeprefix(kind).removeprefix("-")
    if place is None:
        notes.leave_out(stem.partition("-")[0], "there is no column for it", 1, 0)
        return None
    frame, columns, factor = place
    gauges = stem.startswith("memory-") or columns[0].endswith("_bytes")
    times, values, averaged = _read(path, len(columns))
    figures: dict[Figure, Any] = {}
    for number, column in enumerate(columns):
        if (rates or averaged) and not gauges:
            column = column.removesuffix("_total") + RATE
        figures[Figure(frame, column, f"{frame}.{column}")] = values[:, number] * factor
    keys: dict[str, Any] = {"time": times}
    labels = whose | ({_PARTS[frame]: part} if frame in _PARTS else {})
    for key, value in labels.items():
        keys[key] = pd.array([value], dtype="str").take(np.zeros(len(times), dtype=np.int64))
    return Table(keys, figures, np.arange(len(times)) + 2, f"{path}, line {{}}")


def _read(path: Path, columns: int) -> tuple[Any, Any, bool]:
    """Return times (µs), values with a column each, and whether they are averages of an RRD."""
    text = read_text(path)
    fetched = _FETCHED.findall(text)
    if fetched:
        rows = [[time, *said.split()] for time, said in fetched]
    else:
        rows = [line.split(",") for line in text.splitlines()[1:] if line]
    width = columns + 1
    wrong = next((number for number, row in enumerate(rows) if len(row) != width), None)
    if wrong is not None or not rows:
        line = 2 if wrong is None else wrong + 2
        raise RecordingError(
            f"{path}, line {line}: expected a time and {columns} values: is the file complete?"
        )
    try:
        plain = np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise RecordingError(f"{path}: {shorten(str(error), 100)}: expected numbers") from error
    if not (np.abs(plain[:, 0]) < 2.5e11).all():
        raise RecordingError(f"{path}: a time is none, or outside the years 1 to 9999")
    return np.rint(plain[:, 0] * 1e6).astype(np.int64), plain[:, 1:], bool(fetched)


def _align(tables: list[Table], notes: Notes) -> None:
    """Give the figures of one reading of a host one time: they are stamped one after the other."""
    hosts: dict[str, list[Table]] = {}
    for table in tables:
        hosts.setdefault(str(table.keys["host"][0]), []).append(table)
    moved = False
    for mine in hosts.values():
        apart: list[int] = [
            int(np.median(np.diff(np.unique(one.keys["time"])).astype(np.int64)))
            for one in mine
            if len(one.keys["time"]) > 1
        ]
        limit = int(np.median(apart)) // 4 if apart else 0
        times = np.unique(np.concatenate([one.keys["time"] for one in mine]))
        first = np.append(True, np.diff(times) > limit)
        heads = times[first]
        for table in mine:
            own = table.keys["time"]
            found = heads[np.searchsorted(heads, own, side="right") - 1]
            moved |= bool((found != own).any())
            table.keys["time"] = pd.DatetimeIndex(found.view("datetime64[us]"), tz="UTC").array
    if moved:
        notes.add("figures of one reading were stamped one after the other: brought to one time")
