"""`overcommit`: how much CPU time guests would lose as hosts are promised out more often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Floats, Ints
from virtsdk.capacity.past.sharing.demand import Demand, demand_of
from virtsdk.capacity.past.sharing.draws import MOST_TIMES, steal
from virtsdk.capacity.past.sharing.overcommit_report import OvercommitReport
from virtsdk.capacity.past.usage import Usage
from virtsdk.display.text import count

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
        vCPUs per CPU, each 0 or more; from 1 to 16 by halves where it is left out. Where the fleet is now is
        added.
    draws
        How many hosts to draw.
    seed
        Of the draws: the same answer for the same seed.

    Returns
    -------
    OvercommitReport
        ``.ratio_at(steal=0.01)``, ``.present_ratio`` ("you are here"), ``.frame()`` with a row per ratio.

    Raises
    ------
    ValueError
        A frame lacks a column, or has a figure that cannot be right: the message names column and row. A host
        appears twice or has no CPU, or no guest is known for long enough.
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
    (2.5, 3.8)
    """
    usage = Usage.of(usage)
    checks.require(hosts, "hosts", ["host", "cpus"], maker="recording.hosts or host.node_info().frame()")
    hosts = hosts.reset_index(drop=True)
    cpus = checks.figures(hosts, "hosts", "cpus", "host")
    if (cpus <= 0).any():
        checks.complain(hosts, "hosts", "cpus", "host", cpus <= 0, "a host has at least one CPU")
    if not len(hosts):
        raise ValueError("the hosts frame has no rows; expected one per host")
    checks.once(hosts, "hosts", ["host"])
    wanted = _ratios(ratios)
    number, seed = checks.counter(draws, "draws", 1), checks.counter(seed, "seed")
    demand = demand_of(usage)
    present, notes = _present(usage, hosts["host"].astype(str).tolist(), cpus)
    fleet = float(present["vcpus"].sum()) / float(cpus.sum())
    shown = np.unique(np.append(wanted, fleet)) if fleet > 0 else wanted
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
    found = [checks.scalar(one, "each of ratios") for one in ratios]
    if not found:
        raise ValueError("ratios must have at least one number, not none")
    return np.unique(np.array(found))


def _between(ratios: Floats) -> Floats:
    """Return more ratios, so that one at which steal begins is found between two that are far apart."""
    step = max(0.25, float(ratios[-1] - ratios[0]) / 64)
    return np.arange(ratios[0], ratios[-1], step)


def _present(usage: Usage, hosts: list[str], cpus: Floats) -> tuple[pd.DataFrame, list[str]]:
    """Return what each host has promised now, of guests that were there and on at the end."""
    place = pd.Index(hosts).get_indexer(pd.Index(usage.hosts.astype(str)))
    last = usage.last
    apart = np.nanmedian(usage.interval) if np.isfinite(usage.interval).any() else 0.0
    end = int(usage.time.max()) if len(usage.time) else 0
    there = (end - usage.time[last]) / 1e6 <= _STALE * np.fmax(usage.interval, apart)
    there = there & ~usage.off[last]
    elsewhere = there & (place < 0)
    counted = there & (place >= 0)
    vcpus = np.bincount(place[counted], np.nan_to_num(usage.vcpus[last])[counted], minlength=len(hosts))
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
    if elsewhere.any():
        names = sorted(set(usage.hosts[elsewhere].astype(str).tolist()))
        notes.append(
            f"{count(int(elsewhere.sum()), 'guest')} on hosts that the hosts frame lacks ({names[0]!r} ...): "
            "drawn, but not in the present ratio"
        )
    return frame, notes


def _doubts(demand: Demand, usage: Usage) -> list[str]:
    notes: list[str] = []
    if demand.days < WEEK:
        notes.append(f"{demand.days:.2g} days of data: what happens once a week is not in it")
    if len(demand.times) > MOST_TIMES:
        notes.append(f"worked out at {MOST_TIMES:,} of {len(demand.times):,} times, chosen by chance")
    if "vcpu_delay_seconds_per_second" not in usage.more or np.isnan(demand.measured):
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


def _sizes(cpus: Floats, number: int) -> Ints:
    """Return the CPUs of so many hosts, as often as the fleet has them."""
    places = ((np.arange(number) + 0.5) * len(cpus) / number).astype(np.int64)
    return np.sort(cpus)[places].astype(np.int64)
