"""Figures of a node as tidy frames in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import count, printable, size
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import KEYS
from virtsdk.stats.samples.convert import anything, text
from virtsdk.stats.samples.plain import Plain, known, of_samples, plain_frames, times_of
from virtsdk.stats.samples.plain import clock as clock_words
from virtsdk.stats.samples.times import Clock, utc

NODE_OTHER = "node.other"


class NodeStats:
    """Figures of a host itself, as tidy frames; made by `Host.node_stats`.

    Every frame has the columns ``host`` and ``time`` (UTC). `virtsdk.stats.rates` makes rates of two or more.
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        *,
        host: str,
        time: pd.Timestamp,
        other: pd.DataFrame | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._frames = dict(frames)
        self._other = _other({}, host, time) if other is None else other
        self.host = host
        self.time = time
        self.clock = clock  #: what a clock that is never set said at that time; None where none was read

    @property
    def cpus(self) -> pd.DataFrame:
        """One row an online CPU: cpu (its number), seconds in kernel, user, idle, iowait, guest."""
        return self._frames["node.cpus"].copy(deep=False)

    @property
    def total(self) -> pd.DataFrame:
        """One row, all CPUs: seconds in kernel, user, idle, iowait."""
        return self._frames["node.total"].copy(deep=False)

    @property
    def memory(self) -> pd.DataFrame:
        """One row, the host: memory_bytes, memory_free_bytes, memory_buffers_bytes, memory_cached_bytes."""
        return self._frames["node.memory"].copy(deep=False)

    @property
    def cells(self) -> pd.DataFrame:
        """One row a NUMA cell: cell (its number), memory_bytes, memory_free_bytes."""
        return self._frames["node.cells"].copy(deep=False)

    @property
    def pressure(self) -> pd.DataFrame:
        """One row a resource (cpu, memory, io) and share of the tasks (some, full): stalled_seconds_total.

        Empty unless the host is this machine, and its kernel counts it.
        """
        return self._frames["node.pressure"].copy(deep=False)

    @property
    def other(self) -> pd.DataFrame:
        """One row a value that no frame has a column for: host, frame, row, time, key, value, text."""
        return self._other.copy(deep=False)

    @property
    def given(self) -> dict[str, pd.DataFrame]:
        """All frames, `other` among them as ``node.other``: what a recording keeps."""
        return {**self.frames, NODE_OTHER: self._other}

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All frames by the names that `catalogue` has for them; not `other`."""
        return {name: frame.copy(deep=False) for name, frame in self._frames.items()}

    def _headline(self) -> str:
        memory = self._frames["node.memory"]
        total, free = (_first(memory, name) for name in ("memory_bytes", "memory_free_bytes"))
        cpus, cells = (len(self._frames[name]) for name in ("node.cpus", "node.cells"))
        said = f"{count(cpus, 'CPU')}, {count(cells, 'NUMA cell')}"
        return said if total is None else f"{said}, {size(total)} of memory, {size(free)} of it empty"

    def __repr__(self) -> str:
        return f"<NodeStats {printable(self.host)} {clock_words(self.time)}, {self._headline()}>"

    def _repr_html_(self) -> str:
        header = ["CPU", *_CPU]
        rows = [
            [int(row["cpu"]), *(_seconds(row[f"{name}_seconds_total"]) for name in _CPU)]
            for row in self.cpus.to_dict("records")
        ]
        table = [html.table(header, rows)] if rows else []
        return html.view(html.heading(self.host, f"{clock_words(self.time)}, {self._headline()}"), *table)


_CPU = ("kernel", "user", "idle", "iowait")


@dataclass(frozen=True, slots=True)
class RawNode:
    """Figures of a node as they were read: no frames yet.

    Attributes
    ----------
    figures
        By frame the rows, as of `node_frames`.
    host, time
        Of the sample.
    clock
        What a clock that is never set said then.
    """

    figures: Mapping[str, Plain]
    host: str
    time: pd.Timestamp
    clock: Clock | None = None

    @property
    def values(self) -> int:
        """Number of values."""
        return sum(len(row) for rows in self.figures.values() for row in rows)


def node_frames(
    figures: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    host: str,
    time: datetime | None = None,
    clock: Clock | None = None,
) -> NodeStats:
    """Make frames of a node's figures.

    Parameters
    ----------
    figures
        By frame (``node.cpus`` ...): one mapping a row of the last word of the catalogue's keys (``kernel``,
        ``total`` ...) to libvirt's value, and of the row's own key (``cpu``, ``cell``).
    host
        The name for the ``host`` column.
    time
        When they were read, with a time zone; now where it is left out.
    clock
        What a clock that is never set said then.
    """
    taken = utc(time)
    frames = frames_of_nodes([RawNode(figures, host, taken)])
    other = frames.pop(NODE_OTHER)
    return NodeStats(frames, host=host, time=taken, other=other, clock=clock)


def frames_of_nodes(samples: Sequence[RawNode]) -> dict[str, pd.DataFrame]:
    """Make the frames of many samples at once: what `NodeStats.given` of each has, one after the other."""
    frames: dict[str, pd.DataFrame] = {}
    for name in (one for one in KEYS if one.startswith("node.")):
        frames[name] = plain_frames(
            name, [(one.host, one.time, one.figures.get(name, ())) for one in samples]
        )
    frames[NODE_OTHER] = _others(samples)
    return frames


def _other(figures: Mapping[str, Plain], host: str, time: pd.Timestamp) -> pd.DataFrame:
    return _others([RawNode(figures, host, time)])


def _others(samples: Sequence[RawNode]) -> pd.DataFrame:
    found: list[tuple[str, str | None, str, object]] = []
    sizes: list[int] = []
    for sample in samples:
        before = len(found)
        for name, rows in sample.figures.items():
            part, told = _known_keys(name)
            for row in rows:
                if row.keys() <= told:
                    continue
                label = None if part is None else str(row[part])
                found += [(name, label, key, value) for key, value in row.items() if key not in told]
        sizes.append(len(found) - before)
    return pd.DataFrame(
        {
            "host": of_samples(text([one.host for one in samples]), sizes),
            "frame": text([one[0] for one in found]),
            "row": text([one[1] for one in found]),
            "time": of_samples(times_of([one.time for one in samples]), sizes),
            "key": text([one[2] for one in found]),
            **anything([one[3] for one in found]),
        }
    )


@cache
def _known_keys(name: str) -> tuple[str | None, frozenset[str]]:
    """Return what tells the rows of a frame apart by number, and the keys that have a column."""
    part = next((key for key in KEYS[name][1:] if key in ("cpu", "cell")), None)
    known = (metric.key.rpartition(".")[2] for metric in COLUMNS[name].values())
    return part, frozenset({*KEYS[name], *known})


def _first(frame: pd.DataFrame, column: str) -> float | None:
    return None if not len(frame) else known(frame[column].iloc[0])


def _seconds(value: float) -> str | None:
    return None if pd.isna(value) else f"{value:,.1f} s"
