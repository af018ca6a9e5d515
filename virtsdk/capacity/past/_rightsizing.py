"""`rightsizing`: the vCPUs and the memory that each guest needs, by what it used."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity.past.apart import by_guests
from virtsdk.capacity.past.excluded import excluded
from virtsdk.capacity.past.rules import SIZES, SizeRule
from virtsdk.capacity.past.series import Bools, Floats, Ints
from virtsdk.capacity.past.sizing import growing, window
from virtsdk.capacity.past.sizing.rightsizing_report import RightsizingReport
from virtsdk.capacity.past.usage import DAY, MICRO, Usage
from virtsdk.capacity.policy import Policy, as_policy
from virtsdk.display.text import size
from virtsdk.stats.change.plausible import vcpus_text

if TYPE_CHECKING:
    from virtsdk.capacity.past.apart import Client

CEILING: Final = 0.95
"""P99 of CPU, as a share of what a guest has, from which on its demand is not seen whole."""
MIB: Final = 2**20
_SLIP: Final = 1e-9  # of sums that would be whole


def rightsizing(
    usage: pd.DataFrame | Usage, policy: Policy | None = None, *, client: Client | None = None
) -> RightsizingReport:
    """Recommend a size for each guest by what it used, with the risk beside.

    By the policy's rule ``"virtsdk"``, in whole vCPUs and whole MiB::

        vCPUs  = 1.2 x P99 of CPU + 2 % of the vCPUs that it has
        memory = 1.2 x most memory used + 2 % of the memory that it has

    Memory goes by what the guest itself reports (available less usable), never by a percentile and never by
    what its process holds on the host: where the guest does not report, the answer is "unknown".

    Parameters
    ----------
    usage
        One row per domain and time: ``host``, ``domain``, ``time`` (with a zone), ``vcpus``,
        ``cpu_used_vcpus``, ``memory_bytes``, ``memory_used_bytes``; where known ``name``, ``seconds``,
        ``interrupted``, ``swap_in_bytes_per_second``, ``oom_kills``, ``tags``; see ``recording.usage()``.
    policy
        ``rightsizing`` (the rule), ``min_days``, ``exclude``, ``vcpu_price`` and ``gib_price``; `Policy`'s
        defaults where left out.
    client
        A ``distributed.Client``, or ``"local"`` (extra ``[fleet]``): as of `Recording.usage`. Its workers
        work on some guests each, and the answer is the same. The frame is checked here, which is most of the
        work, and sent: None, for this process alone, is quicker but where this machine is busy.

    Returns
    -------
    RightsizingReport
        ``.frame()`` has a row per guest; ``.definitions(current)`` the guests' changed definitions.

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
    A percentage on top alone fails where use is small and steady, hence the part that goes by what the guest
    has. Below ``Policy.min_days`` of data (14; the least that AWS asks for is 30 hours) the action is
    "unknown" and the figures are provisional. Of the days 3 % may lack (of 14 days 10 hours), as where a
    recorder is started again. Time in which the guest was off, and intervals with a reset or
    a gap, are no data. A guest whose P99 is at 95 % of its vCPUs or above would have used more if it could:
    it is to grow, and the figure is a lower bound. What it used of a smaller size that it had before, and
    used up, says as little: only the days since then count. A guest that read back from its swap, or killed
    for want of memory, is never shrunk; nor is memory that grows all along and would fill less in 30 days.

    The rules of other products go by ``Policy(rightsizing=...)``: AWS Compute Optimizer ("aws"), krr, and
    Kubernetes' vertical pod autoscaler ("vpa"; the P90 of a histogram whose weights halve in 24 hours). Their
    memory is theirs for the percentage, and goes by the most that was used in all of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from virtsdk import capacity
    >>> times = pd.date_range("2026-03-02", periods=14 * 24, freq="1h", tz="UTC")
    >>> usage = pd.DataFrame({
    ...     "host": "kvm7", "domain": "web1", "time": times, "vcpus": 8, "cpu_used_vcpus": 1.5,
    ...     "memory_bytes": 16 * 2**30, "memory_used_bytes": 3 * 2**30,
    ... })
    >>> report = capacity.rightsizing(usage)
    >>> print(str(report).splitlines()[0])
    <RightsizingReport 1 of 1 guest can shrink: 6 vCPUs and 12.1 GiB less>
    >>> report.frame()[["recommended_vcpus", "cpu_action", "risk_cpu"]]
       recommended_vcpus cpu_action  risk_cpu
    0                  2     shrink       0.0
    """
    policy = as_policy(policy)
    samples = Usage.of(usage)
    rule = SIZES[policy.rightsizing]
    parts = by_guests(samples, partial(_sizes, policy=policy), client)
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    frame["confidence"] = _confidence(samples, frame)
    notes = [*samples.notes, *window.notes(samples)]
    if rule.note:
        notes.append(rule.note)
    return RightsizingReport(policy, rule, tuple(notes), _ordered(frame, policy))


def _sizes(usage: Usage, policy: Policy) -> pd.DataFrame:
    """Work on some guests."""
    rule, out = SIZES[policy.rightsizing], excluded(usage, policy)
    return pd.DataFrame(
        {
            "host": usage.hosts,
            "domain": usage.domains,
            "name": usage.names,
            **_cpu(usage, rule, policy, out),
            **_memory(usage, rule, policy, out),
            "gaps": usage.gaps,
        }
    )


def _cpu(usage: Usage, rule: SizeRule, policy: Policy, out: Bools) -> dict[str, Any]:
    """Columns about CPU."""
    known = ~np.isnan(usage.cpu)
    samples, days = usage.count(known), usage.days
    has = _last(usage.vcpus, usage)
    used = _quantile(usage, rule)
    p99 = used if rule.quantile == 0.99 and rule.half_life_days is None else usage.quantile(usage.cpu, 0.99)
    wanted = np.ceil(rule.factor * used + rule.of_present * has - _SLIP)
    wanted = np.fmax(wanted, 1.0)
    wanted[np.isnan(used) | np.isnan(has)] = np.nan
    full = p99 >= CEILING * has
    smaller, capped = _capped(usage, usage.cpu, usage.vcpus, has, 0.99)
    since = usage.total(np.where(known & ~smaller, usage.seconds, 0.0)) / DAY
    wanted = np.where(full, np.fmax(wanted, has + 1), wanted)
    wanted = np.where(out, has, wanted)
    enough = _enough(days, policy) & (~capped | full | _enough(since, policy))
    seen = usage.total(np.where(known, usage.seconds, 0.0))
    above = np.nan_to_num(usage.cpu, nan=-1.0) > wanted[usage.group]
    share = _over(usage.count(above).astype(np.float64), samples.astype(np.float64))
    seconds = _over(usage.total(np.where(above, usage.seconds, 0.0)), seen) * DAY
    action = _action(wanted, has, enough | out)
    reasons = [
        _cpu_reason(rule, policy, *row)
        for row in zip(
            used,
            p99,
            has,
            full,
            enough,
            np.where(capped, since, days),
            out,
            usage.count(usage.off),
            capped,
            strict=True,
        )
    ]
    return {
        "vcpus": _whole(has),
        "recommended_vcpus": _whole(wanted),
        "cpu_action": _text(action),
        "cpu_reason": _text(reasons),
        "quantile": np.full(len(usage), rule.quantile),
        "cpu_quantile_vcpus": _floating(used),
        "samples": samples,
        "days": days,
        "saving_vcpus": _whole(_saving(action, has, wanted)),
        "risk_cpu": _floating(share),
        "risk_seconds_per_day": _floating(seconds),
    }


def _quantile(usage: Usage, rule: SizeRule) -> Floats:
    if rule.half_life_days is None:
        return usage.quantile(usage.cpu, rule.quantile)
    age = (usage.time[usage.last][usage.group] - usage.time) / (MICRO * DAY)
    weights = np.where(usage.mixed[usage.group], usage.seconds, 1.0)
    return usage.quantile(usage.cpu, rule.quantile, 0.5 ** (age / rule.half_life_days) * weights)


def _cpu_reason(
    rule: SizeRule, policy: Policy, used: float, p99: float, has: float, full: bool, enough: bool,
    days: float, out: bool, off: int, capped: bool,
) -> str:  # fmt: skip
    if out:
        return "left alone: Policy.exclude"
    if np.isnan(used):
        return "it was off" if off else "no figures of CPU"
    name = f"P{100 * rule.quantile:g}"
    said = f"{name} is {used:.3g} of {vcpus_text(has)}; {rule.factor:g} x {name}"
    if rule.of_present:
        said += f" + {100 * rule.of_present:g} % of {has:g}"
    said += f" is {rule.factor * used + rule.of_present * has:.3g}"
    if full:
        share = f"P99 is {100 * p99 / has:.0f} % of its {vcpus_text(has)}"
        said = f"{share}: it would have used more, and may need more"
    since = " since it had fewer vCPUs and used them up" if capped else ""
    return said if enough else f"{_too_few(days, policy)}{since}: {said}"


def _memory(usage: Usage, rule: SizeRule, policy: Policy, out: Bools) -> dict[str, Any]:
    """Columns about memory."""
    has = _last(usage.memory, usage)
    most = usage.most(usage.memory_used)
    most = np.where(most > 0, most, np.nan)
    wanted = rule.memory_factor * most + rule.memory_of_present * has
    wanted = np.ceil(wanted / MIB - _SLIP) * MIB
    short = np.zeros(len(usage), bool)
    for column in ("swap_in_bytes_per_second", "oom_kills"):
        if column in usage.more:
            short |= usage.count(np.nan_to_num(usage.more[column]) > 0) > 0
    held = short & (wanted < has)
    slopes = growing.slopes(usage)
    fills = (wanted < has) & ((wanted - most) < growing.SOON * np.nan_to_num(slopes))
    wanted = np.where(held | fills | out, has, wanted)
    days = usage.total(np.where(np.isnan(usage.memory_used), 0.0, usage.seconds)) / DAY
    smaller, capped = _capped(usage, usage.memory_used, usage.memory, has, 1.0)
    since = usage.total(np.where(np.isnan(usage.memory_used) | smaller, 0.0, usage.seconds)) / DAY
    enough = _enough(days, policy) & (~capped | (wanted >= has) | _enough(since, policy))
    action = _action(wanted, has, enough | out)
    reasons = [
        _memory_reason(rule, policy, *row)
        for row in zip(
            most,
            has,
            held,
            short,
            enough,
            np.where(capped, since, days),
            out,
            usage.count(~usage.off),
            capped,
            np.where(fills, slopes, 0.0),
            strict=True,
        )
    ]
    return {
        "memory_bytes": _whole(has),
        "recommended_memory_bytes": _whole(wanted),
        "memory_action": _text(action),
        "memory_reason": _text(reasons),
        "memory_most_bytes": _whole(most),
        "memory_days": days,
        "saving_memory_bytes": _whole(_saving(action, has, wanted)),
    }


def _memory_reason(
    rule: SizeRule, policy: Policy, most: float, has: float, held: bool, short: bool, enough: bool,
    days: float, out: bool, running: int, capped: bool, slope: float,
) -> str:  # fmt: skip
    if out:
        return "left alone: Policy.exclude"
    if np.isnan(most):
        return "the guest does not report its use" if running else "it was off"
    if np.isnan(has):
        return "its memory is not known"
    said = f"at most {size(most)} of {size(has)} used; {rule.memory_factor:g} x this"
    if rule.memory_of_present:
        said += f" + {100 * rule.memory_of_present:g} % of {size(has)}"
    if held:
        said = "it read back from its swap, or killed for want of memory: not to shrink"
    elif short:
        said += "; it was short of memory"
    elif slope:
        said += f"; it grows by {size(slope)} a day, and would fill that in less than {growing.SOON:g} days"
    since = " since it had less memory and used it up" if capped else ""
    return said if enough else f"{_too_few(days, policy)}{since}: {said}"


def _capped(usage: Usage, used: Floats, had: Floats, has: Floats, q: float) -> tuple[Bools, Bools]:
    """Tell samples of a smaller size than now, and guests that used it up: they may have wanted more."""
    smaller = had < has[usage.group]
    if not smaller.any():
        return smaller, np.zeros(len(usage), bool)
    share = np.divide(used, had, out=np.full(len(had), np.nan), where=smaller & (had > 0))
    return smaller, usage.quantile(share, q) >= CEILING


def _too_few(days: float, policy: Policy) -> str:
    return f"provisional, {days:.3g} of {policy.min_days:g} days"


def _enough(days: Floats, policy: Policy) -> Bools:
    """Days of data suffice; a restart of the recorder costs few samples, so few may lack."""
    return (days > 0) & (days >= policy.min_days * (1 - window.TOLERANCE))


def _action(wanted: Floats, has: Floats, known: Bools) -> list[str]:
    unknown = ~known | np.isnan(wanted) | np.isnan(has)
    words = np.select([unknown, wanted < has, wanted > has], ["unknown", "shrink", "grow"], "keep")
    return [str(one) for one in words]


def _saving(action: list[str], has: Floats, wanted: Floats) -> Floats:
    return np.where(np.array(action, object) == "unknown", np.nan, has - wanted)


def _confidence(usage: Usage, frame: pd.DataFrame) -> Any:
    """How far a recommendation may be trusted, in a word."""
    span = (usage.time[usage.last] - usage.time[usage.starts[:-1]]) / (MICRO * DAY)
    days = usage.days
    low = (days < window.FULL_DAYS * (1 - window.TOLERANCE)) | (frame["cpu_action"] == "unknown").to_numpy(
        bool
    )
    full = window.has_month_end(usage) and window.has_week(usage)
    holes = days < 0.9 * span
    return _text(
        [str(one) for one in np.select([low, holes | usage.mixed | (not full)], ["low", "medium"], "high")]
    )


def _last(values: Floats, usage: Usage) -> Floats:
    """The last known value of each guest."""
    place = np.where(np.isnan(values), -1, np.arange(len(values)))
    last: Ints = np.maximum.reduceat(place, usage.starts[:-1]) if len(usage) else np.empty(0, np.int64)
    return np.where(last >= 0, values[last], np.nan) if len(usage) else np.empty(0)


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _whole(values: Floats) -> Any:
    missing = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)


def _floating(values: Floats) -> Any:
    missing = np.isnan(values)
    return pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)


def _text(values: list[str]) -> Any:
    return pd.array(values, dtype="str")


_ORDER: Final = (
    "host", "domain", "name", "vcpus", "recommended_vcpus", "cpu_action", "cpu_reason", "memory_bytes",
    "recommended_memory_bytes", "memory_action", "memory_reason", "saving_vcpus", "saving_memory_bytes",
    "risk_cpu", "risk_seconds_per_day", "confidence", "quantile", "cpu_quantile_vcpus", "memory_most_bytes",
    "samples", "days", "memory_days", "gaps",
)  # fmt: skip


def _ordered(frame: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    texts = dict.fromkeys(("host", "domain", "name"), "str")
    frame = frame[list(_ORDER)].astype(texts)
    if policy.vcpu_price is not None or policy.gib_price is not None:
        money: Any = 0.0
        if policy.vcpu_price is not None:
            money = money + policy.vcpu_price * frame["saving_vcpus"].astype("Float64")
        if policy.gib_price is not None:  # without, it does not matter that memory is unknown
            money = money + policy.gib_price * frame["saving_memory_bytes"].astype("Float64") / 2**30
        frame.insert(_ORDER.index("risk_cpu"), "saving_money", money)
    return frame
