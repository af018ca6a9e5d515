"""A recording as the source of a timeline: a line is read when it is first shown; no libvirt."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history.reading.parts import domain_sizes
from virtsdk.history.reading.selection import Selection
from virtsdk.tables.words import words
from virtsdk.widgets.timeline.sources.panels import COLUMNS
from virtsdk.widgets.timeline.sources.series import (
    RESET,
    Floats,
    Series,
    codes_of,
    milliseconds,
    moment,
    series_of,
)
from virtsdk.widgets.timeline.sources.source import Line, Mark

if TYPE_CHECKING:
    from virtsdk.history.recording import Recording

_MOST_HELD = 64  # lines in memory; the one that was shown longest ago makes room
_MANY = 20_000  # rows from which on a first glance is worth its time
_MOST_MARKS = 5_000  # of recorded events, the last ones
_NAMES = ["host", "domain", "name"]
_SAMPLED = "since the sample before"
_OF_HOSTS = {"disconnected", "reconnected", "overflow"}


class RecordedSource:
    """One recording: who is in it is known at once, figures are read line by line.

    Parameters
    ----------
    recording
        An open recording; what is written to it later is not looked at.

    Raises
    ------
    RecordingError
        It has less than two samples.
    """

    live = False

    def __init__(self, recording: Recording) -> None:
        first, last = recording.start, recording.end
        if first is None or last is None or first == last:
            raise RecordingError(f"{recording.directory} has less than two samples: there is nothing to draw")
        self.recording = recording
        self.title = recording.directory.name
        self.subtitle = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
        interval = recording.interval
        self.every = float("nan") if interval is None else interval.total_seconds()
        self._span = moment(first), moment(last)
        self._end = last + pd.Timedelta("1us")
        self._lock = threading.RLock()
        self._held: OrderedDict[str, Series] = OrderedDict()
        self._glances: dict[str, Series] = {}
        self._marks: dict[str, list[Mark]] = {}
        self._used: dict[str, float] = {}
        self._lines = self._at_the_ends(first, last)
        self._machines = self._with_figures_of_their_own()

    def lines(self) -> Sequence[Line]:
        """Return the machines whose own figures were recorded, and all guests that are known by now."""
        with self._lock:
            return [*sorted(self._lines.values(), key=lambda one: (one.name, one.host)), *self._machines]

    def busiest(self) -> Sequence[str]:
        """Return keys of guests, those that used the most CPU from their first sample to their last first."""
        with self._lock:
            return sorted(
                self._lines, key=lambda key: (-self._used.get(key, 0.0), self._lines[key].name, key)
            )

    def span(self) -> tuple[float, float]:
        """Return the times of the first and the last sample."""
        return self._span

    def known(self, line: Line) -> Series | None:
        """Return the rows of a line, or what was read of them at a glance; None where nothing was read."""
        with self._lock:
            return self._held.get(line.key, self._glances.get(line.key))

    def has(self, line: Line) -> bool:
        """Tell whether all of a line was read."""
        with self._lock:
            return line.key in self._held

    def series(self, line: Line) -> Series:
        """Return the rows of a line, reading them where they are not in memory."""
        with self._lock:
            if line.key in self._held:
                self._held.move_to_end(line.key)
                return self._held[line.key]
        self.read([line])
        with self._lock:
            return self._held.get(line.key, Series.empty())

    def read(self, lines: Collection[Line]) -> None:
        """Read lines that are not in memory; guests of one host together, which takes less time."""
        wanted = [line for line in lines if not self.has(line)]
        for host in dict.fromkeys(line.host for line in wanted):
            guests = {line.domain: line for line in wanted if line.host == host and line.domain}
            if guests:
                self._read_guests(host, guests)
            for line in wanted:
                if line.host == host and line.kind == "machine":
                    self._hold(line, self._machine(host))

    def glance(self, lines: Collection[Line]) -> bool:
        """Read CPU and memory of guests, in a third of the time of all; tell whether that is worth it."""
        wanted = [line for line in lines if line.domain and not self.has(line)]
        if len(wanted) * (self._span[1] - self._span[0]) < 1000 * _MANY * (
            self.every if self.every > 0 else 1.0
        ):
            return False
        for host in dict.fromkeys(line.host for line in wanted):
            guests = {line.domain: line for line in wanted if line.host == host and line.domain}
            rates = self.recording.rates(hosts=host, domains=list(guests), end=self._end).domains
            for uuid, rows in rates.groupby("domain", sort=False):
                with self._lock:
                    self._glances[guests[str(uuid)].key] = series_of(rows)
        return bool(wanted)

    def complete(self) -> bool:
        """Find guests that were there in between only; tell whether there are any."""
        reader = self.recording._reader  # pyright: ignore[reportPrivateUsage]
        found = {_key(host, uuid) for (host, uuid), _ in domain_sizes(reader, Selection())}
        with self._lock:
            unknown = found - self._lines.keys()
        if not unknown:
            return False
        uuids = sorted({key.partition(" ")[0] for key in unknown})
        frame = self.recording.frames("domains", columns=_NAMES, domains=uuids).drop_duplicates(
            ["host", "domain"], keep="last"
        )
        with self._lock:
            self._lines = {**self._lines_of(frame), **self._lines}
        return True

    def reason(self, first: float, last: float) -> str:
        """Say why there were no samples for a while: what the recorder wrote down."""
        times, errors = self._errors
        low, high = np.searchsorted(times, [first, last])
        return next(iter(errors[low:high]), "")

    @cached_property
    def _errors(self) -> tuple[Floats, list[str]]:
        """When samples were not taken, and why, in the order of time."""
        samples = self.recording.samples.sort_values("time", kind="stable")
        said = samples[samples["error"].notna() & ~samples["taken"].fillna(False).astype(bool)]
        return milliseconds(said["time"]), [str(one) for one in said["error"]]

    def marks(self) -> Sequence[Mark]:
        """Return recorded events of the guests that were read, and what their samples tell beside them."""
        told = self._told
        with self._lock:
            sampled = {key: self._marks.get(key, ()) for key in self._held}
        found = list(told.get("", ()))
        for key, marks in sampled.items():
            events = told.get(key, ())
            found += [*events, *(one for one in marks if not self._is_told(one, events))]
        return sorted(found, key=lambda one: one.time)

    def _is_told(self, mark: Mark, events: Sequence[Mark]) -> bool:
        """Tell whether an event says already what a sample found since the one before."""
        since = mark.time - 1500 * (self.every if self.every > 0 else 0.0)
        return _SAMPLED in mark.text and any(since <= one.time <= mark.time for one in events)

    @cached_property
    def _told(self) -> dict[str, list[Mark]]:
        """Recorded events by the line that they are of; those of the connection by the empty key."""
        frame = self.recording.events(end=self._end)
        frame = frame[frame["kind"].str.startswith("domain") | frame["kind"].isin(_OF_HOSTS)].tail(
            _MOST_MARKS
        )
        found: dict[str, list[Mark]] = {}
        for host, time, kind, domain, said in zip(
            *(frame[name] for name in ("host", "time", "kind", "domain", "said")), strict=True
        ):
            values: dict[str, object] = json.loads(said)
            text = words(kind, values)
            if text:
                key = "" if kind in _OF_HOSTS else _key(host, domain)
                found.setdefault(key, []).append(
                    Mark(moment(time), str(values.get("name") or host), text, key)
                )
        return found

    def close(self) -> None:
        """Forget what was read."""
        with self._lock:
            self._held.clear()

    # --- reading --------------------------------------------------------------------------------------------

    def _at_the_ends(self, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, Line]:
        """Read who was there in the first and in the last samples, and how much CPU they used in between."""
        step = pd.Timedelta(5 * (self.every if self.every > 0 else 60.0), unit="s")
        columns = [*_NAMES, "time", "cpu_time_seconds_total"]
        ends = [
            self.recording.frames("domains", start=start, end=end, columns=columns)
            for start, end in ((first, min(first + step, self._end)), (max(last - step, first), self._end))
        ]
        totals: list[dict[str, float]] = []
        found: dict[str, Line] = {}
        for frame in ends:
            one = frame.drop_duplicates(["host", "domain"], keep="last")
            found |= self._lines_of(one)
            used = one["cpu_time_seconds_total"].to_numpy(dtype=np.float64, na_value=0.0)
            totals.append(dict(zip(self._lines_of(one), used.tolist(), strict=True)))
        before, after = totals
        for key in found:
            grown = after.get(key, 0.0) - before.get(key, 0.0)
            self._used[key] = grown if grown >= 0 else after.get(key, 0.0)
        return found

    @staticmethod
    def _lines_of(frame: pd.DataFrame) -> dict[str, Line]:
        rows = zip(frame["host"], frame["domain"], frame["name"], strict=True)
        return {
            _key(str(host), str(uuid)): Line(_key(str(host), str(uuid)), str(name), str(host), str(uuid))
            for host, uuid, name in rows
        }

    def _with_figures_of_their_own(self) -> list[Line]:
        try:
            frame = self.recording.frames(
                "node.total", columns=["host"], start=self._end - pd.Timedelta(self._step(), unit="s")
            )
        except ValueError:
            return []
        return [
            Line(f"machine {host}", f"{host} (the machine)", str(host), None, "machine")
            for host in frame["host"].drop_duplicates()
        ]

    def _step(self) -> float:
        return 10 * (self.every if self.every > 0 else 60.0)

    def _read_guests(self, host: str, guests: dict[str, Line]) -> None:
        usage = self.recording.usage(every=None, hosts=host, domains=list(guests), end=self._end)
        for uuid, rows in usage.groupby("domain", sort=False):
            line = guests.pop(str(uuid))
            series = series_of(rows)
            with self._lock:
                self._marks[line.key] = self._marks_of(line, rows, series)
                self._hold(line, series)
        for line in guests.values():  # one sample alone
            self._hold(line, Series.empty())

    def _machine(self, host: str) -> Series:
        """Return CPUs that a machine kept busy, and its memory in use (buffers and caches are not)."""
        total = self.recording.node_rates(hosts=host, end=self._end).total
        cpus = self.recording.hosts.set_index("host")["cpus"].get(host)
        values = np.full((len(total), len(COLUMNS)), np.nan)
        busy = total["busy_percent"].to_numpy(dtype=np.float64, na_value=np.nan)
        values[:, COLUMNS.index("cpu_used_vcpus")] = busy / 100 * float("nan" if cpus is None else cpus)
        try:
            memory = self.recording.frames("node.memory", hosts=host, end=self._end).set_index("time")
        except ValueError:
            pass
        else:
            free = ["memory_free_bytes", "memory_buffers_bytes", "memory_cached_bytes"]
            used = memory["memory_bytes"] - memory[free].sum(axis=1, min_count=len(free))
            used = used[~used.index.duplicated(keep="last")].reindex(total["time"])
            values[:, COLUMNS.index("memory_used_bytes")] = used.to_numpy(dtype=np.float64, na_value=np.nan)
        return Series(
            milliseconds(total["time"]),
            total["seconds"].to_numpy(dtype=np.float64, na_value=np.nan),
            codes_of(total["interrupted"]),
            values,
        ).in_order()

    def _hold(self, line: Line, series: Series) -> None:
        with self._lock:
            self._held[line.key] = series
            self._glances.pop(line.key, None)
            while len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)

    def _marks_of(self, line: Line, rows: pd.DataFrame, series: Series) -> list[Mark]:
        """Return what happened to a guest, as its samples tell it."""
        found = [
            Mark(float(time), line.name, f"started anew {_SAMPLED}", line.key)
            for time in series.time[series.code == RESET]
        ]
        states = rows["state"].astype(str).to_numpy()
        times = milliseconds(rows["time"])
        for place in np.flatnonzero(states[1:] != states[:-1]) + 1:
            text = f"{states[place - 1]} → {states[place]} {_SAMPLED}"
            found.append(Mark(float(times[place]), line.name, text, line.key))
        if len(series):
            slack = 2500 * float(np.nanmedian(series.seconds))
            begin = float(series.time[0] - 1000 * series.seconds[0])
            if begin - self._span[0] > slack:
                found.append(Mark(begin, line.name, "first sample of it", line.key))
            if self._span[1] - float(series.time[-1]) > slack:
                found.append(Mark(float(series.time[-1]), line.name, "last sample of it", line.key))
        return found


def _key(host: str, domain: str) -> str:
    return f"{domain} {host}"
