"""`PlacementReport`: the answer of `Fleet.place`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.room.answers.money import worth
from virtsdk.capacity.room.arrays import MILLI, Arrays, Ints
from virtsdk.capacity.room.placing import choose
from virtsdk.capacity.room.placing.exact import MOST_GUESTS
from virtsdk.capacity.room.placing.problem import stays
from virtsdk.capacity.room.placing.solver import is_there, optimize
from virtsdk.capacity.room.saying import broken_groups, percent
from virtsdk.capacity.room.state import State
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, shorten, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


def place(state: State, *, spread: bool = False, exact: bool = False) -> PlacementReport:
    """Answer `Fleet.place`, which describes the arguments."""
    checks.flag(spread, "spread")
    checks.flag(exact, "exact")
    fleet = state.arrays
    if exact and spread:
        raise ValueError("exact must be False with spread=True; it is about the fewest hosts")
    if exact:
        optimize("exact=True")
        movable = int((~stays(fleet)).sum())
        if movable > MOST_GUESTS:
            raise ValueError(f"exact must be False for more than {MOST_GUESTS} guests; there are {movable}")
    choice = choose.even(fleet) if spread else choose.fewest(fleet, exact=exact)
    return _report(state, choice, spread=spread)


def _report(state: State, choice: choose.Choice, *, spread: bool) -> PlacementReport:
    fleet = state.arrays
    done = fleet.placed(np.arange(len(fleet.guests)), choice.at)
    least = choice.bound.hosts
    complete = bool((choice.at >= 0).all())
    freed = np.setdiff1d(np.unique(fleet.at[fleet.at >= 0]), choice.at[choice.at >= 0])
    moved = (fleet.at >= 0) & (choice.at >= 0) & (choice.at != fleet.at)
    memory = _memory(state)
    return PlacementReport(
        spread=spread,
        ok=choice.fits,
        hosts_used=choice.hosts_used,
        hosts_before=len(np.unique(fleet.at[fleet.at >= 0])),
        lower_bound=least,
        bound_by=choice.bound.why,
        gap=_gap(choice.hosts_used, least) if complete else None,
        proof=_proof(choice) if not spread else None,
        method=choice.method,
        unplaced=fleet.guests_named(np.flatnonzero(choice.at < 0)),
        largest_share=_finite(float(choose.shares(done).max(initial=0))),
        moved=int(moved.sum()),
        moved_bytes=int(memory[moved].sum()),
        freed=tuple(fleet.hosts[int(one)] for one in freed),
        saved=_saved(state, freed),
        notes=(*state.notes, *_notes(fleet, done, spread=spread)),
        _frame=_frame(state, fleet, choice.at, memory),
    )


def _gap(used: int, least: int | None) -> float | None:
    if least is None:
        return None
    return 0.0 if used <= least else (used - least) / least if least else None


def _proof(choice: choose.Choice) -> str | None:
    if choice.fits is False:
        return f"no placement: {choice.bound.why}"
    return f"fewest: no placement on fewer hosts, by {choice.bound.why}" if choice.proven else None


def _saved(state: State, freed: Ints) -> float | None:
    fleet = state.arrays
    vcpus, memory = (
        int(fleet.capacity[freed, fleet.resources.index(one)].sum()) for one in ("vcpus", "memory")
    )
    return worth(state.policy, vcpus / MILLI, memory)


def _notes(fleet: Arrays, done: Arrays, *, spread: bool) -> Iterator[str]:
    fixed = stays(fleet) & (fleet.at >= 0)
    if fixed.any():
        names = fleet.guests_named(np.flatnonzero(fixed))
        yield f"stay where they are: {listing.names(shorten(one, 40) for one in names)}"
    yield from (f"stays against the policy: {one}" for one in broken_groups(done))
    over = np.flatnonzero((done.free < 0).any(axis=1))
    if len(over):
        names = [fleet.hosts[int(one)] for one in over]
        yield f"still over capacity, by guests that stay: {listing.names(names)}"
    if not spread and not is_there():
        yield "scipy (extra [solver]) is not installed: placements by patterns were not tried"


def _memory(state: State) -> Ints:
    return np.nan_to_num(checks.numbers(state.counted, "memory_bytes")).astype(np.int64)


def _frame(state: State, fleet: Arrays, at: Ints, memory: Ints) -> pd.DataFrame:
    counted = state.counted
    names = np.array([*fleet.hosts, None], dtype=object)
    known = ~np.isnan(checks.numbers(counted, "memory_bytes"))
    identity = counted["domain" if "domain" in counted.columns else "name"]
    return pd.DataFrame(
        {
            "domain": pd.array(identity.to_numpy(dtype=object), dtype="str"),
            "name": pd.array(np.array(fleet.guests, dtype=object), dtype="str"),
            "host": pd.array(names[fleet.at], dtype="str"),
            "to": pd.array(names[at], dtype="str"),
            "vcpus": pd.array(checks.numbers(counted, "vcpus"), dtype="Float64"),
            "memory_bytes": pd.arrays.IntegerArray(memory.copy(), ~known),
        }
    )


def _finite(share: float) -> float | None:
    return None if np.isinf(share) else share


@dataclass(frozen=True, repr=False)
class PlacementReport:
    """Answer of `Fleet.place`.

    Attributes
    ----------
    spread
        The question: evenly over all hosts, or on few.
    ok
        True: all guests have a host. False: it is proven that they have not. None: not decided.
    hosts_used
        How many hosts hold a guest, those with guests that stay among them.
    hosts_before
        How many do now.
    lower_bound
        So many are needed, whatever the placement; None where no number of the fleet's hosts would do.
    bound_by
        What the bound is from: "sum of memory", "sizes in vcpus" (dual-feasible functions), "anti-affinity",
        "guests that stay", "config-LP", "exact".
    gap
        ``(hosts_used - lower_bound) / lower_bound``: 0 is proven to be the fewest. None where guests are left
        without a host.
    proof
        A sentence where the answer is proven, None where it is not.
    method
        What found the placement: "first-fit-decreasing", "dot-product", "nearest", "best fit", "column
        generation", "exact", "spread", "as it is".
    unplaced
        Names of the guests without a host.
    largest_share
        The largest committed share of a resource on any host; None where one has no capacity for it.
    moved, moved_bytes
        Guests whose host changes, and their memory.
    freed
        Hosts that hold guests now and would not.
    saved
        What the freed hosts' capacity is worth at the policy's prices; None without prices.
    notes
        What was not looked at, what stays, and what stays open.
    """

    spread: bool
    ok: bool | None
    hosts_used: int
    hosts_before: int
    lower_bound: int | None
    bound_by: str
    gap: float | None
    proof: str | None
    method: str
    unplaced: tuple[str, ...]
    largest_share: float | None
    moved: int
    moved_bytes: int
    freed: tuple[str, ...]
    saved: float | None
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the placement.

        Returns
        -------
        pandas.DataFrame
            One row per guest that counts, in the order given: ``domain`` (UUID, or name where there is none),
            ``name``, ``host`` (now; missing where it has none), ``to`` (missing where it finds none),
            ``vcpus``, ``memory_bytes``.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``guests`` (one dict a row of `frame`, None for missing)."""
        names = [name for name in self.__dataclass_fields__ if name != "_frame"]
        plain = {name: getattr(self, name) for name in names}
        rows = listing.records(self._frame)
        return {
            **{name: list(one) if isinstance(one, tuple) else one for name, one in plain.items()},  # pyright: ignore
            "guests": rows,
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw how many guests each host holds, now and then (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        return room_charts.placement(self._frame, self._headline(), interactive=interactive)

    def _headline(self) -> str:
        hosts = count(self.hosts_used, "host")
        if self.ok is not True:
            lost = count(len(self.unplaced), "guest")
            said = "proven" if self.ok is False else "not proven"
            return f"{lost} without a host ({said} that not all fit), the others on {hosts}"
        if self.spread:
            share = "" if self.largest_share is None else f", the fullest at {percent(self.largest_share)}"
            return f"evenly on {hosts}{share}"
        if not self.hosts_used:
            return "no guests to place"
        if self.hosts_used > self.hosts_before:
            fewer = (
                "and no fewer (proven)" if self.gap == 0 else f"and at least {self.lower_bound} are needed"
            )
            return f"{hosts} do, {fewer}; now it is {self.hosts_before}, too full or against a rule"
        if self.gap == 0:
            return f"{hosts} of {self.hosts_before} do, and no fewer (proven)"
        return f"{hosts} of {self.hosts_before} do; at least {self.lower_bound} are needed"

    def _table(self) -> tuple[list[str], list[list[object]]]:
        frame = self._frame
        before, after = frame["host"].value_counts(), frame["to"].value_counts()
        memory = frame.groupby("to")["memory_bytes"].sum()
        names = sorted(set(before.index) | set(after.index))
        return ["host", "guests now", "then", "memory then"], [
            [name, int(before.get(name, 0)), int(after.get(name, 0)), size(float(memory.get(name, 0)))]
            for name in names
        ]

    def __repr__(self) -> str:
        header, rows = self._table()
        table = columns(header, rows) if rows else "no guests"
        return "\n".join([f"<PlacementReport {self._headline()}>", table, *self.notes])

    def _repr_html_(self) -> str:
        header, rows = self._table()
        said = [self.proof] if self.proof else []
        if self.unplaced:
            said.append(f"without a host: {listing.names(self.unplaced, 20)}")
        if self.moved:
            said.append(f"{count(self.moved, 'guest')} would move, {size(self.moved_bytes)} of memory")
        return html.view(
            html.heading("Placement", self._headline()),
            html.table(header, rows) if rows else html.paragraph("no guests"),
            *(html.paragraph(one) for one in (*said, *self.notes)),
            title="placement",
        )
