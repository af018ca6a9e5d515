"""Packings of guests by their own peaks, and by the peak of what they ask for together."""

from __future__ import annotations

import numpy as np

from virtsdk.capacity.past.series import Floats, Ints


def peak(values: Floats, q: float) -> Floats:
    """Return a quantile along the first axis: the least value that this share is at or below."""
    place = min(max(int(np.ceil(q * len(values))) - 1, 0), len(values) - 1)
    return np.partition(values, place, axis=0)[place]


def by_own_peaks(used: Floats, cpus: float, q: float) -> Ints:
    """Give each guest the number of a host, so that own peaks together fit; guests in order of their peaks.

    Parameters
    ----------
    used
        Times x guests.
    cpus
        Of each host. A guest that has more than that has a host to itself.
    q
        Quantile that is a guest's peak.
    """
    peaks = peak(used, q)
    number = np.zeros(used.shape[1], dtype=np.int64)
    left: list[float] = []
    for guest in np.argsort(-peaks, kind="stable").tolist():
        fits = np.flatnonzero(np.array(left) >= peaks[guest])
        if not len(fits):
            left.append(cpus)
        place = int(fits[0]) if len(fits) else len(left) - 1
        left[place] -= float(peaks[guest])
        number[guest] = place
    return number


def by_peak_of_sum(used: Floats, cpus: float, q: float, margin: float) -> Ints:
    """Give each guest the number of the first host on which the peak of the sum, and a margin, fits.

    Parameters
    ----------
    used, cpus, q
        As of `by_own_peaks`.
    margin
        On top of the peak: 0.1 is a tenth.
    """
    columns = np.ascontiguousarray(used.T)
    own, least, most = peak(used, q), columns.min(axis=1), columns.max(axis=1)
    limit = cpus / (1 + margin)
    number = np.zeros(len(columns), dtype=np.int64)
    sums = np.zeros((0, used.shape[0]))
    peaks = np.zeros(0)
    for guest in np.argsort(-own, kind="stable").tolist():
        place = len(peaks)
        for host in np.flatnonzero(peaks + least[guest] <= limit).tolist():  # the others cannot fit
            if peaks[host] + most[guest] <= limit or peak(sums[host] + columns[guest], q) <= limit:
                place = host
                break
        if place == len(peaks):
            sums, peaks = np.vstack([sums, np.zeros((1, used.shape[0]))]), np.append(peaks, 0.0)
        sums[place] += columns[guest]
        peaks[place] = peak(sums[place], q)
        number[guest] = place
    return number


def over(used: Floats, number: Ints, cpus: float) -> tuple[float, float]:
    """Return in which share of all hosts' samples guests ask for more than a host has, and of the worst host.

    Parameters
    ----------
    used
        Times x guests, of another stretch of time than the one that was packed by.
    number
        The host of each guest.
    cpus
        Of each host.
    """
    hosts = int(number.max()) + 1
    sums = np.zeros((hosts, used.shape[0]))
    np.add.at(sums, number, used.T)
    shares = (sums > cpus).mean(axis=1)
    return float(shares.mean()), float(shares.max())
