"""`overlap`: the peak of guests together beside their own, and what packing by that would have done."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Floats
from virtsdk.capacity.past.sharing.demand import Demand, demand_of
from virtsdk.capacity.past.sharing.host_sizes import host_cpus
from virtsdk.capacity.past.sharing.overlap_report import OverlapReport
from virtsdk.capacity.past.sharing.packing import by_own_peaks, by_peak_of_sum, over, peak
from virtsdk.capacity.past.usage import Usage
from virtsdk.display.text import figure

DAYS: Final = 7.0
_RULES: Final = ("own peaks", "peak of the sum")


def overlap(
    usage: pd.DataFrame | Usage,
    hosts: pd.DataFrame | None = None,
    *,
    quantile: float = 0.995,
    margin: float = 0.1,
    min_days: float = DAYS,
) -> OverlapReport:
    """Compare the sum of guests' peaks with the peak of their sum, per host and for the fleet.

    Where the second is far smaller, guests are busy at different times, and hosts sized by each guest's own
    peak stand idle. How few hosts would do is offered where there is a week of data, with what would have
    happened: guests packed by the first half of the time, and judged by the second.

    Parameters
    ----------
    usage
        One row per domain and time, as of ``recording.usage()``; a guest counts on the host that it was on
        last.
    hosts
        One row per host: ``host``, ``cpus``. Without it nothing is packed.
    quantile
        The peak: 0.995 is exceeded in 0.5 % of the samples.
    margin
        On top of the peak of the sum when packing: 0.1 is a tenth.
    min_days
        Days of data from which on packing is offered. A night or two tell nothing of a week: of 12 hours of
        one cloud it was over in 7 % of the samples.

    Returns
    -------
    OverlapReport
        ``.frame()`` with a row per host and one of the fleet; ``.packing_frame()`` with the back test;
        ``.assignment()``.

    Raises
    ------
    ValueError
        A frame lacks a column, or has a figure that cannot be right: the message names column and row; an
        argument is out of its range, there is no row, or no guest is known for long enough.
    TypeError
        Not frames, or an argument of another type.

    Notes
    -----
    It is about CPU alone: memory, which does not average out, often binds before. The packing is first fit in
    order of the guests' own peaks, on hosts that are all of the size that most of `hosts` have. Peaks are of
    samples, which are averages: `overcommit` says what varies inside them.

    Examples
    --------
    >>> import numpy as np
    >>> times = pd.date_range("2026-03-02", periods=8 * 24, freq="1h", tz="UTC")
    >>> usage = pd.concat([
    ...     pd.DataFrame({
    ...         "host": "kvm7", "domain": f"web{n}", "time": times, "vcpus": 4,
    ...         "cpu_used_vcpus": np.where(np.arange(len(times)) % 4 == n, 3.0, 0.5),
    ...         "memory_bytes": 8 * 2**30, "memory_used_bytes": None,
    ...     })
    ...     for n in range(4)
    ... ])
    >>> overlap(usage, pd.DataFrame({"host": ["kvm7"], "cpus": [6]})).packing_frame()[["rule", "hosts"]]
                  rule  hosts
    0        own peaks      2
    1  peak of the sum      1
    """
    usage = Usage.of(usage)
    q = checks.scalar(quantile, "quantile")
    if not 0 < q <= 1:
        raise ValueError(f"quantile must be above 0 and at most 1, not {quantile!r}")
    extra, least = checks.scalar(margin, "margin"), checks.scalar(min_days, "min_days")
    cpus, notes = (None, ["no hosts given: nothing was packed"]) if hosts is None else _size(hosts)
    demand = demand_of(usage)
    if cpus is not None and demand.days < least:
        notes.append(
            f"{figure(demand.days, 2)} days of data: packing by the peak of the sum is offered from "
            f"{least:g} days on"
        )
        cpus = None
    elif cpus is not None and len(demand.times) < 2:
        notes.append("packing needs two samples at least: one to pack by, and one to judge by")
        cpus = None
    packing, assignment = (None, None) if cpus is None else _pack(demand, cpus, q, extra)
    if packing is not None:
        notes.append("packed by CPU alone: memory may need more hosts")
    return OverlapReport(
        quantile=q,
        margin=extra,
        days=demand.days,
        cpus=cpus,
        notes=(*demand.notes, *notes),
        _frame=_frame(demand, q),
        _packing=packing,
        _assignment=assignment,
    )


def _size(hosts: pd.DataFrame) -> tuple[float, list[str]]:
    """Return the CPUs that most hosts have."""
    sizes, often = np.unique(host_cpus(hosts), return_counts=True)
    chosen = float(sizes[often.argmax()])
    said = f"hosts differ in size: packed on hosts of {chosen:g} CPUs, as most are"
    return chosen, [said] if len(sizes) > 1 else []


def _frame(demand: Demand, q: float) -> pd.DataFrame:
    own = peak(demand.used, q)
    codes, names = pd.factorize(demand.hosts.astype(str), sort=True)
    sums: list[Floats] = [demand.used[:, codes == one].sum(axis=1) for one in range(len(names))]
    together = peak(np.stack([*sums, demand.used.sum(axis=1)], axis=1), q)
    own_peaks = np.append(np.bincount(codes, own, minlength=len(names)), own.sum())
    return pd.DataFrame(
        {
            "host": pd.array([*names.tolist(), None], dtype="str"),
            "domains": np.append(np.bincount(codes, minlength=len(names)), len(own)),
            "own_peaks_vcpus": own_peaks,
            "peak_vcpus": together,
            "overlap": np.divide(
                together, own_peaks, out=np.full(len(own_peaks), np.nan), where=own_peaks > 0
            ),
        }
    )


def _pack(demand: Demand, cpus: float, q: float, margin: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pack by all of the data, and by its first half to judge by the second."""
    half = len(demand.times) // 2
    before, after = demand.used[:half], demand.used[half:]
    whole = (by_own_peaks(demand.used, cpus, q), by_peak_of_sum(demand.used, cpus, q, margin))
    tested = (by_own_peaks(before, cpus, q), by_peak_of_sum(before, cpus, q, margin))
    judged = [over(after, number, cpus) for number in tested]
    packing = pd.DataFrame(
        {
            "rule": pd.array(_RULES, dtype="str"),
            "hosts": [int(number.max()) + 1 for number in whole],
            "backtest_hosts": [int(number.max()) + 1 for number in tested],
            "over_share": [mean for mean, _ in judged],
            "over_share_worst_host": [worst for _, worst in judged],
        }
    )
    assignment = pd.DataFrame(
        {
            "domain": pd.array(demand.domains.tolist(), dtype="str"),
            "name": pd.array(demand.names.tolist(), dtype="str"),
            "host": pd.array(demand.hosts.tolist(), dtype="str"),
            "number": whole[1],
        }
    )
    return packing, assignment.sort_values(["number", "name"], kind="stable", ignore_index=True)
