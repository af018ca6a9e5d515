"""`import_sadf`: machines' CPUs and memory, as ``sadf -d`` writes what sar recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.display import listing
from virtsdk.display.text import count, shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.given import RATE
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.sources import Source, name_of, read_text, sources_of
from virtsdk.history.importers.tables.clocks import times_of
from virtsdk.history.importers.tables.figures import Figure
from virtsdk.history.importers.tables.finishing import Ending, finished
from virtsdk.history.importers.tables.rows import Table
from virtsdk.stats.change.bins import zone_of

_CPU: Final = {
    "user_seconds": ("%user", "%usr", "%nice", "%guest", "%gnice"),
    "kernel_seconds": ("%system", "%sys", "%irq", "%soft"),
    "idle_seconds": ("%idle",),
    "iowait_seconds": ("%iowait",),
}
"""By figure of ours the shares of theirs that add up to it; ``%usr`` leaves the time of guests out."""
_MEMORY: Final = {
    "memory_free_bytes": "kbmemfree",
    "memory_buffers_bytes": "kbbuffers",
    "memory_cached_bytes": "kbcached",
}
_RESTART: Final = re.compile(r"LINUX-RESTART(?:\s*\((\d+) CPU\))?")
_NEAR: Final = 0.01


def import_sadf(source: Source | Iterable[Source], *, tz: str | tzinfo | None = None) -> Imported:
    """Take what ``sadf -d FILE -- -P ALL -u -r`` wrote: shares of CPUs, and memory, of machines.

    sar knows no guests: what comes of it is `Imported.node_rates` and `Imported.hosts`.

    Parameters
    ----------
    source
        A file or several, also compressed by gzip.
    tz
        The zone of times that name none, as ``sadf -T`` writes them; others are UTC or seconds since 1970.

    Returns
    -------
    Imported
        ``.node_rates()``, ``.hosts``, ``.trust``, ``.left_out``, ``.frames``.

    Raises
    ------
    RecordingError
        A file cannot be read, or a line is none; the message names file and line.

    Examples
    --------
    >>> import io
    >>> text = '''# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle
    ... kvm7;600;2026-03-01 00:10:01 UTC;-1;20.00;0.00;5.00;0.00;0.00;75.00
    ... kvm7;600;2026-03-01 00:20:01 UTC;-1;30.00;0.00;5.00;0.00;0.00;65.00
    ... '''
    >>> import_sadf(io.StringIO(text)).node_rates().total[["host", "seconds", "busy_percent"]]
       host  seconds  busy_percent
    0  kvm7    600.0          25.0
    1  kvm7    600.0          35.0
    """
    notes, tables, zone = Notes(), list[Table](), zone_of(tz)
    given = sources_of(source)
    for one in given:
        tables += _tables(read_text(one), name_of(one), zone, notes)
    named = listing.names([name_of(one) for one in given], 3)
    if not tables:
        raise RecordingError(
            f"{named}: no CPUs and no memory in it: sadf -d FILE -- -P ALL -u -r writes them"
        )
    return finished(tables, Ending(), notes, named)


def _tables(text: str, name: str, zone: tzinfo | None, notes: Notes) -> list[Table]:
    """Read the sections of a file: each begins with a line of its columns."""
    header: Sequence[str] = ()
    sections: dict[tuple[str, ...], tuple[list[int], list[list[str]]]] = {}
    cpus: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip().split(";")
        if line.startswith("#"):
            header = [words[0].lstrip("# "), *words[1:]]
        elif restart := _RESTART.search(line):
            notes.add("the host was restarted in between", host=words[0] or None)
            if restart[1]:
                cpus[words[0]] = int(restart[1])
        elif line.strip():
            if len(words) != len(header) or header[:3] != ["hostname", "interval", "timestamp"]:
                raise RecordingError(
                    f"{name}, line {number}: {count(len(words), 'column')} of {len(header)}: expected what "
                    "sadf -d writes ('# hostname;interval;timestamp;...')"
                )
            lines, rows = sections.setdefault(tuple(header), ([], []))
            lines.append(number)
            rows.append(words)
    tables: list[Table] = []
    for columns, (lines, rows) in sections.items():
        frame = pd.DataFrame(rows, columns=pd.Index(columns), dtype="str")
        tables += _section(frame, np.array(lines), name, zone, cpus, notes)
    return tables


def _section(
    frame: pd.DataFrame, lines: Any, name: str, zone: tzinfo | None, cpus: dict[str, int], notes: Notes
) -> list[Table]:
    place = f"{name}, line {{}}"

    def at(row: int) -> str:
        return place.format(int(lines[row]))

    numbers = {
        column: _numbers(frame[column], column, at)
        for column in frame.columns[1:]
        if column not in ("timestamp", "DEV", "IFACE", "TTY", "INTR")
    }
    keys = {
        "time": times_of(frame["timestamp"], at, zone=zone, unit="s").array,
        "host": frame["hostname"].to_numpy(dtype=object),
    }
    seconds = np.where(numbers["interval"] > 0, numbers["interval"], np.nan)
    if "CPU" in numbers and "%idle" in numbers:
        return _of_cpus(numbers, keys, seconds, lines, place, cpus, notes)
    if "kbmemfree" in numbers and "kbmemused" in numbers:
        return [Table(keys, _of_memory(numbers, notes), lines, place)]
    notes.leave_out(" ".join(map(str, frame.columns[3:])), "there are no columns for it", 1, len(frame))
    return []


def _of_cpus(
    numbers: dict[str, Any], keys: dict[str, Any], seconds: Any, lines: Any, place: str, cpus: dict[str, int],
    notes: Notes,
) -> list[Table]:  # fmt: skip
    shares: dict[str, Any] = {
        ours: sum(numbers[one] for one in theirs if one in numbers) / 100.0 for ours, theirs in _CPU.items()
    }
    if "%steal" in numbers:
        notes.leave_out(
            "%steal", "time that a hypervisor below the host took: it has no column", 1, len(lines)
        )
    every = numbers["CPU"] < 0
    tables: list[Table] = []
    for frame, rows in (("node.total", every), ("node.cpus", ~every)):
        if not rows.any():
            continue
        own = {key: value[rows] for key, value in keys.items()}
        many: Any = 1.0
        if frame == "node.total":
            known = {
                host: max(cpus.get(host, 0), int(numbers["CPU"][keys["host"] == host].max()) + 1)
                for host in set(own["host"])
            }
            for host in sorted(one for one, number in known.items() if not number):
                notes.add(
                    "how many CPUs it has is not told: seconds are those of one", "node.total", host=host
                )
            many = np.array([known[one] or 1 for one in own["host"]], dtype=np.float64)
        else:
            own["cpu"] = numbers["CPU"][rows]
        figures = {
            Figure(frame, ours + RATE, f"{frame}.{ours}"): share[rows] * many
            for ours, share in shares.items()
        }
        figures[Figure(frame, "seconds", "seconds")] = seconds[rows]
        tables.append(Table(own, figures, lines[rows], place))
    return tables


def _of_memory(numbers: dict[str, Any], notes: Notes) -> dict[Figure, Any]:
    """Return memory in bytes; the whole of it, which sar does not write, follows from what is used of it."""
    whole = numbers["kbmemfree"] + numbers["kbmemused"]
    if "%memused" in numbers:
        share = numbers["%memused"]
        told = np.divide(numbers["kbmemused"], share / 100, out=np.full(len(share), np.nan), where=share > 0)
        other = np.abs(told - whole) > _NEAR * whole  # newer versions leave caches out of what is used
        if other.any():
            notes.add("worked out of a share with two decimals", "node.memory", "memory_bytes")
            whole = np.where(other, told, whole)
    figures = {Figure("node.memory", "memory_bytes", "memory_bytes"): np.rint(whole) * 1024}
    for ours, theirs in _MEMORY.items():
        if theirs in numbers:
            figures[Figure("node.memory", ours, ours)] = numbers[theirs] * 1024
    return figures


def _numbers(values: pd.Series[Any], column: str, at: Any) -> Any:
    found: Any = pd.to_numeric(values, errors="coerce")
    wrong = (found.isna() & (values != "")).to_numpy(dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise RecordingError(
            f"{at(row)}: {shorten(str(values.iloc[row]), 40)!r} in column {column!r} is no number"
        )
    return found.to_numpy(dtype=np.float64)
