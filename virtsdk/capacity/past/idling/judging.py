"""The rules of `idle`, each over all guests at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from virtsdk.capacity.past import series
from virtsdk.capacity.past.rules import IDLE
from virtsdk.capacity.past.series import Bools, Floats, Ints, Texts
from virtsdk.capacity.past.sizing import window
from virtsdk.capacity.past.usage import DAY, MICRO, Usage
from virtsdk.capacity.policy import Policy
from virtsdk.display.text import count, percent, size

VALUES: Final = (
    "cpu_p95_percent", "cpu_highest_percent", "net_tx_share", "low_days", "known_days", "agent_seen",
    "disk_bytes", "net_tx_bytes",
)  # fmt: skip
"""Columns of the values that rules compare."""
MINUTE: Final = 60.0
_HALF_HOUR: Final = 1800.0
_SOME: Final = 0.1  # days
_UNKNOWN: Final = -1
_SLIP: Final = 1e-9
_CLOSE: Final = 1.05  # samples of one minute are not one minute apart to the millisecond


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a rule says of each guest.

    Attributes
    ----------
    answer
        1 idle, 0 not, -1 unknown; one a guest.
    because
        Why, in words.
    values
        The values compared, by column.
    used
        The last time, in microseconds, at which the guest was above the rule's limits; -1 for never.
    approximate
        Guests whose samples are too long for the rule.
    """

    answer: Ints
    because: list[str]
    values: dict[str, Floats]
    used: Ints
    approximate: Bools = field(default_factory=lambda: np.zeros(0, bool))


@dataclass(frozen=True, eq=False)
class Season:
    """How far back use spares a guest."""

    days: float
    end: int
    seen: Floats
    """Days of each guest from its first sample to the end of all."""

    def spared(self, verdict: Verdict) -> Verdict:
        """Take back "idle" of guests that were used lately, or of which that is not known."""
        if self.days == 0:
            return verdict
        answer, because = verdict.answer.copy(), list(verdict.because)
        since = self.end - self.days * DAY * MICRO
        for guest in np.flatnonzero(answer == 1):
            if verdict.used[guest] > since:
                ago = (self.end - verdict.used[guest]) / (DAY * MICRO)
                answer[guest] = 0
                because[guest] = f"used {ago:.3g} days ago, within {self.days:g}; else {because[guest]}"
            elif self.seen[guest] < self.days * (1 - window.TOLERANCE):
                answer[guest] = _UNKNOWN
                because[guest] = f"{self.seen[guest]:.3g} of {self.days:g} days seen; else {because[guest]}"
        return replace(verdict, answer=answer, because=because)


def seasonal(usage: Usage, policy: Policy) -> Season:
    """Look back as far as ``Policy.seasonal_days`` says."""
    end = _end(usage)
    first = usage.time[usage.starts[:-1]] if len(usage) else np.empty(0, np.int64)
    return Season(policy.seasonal_days, end, (end - first) / (DAY * MICRO) + _step(usage) / DAY)


