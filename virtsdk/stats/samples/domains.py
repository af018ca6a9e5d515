"""One sample of a host's figures: the frames, when they were taken, and how they look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from virtsdk.display import html
from virtsdk.display.listing import LIMIT, Cut, cut_to
from virtsdk.display.text import columns, count, printable, size
from virtsdk.stats.samples.derive import DERIVED, memory_used, thin_ratio, trust
from virtsdk.stats.samples.lazy import LazyFrames
from virtsdk.stats.samples.plain import clock, known
from virtsdk.stats.samples.times import Clock


class Glance(NamedTuple):
    """What a repr shows of many domains, so that it need not make their frames."""

    domains: int
    running: int | None  #: None where nobody asked for their states
    head: Stats | None  #: the first of them; None for the sample itself
    sizes: Mapping[str, int]  #: rows of the frames
    parts: Mapping[str, Sequence[int]]  #: how many disks and nics the first of them have


class Stats:
    """The figures of a host's domains at one moment, as tidy frames.

    Made by `Host.stats` and `from_records`. Frames are read through attributes; each access gives a frame of
    its own, so changing one leaves the sample as it was. Rows are in the order of the domains' names.

    Every frame starts with the key columns ``host``, ``domain`` (UUID), ``name``, then what tells the rows of
    a domain apart (``vcpu``, ``disk``, ``nic`` ...), then ``time`` (UTC). `virtsdk.stats.catalogue` describes
    the rest.
    """

    __slots__ = ("_clock", "_complete", "_frames", "_glance", "_host", "_time")

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        *,
        host: str,
        time: pd.Timestamp,
        clock: Clock | None = None,
        complete: bool = True,
        glance: Glance | None = None,
    ) -> None:
        self._frames = frames if isinstance(frames, LazyFrames) else dict(frames)
        self._glance = glance
        self._host = host
        self._time = time
        self._clock = clock
        self._complete = complete

    @property
    def host(self) -> str:
        """The name of the host."""
        return self._host

    @property
    def time(self) -> pd.Timestamp:
        """When the sample was taken (UTC)."""
        return self._time

    @property
    def clock(self) -> Clock | None:
        """What a clock that is never set said at that time; None where none was read."""
        return self._clock

    @property
    def complete(self) -> bool:
        """Whether all domains of the host are in it: one that is not in it was not there."""
        return self._complete

    @property
    def guests(self) -> int:
        """How many domains are in it; makes no frame."""
        return len(self._frames["domains"]) if self._glance is None else self._glance.domains

    @property
    def domains(self) -> pd.DataFrame:
        """One row per domain: state, vCPUs, CPU time (seconds), memory (bytes), counts of its parts.

        ``memory_used_bytes`` is worked out here: what the guest says is available, less what is usable (or,
        where it does not say, what is unused). It is missing where the guest does not report, or has not
        reported for 60 s; `trust` tells. ``stale`` is true where QEMU did not answer in time, and missing
        where the collector could not know.
        """
        frame = self._frame("domains")
        frame["memory_used_bytes"] = memory_used(frame)
        return frame

    @property
    def vcpus(self) -> pd.DataFrame:
        """One row per vCPU (numbers may have gaps): state; seconds run, waited, delayed."""
        return self._frame("vcpus")

    @property
    def disks(self) -> pd.DataFrame:
        """One row per disk (and a backing image): requests, bytes, seconds, sizes (bytes).

        ``thin_ratio`` is worked out: allocation of capacity, missing where there is no capacity.
        """
        frame = self._frame("disks")
        frame["thin_ratio"] = thin_ratio(frame)
        return frame

    @property
    def nics(self) -> pd.DataFrame:
        """One row per network interface: bytes, packets, errors, drops, from the guest's side."""
        return self._frame("nics")

    @property
    def iothreads(self) -> pd.DataFrame:
        """One row per I/O thread: its polling limits."""
        return self._frame("iothreads")

    @property
    def perf(self) -> pd.DataFrame:
        """One row per domain that has perf events switched on, a column per event."""
        return self._frame("perf")

    @property
    def memory_bandwidth(self) -> pd.DataFrame:
        """One row per resctrl monitor and memory controller: bytes moved."""
        return self._frame("memory_bandwidth")

    @property
    def cache_monitors(self) -> pd.DataFrame:
        """One row per resctrl monitor and cache: bytes occupied."""
        return self._frame("cache_monitors")

    @property
    def dirty_rates(self) -> pd.DataFrame:
        """One row per domain that libvirt reports a dirty-rate calculation for."""
        return self._frame("dirty_rates")

    @property
    def other(self) -> pd.DataFrame:
        """One row per value that no other frame has a column for.

        ``key`` is libvirt's, ``value`` the number (Float64); ``text`` holds it where it is no number, or one
        that a Float64 would round.
        """
        return self._frame("other")

    @property
    def trust(self) -> pd.DataFrame:
        """One row per figure that is missing or doubtful: host, domain, name, frame, part, column, reason."""
        return trust({name: getattr(self, name) for name in ("domains", "vcpus", "disks", "nics")})

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All frames by name."""
        return {name: getattr(self, name) for name in self._frames}

    @property
    def given(self) -> dict[str, pd.DataFrame]:
        """All frames by name, without the columns that are worked out of others: what a recording keeps."""
        return {name: self._frame(name) for name in self._frames}

    def given_frame(self, name: str) -> pd.DataFrame:
        """One of `given`, by its name; the others are not made for it."""
        return self._frame(name)

    def _frame(self, name: str) -> pd.DataFrame:
        return self._frames[name].copy(deep=False)

    def __repr__(self) -> str:
        header, rows = self._summary()
        lines = [f"<Stats {printable(self._host)} {clock(self._time)}, {self._headline()}>"]
        if rows.shown:
            lines.append(columns(header, rows))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        header, rows = self._summary()
        return html.view(
            html.heading(self._host, f"{clock(self._time)}, {self._headline()}"),
            html.table(header, rows) if rows.shown else html.paragraph("no domains"),
            html.paragraph(f"frames: {', '.join(self._sizes())}"),
            title=f"stats of {self._host}",
        )

    def _sizes(self) -> Iterator[str]:
        if self._glance is not None:
            sizes = self._glance.sizes
        else:
            sizes = {name: len(frame) for name, frame in self._frames.items()}
        return (f"{name} ({size})" for name, size in sizes.items() if size)

    def _headline(self) -> str:
        if self._glance is not None:
            number, running = self._glance.domains, self._glance.running
        else:
            state = self._frames["domains"]["state"]
            asked = not len(state) or state.notna().any()
            number, running = len(state), int((state == "running").sum()) if asked else None
        said = count(number, "domain")
        return said if running is None else f"{said}, {running} running"

    def _summary(self) -> tuple[list[str], Cut[Sequence[object]]]:
        header = [
            "name",
            "state",
            "vCPUs",
            "CPU time",
            "memory",
            "memory used",
            "on the host",
            "disks",
            "nics",
        ]
        head = self if self._glance is None or self._glance.head is None else self._glance.head
        domains = head._frames["domains"]
        number = len(domains) if self._glance is None else self._glance.domains
        domains = domains[[one for one in _SHOWN if one in domains.columns]].iloc[:LIMIT]
        used = memory_used(domains).tolist()
        if self._glance is not None:
            parts = self._glance.parts
        else:
            parts = {name: _counts(self._frames[name], domains["domain"]) for name in ("disks", "nics")}
        rows: list[Sequence[object]] = []
        columns = {name: values.tolist() for name, values in domains.items()}
        for place, memory in enumerate(used):
            row = {name: values[place] for name, values in columns.items()}
            cpu = row["cpu_time_seconds_total"]
            rows.append(
                [
                    row["name"],
                    known(row["state"]),
                    known(row["vcpus"]),
                    None if pd.isna(cpu) else f"{cpu:,.1f} s",
                    size(known(row["memory_current_bytes"])),
                    size(known(memory)),
                    size(known(row["memory_rss_bytes"])),
                    parts["disks"][place],
                    parts["nics"][place],
                ]
            )
        hosts = head._frames["domains"]["host"]
        if self._glance is None and hosts.nunique() > 1:  # names of guests tell them apart on one host alone
            header = ["host", *header]
            rows = [[host, *row] for host, row in zip(hosts.iloc[:LIMIT].tolist(), rows, strict=True)]
        return header, cut_to(rows, number)


_FEW = 1000
_SHOWN = (
    "domain", "name", "state", "vcpus", "cpu_time_seconds_total", "memory_current_bytes", "memory_rss_bytes",
    *DERIVED["domains"]["memory_used_bytes"][0],
)  # fmt: skip


def _counts(parts: pd.DataFrame, domains: pd.Series[str]) -> list[int]:
    """Count the parts of some domains."""
    found = parts["domain"]
    if len(found) > _FEW:
        found = found[found.isin(domains)]
    counts = Counter(found.tolist())
    return [counts[one] for one in domains]
