"""What the verbs of `Fleet` do to its `State`: hosts and guests come, go and change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import TYING
from virtsdk.capacity.room import frames, inputs
from virtsdk.capacity.room.arrays import Arrays, Ints
from virtsdk.capacity.room.fit import fit, sizes
from virtsdk.capacity.room.solve import solve
from virtsdk.capacity.room.state import State, moves_frame
from virtsdk.display import listing

_TEMPLATE = ("vcpus", "memory_bytes", "name", "hugepages_bytes", "cell", "cpu_model", "disk_bytes", "tags")
_OWN = ("host", "domain", "state", "run_id", *TYING)
"""Columns that a guest like another does not have from it: a copy is not pinned and has no device."""
_HOST = (
    "host", "cpus", "cores", "memory_bytes", "hugepages_bytes", "numa_cells", "cpu_model", "maintenance",
    "rack", "disk_bytes",
)  # fmt: skip


def remove_hosts(fleet: State, names: list[str], *, live: bool) -> State:
    """Take hosts away and place their guests on the others; `live` keeps the steps."""
    hosts, arrays = fleet.hosts, fleet.arrays
    strange = [one for one in names if one not in set(hosts["host"])]
    if strange:
        known = listing.names(map(repr, hosts["host"]))
        raise ValueError(f"there is no host {strange[0]!r} in the fleet; there are {known}")
    down = np.flatnonzero(hosts["host"].isin(names))
    lost = arrays.on(down)
    left = arrays.without(down)
    done = left.placed(lost, _places(left, lost))
    moved = fleet.with_places(done)
    moved = moved.assign(host=moved["host"].mask(moved["host"].isin(names)))  # of those that are off, too
    steps = _steps(fleet, arrays, done, lost) if live else moves_frame()
    kept = hosts[~hosts["host"].isin(names)].reset_index(drop=True)
    return replace(fleet, hosts=kept, domains=moved, moves=steps)


def add_guests(fleet: State, template: str | Mapping[str, Any], n: int) -> State:
    """Add guests of a size, and place what has no place."""
    count = checks.counter(n, "n")
    row = size_of(fleet, template)
    base = str(row.pop("name", None) or "new")
    taken = set(fleet.domains[inputs.who(fleet.domains)].dropna())
    names = _fresh(base, count, taken, always=isinstance(template, str))
    new = pd.DataFrame([row] * count)
    for key in ("name", "domain"):
        if key in fleet.domains.columns:
            new[key] = pd.array(names, dtype="str")
    if "state" in fleet.domains.columns:
        new["state"] = "running"
    for column in (*TYING, "hugepages_bytes", "disk_bytes"):
        if column in fleet.domains.columns and column not in new.columns:
            new[column] = column != "pinned" and 0
    new["host"] = pd.array([None] * count, dtype="str")
    if count and not isinstance(template, str):
        least = checks.numbers(fleet.hosts, "memory_bytes").min(initial=np.inf)
        odd = frames.small_template(float(row["memory_bytes"]), least)
        fleet = replace(fleet, notes=(*fleet.notes, *(one for one in odd if one not in fleet.notes)))
    domains = pd.concat([fleet.domains, new], ignore_index=True) if count else fleet.domains
    return _settled(replace(fleet, domains=_like(domains, fleet.domains), moves=moves_frame()))


def remove_guests(fleet: State, names: list[str]) -> State:
    """Remove guests, and place what has no place."""
    for one in names:
        frames.row_of(fleet.domains, one)  # refuses what is not there
    gone = inputs.named(fleet.domains, names)
    kept = fleet.domains[~gone].reset_index(drop=True)
    return _settled(replace(fleet, domains=kept, moves=moves_frame(), policy=_without(fleet, names)))


def resize_guest(fleet: State, name: str, vcpus: float | None, memory_bytes: int | None) -> State:
    """Change a guest's size where it is, and place what has no place."""
    frames.row_of(fleet.domains, name)
    row = inputs.named(fleet.domains, [name])
    if vcpus is None and memory_bytes is None:
        raise ValueError("vcpus or memory_bytes must be given")
    domains = fleet.domains.copy()
    for column, value in (("vcpus", vcpus), ("memory_bytes", memory_bytes)):
        if value is not None:
            figures = np.where(row, checks.scalar(value, column), checks.numbers(domains, column))
            domains[column] = pd.arrays.FloatingArray(figures, np.isnan(figures))
    hosts, domains_checked = fleet.hosts, domains[domains["host"].notna()]
    frames.checked(
        hosts, domains_checked, replace(fleet.policy, anti_affinity=(), affinity=(), protected=None)
    )
    return _settled(replace(fleet, domains=domains, moves=moves_frame()))


def add_hosts(fleet: State, row: str | Mapping[str, Any], n: int) -> State:
    """Add hosts, and place what has no place."""
    count = checks.counter(n, "n")
    hosts = fleet.hosts
    if isinstance(row, str):
        found = hosts[hosts["host"] == row]
        if found.empty:
            raise ValueError(
                f"there is no host {row!r} in the fleet; there are {listing.names(map(repr, hosts['host']))}"
            )
        values = cast("dict[str, Any]", found.iloc[0].to_dict())
        if "maintenance" in values:
            values["maintenance"] = False
    else:
        values = _mapping(
            row, "row", set(_HOST) | set(hosts.columns), ("memory_bytes", fleet.policy.cpu_column)
        )
    values = {**dict.fromkeys(_blank(hosts), False), **values}
    base = str(values.pop("host", None) or "new host")
    names = _fresh(base, count, set(hosts["host"]), always=isinstance(row, str))
    new = pd.DataFrame([values] * count)
    new["host"] = pd.array(names, dtype="str")
    together = pd.concat([hosts, new], ignore_index=True) if count else hosts
    policy = replace(fleet.policy, anti_affinity=(), affinity=(), protected=None)
    placed = fleet.domains[fleet.domains["host"].notna()]
    together, _ = frames.checked(_like(together, hosts), placed, policy)
    return _settled(replace(fleet, hosts=together, moves=moves_frame()))


