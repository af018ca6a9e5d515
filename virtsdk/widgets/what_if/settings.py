"""`Settings`: what the controls of a what-if say; `Ground`: the facts of its fleet that they start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.room import inputs
from virtsdk.display import listing

if TYPE_CHECKING:
    from virtsdk.capacity import Fleet, Policy

MOST_GUESTS: Final = 100_000
"""How many guests a step may add."""
ANY: Final[Mapping[str, Any]] = {"vcpus": 2, "memory_bytes": 4 * 2**30}
"""The size of new guests where the fleet has none that they could be like."""
RULES: Final = ("vcpu_ratio", "memory_ratio", "reserve_cpus", "reserve_memory_bytes")
"""Settings of the policy, each called as there."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the controls of a what-if say.

    Attributes
    ----------
    like
        Name or UUID of the guest that new ones are like; empty for 2 vCPUs and 4 GiB.
    add
        How many more guests.
    growth, months
        By how many percent the number of guests grows each month, and for how many months.
    vcpu_ratio, memory_ratio, reserve_cpus, reserve_memory_bytes
        As of `virtsdk.capacity.Policy`.
    fail, drain
        Names of hosts that fail, and that are emptied and removed.
    n_plus
        How many hosts may fail at once, in the question whether the fleet survives it.
    this_host
        The host that `WhatIfView.empty_this_host` empties; empty where there is none.
    """

    like: str
    add: int = 0
    growth: float = 0.0
    months: int = 0
    vcpu_ratio: float
    memory_ratio: float
    reserve_cpus: float
    reserve_memory_bytes: int
    fail: tuple[str, ...] = ()
    drain: tuple[str, ...] = ()
    n_plus: int = 1
    this_host: str = ""


class Ground:
    """The facts of a fleet that a what-if starts from: its hosts, its guests, its policy.

    Attributes
    ----------
    fleet, policy
        The fleet as it is, and its rules.
    hosts
        Names of the hosts, as in the fleet.
    largest
        The same, those with most memory first, of these those with most CPUs.
    fullest
        The same, by the largest share that is committed of any resource.
    guests
        How many guests count.
    typical
        The guest whose size is nearest to the mean; empty without guests whose figures are known.
    mean
        The mean size: vCPUs and bytes.
    cpus, memory_bytes
        Of the largest host.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.policy: Policy = fleet.policy
        hosts, domains = fleet.hosts, fleet.domains
        cpus = hosts[self.policy.cpu_column]
        self.hosts: tuple[str, ...] = tuple(hosts["host"])
        by_size = hosts.assign(_cpus=cpus).sort_values(
            ["memory_bytes", "_cpus"], ascending=False, kind="stable"
        )
        self.largest: tuple[str, ...] = tuple(by_size["host"])
        room = fleet.headroom().frame()
        by_share = room.assign(_share=share_of(room)).sort_values("_share", ascending=False, kind="stable")
        self.fullest: tuple[str, ...] = tuple(by_share["host"])
        self.cpus = float(cpus.max()) if len(hosts) else 1.0
        self.memory_bytes = int(hosts["memory_bytes"].max()) if len(hosts) else 2**30

        counted = domains[inputs.counted(domains, self.policy)]
        self.guests = len(counted)
        self._sizes = pd.DataFrame(
            {
                "name": inputs.names_of(domains).astype("str"),
                "domain": domains["domain"] if "domain" in domains.columns else None,
                "vcpus": domains["vcpus"].astype("Float64"),
                "memory_bytes": domains["memory_bytes"].astype("Float64"),
            }
        )
        known: Any = self._sizes[inputs.counted(domains, self.policy)].dropna(
            subset=["vcpus", "memory_bytes"]
        )
        self.mean = tuple(float(known[one].mean()) for one in ("vcpus", "memory_bytes")) if len(known) else ()
        self.typical = ""
        if len(known):
            off = sum(
                ((known[one] - mean).abs() / (mean or 1))
                for one, mean in zip(("vcpus", "memory_bytes"), self.mean, strict=True)
            )
            self.typical = str(known.loc[off.astype(float).idxmin(), "name"])  # pyright: ignore

    @property
    def start(self) -> Settings:
        """Settings that change nothing."""
        return Settings(
            like=self.typical,
            **{name: getattr(self.policy, name) for name in RULES},
            n_plus=max(1, self.policy.fault_tolerance),
            this_host=self.fullest[0] if self.fullest else "",
        )

    def some_names(self, most: int = 200) -> tuple[str, ...]:
        """Names of guests to choose from, a few of each size first: a page does not hold 30,000."""
        names = self._sizes.dropna(subset=["vcpus", "memory_bytes"])
        few = names.groupby(["vcpus", "memory_bytes"], sort=False).head(3)
        return tuple(dict.fromkeys([*few["name"], *names["name"].head(most)]))[:most]

    def size(self, like: str) -> tuple[float, int]:
        """VCPUs and bytes of the guest that new ones are like.

        Raises
        ------
        ValueError
            There is no such guest, or a figure of it is missing.
        """
        if not like:
            return float(ANY["vcpus"]), int(ANY["memory_bytes"])
        found = self._sizes[(self._sizes["name"] == like) | (self._sizes["domain"] == like)]
        if found.empty:
            raise ValueError(f"there is no guest {like!r} in the fleet; {self._near(like)}")
        row = found.iloc[0]
        if pd.isna(row["vcpus"]) or pd.isna(row["memory_bytes"]):
            raise ValueError(f"guest {like!r} has a figure missing: new ones must be like another")
        return float(row["vcpus"]), int(row["memory_bytes"])

    def _near(self, like: str) -> str:
        return listing.there_is(like, self.some_names(2000))