def azure_2022(usage: Usage, policy: Policy) -> Verdict:
    """CPU and outbound network over 7 days."""
    rule = IDLE["azure-2022"]
    end, known = _end(usage), ~np.isnan(usage.cpu)
    recent = usage.time > end - rule.days * DAY * MICRO
    latest = usage.time > end - 3 * DAY * MICRO
    minutes = _minutes(usage, usage.cpu)
    peaks, of = _most(np.where(recent, minutes, np.nan), usage, _bins(usage, _HALF_HOUR))
    p95 = 100 * series.quantile(peaks, of, 0.95)
    highest = 100 * usage.most(np.where(latest, minutes, np.nan))
    sent = usage.more.get("net_tx_bytes_per_second")
    lacking = _lacking(usage, rule.needs)
    link = _link(usage, policy)
    share = np.full(len(usage), np.nan)
    if sent is not None:
        share = usage.mean(np.where(recent, sent / link, np.nan))
    days = usage.total(np.where(known & recent, usage.seconds, 0.0)) / DAY
    # a figure at its limit may have its last digit rounded
    busy = [p95 >= 3 - _SLIP, highest > 2 + _SLIP, share >= 0.02 - _SLIP]
    passed = busy[0] | busy[1] | busy[2]  # then it is no, however little is known beside
    unknown = np.isnan(p95) | np.isnan(highest) | np.isnan(share)
    because = [
        f"P95 of CPU {one:.3g} % of a core (below 3), highest of 3 days {two:.3g} % (to 2), "
        f"outbound {percent(three)} of the link (below 2)"
        for one, two, three in zip(p95, highest, share, strict=True)
    ]
    answer = np.where(passed, 0, np.where(unknown, _UNKNOWN, 1))
    short = _short(days, min(rule.days, policy.min_days))
    _open(answer, because, unknown & ~passed, lambda _: "CPU or network of the last 3 or 7 days is not known")
    why = _why_short(usage, recent, days, min(rule.days, policy.min_days))
    _open(answer, because, short & ~passed, why)
    _close(answer, because, usage, lacking, days == 0, rule.days)
    used = np.full(len(usage), _UNKNOWN)
    if policy.seasonal_days:
        above = _half_hours(usage, usage.cpu) > 0.03
        used = _used(usage, above if sent is None else above | (_half_hours(usage, sent / link) > 0.02))
    values = {
        "cpu_p95_percent": p95, "cpu_highest_percent": highest, "net_tx_share": share, "known_days": days,
    }  # fmt: skip
    return Verdict(answer, because, values, used, usage.interval > MINUTE * _CLOSE)


def azure_2019(usage: Usage, policy: Policy) -> Verdict:
    """CPU to 5 % and network to 7 MB a day."""
    return _low_days(usage, policy, "azure-2019", 0.05, 7_000_000)


def trusted_advisor(usage: Usage, policy: Policy) -> Verdict:
    """CPU to 10 % and network to 5 MB a day."""
    return _low_days(usage, policy, "aws-trusted-advisor", 0.10, 5_000_000)


def _low_days(
    usage: Usage, policy: Policy, name: str, most_cpu: float, most_bytes: float, enough: int = 4
) -> Verdict:
    """Days of 24 hours with little CPU and little network, of the last 14."""
    rule = IDLE[name]
    lacking = _lacking(usage, rule.needs)
    end = _end(usage)
    day = (end - usage.time) // int(DAY * MICRO)
    inside = day < rule.days
    cell = (usage.group * rule.days + day)[inside]
    shape = (len(usage), rule.days)
    net = np.full(len(usage.time), np.nan)
    if all(column in usage.more for column in rule.needs):
        net = np.sum([usage.more[column] for column in rule.needs], axis=0)
    cpu, cpu_known = _sums(usage.cpu / usage.vcpus, usage.seconds, inside, cell, shape)
    bytes_, net_known = _sums(net, usage.seconds, inside, cell, shape)
    average = np.divide(cpu, cpu_known, out=np.full(shape, np.nan), where=cpu_known > 0)
    enough_cpu, enough_net = cpu_known >= DAY / 2, net_known >= DAY / 2
    busy, loud = average > most_cpu * (1 + _SLIP), bytes_ > most_bytes * (1 + _SLIP)
    low = enough_cpu & enough_net & ~busy & ~loud
    high = (enough_cpu & busy) | loud
    number, might = low.sum(axis=1), (enough_cpu & ~low & ~high).sum(axis=1)
    days = (cpu_known > 0).sum(axis=1)
    counted = enough_cpu.sum(axis=1)
    because = [
        f"{one} of {of} known days have CPU to {100 * most_cpu:g} % and network to {most_bytes / 1e6:g} MB "
        f"({enough} needed)"
        for one, of in zip(number, counted, strict=True)
    ]
    answer = np.where(number >= enough, 1, np.where(number + might >= enough, _UNKNOWN, 0))
    _open(
        answer, because, counted < enough,
        lambda guest: f"{count(int(counted[guest]), 'day')} known well enough, {enough} are needed",
    )  # fmt: skip
    both = (enough_cpu & enough_net).sum(axis=1).astype(np.float64)
    needed = min(rule.days, policy.min_days)
    _open(answer, because, _short(both, needed) & (answer == 1), _why_short(usage, inside, both, needed))
    _close(answer, because, usage, lacking, days == 0, rule.days)
    used = np.full(len(usage), _UNKNOWN)
    if policy.seasonal_days:
        above = high[usage.group, np.minimum(day, rule.days - 1)] & inside
        used = _used(usage, above | (_half_hours(usage, usage.cpu / usage.vcpus) > most_cpu))
    values = {"low_days": number.astype(np.float64), "known_days": counted.astype(np.float64)}
    return Verdict(answer, because, values, used, np.zeros(len(usage), bool))