def size_of(fleet: State, template: str | Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a new guest: of a mapping, or of a guest by its name."""
    if isinstance(template, str):
        row = cast("dict[str, Any]", fleet.domains.iloc[frames.row_of(fleet.domains, template)].to_dict())
        kept = {key: value for key, value in row.items() if key not in _OWN and not _is_missing(value)}
        return kept | {"name": template}
    known = set(_TEMPLATE) | (set(fleet.domains.columns) - {*_OWN})
    row = _mapping(template, "template", known, ("vcpus", "memory_bytes"))
    frames_row = pd.DataFrame([{**row, "host": "template", "name": str(row.get("name", "template"))}])
    for column in ("vcpus", "memory_bytes", "hugepages_bytes", "disk_bytes", "cell"):
        if column in row:
            checks.figures(frames_row, "template", column, "name")
    return row


def _settled(fleet: State) -> State:
    """Place the guests that have no host, where there is room."""
    arrays = fleet.arrays
    lost = np.flatnonzero(arrays.at < 0)
    if not len(lost):
        return fleet
    done = arrays.placed(lost, _places(arrays, lost))
    return replace(fleet, domains=fleet.with_places(done))


def _places(arrays: Arrays, guests: Ints) -> Ints:
    """A host for each guest, -1 for none; where not all fit, those that are protected go first."""
    units = arrays.units(guests)
    if len(guests) > 2000:  # many of one size: one pass is all that is tried
        return units.spread(fit(arrays, units, hosts=arrays.usable))
    verdict = solve(arrays, units)
    at = units.spread(verdict.at)
    if verdict.ok or arrays.protected[guests].all() or not arrays.protected[guests].any():
        return at
    first = guests[arrays.protected[guests]]
    units = arrays.units(first)
    then = arrays.placed(first, units.spread(solve(arrays, units).at))
    rest = guests[~arrays.protected[guests]]
    units = then.units(rest)
    return then.placed(rest, units.spread(solve(then, units).at)).at[guests]


def _steps(fleet: State, before: Arrays, after: Arrays, guests: Ints) -> pd.DataFrame:
    """The moves from one placement to another, largest guest first."""
    order = guests[np.argsort(-sizes(before.needs[guests], before.scale), kind="stable")]
    order = order[after.at[order] >= 0]
    load = before.load.copy()
    rows: list[dict[str, Any]] = []
    counted = fleet.counted
    uuid = counted["domain" if "domain" in counted.columns else "name"].to_numpy()
    for step, guest in enumerate(order, 1):
        target = after.at[guest]
        load[target] += before.needs[guest]
        wanted = before.needs[guest] > 0
        share = load[target][wanted] / np.maximum(before.capacity[target][wanted], 1)
        rows.append(
            {
                "step": step, "domain": uuid[guest], "name": before.guests[guest],
                "from": before.hosts[before.at[guest]], "to": before.hosts[target],
                "memory_bytes": counted["memory_bytes"].iloc[guest],
                "after_share": float(share.max(initial=0)),
            }
        )  # fmt: skip
    return moves_frame(rows)


def _without(fleet: State, names: list[str]) -> Any:
    """The policy less the guests that are gone, so that it names none that is not there."""
    gone = fleet.domains[inputs.named(fleet.domains, names)]
    known = set(names)
    for key in ("name", "domain"):
        if key in gone.columns:
            known |= set(gone[key].dropna())
    policy = fleet.policy

    def kept(group: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in group if one not in known)

    return replace(
        policy,
        anti_affinity=tuple(left for group in policy.anti_affinity if (left := kept(group))),
        affinity=tuple(left for group in policy.affinity if (left := kept(group))),
        protected=None if policy.protected is None else kept(policy.protected),
    )


def _mapping(value: object, name: str, known: set[str], needed: tuple[str, ...]) -> dict[str, Any]:
    given: Any = value
    if isinstance(value, pd.Series):  # a row of such a frame: without what is its own, or missing
        said = cast("dict[str, Any]", value.to_dict())
        given = {key: one for key, one in said.items() if key in known and not _is_missing(one)}
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} must be a mapping or a name, not {given!r}")
    row: dict[str, Any] = {str(key): one for key, one in cast("Mapping[Any, Any]", given).items()}
    strange = [key for key in row if key not in known]
    if strange:
        keys = listing.names(sorted(known), 20)
        raise ValueError(f"unknown key {strange[0]!r} in {name}; known keys: {keys}")
    for key in needed:
        if _is_missing(row.get(key)):
            raise ValueError(f"{name} must have {key!r}")
    return row


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _fresh(base: str, count: int, taken: set[str], *, always: bool) -> list[str]:
    """Names that nobody has: the base itself for a single new one, else ``base+1``, ``base+2`` ..."""
    if count == 1 and not always and base not in taken:
        return [base]
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        if f"{base}+{number}" not in taken:
            names.append(f"{base}+{number}")
    return names


def _blank(hosts: pd.DataFrame) -> list[str]:
    return ["maintenance"] if "maintenance" in hosts.columns else []


def _like(frame: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Keep nullable types of columns that gained rows."""
    types = {
        column: model[column].dtype
        for column in model.columns
        if str(model[column].dtype) in ("Int64", "Float64", "boolean", "str")
    }
    return frame.astype(types)
