"""Sentences of a report: the one for managers, and its parts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
from virtsdk.capacity.reporting.answers import Answers
from virtsdk.capacity.reporting.levels import Level
from virtsdk.capacity.room.n_plus import NPlusReport
from virtsdk.display import listing
from virtsdk.display.text import count, shorten, size

_SHORT = {"vcpus": "vCPUs", "memory": "memory", "hugepages": "huge pages", "disk": "disk space"}


def sentence(found: Answers) -> str:
    """Write the answer in one sentence, of four parts."""
    holds = survives(found)
    if (
        found.survival is not None
        and found.survival.ok is False
        and found.after is not None
        and found.after.ok
    ):
        holds += ", but would with better sizes"
    parts = [room(found), holds, first_out(found), savings(found)]
    return begun("; ".join(parts))


def begun(text: str) -> str:
    """Write a sentence with its first letter large."""
    return text if text.startswith("vCPU") else text[:1].upper() + text[1:]


def room(found: Answers) -> str:
    """Say how many more standard guests there is room for, and how many that leave the fleet safe."""
    if found.left is None or found.standard is None:
        return "how many more guests fit cannot be said"
    guests = (
        f"{found.left.total} more {'guest' if found.left.total == 1 else 'guests'} of {guest(found.standard)}"
    )
    said = (
        f"room for {guests}" if found.left.total else f"no room for another guest of {guest(found.standard)}"
    )
    if found.left.total and found.kept is not None and found.survival is not None and found.survival.ok:
        all_of = "all" if found.kept == found.left.total else str(found.kept) if found.kept else "none"
        said += f" ({all_of} of them with a host to spare)"
    return said


def guest(standard: Mapping[str, float]) -> str:
    """Write a size."""
    vcpus = standard["vcpus"]
    return f"{vcpus:g} {'vCPU' if vcpus == 1 else 'vCPUs'} and {size(standard['memory_bytes'])}"


def survives(found: Answers) -> str:
    """Say whether the fleet survives, and which hosts break the policy before anything fails."""
    frame = found.headroom.frame()
    columns = ("vcpus_headroom", "memory_headroom_bytes", "hugepages_headroom_bytes")
    lacks = frame[[one for one in columns if one in frame]]
    over = frame.loc[(lacks.astype("Float64") < 0).any(axis=1), "host"]
    if found.survival is None:
        k = max(1, int(found.policy.fault_tolerance))
        return f"N+{k} cannot be said: {dict(found.unsaid)[f'N+{k}']}"
    if not len(over) or found.survival.ok is not True:
        return survival(found.survival)
    are = "are" if len(over) > 1 else "is"
    named = listing.names((shorten(str(one), 40) for one in over), 3)
    return f"{survival(found.survival)}, though {named} {are} over what the policy allows already"


def survival(report: NPlusReport) -> str:
    """Say whether the fleet survives, and if not, what is in the way."""
    hosts = "any host may fail" if report.k == 1 else f"any {report.k} hosts may fail"
    if report.ok:
        nobody = not report.frame()["domains"].any()
        return f"N+{report.k} holds: {'no guest needs a place' if nobody else hosts}"
    if report.ok is None:
        return f"whether N+{report.k} holds is not decided"
    if report.alone:
        return f"N+{report.k} does not hold: {report.alone}"
    worst = listing.names(report.worst)
    left = listing.names((shorten(one, 40) for one in report.unplaced), 3)
    what = f"without {worst} " if worst else ""
    if left:
        what += f"there is no place for {left}"
    else:
        what += "room is short"
    return f"N+{report.k} does not hold: {what}{short_of(report)}"


def short_of(report: NPlusReport) -> str:
    """Name what is short, in brackets."""
    return f" ({_SHORT.get(report.binding, report.binding)})" if report.binding else ""


def first(found: Answers) -> tuple[Level, ExhaustionReport] | None:
    """Return what of the fleet runs out first; None where nothing does at its trend."""
    return min(_dated(found, inside=False), key=_soonest, default=None)


def _dated(found: Answers, *, inside: bool) -> list[tuple[Level, ExhaustionReport]]:
    """Levels of the fleet, or of its guests, of which a day can be said."""
    return [
        one
        for one in found.levels
        if one[0].inside is inside and (one[1].already or not pd.isna(one[1].median))
    ]


def in_order(found: Answers) -> list[tuple[Level, ExhaustionReport]]:
    """Return the levels, what runs out first before the others."""
    return sorted(found.levels, key=_soonest)


def _soonest(one: tuple[Level, ExhaustionReport]) -> tuple[bool, bool, pd.Timestamp]:
    report = one[1]
    never = pd.isna(report.median)
    return not report.already, never, pd.Timestamp.max.tz_localize("UTC") if never else report.median


def first_out(found: Answers) -> str:
    """Say what of the fleet runs out first, and when; of what that is, and which guest is full before it."""
    ours = [one for one in found.levels if not one[0].inside]
    one, own = first(found), min(_dated(found, inside=True), key=_soonest, default=None)
    sooner = ""
    if own is not None and (one is None or _soonest(own) < _soonest(one)):
        full = "full already" if own[1].already else f"on {day(own[1].median)}"
        begins = "but a guest's own does" if one is None else "and before it a guest's own"
        sooner = f", {begins}: {own[0].what}, {full}"
    if one is not None:
        level, report = one
        if report.already:
            return f"full already, of {_range(ours)}: {level.what}"
        ends = f"{report.level:g} %: {between(report)}"
        return f"first of {_range(ours)} to run out: {level.what}, on {day(report.median)} ({ends}){sooner}"
    if not ours:
        return f"what of the fleet runs out first cannot be said yet{sooner}"
    until = min(report.until for _, report in ours)
    early = min((one for one in ours if not pd.isna(one[1].lo)), key=lambda one: one[1].lo, default=None)
    at_worst = "" if early is None else f", {early[0].what} on {day(early[1].lo)} at the earliest"
    return f"nothing of {_range(ours)} runs out before {day(until)} at its trend{at_worst}{sooner}"


def _range(levels: list[tuple[Level, ExhaustionReport]]) -> str:
    """Say what was looked at."""
    keys = [level.key for level, _ in levels]
    pools = sum(key.startswith("pool ") for key in keys)
    stems = (("CPUs", "cpu"), ("memory", "memory"))
    told = [word for word, stem in stems if any(stem in key for key in keys)]
    told += [count(pools, "storage pool")] if pools else []
    return " and ".join([*filter(None, [", ".join(told[:-1])]), told[-1]])


def between(report: ExhaustionReport) -> str:
    """Write the interval of an answer."""
    if report.already or pd.isna(report.lo):
        return "—"
    if pd.isna(report.hi):
        return f"{day(report.lo)} to after {day(report.until)}"
    return f"{day(report.lo)} to {day(report.hi)}"


def when(report: ExhaustionReport) -> str:
    """Write when a level is full."""
    if report.already:
        return "full already"
    return f"after {day(report.until)}, if ever" if pd.isna(report.median) else day(report.median)


def day(time: pd.Timestamp) -> str:
    """Write a date."""
    return f"{time:%Y-%m-%d}"


def savings(found: Answers) -> str:
    """Say what stopping and shrinking would free."""
    if found.rightsizing is None:
        return "what could be saved cannot be said"
    rows = found.candidates
    frame = found.rightsizing.frame()
    if not len(rows) and len(frame) and (frame["cpu_action"] == "unknown").all():
        return "what could be saved cannot be said yet"
    vcpus, memory = saved(rows)
    stop, shrink = (
        int((rows["action"] == "stop").sum()),
        int(rows["action"].isin(["shrink", "grow and shrink"]).sum()),
    )
    if not stop + shrink:
        return "nothing to save by shrinking or stopping guests"
    how = [f"shrinking {count(shrink, 'guest')}"] if shrink else []
    how += [f"stopping {count(stop, 'guest') if not shrink else stop}"] if stop else []
    money = worth(found)
    price = "" if money is None else f", worth {money:,.2f},"
    return f"to be had back: {count(vcpus, 'vCPU')} and {size(memory)}{price} by {' and '.join(how)}"


def saved(rows: pd.DataFrame) -> tuple[int, int]:
    """Return vCPUs and bytes that the candidates for less give back; what grows does not count against it."""
    found: list[int] = []
    for column in ("saving_vcpus", "saving_memory_bytes"):
        values = pd.to_numeric(rows[column], errors="coerce").fillna(0).clip(lower=0)
        found.append(int(values.sum()))
    return found[0], found[1]


def worth(found: Answers) -> float | None:
    """Return what the savings are worth at the policy's prices; None without prices."""
    policy = found.policy
    if policy.vcpu_price is None and policy.gib_price is None:
        return None
    vcpus, memory = saved(found.candidates)
    return vcpus * (policy.vcpu_price or 0.0) + memory / 2**30 * (policy.gib_price or 0.0)
