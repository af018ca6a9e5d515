"""Who used the CPUs while a guest waited for one: by use, by correlation, and by lag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from virtsdk.capacity.past.series import Bools, Floats, Ints
from virtsdk.capacity.past.sharing.pins import Pins
from virtsdk.capacity.past.usage import MICRO, Usage

LEAST: Final = 8
"""Samples that both guests are known at, below which nothing is said of a correlation."""
_PRESSURE: Final = 0.01
"""vCPUs' worth of use on a victim's CPUs, below which a guest is no suspect."""


@dataclass(frozen=True, eq=False)
class OnHost:
    """The samples that were taken of guests on one host: times x guests, NaN where unknown."""

    host: str
    guests: Ints  #: places in `Usage.domains`, in order of the UUIDs
    times: Ints
    step: int  #: microseconds
    used: Floats
    delay: Floats


def by_host(usage: Usage, waited: Floats) -> Iterator[OnHost]:
    """Lay out the samples of each host, by name, whatever the order of the frame's rows.

    Parameters
    ----------
    usage
        Of all hosts.
    waited
        `delay.delays` of it.
    """
    order = np.argsort(usage.host, kind="stable")
    bounds = np.searchsorted(usage.host[order], np.arange(len(usage.host_names) + 1))
    for place in np.argsort(usage.host_names.astype(str), kind="stable").tolist():
        rows = order[bounds[place] : bounds[place + 1]]
        if len(rows):
            yield _on_host(usage, waited, str(usage.host_names[place]), rows)


def _on_host(usage: Usage, waited: Floats, host: str, rows: Ints) -> OnHost:
    guests, column = np.unique(usage.group[rows], return_inverse=True)
    sequence = np.argsort(usage.domains[guests].astype(str), kind="stable")
    guests, column = guests[sequence], np.argsort(sequence)[column]
    apart = usage.interval[guests]
    seconds = float(np.nanmedian(apart)) if np.isfinite(apart).any() else 1.0
    step = max(round(seconds * MICRO), 1)
    times, row = np.unique(usage.time[rows] // step, return_inverse=True)
    cell = row * len(guests) + column

    def laid(values: Floats) -> Floats:
        known = ~np.isnan(values)
        sums = np.bincount(cell[known], values[known], minlength=len(times) * len(guests))
        size = np.bincount(cell[known], minlength=len(times) * len(guests))
        return np.divide(sums, size, out=np.full(len(sums), np.nan), where=size > 0).reshape(len(times), -1)

    used = np.where(usage.off[rows], 0.0, usage.cpu[rows])
    delay = np.where(usage.off[rows], 0.0, waited[rows])
    return OnHost(host, guests, times, step, laid(used), laid(delay))


def steal_of(found: OnHost) -> tuple[Floats, Floats, Ints]:
    """Return of each guest the share of its demand that it waited, its P95, and the samples known."""
    both = ~np.isnan(found.used) & ~np.isnan(found.delay)
    asked = np.where(both, found.used + found.delay, 0.0)
    waited = np.where(both, found.delay, 0.0)
    total, known = asked.sum(axis=0), both.sum(axis=0)
    mean = np.divide(waited.sum(axis=0), total, out=np.full(len(total), np.nan), where=total > 0)
    mean = np.where((known > 0) & (total == 0), 0.0, mean)
    each = np.where(both, np.divide(waited, asked, out=np.zeros_like(asked), where=asked > 0), np.inf)
    each.sort(axis=0)  # unknown ones last
    place = np.maximum(np.ceil(0.95 * known).astype(np.int64) - 1, 0)
    high = np.where(known > 0, each[place, np.arange(each.shape[1])], np.nan) if len(each) else mean
    return mean, high, known


def suspects(
    found: OnHost, victims: Ints, names: list[str], vcpus: Floats, pins: Pins | None, lags: int, most: int
) -> list[dict[str, Any]]:
    """Return rows of the guests that used the CPUs of some victims while these waited.

    Parameters
    ----------
    found
        Of one host.
    victims
        Places of the victims in its guests.
    names
        UUIDs of its guests.
    vcpus
        How many each has.
    pins
        Where vCPUs may run; None where they may run on any CPU.
    lags
        How many samples the use may be before or behind the waiting.
    most
        Suspects of a victim.
    """
    count = len(names)
    shares, crowded = (
        (np.ones((count, count)), np.zeros(count, bool)) if pins is None else pins.shares(found.host, names)
    )
    waited = np.nan_to_num(found.delay[:, victims])
    known = ~np.isnan(found.used)
    used = np.nan_to_num(found.used)
    weight = waited.T @ known
    during = np.divide(waited.T @ used, weight, out=np.zeros_like(weight), where=weight > 0)
    size = known.sum(axis=0)
    mean = np.divide(used.sum(axis=0), size, out=np.zeros(count), where=size > 0)
    itself = np.zeros((len(victims), count), dtype=bool)
    itself[np.arange(len(victims)), victims] = True
    pressure = during * shares[victims]
    own = np.where(crowded, 1 - 1 / np.fmax(vcpus, 1), 0.0)
    pressure = np.where(itself, during * own[None, :], pressure)
    correlation, lag = correlations(found, victims, lags)
    total = pressure.sum(axis=1, keepdims=True)
    rows: list[dict[str, Any]] = []
    for row, victim in enumerate(victims.tolist()):
        order = np.argsort(-pressure[row], kind="stable")[:most]
        rows += [
            {
                "victim": victim,
                "suspect": one,
                "pressure": float(pressure[row, one]),
                "share": float(pressure[row, one] / total[row, 0]),
                "during": float(during[row, one]),
                "mean": float(mean[one]),
                "correlation": float(correlation[row, one]),
                "lag": float(lag[row, one]),
            }
            for one in order.tolist()
            if pressure[row, one] >= _PRESSURE
        ]
    return rows


def correlations(found: OnHost, victims: Ints, lags: int) -> tuple[Floats, Floats]:
    """Return the highest correlation of each victim's waiting with each guest's use, and its lag in seconds.

    The lag is above 0 where the use comes first. One of 0 is taken unless another is better, and above 0, by
    more than chance would bring: by 2 / sqrt(n), twice the standard error of a correlation of n samples.

    Notes
    -----
    Pearson's, over the samples that both are known at; missing below `LEAST` of them, and where one of both
    never changes.
    """
    best = np.full((len(victims), len(found.guests)), np.nan)
    lag, margin = np.full_like(best, np.nan), 2 / np.sqrt(max(len(found.times), 1))
    lags = min(lags, max(len(found.times) - LEAST, 0))  # further away there is too little to compare
    for shift in sorted(range(-lags, lags + 1), key=abs):
        value = _shifted(found, victims, shift)
        better = np.isnan(best) | ((value > best + margin) & (value > margin))
        better &= ~np.isnan(value)
        best, lag = np.where(better, value, best), np.where(better, shift * found.step / MICRO, lag)
    return best, lag


def _shifted(found: OnHost, victims: Ints, shift: int) -> Floats:
    """Correlate waiting with the use of so many samples before."""
    size = len(found.times) - abs(shift)
    if size < LEAST:
        return np.full((len(victims), len(found.guests)), np.nan)
    late, early = slice(max(shift, 0), max(shift, 0) + size), slice(max(-shift, 0), max(-shift, 0) + size)
    apart: Bools = found.times[late] - found.times[early] == shift
    x, y = found.delay[late][:, victims][apart], found.used[early][apart]
    one, two = ~np.isnan(x), ~np.isnan(y)
    x, y = _centred(x), _centred(y)
    number = one.T.astype(float) @ two
    sum_x, sum_y = x.T @ two, one.T.astype(float) @ y
    spread = (number * ((x * x).T @ two) - sum_x**2) * (number * (one.T.astype(float) @ (y * y)) - sum_y**2)
    together = number * (x.T @ y) - sum_x * sum_y
    enough = (number >= LEAST) & (spread > 1e-12 * np.fmax(number, 1) ** 4)
    value = np.divide(together, np.sqrt(np.fmax(spread, 0)), out=np.full_like(number, np.nan), where=enough)
    return np.clip(value, -1.0, 1.0)


def _centred(values: Floats) -> Floats:
    """Values less their mean, so that sums of squares keep their digits; 0 where unknown."""
    known = ~np.isnan(values)
    sums, size = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(known, values - sums / np.fmax(size, 1), 0.0)