def share_of(room: pd.DataFrame) -> pd.Series[float]:
    """The largest share of any resource, host by host, of a frame of `HeadroomReport`; NaN where unknown."""
    return _shares(room).max(axis=1, skipna=False)


def resource_of(room: pd.DataFrame) -> pd.Series[str]:
    """The resource that has it; ``"missing"`` where a figure is."""
    shares = _shares(room)
    known = shares.notna().all(axis=1)
    fullest: Any = shares.where(known, 0).idxmax(axis=1)
    return fullest.str.removesuffix("_share").where(known, "missing")


def _shares(room: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in room.columns if name.endswith("_share") and "_demand" not in name]
    shares = room[columns].astype("Float64").astype(float)
    for column in columns:  # no capacity: no share, and full where something is committed
        stem = column.removesuffix("_share")
        suffix = "" if stem == "vcpus" else "_bytes"
        none = room[f"{stem}_capacity{suffix}"].fillna(1) <= 0
        held = room[f"{stem}_committed{suffix}"].fillna(0) > 0
        shares.loc[none & held, column] = float("inf")
        shares.loc[none & ~held, column] = 1.0 if stem in ("vcpus", "memory") else 0.0
    return shares


def checked(ground: Ground, settings: Settings, **changes: Any) -> Settings:
    """Change settings after checking what was given.

    Raises
    ------
    ValueError, TypeError
        A name that is not there, a number out of its range, or another type.
    """
    given: dict[str, Any] = {}
    for name, value in changes.items():
        if name in ("fail", "drain"):
            given[name] = _hosts(ground, name, value)
        elif name == "this_host":
            _host(ground, name, value)
            given[name] = value
        elif name == "like":
            if not isinstance(value, str):
                raise TypeError(f"like must be the name of a guest, not {value!r}")
            ground.size(value)
            given[name] = value
        elif name in ("add", "months", "n_plus"):
            given[name] = checks.counter(value, name, 1 if name == "n_plus" else 0)
        elif name == "growth":
            given[name] = checks.scalar(value, name)
        elif name in RULES:
            given[name] = getattr(replace(ground.policy, **{name: value}), name)
        else:
            raise TypeError(f"unknown setting {name!r}; known settings: {listing.names(KNOWN, 20)}")
    return replace(settings, **given)


KNOWN: Final = tuple(Settings.__dataclass_fields__)
"""Names of all settings."""


def _hosts(ground: Ground, name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping) or not (isinstance(value, str) or hasattr(value, "__iter__")):
        raise TypeError(f"{name} must be names of hosts, not {value!r}")
    names = [value] if isinstance(value, str) else list(value)
    for one in names:
        _host(ground, name, one)
    chosen = set(names)
    return tuple(one for one in ground.hosts if one in chosen)


def _host(ground: Ground, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be names of hosts, not {value!r}")
    if value not in ground.hosts:
        raise ValueError(f"there is no host {value!r} in the fleet; {listing.there_is(value, ground.hosts)}")
