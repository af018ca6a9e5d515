"""`idle`: guests that nobody uses, by published rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity.past.ahead.grid import duration
from virtsdk.capacity.past.apart import by_guests
from virtsdk.capacity.past.excluded import excluded
from virtsdk.capacity.past.idling import judging
from virtsdk.capacity.past.idling.idle_report import IdleReport
from virtsdk.capacity.past.idling.judging import Verdict
from virtsdk.capacity.past.rules import IDLE
from virtsdk.capacity.past.usage import Usage
from virtsdk.capacity.policy import Policy, as_policy

if TYPE_CHECKING:
    from virtsdk.capacity.past.apart import Client

_JUDGES: Final[dict[str, Callable[[Usage, Policy], Verdict]]] = {
    "azure-2022": judging.azure_2022,
    "azure-2019": judging.azure_2019,
    "aws-trusted-advisor": judging.trusted_advisor,
    "zombie": judging.zombie,
}


def idle(
    usage: pd.DataFrame | Usage, policy: Policy | None = None, *, client: Client | None = None
) -> IdleReport:
    """Tell which guests nobody uses, rule by rule.

    The rules, chosen by ``Policy.idle_rules`` (all of them unless said):

    - ``"azure-2022"``: over 7 days, CPU summed over cores: P95 of the maxima of 30 minutes below 3 % of one,
      no average of the last 3 days above 2 %, and outbound network on average below 2 % of the link.
    - ``"azure-2019"``: daily average of CPU at most 5 % of the vCPUs and network (both ways) at most 7 MB, on
      4 or more of 14 days.
    - ``"aws-trusted-advisor"``: the same with 10 % and 5 MB.
    - ``"zombie"``, our own: no agent answered, no disk was read or written and nothing was sent, for
      ``Policy.zombie_days``. What is received does not count: broadcasts reach every guest.

    Parameters
    ----------
    usage
        One row per domain and time, as for `rightsizing`; the rules need ``net_tx_bytes_per_second`` and
        ``net_rx_bytes_per_second``, zombies ``agent_seen`` and ``disk_bytes_per_second``; where known
        ``link_bytes_per_second`` (above 0; where it is missing the policy's counts).
    policy
        ``idle_rules``, ``min_days``, ``link_bytes_per_second``, ``exclude``, ``seasonal_days``,
        ``zombie_days``; `Policy`'s defaults where left out.
    client
        As of `rightsizing`: workers that work on some guests each.

    Returns
    -------
    IdleReport
        ``.frame()`` has a row per guest and rule.

    Raises
    ------
    ValueError
        A column is missing, or a figure or time that cannot be right; the message names column and row.
    TypeError
        Not a frame, or a column of another type.
    MissingDependency
        There is a client, and Dask is not installed.

    Notes
    -----
    Windows and days of 24 hours count back from the last sample of all. A day of which less than half is
    known does not count. "In use" needs no more than to have been seen in use; "idle" needs days: as many as
    the rule's window, or ``Policy.min_days`` where that is less; zombies need ``Policy.zombie_days`` in any
    case (3 % may lack, as 10 hours of 14 days). With fewer the answer is missing, even where 4 of 5 known
    days are low: the guest may have been used in the others. Days on which it was off are not known: what is
    off is not idle, it costs nothing and has no figures. The answer is missing, too, where a column that a
    rule needs is lacking.

    Azure takes averages of one minute; from longer samples, of 5 minutes say, peaks are lower, the rule is
    met more easily, and the report says so. MB are 10**6 bytes. Published rules change: the report has their
    dates and sources. Azure's were read in its documentation of 2022 ("P95th of the maximum value of CPU
    utilization summed across all cores is less than 3%", "P100 of average CPU in last 3 days (sum over all
    cores) <= 2%", "Outbound Network utilization is less than 2% over a seven-day period"), AWS's in the
    description of its check ("10% or less daily average CPU utilization and 5 MB or less network I/O on at
    least 4 of the previous 14 days").

    Examples
    --------
    >>> import pandas as pd
    >>> from virtsdk import capacity
    >>> times = pd.date_range("2026-03-02", periods=14 * 24, freq="1h", tz="UTC")
    >>> usage = pd.DataFrame({
    ...     "host": "kvm7", "domain": "web1", "time": times, "vcpus": 8, "cpu_used_vcpus": 0.01,
    ...     "memory_bytes": 16 * 2**30, "memory_used_bytes": 3 * 2**30,
    ...     "net_tx_bytes_per_second": 10.0, "net_rx_bytes_per_second": 90.0,
    ... })
    >>> policy = capacity.Policy(idle_rules=["azure-2022", "azure-2019"])
    >>> capacity.idle(usage, policy).frame()[["rule", "idle"]]
             rule   idle
    0  azure-2022   True
    1  azure-2019  False
    """
    policy = as_policy(policy)
    samples = Usage.of(usage)
    notes = list(samples.notes)
    frames: list[pd.DataFrame] = []
    for rule, parts in _by_rule(by_guests(samples, partial(_judged, policy=policy), client)):
        longest = max(one for _, one in parts)
        if longest > 0:
            notes.append(
                f"{rule} goes by averages of one minute, and samples are up to {duration(longest * 1e6)} "
                "long: their peaks are lower, so more guests seem idle than are"
            )
        frames.append(pd.concat([one for one, _ in parts], ignore_index=True) if parts[1:] else parts[0][0])
    order = np.arange(len(frames) * len(samples)).reshape(len(frames), len(samples)).T.ravel()
    frame = pd.concat(frames, ignore_index=True).iloc[order].reset_index(drop=True)
    frame = frame[frame["rule"].isin(policy.idle_rules).to_numpy(bool)]
    return IdleReport(policy, {rule: IDLE[rule] for rule in policy.idle_rules}, tuple(notes), frame)


def _judged(usage: Usage, policy: Policy) -> dict[str, tuple[pd.DataFrame, float]]:
    """Judge some guests; give by rule their rows, and the longest of the samples that are too long for it."""
    out, season = excluded(usage, policy), judging.seasonal(usage, policy)
    found: dict[str, tuple[pd.DataFrame, float]] = {}
    for rule in policy.idle_rules or ("zombie",):  # its columns, where no rule is chosen
        verdict = _JUDGES[rule](usage, policy)
        rough = verdict.approximate & (verdict.answer >= 0)
        longest = float(np.nanmax(usage.interval[rough], initial=0.0))
        found[rule] = _frame(rule, usage, verdict, season.spared(verdict), out), longest
    return found


def _by_rule(
    parts: list[dict[str, tuple[pd.DataFrame, float]]],
) -> Iterator[tuple[str, list[tuple[pd.DataFrame, float]]]]:
    for rule in parts[0]:
        yield rule, [one[rule] for one in parts]


def _frame(rule: str, usage: Usage, verdict: Verdict, judged: Verdict, out: Any) -> pd.DataFrame:
    answer, because = judged.answer.copy(), list(judged.because)
    for guest in np.flatnonzero(out):
        answer[guest], because[guest] = 0, "left alone: Policy.exclude"
    columns: dict[str, Any] = {
        "host": pd.array(usage.hosts, dtype="str"),
        "domain": pd.array(usage.domains, dtype="str"),
        "name": pd.array(usage.names, dtype="str"),
        "rule": pd.array([rule] * len(usage), dtype="str"),
        "idle": pd.arrays.BooleanArray(answer == 1, answer < 0),
        "because": pd.array(because, dtype="str"),
    }
    for name in judging.VALUES:
        values = verdict.values.get(name)
        values = np.full(len(usage), np.nan) if values is None else values
        missing = np.isnan(values)
        columns[name] = pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)
    return pd.DataFrame(columns)