def zombie(usage: Usage, policy: Policy) -> Verdict:
    """No agent, no disk, nothing sent."""
    rule = IDLE["zombie"]
    lacking = _lacking(usage, rule.needs)
    recent = usage.time > _end(usage) - policy.zombie_days * DAY * MICRO
    running = ~usage.off & recent

    def column(name: str) -> Floats:
        return usage.more.get(name, np.full(len(usage.time), np.nan))

    agent = usage.most(np.where(running, column("agent_seen"), np.nan))
    disk, sent = column("disk_bytes_per_second"), column("net_tx_bytes_per_second")
    read = usage.total(np.where(running, np.nan_to_num(disk), 0.0) * usage.seconds)
    out = usage.total(np.where(running, np.nan_to_num(sent), 0.0) * usage.seconds)
    days = usage.total(np.where(running, usage.seconds, 0.0)) / DAY
    all_known = ~(np.isnan(column("agent_seen")) | np.isnan(disk) | np.isnan(sent))
    known = usage.total(np.where(running & all_known, usage.seconds, 0.0)) / DAY
    alive = (agent > 0) | (read > 0) | (out > 0)
    answer = np.where(alive, 0, np.where(np.isnan(agent), _UNKNOWN, 1))
    because = [
        f"agent {'seen' if one > 0 else 'not seen'}, {size(two)} of disk and {size(three)} sent in "
        f"{four:.3g} days (nothing of it for {policy.zombie_days:g})"
        for one, two, three, four in zip(agent, read, out, days, strict=True)
    ]
    short = _short(known, policy.zombie_days)
    _open(answer, because, short & ~alive, _why_short(usage, recent, known, policy.zombie_days))
    _close(answer, because, usage, lacking, days == 0, policy.zombie_days)
    values = {"agent_seen": agent, "disk_bytes": read, "net_tx_bytes": out, "known_days": days}
    used = (column("agent_seen") > 0) | (disk > 0) | (sent > 0)
    return Verdict(answer, because, values, _used(usage, used), np.zeros(len(usage), bool))


def _end(usage: Usage) -> int:
    return usage.end


def _step(usage: Usage) -> Floats:
    return np.nan_to_num(usage.interval)


def _short(known: Floats, needed: float) -> Bools:
    """Tell of which guests too few days are known to call them idle."""
    return known < needed * (1 - window.TOLERANCE)


def _why_short(usage: Usage, inside: Bools, known: Floats, needed: float) -> Callable[[int], str]:
    """Say of a guest that too few days are known, and for how many of the window it was off."""
    off = usage.total(np.where(usage.off & inside, usage.seconds, 0.0)) / DAY

    def why(guest: int) -> str:
        was = f", it was off for {off[guest]:.3g}" if off[guest] >= _SOME else ""
        return f"{known[guest]:.3g} of {needed:g} days are known{was}"

    return why


def _open(answer: Ints, because: list[str], which: Bools, why: Callable[[int], str]) -> None:
    """Leave the answer open for some guests."""
    for guest in np.flatnonzero(which):
        answer[guest], because[guest] = _UNKNOWN, why(int(guest))


