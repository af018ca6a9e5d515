"""Frames to `Arrays`: columns that are checked, optional ones used where they are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.capacity import checks
from virtsdk.capacity.policy import TYING, Policy
from virtsdk.capacity.room.arrays import MILLI, TIES, Arrays, Bools, Ints
from virtsdk.display import listing
from virtsdk.display.text import shorten
from virtsdk.stats.samples.derive import has_process

Figures = NDArray[np.float64]
HOSTS: Final = "host.node_info().frame()"
DOMAINS: Final = "host.domains.frame() or host.stats().domains"


def whole(values: Figures) -> Any:
    """Round down to whole units as `down` does; missing for NaN."""
    absent = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(absent, 0, down(values)).astype(np.int64), absent)


def amounts(values: Figures) -> Any:
    """Keep vCPUs as they are, to a thousandth: whole numbers where all are; missing for NaN."""
    absent = np.isnan(values)
    exact = np.round(np.where(absent, 0, values), 3)
    if (exact % 1 == 0).all():
        return pd.arrays.IntegerArray(exact.astype(np.int64), absent)
    return pd.arrays.FloatingArray(exact, absent)


def down(values: Figures) -> Figures:
    """Round down to whole units; what only binary fractions keep below a whole number counts as whole."""
    return np.floor(values + 1e-6)


def counted(domains: pd.DataFrame, policy: Policy) -> Bools:
    """Tell which guests count: all, or those that are not off, as the policy says (a mask)."""
    on = running(domains)  # a state that is none is refused however guests count
    return np.ones(len(domains), bool) if policy.count_inactive else on


def running(domains: pd.DataFrame) -> Bools:
    """Tell which guests are not off (a mask); all, where the frame does not say."""
    if "state" not in domains.columns:
        return np.ones(len(domains), bool)
    return has_process(domains).to_numpy(bool)


def who(domains: pd.DataFrame) -> str:
    """The column that names a guest in messages."""
    return next((key for key in ("name", "domain") if key in domains.columns), "host")


def names_of(domains: pd.DataFrame) -> Any:
    """What each guest is called: its name, else its UUID."""
    names = domains[who(domains)]
    return (
        names.where(names.notna(), domains["domain"]) if {"name", "domain"} <= {*domains.columns} else names
    )


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
    names = [str(name) for name in names_of(domains)]
    needs, unknown = _needs(domains, known)
    at = pd.Index(hosts["host"]).get_indexer(pd.Index(domains["host"])).astype(np.int64)
    models = _models(hosts, domains, at)
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
        at=at,
        takes=~hosts["maintenance"].to_numpy(bool) if maintenance else np.ones(len(hosts), bool),
        host_model=models[0],
        guest_model=models[1],
        tied=tied,
        apart=_memberships(domains, policy.anti_affinity),
        together=_memberships(domains, policy.affinity).max(axis=1, initial=-1),
        open=unknown,
        protected=np.ones(len(domains), bool)
        if policy.protected is None
        else named(domains, policy.protected),
    )


def with_models(hosts: pd.DataFrame, domains: pd.DataFrame) -> pd.DataFrame:
    """Write down which CPU model each guest runs on, before it moves: its own, else its host's."""
    if "cpu_model" not in hosts.columns:
        return domains
    of_host = hosts.set_index("host")["cpu_model"].reindex(domains["host"]).set_axis(domains.index)
    own = domains["cpu_model"] if "cpu_model" in domains.columns else of_host
    return domains.assign(cpu_model=own.where(own.notna(), of_host))


def missing_figures(domains: pd.DataFrame, open_ones: Bools, figures: Sequence[str]) -> tuple[str, ...]:
    """Say of which guests, among those that are open, a figure is missing; a sentence a column."""
    if not open_ones.any():
        return ()
    notes: list[str] = []
    lacking = domains[open_ones]
    key = who(domains)
    for column in figures:
        names = lacking.loc[lacking[column].isna(), key]
        if len(names):
            whose = listing.names(shorten(str(name), 40) for name in names)
            notes.append(f"no {column} is known of {whose}: what is committed on their hosts stays open")
    return tuple(notes)


def figures_of(known: Sequence[str]) -> list[str]:
    """The columns of domains that hold what guests need of resources."""
    return [name if name == "vcpus" else f"{name}_bytes" for name in known if not name.startswith("cell ")]


def figures_used(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy) -> list[str]:
    """The columns of domains of which a missing value leaves a placement open."""
    ties = [name for name in TYING if name in domains.columns and name not in policy.movable]
    return figures_of(resources(hosts, domains)) + ties


def named(domains: pd.DataFrame, names: Iterable[str]) -> Bools:
    """Tell which guests are among the names, by name or UUID (a mask)."""
    wanted = list(names)
    found = np.zeros(len(domains), bool)
    for key in ("name", "domain"):
        if key in domains.columns:
            found |= domains[key].isin(wanted).to_numpy(bool)
    return found


