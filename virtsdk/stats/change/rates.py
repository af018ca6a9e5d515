"""`rates`: counters over time to what happened a second, and the answer, `Rates`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

import pandas as pd

from virtsdk.display import html
from virtsdk.display.listing import LIMIT, Cut, cut_to
from virtsdk.display.text import columns, count, printable
from virtsdk.stats.change.bins import zone_of
from virtsdk.stats.change.differences import RATED, rate_frames
from virtsdk.stats.change.given import of_frames, of_samples, samples_of
from virtsdk.stats.change.quantile import quantile, quantiles_of
from virtsdk.stats.change.resample import resample
from virtsdk.stats.change.shown import HEADER, counts_of, last_intervals
from virtsdk.stats.change.spacing import Interval, seconds_of
from virtsdk.stats.change.usage import Summed, summed, usage_columns
from virtsdk.stats.samples.convert import missing
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.lazy import LazyFrames
from virtsdk.stats.samples.times import TimeUnit

if TYPE_CHECKING:
    from virtsdk.stats.change.node_rates import NodeRates


@runtime_checkable
class Recorded(Protocol):
    """Samples kept elsewhere that make their rates themselves; `virtsdk.Recording` is one."""

    def rates(self, *, interval: Interval | None = None) -> Rates:
        """Give the rates of all samples."""
        ...

    def node_rates(self, *, interval: Interval | None = None) -> NodeRates:
        """Give the rates of the nodes' own counters."""
        ...


def rates(
    first: Stats | Iterable[Stats] | Mapping[str, pd.DataFrame] | Recorded,
    second: Stats | None = None,
    *,
    interval: Interval | None = None,
    unit: TimeUnit | None = None,
) -> Rates:
    """Turn counters into rates per second, between each sample and the next.

    Parameters
    ----------
    first
        The earlier of two samples; or all samples, in any order; or frames of many samples by name
        (``{"domains": ..., "disks": ...}``), with their keys, the domains' state, and as many of the
        counters as there are; or a recording (`Recorded`), whose own ``rates`` gives parts of it.
    second
        The later of two samples.
    interval
        How far apart samples are meant to be (seconds, or as pandas writes it: ``"10s"``); the median
        distance of each host's samples where it is left out. Two samples over 2.5 intervals apart have a
        gap between them.
    unit
        Of frames whose ``time`` is a number since 1970: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``. Other times
        have a zone.

    Returns
    -------
    Rates
        Frames of the same names and keys, one row for each sample of a series but its first: ``time`` is the
        end of the interval (``datetime64[us, UTC]``), ``seconds`` its length, each counter ``..._total`` is
        ``..._per_second``. Rows are in the order of host, name, part and time. Where nothing can be said
        (the domain was started anew, a device was plugged anew, a gap), the rates are missing and
        ``interrupted`` says ``"reset"`` or ``"gap"``: never a negative or a huge rate. A domain that was off
        at both ends is ``"off"`` and used no CPU.

    Raises
    ------
    TypeError
        Neither samples nor frames, or a column that is not of its kind.
    ValueError
        Less than two points in time, a frame without its keys, or times without a zone.

    Notes
    -----
    Which run of a domain it is (``run_id``) decides whether it was started anew, which resets all of its
    parts, whatever their signs say; where that is not known, a CPU time that became smaller tells. Any other
    counter that became smaller was reset alone, or with those that the guest's own reboot resets (see
    `catalogue`, column ``reset``): their rates are missing, those of the others are known. A disk under
    whose name there is another file is another disk, unless the file is a snapshot by libvirt's name, or one
    of both is behind the other (``backing_path``, or rows of ``Host.stats(backing=True)``).

    A gap is also what nothing vouches for. A domain, or a part of one, that a sample of its host does not
    have may have been another one in between. Samples are in the order in which they were taken, by the clock
    that is read beside their time and that is never set (`Stats.clock`; in frames of one's own a column
    ``clock_seconds`` of ``domains``): an interval in which the time was set is a gap. So is one in which a
    domain would have used more CPU than its vCPUs allow and was measured of its emulator, by a tick or 1 %.

    Examples
    --------
    >>> from virtsdk.stats import from_records, rates
    >>> start = pd.Timestamp("2026-03-01 12:00", tz="UTC")
    >>> later = start + pd.Timedelta("4s")
    >>> a = from_records([("u1", "web1", {"cpu.time": 10**9})], host="kvm7", time=start)
    >>> b = from_records([("u1", "web1", {"cpu.time": 3 * 10**9})], host="kvm7", time=later)
    >>> rates(a, b).domains[["name", "seconds", "cpu_used_vcpus"]]
       name  seconds  cpu_used_vcpus
    0  web1      4.0             0.5
    """
    if isinstance(first, Recorded):
        only_recording(second)
        only_frames(unit)
        return first.rates(interval=interval)
    if isinstance(first, Mapping):
        own = cast("Mapping[str, pd.DataFrame]", first)
        if "domains" not in own:
            raise ValueError(f"the frames lack 'domains'; there are {', '.join(map(str, own)) or 'none'}")
        given = of_frames(own, RATED, "domains", unit)
    else:
        only_frames(unit)
        given = of_samples(samples_of(first, second, Stats), RATED, "domains", getattr)
    return Rates(rate_frames(given, interval))


