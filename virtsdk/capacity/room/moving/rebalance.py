"""`RebalanceReport`: the answer of `Fleet.rebalance`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.room.answers.money import worth
from virtsdk.capacity.room.arrays import MILLI, Ints
from virtsdk.capacity.room.frames import texts_of
from virtsdk.capacity.room.moving import plan
from virtsdk.capacity.room.moving.ground import Ground
from virtsdk.capacity.room.moving.plan import Goal
from virtsdk.capacity.room.saying import percent
from virtsdk.capacity.room.state import State, moves_frame
from virtsdk.display import html, listing
from virtsdk.display.text import begun, columns, count, shorten, size

if TYPE_CHECKING:
    from virtsdk.capacity.room.fleet import Fleet
    from virtsdk.capacity.room.moving.timed import MigrationsReport
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a search for moves led to: the fleet after them, and what is said of them."""

    state: State
    met: bool
    stuck: tuple[str, ...]
    emptied: tuple[str, ...]
    saved: float | None
    shares: pd.DataFrame


def rebalance(
    state: State, goal: Goal, hosts: str | Iterable[str] | None, budget_bytes: float | None
) -> tuple[Outcome, tuple[str, ...] | None]:
    """Answer `Fleet.rebalance`, which describes the arguments."""
    if goal not in get_args(Goal):
        raise ValueError(f"goal must be one of {listing.names(map(repr, get_args(Goal)))}, not {goal!r}")
    names = _names(state, goal, hosts)
    budget = float("inf") if budget_bytes is None else checks.scalar(budget_bytes, "budget_bytes")
    fleet = state.arrays
    memory = np.nan_to_num(checks.numbers(state.counted, "memory_bytes")).astype(np.int64)
    ground = Ground(fleet, memory)
    before = ground.shares()
    if goal == "relieve":
        met, stuck = plan.to_relieve(ground, budget)
    elif goal == "spread":
        met, stuck = plan.to_spread(ground, budget)
    elif names is None:
        met, stuck = plan.to_empty_many(ground, budget)
    else:
        met, stuck = plan.to_empty(ground, [ground.fleet.hosts.index(one) for one in names], budget)
    rows = _steps(state, ground)
    after = ground.shares()
    at = plan.in_rows(ground, len(fleet.guests))
    done = fleet.placed(np.arange(len(fleet.guests)), at)
    emptied = np.setdiff1d(np.unique(fleet.at[fleet.at >= 0]), at[at >= 0])
    moved = replace(state, domains=state.with_places(done), moves=moves_frame(rows))
    sorted_names = pd.array(np.array(ground.fleet.hosts, dtype=object), dtype="str")
    shares = pd.DataFrame({"host": sorted_names, "before": before, "after": after})
    outcome = Outcome(
        state=moved, met=met, stuck=tuple(stuck), emptied=tuple(fleet.hosts[int(one)] for one in emptied),
        saved=_saved(state, emptied), shares=shares,
    )  # fmt: skip
    return outcome, names


def _names(state: State, goal: Goal, hosts: str | Iterable[str] | None) -> tuple[str, ...] | None:
    if hosts is None:
        return None
    if goal != "empty":
        raise ValueError(f"hosts must be left out for goal={goal!r}; goal='empty' takes it")
    names = tuple(texts_of(hosts, "hosts"))
    for one in names:
        if one not in state.arrays.hosts:
            known = listing.names(map(repr, state.arrays.hosts))
            raise ValueError(f"there is no host {one!r} in the fleet; there are {known}")
    return names


def _saved(state: State, hosts: Ints) -> float | None:
    fleet = state.arrays
    vcpus, memory = (
        int(fleet.capacity[hosts, fleet.resources.index(one)].sum()) for one in ("vcpus", "memory")
    )
    return worth(state.policy, vcpus / MILLI, memory)


def _steps(state: State, ground: Ground) -> list[dict[str, Any]]:
    """The rows of `Fleet.moves`, after checking each step once more by itself."""
    fleet, counted = ground.fleet, state.counted
    uuid = counted["domain" if "domain" in counted.columns else "name"].to_numpy()
    load, at = fleet.load.copy(), fleet.at.copy()
    rows: list[dict[str, Any]] = []
    for unit, target in ground.moves:
        for guest in ground.units[unit].guests:
            source = int(at[guest])
            load[target] += fleet.needs[guest]
            assert (load[target] <= fleet.capacity[target]).all(), "a step that overcommits"
            wanted = load[target] > 0
            share = load[target][wanted] / np.maximum(fleet.capacity[target][wanted], 1)
            rows.append(
                {
                    "step": len(rows) + 1, "domain": uuid[ground.guest_rows[guest]],
                    "name": fleet.guests[guest], "from": fleet.hosts[source], "to": fleet.hosts[target],
                    "memory_bytes": int(ground.memory[guest]), "after_share": float(share.max(initial=0)),
                }
            )  # fmt: skip
            load[source] -= fleet.needs[guest]
            at[guest] = target
    return rows


