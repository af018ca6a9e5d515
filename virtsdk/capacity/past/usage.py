"""`Usage`: a usage frame, checked once, as arrays in the order of guests and times.

How to use it::

    from virtsdk.capacity.past.usage import Usage

    usage = Usage.of(frame)                       # of rates.usage() or recording.usage(); or a Usage
    p99 = usage.quantile(usage.cpu, 0.99)         # one figure a guest; samples without a figure do not count
    most = usage.most(usage.memory_used)
    known = usage.count(~np.isnan(usage.cpu))
    net = usage.more.get("net_tx_bytes_per_second")    # None where the frame has no such column
    times, used = usage.grid(usage.cpu)           # a row a time, a column a guest: to sum over guests
    usage.starts[i], usage.starts[i + 1]          # the samples of guest i in the arrays

`usage.hosts` is where each guest was last, `usage.host` where it was at each sample (a number, the place in
`usage.host_names`). ``usage.notes`` are to be shown in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past import reading, series
from virtsdk.capacity.past.series import Bools, Floats, Ints, Texts

REQUIRED: Final = (
    "host", "domain", "time", "vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes",
)  # fmt: skip
OPTIONAL: Final = (
    "net_rx_bytes_per_second", "net_tx_bytes_per_second", "disk_bytes_per_second",
    "vcpu_delay_seconds_per_second", "swap_in_bytes_per_second", "agent_seen", "link_bytes_per_second",
    "oom_kills",
)  # fmt: skip
MAKER: Final = "recording.usage() or rates.usage()"
DAY: Final = 86_400.0
MICRO: Final = 1_000_000
"""Of the unit of `Usage.time` in a second."""


@dataclass(frozen=True, repr=False, eq=False)
class Usage:
    """What guests used, sample by sample; all arrays of samples have one length and one order.

    Attributes
    ----------
    domains, names, hosts
        One entry per guest, in the order in which the frame has them: UUID, name (the UUID where the frame
        has no names), and the host of its last sample.
    starts
        Where the samples of each guest begin, and the number of all samples at the end: int64, guests + 1.
    time
        Microseconds since 1970, UTC: int64; ascending within a guest.
    host
        The host of each sample, as its place in `host_names`.
    host_names
        All hosts.
    vcpus, cpu, memory, memory_used
        float64, NaN where unknown: vCPUs that it had, vCPUs' worth of CPU that it used, bytes that it may
        have, bytes used as the guest reports. A sample in which the guest was off has no `cpu`.
    off
        The guest was off in all of this sample.
    more
        The optional columns that the frame has, as float64: ``net_rx_bytes_per_second``,
        ``net_tx_bytes_per_second``, ``disk_bytes_per_second``, ``vcpu_delay_seconds_per_second``,
        ``swap_in_bytes_per_second``, ``agent_seen`` (0 or 1), ``link_bytes_per_second``,
        ``oom_kills`` (how often a sample's guest killed for want of memory).
    interval
        Seconds from one sample to the next, one a guest, the median; NaN where there is one sample.
    seconds
        What each sample stands for: the column of the frame, else the guest's interval.
    mixed
        Guests whose interval changes in between; their quantiles weigh samples by `seconds`.
    gaps
        One a guest: how often samples, or their figures of CPU, are missing in between.
    tags
        One tuple of texts a guest, of the frame's column ``tags``.
    notes
        Sentences on what was read otherwise than it stands there.
    end
        The last time of all guests', also of those that a part of them (`of_guests`) does not have.
    """

    domains: Texts
    names: Texts
    hosts: Texts
    starts: Ints
    time: Ints
    host: Ints
    host_names: Texts
    vcpus: Floats
    cpu: Floats
    memory: Floats
    memory_used: Floats
    off: Bools
    more: dict[str, Floats]
    interval: Floats
    seconds: Floats
    mixed: Bools
    gaps: Ints
    tags: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    end: int
    _group: Ints = field(compare=False)

    @classmethod
    def of(cls, frame: pd.DataFrame | Usage) -> Usage:
        """Check a frame and make arrays of it; a `Usage` is returned as it is.

        Parameters
        ----------
        frame
            One row per domain and time, in any order: ``host``, ``domain``, ``time`` (with a zone),
            ``vcpus``, ``cpu_used_vcpus``, ``memory_bytes``, ``memory_used_bytes``, and where known the
            columns of `more`, ``name``, ``seconds``, ``interrupted``, ``tags``. Figures may be missing: such
            samples say nothing, and one without vCPUs and use says that the guest was off. A guest that
            migrated has rows of several hosts; they are one series.

        Raises
        ------
        ValueError
            A column is missing, a time is missing, has no zone or is there twice for a guest, a figure is
            negative or infinite, memory is in KiB by its size or less than what is used of it, vCPUs are
            missing where their use is known, use is above twice the vCPUs and 1, or a guest is on two hosts
            at a time; memory is of 4 PiB or more, vCPUs 2**20 or more, a link's speed is 0, or a column that
            is read is there twice. The message names column and row.
        TypeError
            Not a frame, or a column of another type: figures are numbers (True is none), of numpy, pandas or
            pyarrow; ``agent_seen`` is a flag or a number.

        Examples
        --------
        >>> frame = pd.DataFrame({
        ...     "host": "kvm7", "domain": "web1", "time": pd.date_range("2026-03-02", periods=4, tz="UTC"),
        ...     "vcpus": 4, "cpu_used_vcpus": [1.0, 2.0, None, 1.5], "memory_bytes": 8 * 2**30,
        ...     "memory_used_bytes": 2**30,
        ... })
        >>> usage = Usage.of(frame)
        >>> usage
        <Usage 1 guest, 4 samples>
        >>> usage.quantile(usage.cpu, 0.5).tolist(), usage.days.tolist(), usage.gaps.tolist()
        ([1.5], [3.0], [1])
        """
        if isinstance(frame, Usage):
            return frame
        checks.require(frame, "usage", REQUIRED, maker=MAKER)
        return cls(**reading.read(frame, [name for name in OPTIONAL if name in frame.columns]))

    def __len__(self) -> int:
        return len(self.domains)

    def __repr__(self) -> str:
        from virtsdk.display.text import count

        return f"<Usage {count(len(self), 'guest')}, {count(len(self.time), 'sample')}>"

    def of_guests(self, first: int, last: int) -> Usage:
        """Return the guests from one place on to another, which is not in it; without `notes`."""
        rows = slice(int(self.starts[first]), int(self.starts[last]))
        samples = ("time", "host", "vcpus", "cpu", "memory", "memory_used", "off", "seconds")
        guests = ("domains", "names", "hosts", "interval", "mixed", "gaps", "tags")
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in samples},
            **{name: getattr(self, name)[first:last] for name in guests},
            starts=self.starts[first : last + 1] - self.starts[first],
            more={name: values[rows] for name, values in self.more.items()},
            notes=(),
            _group=self._group[rows] - first,
        )

    @property
    def group(self) -> Ints:
        """The guest of each sample, as its place in `domains`."""
        return self._group

    @property
    def last(self) -> Ints:
        """Place of each guest's last sample."""
        return self.starts[1:] - 1

    @property
    def days(self) -> Floats:
        """Days of data of each guest: the seconds of the samples whose CPU is known."""
        return self.total(np.where(np.isnan(self.cpu), 0.0, self.seconds)) / DAY

    def quantile(self, values: Floats, q: float, weights: Floats | None = None) -> Floats:
        """Return a quantile of the known values of each guest; NaN where there is none.

        Parameters
        ----------
        values
            One per sample; NaN does not count.
        q
            From 0 to 1; between two values it is interpolated, as numpy does by default.
        weights
            One per sample; then it is the least value that this share of the weight is at or below. Guests
            with mixed intervals are weighed by `seconds` in any case.
        """
        if weights is not None:
            return series.weighted(values, weights, self.starts, q)
        found = series.quantile(values, self.starts, q)
        if self.mixed.any():
            rows = np.where(self.mixed[self._group], values, np.nan)
            found = np.where(self.mixed, series.weighted(rows, self.seconds, self.starts, q), found)
        return found

    def most(self, values: Floats) -> Floats:
        """Return the largest known value of each guest; NaN where there is none."""
        return np.fmax.reduceat(values, self.starts[:-1]) if len(self) else np.empty(0)

    def total(self, values: Floats) -> Floats:
        """Return the sum of each guest's values."""
        return np.add.reduceat(values, self.starts[:-1], dtype=np.float64) if len(self) else np.empty(0)

    def count(self, which: Bools) -> Ints:
        """Return how many of each guest's samples are chosen."""
        return (
            np.add.reduceat(which, self.starts[:-1], dtype=np.int64) if len(self) else np.empty(0, np.int64)
        )

    def mean(self, values: Floats) -> Floats:
        """Return the mean of each guest's known values, by the seconds that they stand for."""
        weight = np.where(np.isnan(values), 0.0, self.seconds)
        sums, of = self.total(np.nan_to_num(values) * weight), self.total(weight)
        return np.divide(sums, of, out=np.full(len(self), np.nan), where=of > 0)

    def grid(self, values: Floats, every: float | None = None) -> tuple[Ints, Floats]:
        """Lay values out with a row a time and a column a guest.

        Parameters
        ----------
        values
            One per sample.
        every
            Seconds of a row; None for the longest interval of a guest.

        Returns
        -------
        int64 array, float64 array
            Beginnings of the rows (microseconds since 1970, UTC), whole multiples of `every`, only those in
            which there are samples; and the means of the known values in each, times x guests, NaN for none.
        """
        longest = np.nanmax(self.interval, initial=1.0) if every is None else every
        step = max(round(longest * MICRO), 1)
        times, row = np.unique(self.time // step, return_inverse=True)
        shape = (len(times), len(self))
        known = ~np.isnan(values)
        cell = (row * len(self) + self._group)[known]
        sums = np.bincount(cell, values[known], minlength=shape[0] * shape[1])
        size = np.bincount(cell, minlength=shape[0] * shape[1])
        means = np.divide(sums, size, out=np.full(len(sums), np.nan), where=size > 0)
        return times * step, means.reshape(shape)


def as_usage(usage: Any) -> Usage:
    """Return what a caller gave as usage, checked."""
    return Usage.of(usage)