def capacities(hosts: pd.DataFrame, known: Sequence[str], policy: Policy) -> dict[str, Figures]:
    """What each host may commit of each resource, in vCPUs and bytes, rounded down.

    Parameters
    ----------
    hosts
        A hosts frame that was checked.
    known
        Resources, as `resources` names them.
    policy
        Ratios and reserves.
    """
    cpus = checks.numbers(hosts, policy.cpu_column) - policy.reserve_cpus
    memory = checks.numbers(hosts, "memory_bytes") - policy.reserve_memory_bytes
    pages = checks.numbers(hosts, "hugepages_bytes") if "hugepages" in known else np.zeros(len(hosts))
    columns = {
        "vcpus": np.maximum(cpus, 0) * policy.vcpu_ratio,
        "memory": np.maximum(memory - pages, 0) * policy.memory_ratio,
        "hugepages": np.maximum(pages - policy.reserve_hugepages, 0),
    }
    if "disk" in known:
        columns["disk"] = checks.numbers(hosts, "disk_bytes") * policy.disk_ratio
    for name in known:
        if name.startswith("cell "):
            cells = np.maximum(checks.numbers(hosts, "numa_cells"), 1)
            there = cells > int(name.removeprefix("cell "))
            columns[name] = np.where(there, np.maximum(memory, 0) * policy.memory_ratio / cells, 0)
    return {name: down(columns[name]) for name in known}


def needs(domains: pd.DataFrame, known: Sequence[str]) -> dict[str, Figures]:
    """What each guest holds of each resource, in vCPUs and bytes, NaN where it is not known."""
    memory = checks.numbers(domains, "memory_bytes")
    columns = {"vcpus": checks.numbers(domains, "vcpus"), "memory": memory}
    if "hugepages" in known:
        pages = checks.numbers(domains, "hugepages_bytes")
        columns |= {"hugepages": pages, "memory": np.maximum(memory - pages, 0)}
    if "disk" in known:
        columns["disk"] = checks.numbers(domains, "disk_bytes")
    for name in known:
        if name.startswith("cell "):
            inside = checks.numbers(domains, "cell") == int(name.removeprefix("cell "))
            columns[name] = np.where(inside, memory, 0)
    return {name: columns[name] for name in known}


def _capacity(hosts: pd.DataFrame, known: list[str], policy: Policy) -> Ints:
    found = capacities(hosts, known, policy)
    parts = [found[name].astype(np.int64) * (MILLI if name == "vcpus" else 1) for name in known]
    return np.column_stack(parts).reshape(-1, len(known))


def _needs(domains: pd.DataFrame, known: list[str]) -> tuple[Ints, Any]:
    found = needs(domains, known)
    unknown = np.zeros(len(domains), bool)
    for values in found.values():
        unknown |= np.isnan(values)
    parts = [
        np.ceil(np.nan_to_num(found[name]) * (MILLI if name == "vcpus" else 1)).astype(np.int64)
        for name in known
    ]
    return np.column_stack(parts).reshape(-1, len(known)), unknown


def _text(frame: pd.DataFrame, column: str) -> Any:
    return frame[column] if column in frame.columns else pd.Series([None] * len(frame), dtype="str")


def _models(hosts: pd.DataFrame, domains: pd.DataFrame, at: Ints) -> tuple[Ints, Ints]:
    """Number the CPU models of hosts and guests alike, -1 for unknown; a guest's own, else its host's."""
    texts = [_text(frame, "cpu_model").astype("str") for frame in (hosts, domains)]
    codes = pd.factorize(pd.concat(texts, ignore_index=True))[0].astype(np.int64)
    of_hosts, of_guests = codes[: len(hosts)], codes[len(hosts) :]
    inherited = np.where(at >= 0, of_hosts[at], -1) if len(hosts) else of_guests
    return of_hosts, np.where(of_guests >= 0, of_guests, inherited)


def _memberships(domains: pd.DataFrame, groups: Sequence[Sequence[str]]) -> Ints:
    """Numbers of the groups that each guest is in (G x n), padded with -1."""
    names = [one for group in groups for one in group]
    numbers = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    pairs: list[Ints] = [np.zeros((0, 2), np.int64)]
    for key in ("name", "domain"):
        if key in domains.columns and names:
            known = np.flatnonzero(domains[key].notna())
            found = pd.Index(domains[key].iloc[known]).get_indexer(pd.Index(names, dtype="str"))
            pairs.append(np.column_stack([known[found[found >= 0]], numbers[found >= 0]]))
    members = np.unique(np.concatenate(pairs), axis=0)  # by guest; one that is named in both ways is once
    nth = np.arange(len(members)) - np.searchsorted(members[:, 0], members[:, 0])
    filled = np.full((len(domains), int(nth.max(initial=-1)) + 1), -1)
    filled[members[:, 0], nth] = members[:, 1]
    return filled
