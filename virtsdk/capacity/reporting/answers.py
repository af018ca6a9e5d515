"""`Answers`: all that a report of a fleet rests on, worked out once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import numpy as np
import pandas as pd

from virtsdk import errors
from virtsdk.capacity.checks import CapacityWarning
from virtsdk.capacity.past._exhaustion import exhaustion
from virtsdk.capacity.past._idle import idle
from virtsdk.capacity.past._rightsizing import rightsizing
from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
from virtsdk.capacity.past.idling.idle_report import IdleReport
from virtsdk.capacity.past.sharing._contention import contention
from virtsdk.capacity.past.sharing._overcommit import overcommit
from virtsdk.capacity.past.sharing._overlap import overlap
from virtsdk.capacity.past.sharing.contention_report import ContentionReport
from virtsdk.capacity.past.sharing.delay import DELAY
from virtsdk.capacity.past.sharing.overcommit_report import OvercommitReport
from virtsdk.capacity.past.sharing.overlap_report import OverlapReport
from virtsdk.capacity.past.sizing.growing import LEAST_DAYS, growing
from virtsdk.capacity.past.sizing.rightsizing_report import RightsizingReport
from virtsdk.capacity.past.usage import Usage
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.reporting import scope
from virtsdk.capacity.reporting.guest_levels import file_system_levels, memory_levels
from virtsdk.capacity.reporting.levels import Level, fleet_levels, pool_levels, silent_pools
from virtsdk.capacity.room import inputs
from virtsdk.capacity.room.answers.guests_left import GuestsLeft
from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
from virtsdk.capacity.room.fleet import Fleet
from virtsdk.capacity.room.n_plus import NPlusReport
from virtsdk.display.text import count

T = TypeVar("T")

GIB: Final = 2**30


@dataclass(frozen=True, eq=False)
class Answers:
    """All answers; None, and a sentence in `unsaid`, where one could not be given."""

    policy: Policy
    fleet: Fleet
    headroom: HeadroomReport
    survival: NPlusReport | None
    standard: Mapping[str, float] | None
    left: GuestsLeft | None
    kept: int | None  #: of these, how many leave the fleet as safe as it must be
    after: NPlusReport | None  #: survival once candidates are stopped, shrunk and grown
    levels: tuple[tuple[Level, ExhaustionReport], ...]
    rightsizing: RightsizingReport | None
    idle: IdleReport | None
    overcommit: OvercommitReport | None
    overlap: OverlapReport | None
    contention: ContentionReport | None
    usage: Usage | None
    candidates: pd.DataFrame
    growing: Mapping[str, float]  #: guests (UUID) whose memory grew all along, and bytes a day
    unsaid: tuple[tuple[str, str], ...]
    left_out: str | None  #: which guests of the usage frame are not of these hosts
    off: str | None  #: what guests that are off, and do not count, would need


class Unsaid:
    """What could not be said, and why."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def ask(self, what: str, answer: Callable[[], T]) -> T | None:
        """Return an answer, or None where the data do not allow one."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CapacityWarning)  # the answers keep them as notes
                return answer()
        except (ValueError, errors.MissingDependency) as error:
            self.rows.append((what, str(error)))
            return None


def answers(
    hosts: pd.DataFrame,
    domains: pd.DataFrame,
    usage: pd.DataFrame | None,
    policy: Policy,
    pools: pd.DataFrame | None,
    standard: Mapping[str, float] | None,
    vcpus: pd.DataFrame | None,
    filesystems: pd.DataFrame | None = None,
) -> Answers:
    """Work all of it out; frames that cannot be right raise as those who take them do."""
    lack = Unsaid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        fleet = Fleet.from_frames(hosts, domains, policy)
    whole = None if usage is None or not len(usage) else Usage.of(usage)
    counted = fleet.domains[inputs.counted(fleet.domains, policy)]
    strange = {} if whole is None else scope.elsewhere(whole, fleet.hosts, counted)
    if strange and usage is not None:
        usage = usage[~usage["domain"].astype(str).isin(list(strange))]
        whole = Usage.of(usage) if len(usage) else None
    known = whole is not None and usage is not None
    mine = cast("pd.DataFrame", usage[_of(usage, counted)]) if known and usage is not None else None
    present = Usage.of(mine) if mine is not None and len(mine) else None
    headroom = lack.ask("demand", lambda: fleet.headroom(mine)) if present is not None else None
    headroom = headroom or fleet.headroom()
    if whole is None:
        lack.rows.append(("what was used", "the usage frame has no rows"))
    elif present is None:
        lack.rows.append(("what was used", "no guest that counts has a row in the usage frame"))

    k = max(1, int(policy.fault_tolerance))
    few = f"there {'is' if len(fleet.hosts) == 1 else 'are'} {count(len(fleet.hosts), 'host')}"
    survival = lack.ask(f"N+{k}", lambda: _survival(fleet, k, few))
    size = _standard(counted) if standard is None else dict(standard)
    if size is None:
        lack.rows.append(("room for more guests", "there is no guest to take a standard size from"))
    left = None if size is None else lack.ask("room for more guests", lambda: fleet.guests_left(size))
    kept = None if left is None or size is None or survival is None else _kept(fleet, size, left.total, k)

    levels = list[Level]()
    silent = None if whole is None else scope.untold(whole, counted)
    if silent is not None:
        lack.rows.append(("when CPUs and memory run out", silent))
    elif whole is not None:
        levels += fleet_levels(whole, headroom.frame(), policy)
    if pools is None or not len(pools):
        lack.rows.append(("storage pools", "no pools frame, or one without rows (record with storage=)"))
    else:
        read, gone = scope.still_read(pool_levels(pools))
        levels += scope.shared(read)
        lack.rows += [*silent_pools(pools), *gone]
    sized = None if present is None else rightsizing(present, policy)
    unused = None if present is None else idle(present, policy)
    if unused is not None:
        lack.rows += _rules_that_cannot_tell(unused)
    grows = {} if present is None else growing(present)
    if present is not None:
        levels += memory_levels(present, grows)
    if filesystems is not None and len(filesystems):
        levels += file_system_levels(filesystems, counted)
    candidates = _candidates(sized, unused)
    over = None if present is None else lack.ask("overcommit frontier", lambda: overcommit(present, hosts))
    return Answers(
        policy=policy,
        fleet=fleet,
        headroom=headroom,
        survival=survival,
        standard=size,
        left=left,
        kept=kept,
        after=_after(fleet, candidates, k) if survival is not None else None,
        levels=tuple(_exhausted(levels, lack)),
        rightsizing=sized,
        idle=unused,
        overcommit=over,
        overlap=None if present is None else lack.ask("overlap", lambda: overlap(present)),
        contention=None if present is None else lack.ask("contention", lambda: _contention(present, vcpus)),
        usage=whole,
        candidates=candidates,
        growing=grows,
        unsaid=tuple(lack.rows),
        left_out=scope.left_out(strange) if strange else None,
        off=scope.off(fleet.domains, counted),
    )


def _of(usage: pd.DataFrame, counted: pd.DataFrame) -> Any:
    """Tell which rows are of guests that are there now, and count (a mask)."""
    key = next((one for one in ("domain", "name") if one in counted and one in usage), None)
    if key is None:
        return np.ones(len(usage), bool)
    return usage[key].isin(counted[key]).to_numpy(bool)


def _standard(counted: pd.DataFrame) -> dict[str, float] | None:
    """The size of a standard guest: the medians of those that count, rounded up."""
    sizes = counted[["vcpus", "memory_bytes"]].astype("Float64").dropna()
    if not len(sizes):
        return None
    vcpus, memory = (float(sizes[name].median()) for name in ("vcpus", "memory_bytes"))
    unit = GIB if memory >= GIB else 2**20
    return {"vcpus": float(np.ceil(vcpus)), "memory_bytes": int(np.ceil(memory / unit) * unit)}


def _survival(fleet: Fleet, k: int, few: str) -> NPlusReport:
    if k > len(fleet.hosts):
        raise ValueError(few)
    return fleet.n_plus(k)


def _kept(fleet: Fleet, size: Mapping[str, float], most: int, k: int) -> int:
    """How many more guests leave a fleet that survives k failures; 0 where it does not now."""
    if fleet.n_plus(k).ok is not True:
        return 0
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        more = fleet.add(dict(size), middle)
        if not more.unplaced and more.n_plus(k).ok is True:
            low = middle
        else:
            high = middle - 1
    return low


def _exhausted(levels: list[Level], lack: Unsaid) -> list[tuple[Level, ExhaustionReport]]:
    found: list[tuple[Level, ExhaustionReport]] = []
    for level in levels:
        what = f"when {level.what} run out" if level.what.endswith("s used") else f"when {level.what} is full"
        times = level.series.dropna().index
        days = (times[-1] - times[0]).total_seconds() / 86_400 if len(times) else 0.0
        if not len(times):
            lack.rows.append((what, "it is known at no time"))
            continue
        if days < LEAST_DAYS:
            lack.rows.append((what, f"{days:.2g} days of data tell no trend; {LEAST_DAYS:g} are the least"))
            continue
        if level.limit <= 0:
            lack.rows.append((what, "there is nothing of it"))
            continue
        report = lack.ask(what, lambda level=level: exhaustion(level.asked, level.limit))
        if report is not None:
            found.append((level, report))
    return found


def _contention(usage: Usage, vcpus: pd.DataFrame | None) -> ContentionReport | None:
    if DELAY not in usage.more:
        raise ValueError(f"the usage frame has no column {DELAY!r}")
    if np.isnan(usage.more[DELAY]).all():
        raise ValueError("no host counts how long vCPUs wait (delay), or no sample has it")
    return contention(usage, vcpus)


def _candidates(sized: RightsizingReport | None, unused: IdleReport | None) -> pd.DataFrame:
    """A row a guest that should be stopped, shrunk or grown, with what that saves."""
    columns = [
        "action", "host", "domain", "name", "vcpus", "to_vcpus", "memory_bytes", "to_memory_bytes",
        "saving_vcpus", "saving_memory_bytes", "risk_cpu", "risk_seconds_per_day", "confidence", "because",
    ]  # fmt: skip
    if sized is None:
        return pd.DataFrame({name: [] for name in columns})
    frame = sized.frame()
    stop = _stopped(unused)
    rows: list[dict[str, Any]] = []
    for row in frame.to_dict("records"):
        domain = str(row["domain"])
        plain = {name: row[name] for name in ("host", "domain", "name", "vcpus", "memory_bytes")}
        plain["confidence"] = row["confidence"]
        if domain in stop:
            rows.append(
                plain
                | {
                    "action": "stop", "to_vcpus": 0, "to_memory_bytes": 0, "saving_vcpus": row["vcpus"],
                    "saving_memory_bytes": row["memory_bytes"], "because": stop[domain],
                }
            )  # fmt: skip
            continue
        cpu = row["cpu_action"] in ("shrink", "grow")
        memory = row["memory_action"] in ("shrink", "grow")
        actions = {str(row[f"{one}_action"]) for one, said in (("cpu", cpu), ("memory", memory)) if said}
        if not actions:
            continue
        reasons = [f"vCPUs: {row['cpu_reason']}"] if cpu else []
        reasons += [f"memory: {row['memory_reason']}"] if memory else []
        rows.append(
            plain
            | {
                "action": " and ".join(one for one in ("grow", "shrink") if one in actions),
                "to_vcpus": row["recommended_vcpus"] if cpu else row["vcpus"],
                "to_memory_bytes": row["recommended_memory_bytes"] if memory else row["memory_bytes"],
                "saving_vcpus": row["saving_vcpus"] if cpu else 0,
                "saving_memory_bytes": row["saving_memory_bytes"] if memory else 0,
                "risk_cpu": row["risk_cpu"],
                "risk_seconds_per_day": row["risk_seconds_per_day"],
                "because": "; ".join(reasons),
            }
        )
    found = pd.DataFrame(rows, columns=columns)
    order = {"stop": 0, "shrink": 1, "grow and shrink": 2, "grow": 3}
    return found.sort_values(
        ["action", "saving_vcpus"], kind="stable", ignore_index=True,
        key=lambda one: one.map(order) if one.name == "action" else -one.astype(float),
    )  # fmt: skip


def _rules_that_cannot_tell(unused: IdleReport) -> list[tuple[str, str]]:
    frame = unused.frame()
    return [
        (f"idle by {rule}", str(rows["because"].iloc[0]))
        for rule, rows in frame.groupby("rule", sort=False)
        if rows["idle"].isna().all()
    ]


def _stopped(unused: IdleReport | None) -> dict[str, str]:
    """Guests that most of the rules that can tell call idle, with what the first of these says."""
    if unused is None:
        return {}
    frame = unused.frame().dropna(subset=["idle"])
    found: dict[str, str] = {}
    for domain, rows in frame.groupby("domain", sort=False):
        yes = rows[rows["idle"].astype(bool)]
        if 2 * len(yes) > len(rows):
            rules = f"idle by {len(yes)} of {count(len(rows), 'rule')} that can tell"
            found[str(domain)] = f"{rules}; {yes['rule'].iloc[0]}: {yes['because'].iloc[0]}"
    return found


def _after(fleet: Fleet, candidates: pd.DataFrame, k: int) -> NPlusReport | None:
    """Survival of the fleet with the candidates stopped and resized; None without any."""
    if not len(candidates):
        return None
    domains = fleet.domains
    key = "domain" if "domain" in domains else "name"
    changes = candidates.set_index(key)
    gone = changes.index[changes["action"] == "stop"]
    domains = domains[~domains[key].isin(gone)].reset_index(drop=True)
    for column in ("vcpus", "memory_bytes"):
        wanted = domains[key].map(changes[f"to_{column}"])
        domains[column] = domains[column].where(wanted.isna().to_numpy(), wanted.to_numpy()).astype("Int64")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        try:
            return Fleet.from_frames(fleet.hosts, domains, fleet.policy).n_plus(k)
        except ValueError:  # a group of the policy names one that is stopped
            return None
