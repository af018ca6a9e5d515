"""`node_rates`: the counters of nodes over time to what happened a second, and the answer, `NodeRates`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import count
from virtsdk.stats.change.differences import NODE_RATED, rate_frames
from virtsdk.stats.change.given import of_frames, of_samples, samples_of
from virtsdk.stats.change.rates import Recorded, only_frames, only_recording
from virtsdk.stats.change.spacing import Interval
from virtsdk.stats.samples.node import NodeStats
from virtsdk.stats.samples.times import TimeUnit


def node_rates(
    first: NodeStats | Iterable[NodeStats] | Mapping[str, pd.DataFrame] | Recorded,
    second: NodeStats | None = None,
    *,
    interval: Interval | None = None,
    unit: TimeUnit | None = None,
) -> NodeRates:
    """Turn the CPU times of a node (or of many) into rates per second, as `rates` does for domains.

    Parameters
    ----------
    first
        The earlier of two samples of `Host.node_stats`; or all of them, in any order, of any hosts; or
        frames of many samples by name (``{"node.total": ..., "node.cpus": ...}``), with their keys and as
        many of the counters as there are; or a recording.
    second
        The later of two samples.
    interval, unit
        As for `rates`.

    Returns
    -------
    NodeRates
        ``.cpus`` (a row per CPU and interval) and ``.total`` (a row per host and interval), with
        ``busy_percent``; ``.pressure`` with ``stalled_percent``.
    """
    if isinstance(first, Recorded):
        only_recording(second)
        only_frames(unit)
        return first.node_rates(interval=interval)
    if isinstance(first, Mapping):
        given = of_frames(cast("Mapping[str, pd.DataFrame]", first), NODE_RATED, None, unit)
    else:
        only_frames(unit)
        samples = samples_of(first, second, NodeStats)
        given = of_samples(samples, NODE_RATED, "node.total", lambda one, name: one.frames[name])
    return NodeRates(rate_frames(given, interval))


class NodeRates:
    """Rates of a node's CPU times between samples; made by `node_rates`."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)
        self._said = self._headline()  # a repr is quick however many there are

    @property
    def cpus(self) -> pd.DataFrame:
        """One row per CPU and interval: kernel, user, idle, iowait (seconds per second), busy_percent."""
        return _busy(self._frames["node.cpus"])

    @property
    def total(self) -> pd.DataFrame:
        """One row per host and interval, all CPUs together: the same columns.

        ``busy_percent`` is the share of all CPUs' time that was neither idle nor waiting for a disk; 100 is
        the whole machine.
        """
        return _busy(self._frames["node.total"])

    @property
    def pressure(self) -> pd.DataFrame:
        """One row per resource, share and interval: ``stalled_percent`` of it, tasks waited."""
        frame = self._frames["node.pressure"]
        return frame.assign(stalled_percent=100 * _column(frame, "stalled_seconds_per_second"))

    def __repr__(self) -> str:
        return f"<NodeRates {self._said}>"

    def _repr_html_(self) -> str:
        return html.view(html.heading("Node", self._said), title="rates of a node")

    def _headline(self) -> str:
        total = self.total
        busy = total["busy_percent"].dropna()
        said = f"{count(total['host'].nunique(), 'host')}, {count(len(total), 'interval')}"
        return said if busy.empty else f"{said}, {float(busy.mean()):.1f} % busy"


def _busy(frame: pd.DataFrame) -> pd.DataFrame:
    kernel, user, *rest = (
        f"{name}_seconds_per_second" for name in ("kernel", "user", "interrupt", "idle", "iowait")
    )
    interrupt, *idle = (frame[name].fillna(0) if name in frame else 0 for name in rest)
    spent = _column(frame, kernel) + _column(frame, user) + interrupt
    total = spent + sum(idle)
    return frame.assign(busy_percent=100 * spent / total.where(total > 0))


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a rate; missing where the frames of one's own do not have its counter."""
    return frame[name] if name in frame else pd.Series(pd.NA, index=frame.index, dtype="Float64")
