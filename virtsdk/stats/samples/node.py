"""Figures of a node as tidy frames in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import count, printable, size
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import KEYS
from virtsdk.stats.samples.convert import anything, text
from virtsdk.stats.samples.domains import clock as clock_words
from virtsdk.stats.samples.plain import plain_frame
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
        header = ["CPU", "kernel (s)", "user (s)", "idle (s)", "iowait (s)"]
        rows = [
            [int(row["cpu"]), *(_known(row[f"{name}_seconds_total"]) for name in _CPU)]
            for row in self.cpus.to_dict("records")
        ]
        table = [html.table(header, rows)] if rows else []
        return html.view(html.heading(self.host, f"{clock_words(self.time)}, {self._headline()}"), *table)


_CPU = ("kernel", "user", "idle", "iowait")


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
    names = [name for name in KEYS if name.startswith("node.")]
    frames = {name: plain_frame(name, figures.get(name, []), host, taken) for name in names}
    return NodeStats(frames, host=host, time=taken, other=_other(figures, host, taken), clock=clock)


def _other(
    figures: Mapping[str, Sequence[Mapping[str, object]]], host: str, time: pd.Timestamp
) -> pd.DataFrame:
    found: list[tuple[str, str | None, str, object]] = []
    for name, rows in figures.items():
        part = [key for key in KEYS[name][1:] if key in ("cpu", "cell")]
        known = {*KEYS[name], *(metric.key.rpartition(".")[2] for metric in COLUMNS[name].values())}
        for row in rows:
            label = str(row[part[0]]) if part else None
            found += [(name, label, key, value) for key, value in row.items() if key not in known]
    return pd.DataFrame(
        {
            "host": text([host] * len(found)),
            "frame": text([one[0] for one in found]),
            "row": text([one[1] for one in found]),
            "time": pd.DatetimeIndex([time] * len(found), tz="UTC").as_unit("us").array,
            "key": text([one[2] for one in found]),
            **anything([one[3] for one in found]),
        }
    )


def _first(frame: pd.DataFrame, column: str) -> float | None:
    return None if not len(frame) else _known(frame[column].iloc[0])


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value