@dataclass(frozen=True, repr=False)
class RebalanceReport:
    """Answer of `Fleet.rebalance`; `frame` has the steps.

    Attributes
    ----------
    goal, hosts, budget_bytes
        The question.
    met
        The goal is reached after the steps; with no steps, it was reached before. For "empty" without
        hosts: at least one host is emptied, or it is proven that all of them are needed.
    steps
        How many moves.
    bytes
        Memory that they send.
    stuck
        Sentences on what is in the way where the goal is not reached.
    emptied
        Hosts that hold nothing after the steps, and did before.
    saved
        What the emptied hosts' capacity is worth at the policy's prices; None without prices.
    fleet
        The fleet after the steps; its ``moves`` are the steps.
    notes
        What was not looked at, and what stays open.
    """

    goal: Goal
    hosts: tuple[str, ...] | None
    budget_bytes: float | None
    met: bool
    steps: int
    bytes: int
    stuck: tuple[str, ...]
    emptied: tuple[str, ...]
    saved: float | None
    fleet: Fleet = field(compare=False)
    notes: tuple[str, ...]
    _shares: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the steps, in order; each can be made when the one before is done.

        Returns
        -------
        pandas.DataFrame
            One row per move: ``step`` (from 1), ``domain`` (UUID, or name where there is none), ``name``,
            ``from``, ``to``, ``memory_bytes``, ``after_share`` (the largest committed share of a resource on
            the target after the step, at most 1). A guest that makes room on its way has two rows.
        """
        return self.fleet.moves

    def shares(self) -> pd.DataFrame:
        """Give the largest committed share of a resource on each host.

        Returns
        -------
        pandas.DataFrame
            One row per host, by name: ``host``, ``before``, ``after``; 1 is full.
        """
        return self._shares.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, ``moves`` and ``shares`` (one dict a row)."""
        names = ("goal", "budget_bytes", "met", "steps", "bytes", "saved")
        plain: dict[str, Any] = {name: getattr(self, name) for name in names}
        shares = [
            {key: None if one == np.inf else one for key, one in row.items()}
            for row in self._shares.to_dict("records")
        ]
        return {
            **plain,
            "hosts": None if self.hosts is None else list(self.hosts),
            "stuck": list(self.stuck),
            "emptied": list(self.emptied),
            "notes": list(self.notes),
            "moves": self.frame().astype(object).to_dict("records"),
            "shares": shares,
        }

    def migrations(
        self,
        bandwidth: float,
        dirty_bytes_per_second: float | Mapping[str, float] = 0.0,
        max_downtime: float = 0.3,
    ) -> MigrationsReport:
        """Work out how long the moves take; as `Fleet.migrations`.

        Parameters
        ----------
        bandwidth, dirty_bytes_per_second, max_downtime
            As of `Fleet.migrations`.
        """
        return self.fleet.migrations(bandwidth, dirty_bytes_per_second, max_downtime)

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw the largest share of each host, before and after (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        return room_charts.shares(self._shares, begun(self._headline()), interactive=interactive)

    def _headline(self) -> str:
        moves = f"{count(self.steps, 'move')}, {size(self.bytes)}"
        what = {"relieve": "no host over its capacity", "spread": "shares are even"}.get(self.goal)
        if self.goal == "empty":
            what = f"{listing.names(self.emptied)} emptied" if self.emptied else "nothing to empty"
        if self.met and not self.steps:
            return f"nothing to do: {what}"
        if self.met:
            return f"{what} after {moves}"
        return (
            f"goal {self.goal!r} not reached, {moves} help"
            if self.steps
            else f"goal {self.goal!r} not reached, no moves"
        )

    def _rows(self) -> list[list[object]]:
        frame = self.frame()
        return [
            [
                row["step"],
                shorten(row["name"], 40),
                row["from"],
                row["to"],
                size(row["memory_bytes"]),
                percent(row["after_share"]),
            ]
            for row in frame.astype(object).to_dict("records")
        ]

    def __repr__(self) -> str:
        rows = self._rows()
        header = ["step", "guest", "from", "to", "memory", "target then"]
        table = [columns(header, rows)] if rows else []
        return "\n".join([f"<RebalanceReport {self._headline()}>", *table, *self.stuck, *self.notes])

    def _repr_html_(self) -> str:
        rows = self._rows()
        header = ["step", "guest", "from", "to", "memory", "target then"]
        return html.view(
            html.heading("Rebalance", self._headline()),
            html.table(header, rows) if rows else html.paragraph("no moves"),
            *(html.paragraph(one) for one in (*self.stuck, *self.notes)),
            title="rebalance",
        )
