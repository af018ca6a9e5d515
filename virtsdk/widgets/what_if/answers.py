"""What a fleet answers in a what-if: its room, what runs out first, its fullest hosts, its survival."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.display.text import size
from virtsdk.widgets.what_if.settings import ANY, Ground, Settings, resource_of, share_of
from virtsdk.widgets.what_if.steps import Step

if TYPE_CHECKING:
    from virtsdk.capacity import Fleet, HeadroomReport
    from virtsdk.capacity.room.answers.guests_left import GuestsLeft
    from virtsdk.capacity.room.n_plus import NPlusReport

_NEAR = 0.25  # of the mean: a pattern of growth that is as good as it


@dataclass(frozen=True)
class Room:
    """How much room a fleet has.

    Attributes
    ----------
    fleet, settings, steps
        The fleet, and what led to it.
    headroom, left
        Its answers: what is free, and how many more guests fit.
    guests, unplaced
        How many guests count, and how many of them have no host.
    vcpus_free, memory_free_bytes
        Of all hosts that take guests, together, where there is room; None where a figure is missing.
    shares
        One row per host, the fullest first: ``host``, ``resource`` and ``share``.
    notes
        What may mislead.
    """

    fleet: Fleet
    settings: Settings
    steps: tuple[Step, ...]
    headroom: HeadroomReport
    left: GuestsLeft
    guests: int
    unplaced: int
    vcpus_free: float | None
    memory_free_bytes: float | None
    shares: pd.DataFrame
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, ground: Ground, fleet: Fleet, settings: Settings, steps: Sequence[Step] = ()) -> Room:
        """Ask a fleet."""
        vcpus, memory = ground.size(settings.like)
        headroom = fleet.headroom()
        frame = headroom.frame()
        takes = (
            ~frame["maintenance"].astype(bool) if "maintenance" in frame.columns else frame["host"].notna()
        )
        shares = pd.DataFrame(
            {"host": frame["host"], "resource": resource_of(frame), "share": share_of(frame)}
        ).sort_values("share", ascending=False, kind="stable", ignore_index=True)
        joined = sum(step.arguments[1] for step in steps if step.verb == "add")
        return cls(
            fleet=fleet,
            settings=settings,
            steps=tuple(steps),
            headroom=headroom,
            left=fleet.guests_left(settings.like or ANY),
            guests=ground.guests + joined,
            unplaced=len(fleet.unplaced),
            vcpus_free=_free(frame[takes], "vcpus_headroom"),
            memory_free_bytes=_free(frame[takes], "memory_headroom_bytes"),
            shares=shares,
            notes=_far_from_mean(ground, vcpus, memory) if settings.growth and settings.months else (),
        )

    @property
    def months_left(self) -> int | None:
        """How many months of growth still fit after these, about; None without growth."""
        rate = self.settings.growth / 100
        if not rate or not self.guests:
            return None
        return math.floor(math.log1p(self.left.total / self.guests) / math.log1p(rate) + 1e-9)

    @property
    def over(self) -> int:
        """How many hosts have more committed than the policy allows."""
        return int((self.shares["share"] > 1).sum())


@dataclass(frozen=True)
class Survival:
    """Whether a fleet survives failures: the report of `Fleet.n_plus`, or why there is none."""

    k: int
    report: NPlusReport | None
    why_not: str = ""

    @classmethod
    def of(cls, fleet: Fleet, k: int) -> Survival:
        """Ask a fleet."""
        if not len(fleet.hosts):
            return cls(k, None, "no host is left")
        try:
            return cls(k, fleet.n_plus(k))
        except ValueError as error:
            return cls(k, None, str(error))


def beside(before: Room, after: Room) -> pd.DataFrame:
    """Put the shares of hosts before and after side by side.

    Returns
    -------
    pandas.DataFrame
        One row per host, the fullest afterwards first, those that are gone last: ``host``,
        ``resource_before``, ``before``, ``resource_after``, ``after`` (the largest share that is committed of
        what the policy allows, and of which resource; missing where it is not known, and for a host that is
        gone).
    """
    old = before.shares.rename(columns={"share": "before", "resource": "resource_before"})
    new = after.shares.rename(columns={"share": "after", "resource": "resource_after"})
    new["_order"] = range(len(new))
    both: Any = old.merge(new, on="host", how="outer", sort=False)
    both = both.sort_values("_order", kind="stable", ignore_index=True, na_position="last")
    return both[["host", "resource_before", "before", "resource_after", "after"]]


def _far_from_mean(ground: Ground, vcpus: float, memory: int) -> tuple[str, ...]:
    """Say so where growth by guests of this size is not growth of what they hold."""
    if not ground.mean or all(
        abs(one - mean) <= _NEAR * mean for one, mean in zip((vcpus, memory), ground.mean, strict=True)
    ):
        return ()
    mean_vcpus, mean_memory = ground.mean
    return (
        f"growth counts guests, each of {vcpus:g} vCPUs and {size(memory)}; the mean guest of the fleet has "
        f"{mean_vcpus:.3g} vCPUs and {size(mean_memory)}",
    )


def _free(frame: pd.DataFrame, column: str) -> float | None:
    total: Any = frame[column].clip(lower=0).sum(skipna=False)  # what one host lacks, another cannot lend
    return None if pd.isna(total) else float(total)
