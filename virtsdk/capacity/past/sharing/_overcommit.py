"""`overcommit`: how much CPU time guests would lose as hosts are promised out more often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Floats
from virtsdk.capacity.past.sharing.delay import DELAY
from virtsdk.capacity.past.sharing.demand import Demand, demand_of
from virtsdk.capacity.past.sharing.draws import MOST_TIMES, steal
from virtsdk.capacity.past.sharing.host_sizes import host_cpus
from virtsdk.capacity.past.sharing.overcommit_report import OvercommitReport
from virtsdk.capacity.past.usage import Usage
from virtsdk.display.text import count, figure

MOST_RATIO: Final = 256
MOST_RATIOS: Final = 1000
MOST_DRAWS: Final = 100_000
"""More of either tells nothing more, and takes memory without end."""
RATIOS: Final = tuple(np.arange(1.0, 16.01, 0.5).tolist())
DRAWS: Final = 200
WEEK: Final = 7.0
_STALE: Final = 2.5


def overcommit(
    usage: pd.DataFrame | Usage,
    hosts: pd.DataFrame,
    ratios: Iterable[float] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> OvercommitReport:
    """Tell what share of the CPU that guests ask for they would not get, by the vCPUs promised per CPU.

    Hosts are filled with guests drawn from the fleet's own, ratio by ratio. At each time what they ask for
    together is set against the host's CPUs; what is above is steal: time that a vCPU is ready and has no CPU.

    Parameters
    ----------
    usage
        One row per domain and time, as of ``recording.usage()``. Where ``vcpu_delay_seconds_per_second`` is
        known, guests asked for what they used and what they waited for.
    hosts
        One row per host: ``host``, ``cpus``; as of ``recording.hosts`` or `NodeInfo.frame`. Give ``cpus`` as
        cores where a thread is not to count as a CPU.
    ratios
        vCPUs per CPU, 1,000 at most, each from 0 to 256; from 1 to 16 by halves where it is left out. Where
        the fleet is now is added.
    draws
        How many hosts to draw, 100,000 at most.
    seed
        Of the draws: the same answer for the same seed, whatever the order of the rows.

    Returns
    -------
    OvercommitReport
        ``.ratio_at(steal=0.01)``, ``.present_ratio`` ("you are here"), ``.frame()`` with a row per ratio.

    Raises
    ------
    ValueError
        A frame lacks a column, or has a figure that cannot be right: the message names column and row. A host
        appears twice or has no CPU, there is no row, or no guest is known for long enough.
    TypeError
        Not frames, or an argument of another type.

    Notes
    -----
    Samples are averages, which hide what happens within: two vCPUs busy for half of five minutes each need
    one CPU, or two at a time and then none. ``steal_mean`` takes a guest's vCPUs to be busy by chance, each
    by itself: what they need at a moment has the variance ``v * u * (1 - u)`` (v vCPUs, busy for a share u),
    and its mean excess over the CPUs is the normal loss function. ``steal_mean_averages`` takes the samples
    as they are: guests that are busy at the same moments for a common reason are worse than both.

    It is about CPU time alone, on a host whose scheduler is fair and loses nothing. The ratio is a property
    of the guests: on published traces 1 % of steal on 64 CPUs is reached at 6 vCPUs per CPU (PlanetLab, 2011)
    and at 2.5 (Bitbrains, 2013).

    Examples
    --------
    >>> import numpy as np
    >>> times = pd.date_range("2026-03-02", periods=8 * 24, freq="1h", tz="UTC")
    >>> usage = pd.concat([
    ...     pd.DataFrame({
    ...         "host": "kvm7", "domain": f"web{n}", "time": times, "vcpus": 4,
    ...         "cpu_used_vcpus": 1 + np.sin(np.arange(len(times)) * 0.26 + n) / 2,
    ...         "memory_bytes": 8 * 2**30, "memory_used_bytes": None,
    ...     })
    ...     for n in range(20)
    ... ])
    >>> hosts = pd.DataFrame({"host": ["kvm7"], "cpus": [32]})
    >>> found = overcommit(usage, hosts, [1, 2, 3, 4, 5])
    >>> round(found.present_ratio, 2), round(found.ratio_at(steal=0.05), 1)
    (2.5, 3.9)
    """
    usage = Usage.of(usage)
    cpus = host_cpus(hosts)
    wanted = _ratios(ratios)
    number, seed = checks.counter(draws, "draws", 1), checks.counter(seed, "seed")
    if number > MOST_DRAWS:
        raise ValueError(f"draws must be {MOST_DRAWS:,} or less, not {number:,}")
    demand = demand_of(usage)
    present, notes = _present(usage, hosts["host"].astype(str).tolist(), cpus)
    fleet = float(present["vcpus"].to_numpy().sum()) / float(cpus.sum())  # NaN where it is not known
    shown = np.unique(np.append(wanted, fleet)) if 0 < fleet <= MOST_RATIO else wanted
    if fleet > MOST_RATIO:
        notes.append(f"the present ratio is above {MOST_RATIO} : 1, and not drawn: are hosts missing?")
    table = np.unique(np.concatenate([shown, _between(wanted)]))
    inside, flat = steal(demand, _sizes(cpus, number), table, seed)
    curve = _frame(table, inside, flat, fleet)
    notes = [*demand.notes, *notes, *_doubts(demand, usage)]
    return OvercommitReport(
        present_ratio=fleet,
        measured_steal=demand.measured,
        days=demand.days,
        guests=len(demand.domains),
        notes=tuple(notes),
        _frame=curve[np.isin(table, shown)].reset_index(drop=True),
        _curve=curve,
        _hosts=present,
    )


def _ratios(ratios: Iterable[float] | None) -> Floats:
    if ratios is None:
        return np.array(RATIOS)
    if isinstance(ratios, str | bytes) or not isinstance(ratios, Iterable):  # pyright: ignore
        raise TypeError(f"ratios must be numbers, for example [1, 2, 4], not {ratios!r}")
    found: list[float] = []
    for one in ratios:
        found.append(checks.scalar(one, "each of ratios"))
        if found[-1] > MOST_RATIO:
            raise ValueError(f"each of ratios must be {MOST_RATIO} or less, not {checks.plain(one)!r}")
        if len(found) > MOST_RATIOS:
            raise ValueError(f"ratios must be {MOST_RATIOS:,} numbers or less, not more")
    if not found:
        raise ValueError("ratios must have at least one number, not none")
    return np.unique(np.array(found))


def _between(ratios: Floats) -> Floats:
    """Return more ratios, so that one at which steal begins is found between two that are far apart."""
    step = max(0.25, float(ratios[-1] - ratios[0]) / 64)
    return np.arange(ratios[0], ratios[-1], step)


def _present(usage: Usage, hosts: list[str], cpus: Floats) -> tuple[pd.DataFrame, list[str]]:
    """Return what each host has promised now, of guests that were there and on at the end.

    Where no guest was ever on any of the hosts, what they have promised is not known, and not 0.
    """
    place = pd.Index(hosts).get_indexer(pd.Index(usage.hosts.astype(str)))
    last = usage.last
    apart = np.nanmedian(usage.interval) if np.isfinite(usage.interval).any() else 0.0
    end = int(usage.time.max()) if len(usage.time) else 0
    there = (end - usage.time[last]) / 1e6 <= _STALE * np.fmax(usage.interval, apart)
    there = there & ~usage.off[last]
    elsewhere = there & (place < 0)
    counted = there & (place >= 0)
    has = _latest(usage)
    vcpus = np.bincount(place[counted], np.nan_to_num(has)[counted], minlength=len(hosts))
    met = bool(pd.Index(hosts).isin(usage.host_names.astype(str)).any())
    if not met:
        vcpus = np.full(len(hosts), np.nan)
    frame = pd.DataFrame(
        {
            "host": pd.array(hosts, dtype="str"),
            "cpus": cpus,
            "domains": np.bincount(place[counted], minlength=len(hosts)),
            "vcpus": vcpus,
            "ratio": vcpus / cpus,
        }
    )
    notes: list[str] = []
    if not met:
        notes.append(
            f"the present ratio is not known: the hosts frame has none of the usage frame's hosts ("
            f"{hosts[0]!r} ... there, {str(usage.host_names[0])!r} ... here)"
        )
    unsaid = int((counted & np.isnan(has)).sum())
    if unsaid:
        notes.append(f"{count(unsaid, 'guest')} whose vCPUs are not known: not in the present ratio")
    if met and elsewhere.any():
        names = sorted(set(usage.hosts[elsewhere].astype(str).tolist()))
        notes.append(
            f"{count(int(elsewhere.sum()), 'guest')} on hosts that the hosts frame lacks ({names[0]!r} ...): "
            "drawn, but not in the present ratio"
        )
    return frame, notes


def _latest(usage: Usage) -> Floats:
    """Return the vCPUs of each guest in the last sample that knows them; NaN where none does."""
    place = np.where(np.isnan(usage.vcpus), -1, np.arange(len(usage.vcpus)))
    last = np.maximum.reduceat(place, usage.starts[:-1])
    return np.where(last >= 0, usage.vcpus[last], np.nan)


def _doubts(demand: Demand, usage: Usage) -> list[str]:
    notes: list[str] = []
    if demand.days < WEEK:
        notes.append(f"{figure(demand.days, 2)} days of data: what happens once a week is not in it")
    if len(demand.times) > MOST_TIMES:
        notes.append(f"worked out at {MOST_TIMES:,} of {len(demand.times):,} times, chosen by chance")
    if DELAY not in usage.more or np.isnan(demand.measured):
        notes.append(
            "use stands for demand: what guests waited for is not known, so a fleet with steal asks for more"
        )
    return notes


def _frame(ratios: Floats, inside: Floats, flat: Floats, here: float) -> pd.DataFrame:
    columns: dict[str, Any] = {"ratio": ratios}
    for name, values in (("", inside), ("_averages", flat)):
        columns[f"steal_mean{name}"] = values.mean(axis=0)
        columns[f"steal_p90{name}"] = np.quantile(values, 0.9, axis=0)
    return pd.DataFrame({**columns, "here": ratios == here})


def _sizes(cpus: Floats, number: int) -> Floats:
    """Return the CPUs of so many hosts, as often as the fleet has them."""
    places = ((np.arange(number) + 0.5) * len(cpus) / number).astype(np.int64)
    return np.sort(cpus)[places]