def only_frames(unit: object) -> None:
    """Refuse a unit of times beside samples, which have times with a zone."""
    if unit is not None:
        raise TypeError(
            "unit is of the times in frames of your own: samples and recordings have times in UTC"
        )


def only_recording(second: object) -> None:
    """Refuse a second sample beside a recording."""
    if second is not None:
        raise TypeError("a recording has all its samples: give it alone")


_FIGURES = ("_per_second", "_latency_seconds", "_percent", "cpu_used_vcpus", "_bytes")


class Rates:
    """Rates between samples, as tidy frames; made by `rates`.

    Every frame has the keys of the samples' frames, ``time`` (the end of the interval, UTC), ``seconds``
    (its length), ``interrupted`` (``"reset"``, ``"gap"``, ``"off"`` or missing) and the rates. Each access
    gives a frame of its own.
    """

    __slots__ = ("_counts", "_frames", "_summed")

    def __init__(self, frames: Mapping[str, pd.DataFrame], summed: Summed | None = None) -> None:
        self._summed = summed  # None where it is made of the frames
        self._frames = frames if isinstance(frames, LazyFrames) else dict(frames)
        self._counts = None if isinstance(frames, LazyFrames) else counts_of(self._frames["domains"])

    @property
    def domains(self) -> pd.DataFrame:
        """One row per domain and interval: CPU used, guest memory traffic, and the sizes at its end.

        ``cpu_used_vcpus`` is CPU time per second, vCPUs, emulator and I/O threads together: 1 is one host CPU
        kept busy. ``cpu_percent`` is the same of all vCPUs that the domain has online; the emulator's share
        can bring it above 100.
        """
        frame = self._frame("domains", "cpu_time_seconds_per_second", "vcpus")
        used = frame["cpu_time_seconds_per_second"]
        vcpus = frame["vcpus"].astype("Float64")
        place = list(frame.columns).index("cpu_time_seconds_per_second")
        frame.insert(place, "cpu_used_vcpus", used)
        frame.insert(place + 1, "cpu_percent", 100 * used / vcpus.where(vcpus > 0))
        return frame

    @property
    def vcpus(self) -> pd.DataFrame:
        """One row per vCPU and interval.

        ``busy_percent`` is host CPU time of the vCPU's thread, ``steal_percent`` the time that it was ready
        to run and had no CPU; both of the interval. Steal is missing where no vCPU of the host has ever had
        any delay: then the host's kernel does not count it.
        """
        frame = self._frame("vcpus", "time_seconds_per_second", "delay_seconds_per_second")
        total = frame.pop("delay_seconds_total") if "delay_seconds_total" in frame else _unknown(frame)
        frame["busy_percent"] = 100 * frame["time_seconds_per_second"]
        delay = frame["delay_seconds_per_second"]
        ever = (pd.Series(total, index=frame.index) > 0).fillna(False) | (delay > 0).fillna(False)
        counted = ever.groupby(frame["host"]).transform("any")
        frame["steal_percent"] = (100 * delay).where(counted.astype(bool))
        return frame

    @property
    def disks(self) -> pd.DataFrame:
        """One row per disk and interval.

        ``read_latency_seconds``, ``write_latency_seconds`` and ``flush_latency_seconds`` are the time a
        request took, over the requests completed in the interval; missing where there was none. Over many
        intervals `quantile` weighs them by requests, and so does `resample`.
        """
        kinds = ("read", "write", "flush")
        needed = (f"{what}_{part}_per_second" for what in kinds for part in ("requests", "time_seconds"))
        frame = self._frame("disks", *needed)
        for what in kinds:
            requests = frame[f"{what}_requests_per_second"]
            latency = frame[f"{what}_time_seconds_per_second"] / requests.where(requests > 0)
            frame[f"{what}_latency_seconds"] = latency
        return frame

    @property
    def nics(self) -> pd.DataFrame:
        """One row per network interface and interval."""
        return self._frame("nics")

    @property
    def perf(self) -> pd.DataFrame:
        """One row per domain with perf events and interval."""
        return self._frame("perf")

    @property
    def memory_bandwidth(self) -> pd.DataFrame:
        """One row per resctrl monitor, memory controller and interval."""
        return self._frame("memory_bandwidth")

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All frames by name."""
        return {name: getattr(self, name) for name in self._frames}

    def resample(self, every: pd.Timedelta | str, *, tz: str | tzinfo | None = None) -> Rates:
        """Average over other intervals, so that totals stay what they were.

        Parameters
        ----------
        every
            The length of the new intervals, for example ``"5min"``; they begin at its multiples, weeks on
            Mondays.
        tz
            By whose clocks they begin (``"Europe/Berlin"``): days at midnight, of 23 or 25 hours where the
            clocks are set. None for UTC. Times are UTC in any case.

        Returns
        -------
        Rates
            Frames of the same columns. ``time`` is the start of the interval, as pandas labels bins,
            ``seconds`` how much of it was covered by intervals without a reset or gap: rates times seconds,
            summed, are unchanged. Gauges are those of the last of them; ``interrupted`` is ``"off"`` where
            the domain was off in all of it. A sample's interval is divided among those
            that it reaches into, in proportion; one longer than 1.5 times `every` is not: it is a row of its
            own, in the interval that it ends in, and those before it have none.

        Examples
        --------
        >>> from virtsdk.stats import from_records, rates
        >>> start = pd.Timestamp("2026-03-01 12:00", tz="UTC")
        >>> later = start + pd.Timedelta("4s")
        >>> a = from_records([("u1", "web1", {"cpu.time": 10**9})], host="kvm7", time=start)
        >>> b = from_records([("u1", "web1", {"cpu.time": 3 * 10**9})], host="kvm7", time=later)
        >>> rates(a, b).resample("1min").domains[["name", "seconds", "cpu_used_vcpus"]]
           name  seconds  cpu_used_vcpus
        0  web1      4.0             0.5
        """
        length, zone = pd.Timedelta(max(seconds_of(every, "every"), 1e-6), unit="s"), zone_of(tz)
        frames = self._frames
        sums = (self._summed or summed(frames)).resample(length, zone)
        if isinstance(frames, LazyFrames):
            made = LazyFrames(frames, lambda name: resample(frames[name], length, name, zone), frames.about)
            return Rates(made, sums)
        return Rates({name: resample(frame, length, name, zone) for name, frame in frames.items()}, sums)

    def quantile(self, column: str, q: float | Iterable[float] = 0.95) -> pd.DataFrame:
        """Work out quantiles and the mean of a figure over all intervals of each series.

        An interval weighs by its length; of a latency it weighs by the requests that were completed in it, so
        that the mean is the time of all requests by their number. (The mean of the column ``..._latency_...``
        would let one slow request of a quiet minute weigh as much as thousands.)

        Parameters
        ----------
        column
            A figure of one of the frames: ``"cpu_used_vcpus"``, ``"read_latency_seconds"`` ...
        q
            One or more quantiles, from 0 to 1.

        Returns
        -------
        pandas.DataFrame
            One row per series: its keys, ``seconds`` (that are known), ``mean``, and ``p95`` or whatever was
            asked for: the least value that this share of the weight is at or below. A quantile of averages:
            requests within an interval are not told apart.

        Raises
        ------
        ValueError
            No frame has the column, or `q` is not from 0 to 1.

        Examples
        --------
        >>> from virtsdk.stats import from_records, rates
        >>> start = pd.Timestamp("2026-03-01 12:00", tz="UTC")
        >>> samples = [
        ...     from_records([("u1", "web1", {"cpu.time": cpu * 10**9})], host="kvm7",
        ...                  time=start + pd.Timedelta(seconds=10 * n))
        ...     for n, cpu in enumerate([0, 1, 2, 7])
        ... ]
        >>> rates(samples).quantile("cpu_used_vcpus", [0.5, 1])[["name", "mean", "p50", "p100"]]
           name      mean  p50  p100
        0  web1  0.233333  0.1   0.5
        """
        wanted = quantiles_of(q)
        for name in self._frames:
            frame: pd.DataFrame = getattr(self, name)
            if isinstance(column, str) and column in frame.columns and column.endswith(_FIGURES):
                return quantile(frame, name, column, wanted)
        raise ValueError(f"column must be a figure of a frame of rates, not {column!r}")

    def usage(self) -> pd.DataFrame:
        """Give what the capacity functions take.

        Returns
        -------
        pandas.DataFrame
            One row per domain and interval: host, domain, name, time (UTC; its end, or its start where it
            was resampled), vcpus, cpu_used_vcpus, memory_bytes (what it may have), memory_used_bytes (inside
            the guest; missing where it does not report);

            over all of its parts, missing where one of them is not known, 0 where it was off:
            net_rx_bytes_per_second and net_tx_bytes_per_second (as the guest sees it),
            disk_bytes_per_second (read and written), vcpu_delay_seconds_per_second (its vCPUs were ready and
            had no CPU, added up: 2 is two of them all the time; missing where the host does not count it),
            swap_in_bytes_per_second (inside the guest; missing where it does not report);

            agent_seen (its guest agent was connected at the end, or at the end of any interval in a longer
            one), seconds (that are covered), state, interrupted.
        """
        return usage_columns(*(self._summed or summed(self._frames)).of())

    def _frame(self, name: str, *needed: str) -> pd.DataFrame:
        """Return a frame of its own; figures that are needed and were not among the samples are missing."""
        frame = self._frames[name].copy(deep=False)
        for column in needed:
            if column not in frame:
                frame[column] = _unknown(frame)
        return frame

    def _headline(self) -> str:
        counts = self._counts or counts_of(self._frames["domains"])
        said = f"{count(counts.domains, 'domain')}, {count(counts.intervals, 'interval')}"
        if counts.resets or counts.gaps:
            said += f", {count(counts.resets, 'reset')}, {count(counts.gaps, 'gap')}"
        return said

    def _rows(self) -> Cut[Sequence[object]]:
        number = (self._counts or counts_of(self._frames["domains"])).domains
        rows: list[Sequence[object]] = [*last_intervals(self._frames, LIMIT)]
        return cut_to(rows, number)

    @property
    def _unread(self) -> str | None:
        """The words of the repr where showing the rates would mean to work all of them out."""
        frames = self._frames
        if not isinstance(frames, LazyFrames) or {"domains", "disks", "nics"} <= set(frames.made):
            return None
        return f"of {frames.about}; each frame is worked out when it is read: {', '.join(frames)}"

    def __repr__(self) -> str:
        if self._unread:
            return f"<Rates {printable(self._unread)}>"
        rows = self._rows()
        table = [columns(HEADER, rows)] if rows.shown else []
        return "\n".join([f"<Rates {self._headline()}>", *table])

    def _repr_html_(self) -> str:
        if self._unread:
            return html.view(html.heading("Rates", self._unread), title="rates")
        rows = self._rows()
        return html.view(
            html.heading("Rates", self._headline()),
            html.table(HEADER, rows, caption="the last interval")
            if rows.shown
            else html.paragraph("no intervals"),
            title="rates",
        )


def _unknown(frame: pd.DataFrame) -> pd.api.extensions.ExtensionArray:
    return missing("Float64", len(frame))
