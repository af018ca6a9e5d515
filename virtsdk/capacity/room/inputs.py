"""Frames to `Arrays`: columns that are checked, optional ones used where they are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import TYING, Policy
from virtsdk.capacity.room.arrays import MILLI, TIES, Arrays, Ints
from virtsdk.stats.samples.derive import has_process

HOSTS: Final = "host.node_info().frame()"
DOMAINS: Final = "host.domains.frame() or host.stats().domains"


def whole(values: Any) -> Any:
    """Round down to whole units; what only binary fractions keep below a whole number counts as whole."""
    return ((values.astype("Float64") + 1e-6) // 1).astype("Int64")


def counted(domains: pd.DataFrame, policy: Policy) -> Any:
    """Tell which guests count: all, or those that are not off, as the policy says (a mask)."""
    if policy.count_inactive or "state" not in domains.columns:
        return np.ones(len(domains), bool)
    return has_process(domains).to_numpy(bool)


def who(domains: pd.DataFrame) -> str:
    """The column that names a guest in messages."""
    return next((key for key in ("name", "domain") if key in domains.columns), "host")


def resources(hosts: pd.DataFrame, domains: pd.DataFrame) -> list[str]:
    """Resources that both frames know: vcpus, memory; hugepages, disk, cells where columns are there."""
    found = ["vcpus", "memory"]
    for name, column in (("hugepages", "hugepages_bytes"), ("disk", "disk_bytes")):
        if column in hosts.columns and column in domains.columns:
            found.append(name)
    if "cell" in domains.columns and "numa_cells" in hosts.columns and domains["cell"].notna().any():
        most = max(int(domains["cell"].max()) + 1, int(hosts["numa_cells"].max()) if len(hosts) else 0)
        found += [f"cell {number}" for number in range(most)]
    return found


def build(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy) -> Arrays:
    """Make arrays of frames that were checked.

    Parameters
    ----------
    hosts, domains
        As `checks` let them pass; domains are those that count, ``host`` is missing where one is on none.
    policy
        Ratios, reserves and groups.
    """
    known = resources(hosts, domains)
    names = [str(name) for name in domains[who(domains)]]
    needs, unknown = _needs(domains, known)
    models = _numbers(_text(hosts, "cpu_model"), _text(domains, "cpu_model"))
    tied = np.zeros(len(domains), np.int64)
    for number, column in enumerate(TYING, 1):
        if column in domains.columns and column not in policy.movable:
            values = domains[column]
            tied[(tied == 0) & (values.fillna(0).astype(float) > 0).to_numpy(bool)] = number
            unknown |= values.isna().to_numpy(bool)
    assert len(TYING) + 1 == len(TIES)
    maintenance = "maintenance" in hosts.columns
    return Arrays(
        hosts=tuple(str(name) for name in hosts["host"]),
        guests=tuple(names),
        resources=tuple(known),
        capacity=_capacity(hosts, known, policy),
        needs=needs,
        at=pd.Index(hosts["host"]).get_indexer(pd.Index(domains["host"])).astype(np.int64),
        takes=~hosts["maintenance"].to_numpy(bool) if maintenance else np.ones(len(hosts), bool),
        host_model=models[0],
        guest_model=models[1],
        tied=tied,
        apart=_memberships(domains, policy.anti_affinity),
        together=_memberships(domains, policy.affinity)[:, :1].ravel()
        if policy.affinity
        else np.full(len(domains), -1),
        open=unknown,
        protected=np.ones(len(domains), bool)
        if policy.protected is None
        else named(domains, policy.protected),
    )


def named(domains: pd.DataFrame, names: Iterable[str]) -> Any:
    """Tell which guests are among the names, by name or UUID (a mask)."""
    wanted = list(names)
    found = np.zeros(len(domains), bool)
    for key in ("name", "domain"):
        if key in domains.columns:
            found |= domains[key].isin(wanted).to_numpy(bool)
    return found


def _capacity(hosts: pd.DataFrame, known: list[str], policy: Policy) -> Ints:
    physical = {column: checks.numbers(hosts, column) for column in (policy.cpu_column, "memory_bytes")}
    memory = physical["memory_bytes"] - policy.reserve_memory_bytes
    pages: Any = checks.numbers(hosts, "hugepages_bytes") if "hugepages" in known else 0
    columns = {
        "vcpus": whole((physical[policy.cpu_column] - policy.reserve_cpus).clip(lower=0) * policy.vcpu_ratio)
        * MILLI,
        "memory": whole((memory - pages).clip(lower=0) * policy.memory_ratio),
    }
    if "hugepages" in known:
        columns["hugepages"] = whole((pages - policy.reserve_hugepages).clip(lower=0))
    if "disk" in known:
        columns["disk"] = whole(checks.numbers(hosts, "disk_bytes") * policy.disk_ratio)
    for name in known:
        if name.startswith("cell "):
            cells = checks.numbers(hosts, "numa_cells").clip(lower=1)
            there = cells > int(name.removeprefix("cell "))
            columns[name] = whole(memory.clip(lower=0) * policy.memory_ratio / cells).where(there, 0)
    return np.column_stack([columns[name].to_numpy(np.int64) for name in known]).reshape(-1, len(known))


def _needs(domains: pd.DataFrame, known: list[str]) -> tuple[Ints, Any]:
    vcpus = checks.numbers(domains, "vcpus") * MILLI
    memory = checks.numbers(domains, "memory_bytes")
    columns = {"vcpus": vcpus, "memory": memory}
    if "hugepages" in known:
        pages = checks.numbers(domains, "hugepages_bytes")
        columns |= {"hugepages": pages, "memory": (memory - pages).clip(lower=0)}
    if "disk" in known:
        columns["disk"] = checks.numbers(domains, "disk_bytes")
    for name in known:
        if name.startswith("cell "):
            inside = (domains["cell"] == int(name.removeprefix("cell "))).fillna(False).to_numpy(bool)
            columns[name] = memory.where(inside, 0)
    unknown = np.zeros(len(domains), bool)
    for values in columns.values():
        unknown |= values.isna().to_numpy(bool)
    needs = [np.ceil(columns[name].fillna(0).to_numpy(np.float64)).astype(np.int64) for name in known]
    return np.column_stack(needs).reshape(-1, len(known)), unknown


def _text(frame: pd.DataFrame, column: str) -> Any:
    return frame[column] if column in frame.columns else pd.Series([None] * len(frame), dtype="str")


def _numbers(one: Any, other: Any) -> tuple[Ints, Ints]:
    """Number the texts of two columns alike, -1 for missing."""
    codes, _ = pd.factorize(pd.concat([one.astype("str"), other.astype("str")], ignore_index=True))
    return codes[: len(one)].astype(np.int64), codes[len(one) :].astype(np.int64)


def _memberships(domains: pd.DataFrame, groups: Sequence[Sequence[str]]) -> Ints:
    """Numbers of the groups that each guest is in (G x n), padded with -1."""
    inside = [named(domains, group) for group in groups]
    depth = int(np.sum(inside, axis=0).max(initial=0)) if inside else 0
    members = np.full((len(domains), depth), -1)
    filled = np.zeros(len(domains), np.int64)
    for number, mask in enumerate(inside):
        rows = np.flatnonzero(mask)
        members[rows, filled[rows]] = number
        filled[rows] += 1
    return members
