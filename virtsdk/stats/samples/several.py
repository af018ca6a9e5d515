"""Samples of several hosts as one: their frames below each other, each host with its own time and clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from virtsdk.display import html
from virtsdk.display.listing import LIMIT, Cut, cut_to
from virtsdk.display.text import count, printable
from virtsdk.stats.columns.metric import GRAINS
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.lazy import LazyFrames
from virtsdk.stats.samples.node import NODE_OTHER, NodeStats, node_frames
from virtsdk.stats.samples.plain import clock as clock_words
from virtsdk.stats.samples.records import from_records


class FleetStats(Stats):
    """The figures of several hosts' domains, as tidy frames; made by `HostFleet.stats`.

    Everything is as of `Stats`; the column ``host`` tells the hosts apart, and rows are in the order of the
    hosts, then of the domains' names. ``time`` in a frame is when that host was read; `time` is the last of
    these. `virtsdk.stats.rates` takes two of them, and compares each host with itself.

    Parameters
    ----------
    samples
        By the names of the hosts.
    missing
        The names of hosts that did not answer.

    Examples
    --------
    >>> from virtsdk.stats import from_records
    >>> one = from_records([("u1", "web1", {"state.state": 1})], host="kvm7")
    >>> other = from_records([("u1", "web1", {"state.state": 5})], host="kvm8")
    >>> FleetStats({"kvm7": one, "kvm8": other}).domains[["host", "name", "state"]]
       host  name    state
    0  kvm7  web1  running
    1  kvm8  web1  shutoff
    """

    __slots__ = ("_missing", "_samples")

    def __init__(self, samples: Mapping[str, Stats], *, missing: Iterable[str] = ()) -> None:
        self._samples = dict(samples)
        self._missing = list(missing)
        times = [one.time for one in self._samples.values()]
        super().__init__(
            LazyFrames([*GRAINS, "other"], self._together, "a sample"),
            host=_named(self._samples, self._missing),
            time=max(times) if times else pd.Timestamp.now(tz="UTC").as_unit("us"),
            complete=all(one.complete for one in self._samples.values()),
        )

    @property
    def samples(self) -> dict[str, Stats]:
        """The sample of each host, by the name of the host; a host that did not answer has none."""
        return dict(self._samples)

    @property
    def missing(self) -> list[str]:
        """The names of hosts that were asked, and did not answer: their guests are in no frame."""
        return list(self._missing)

    def _together(self, name: str) -> pd.DataFrame:
        return _concatenated([one.given_frame(name) for one in self._samples.values()], _nothing(name))

    def _summary(self) -> tuple[list[str], Cut[Sequence[object]]]:
        header, rows = super()._summary()
        if header[0] == "host":
            return header, rows
        hosts = self._frames["domains"]["host"]
        named: list[Sequence[object]] = [
            [host, *row] for host, row in zip(hosts[:LIMIT].tolist(), rows.shown, strict=True)
        ]
        return ["host", *header], cut_to(named, len(hosts))


class FleetNodeStats(NodeStats):
    """Figures of several hosts themselves, as tidy frames; made by `HostFleet.node_stats`.

    Everything is as of `NodeStats`; `virtsdk.stats.node_rates` takes two of them.
    """

    def __init__(self, samples: Mapping[str, NodeStats]) -> None:
        self._samples = dict(samples)
        none = node_frames({}, host="")
        every = [*self._samples.values()]
        times = [one.time for one in every]
        frames = {
            name: _concatenated([one.frames[name] for one in every], empty)
            for name, empty in none.frames.items()
        }
        super().__init__(
            frames,
            host=_named(self._samples),
            time=max(times) if times else none.time,
            other=_concatenated([one.given[NODE_OTHER] for one in every], none.given[NODE_OTHER]),
        )

    @property
    def samples(self) -> dict[str, NodeStats]:
        """The sample of each host, by the name of the host; a host that did not answer has none."""
        return dict(self._samples)

    def _headline(self) -> str:
        return count(len(self._frames["node.cpus"]), "CPU")

    def __repr__(self) -> str:
        return f"<NodeStats {printable(self.host)} {clock_words(self.time)}, {self._headline()}>"

    def _repr_html_(self) -> str:
        rows = [[name, len(one.cpus)] for name, one in self._samples.items()]
        return html.view(
            html.heading(self.host, f"{clock_words(self.time)}, {self._headline()}"),
            html.table(["host", "CPUs"], rows) if rows else html.paragraph("no hosts"),
        )


def _named(samples: Mapping[str, object], missing: Sequence[str] = ()) -> str:
    """Name the host, or say how many there are, and of how many."""
    if missing:
        return f"{len(samples)} of {count(len(samples) + len(missing), 'host')}"
    return next(iter(samples)) if len(samples) == 1 else count(len(samples), "host")


def _nothing(name: str) -> pd.DataFrame:
    return from_records([], host="").given_frame(name)


def _concatenated(frames: Iterable[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    """Put frames below each other, in a fresh index; those without rows say nothing about types."""
    found = [frame for frame in frames if len(frame)]
    return pd.concat(found, ignore_index=True) if found else empty