def _close(
    answer: Ints, because: list[str], usage: Usage, lacking: Texts, nothing: Bools, days: float
) -> None:
    """Leave the answer open for guests without samples, and for those without a column."""
    _open(answer, because, nothing, lambda guest: _no_data(usage, guest, days))
    _open(answer, because, lacking != "", lambda guest: f"not known: {lacking[guest]}")


def _no_data(usage: Usage, guest: int, days: float) -> str:
    mine = slice(usage.starts[guest], usage.starts[guest + 1])
    late = usage.time[mine] > _end(usage) - days * DAY * MICRO
    return f"off in the last {days:g} days" if usage.off[mine][late].any() else f"no samples in {days:g} days"


def _lacking(usage: Usage, needs: tuple[str, ...]) -> Texts:
    """The needed columns that hold nothing of each guest, in words; empty where all do."""
    found = np.full(len(usage), "", object)
    for name in needs:
        values = usage.more.get(name)
        none = np.ones(len(usage), bool) if values is None else usage.count(~np.isnan(values)) == 0
        found[none] = [one + (" and " if one else "") + name for one in found[none]]
    return found


def _link(usage: Usage, policy: Policy) -> Floats:
    given = usage.more.get("link_bytes_per_second")
    if given is None:
        return np.full(len(usage.time), float(policy.link_bytes_per_second))
    return np.where(given > 0, given, policy.link_bytes_per_second)


def _bins(usage: Usage, seconds: float) -> Ints:
    return usage.time // int(seconds * MICRO)


def _begins(usage: Usage, bins: Ints) -> Bools:
    """Tell of each sample whether it is the first of its bin and guest."""
    begins = np.ones(len(bins), bool)
    begins[1:] = (bins[1:] != bins[:-1]) | (usage.group[1:] != usage.group[:-1])
    return begins


def _means(usage: Usage, values: Floats, seconds: float) -> Floats:
    """The average of the bin that each sample is in."""
    number = np.cumsum(_begins(usage, _bins(usage, seconds))) - 1
    known = ~np.isnan(values)
    sums = np.bincount(number[known], values[known], minlength=len(values))
    of = np.bincount(number[known], minlength=len(values))
    return np.divide(sums, of, out=np.full(len(sums), np.nan), where=of > 0)[number]


def _minutes(usage: Usage, values: Floats) -> Floats:
    """Averages of one minute where samples are closer; elsewhere the samples themselves."""
    close = usage.interval < MINUTE / _CLOSE
    if not close.any():
        return values
    return np.where(close[usage.group], _means(usage, values, MINUTE), values)


def _half_hours(usage: Usage, values: Floats) -> Floats:
    """Averages of half hours, which a short spike does not count in for much."""
    return _means(usage, values, _HALF_HOUR)


def _most(values: Floats, usage: Usage, bins: Ints) -> tuple[Floats, Ints]:
    """The largest value of each bin of each guest, and where the bins of each guest begin."""
    if not len(values):
        return values, usage.starts
    at = np.flatnonzero(_begins(usage, bins))
    return np.fmax.reduceat(values, at), np.searchsorted(at, usage.starts)


def _sums(
    values: Floats, seconds: Floats, inside: Bools, cell: Ints, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Sums of value times seconds of each cell, and the seconds of which it is known."""
    values, seconds = values[inside], seconds[inside]
    known = ~np.isnan(values)
    size_ = shape[0] * shape[1]
    sums: Floats = np.bincount(cell[known], (values * seconds)[known], minlength=size_).astype(np.float64)
    of: Floats = np.bincount(cell[known], seconds[known], minlength=size_).astype(np.float64)
    return sums.reshape(shape), of.reshape(shape)


def _used(usage: Usage, which: Bools) -> Ints:
    """The last time of each guest at which it was used; -1 for never."""
    times = np.where(which, usage.time, _UNKNOWN)
    return np.maximum.reduceat(times, usage.starts[:-1]) if len(usage) else np.empty(0, np.int64)
