"""`FleetReport`: headroom, survival and placement of a fleet in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
from virtsdk.capacity.room.arrays import MILLI
from virtsdk.capacity.room.n_plus import NPlusReport
from virtsdk.capacity.room.placing.placement import PlacementReport
from virtsdk.capacity.room.state import State
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


_SHOWN: Final = 1000
"""Guests up to which a repr works out how few hosts would do."""


@dataclass(frozen=True, repr=False)
class FleetReport:
    """Answer of `Fleet.report`.

    Attributes
    ----------
    headroom
        What is free, host by host.
    survival
        Whether the fleet survives its ``fault_tolerance`` (at least one host), by each rule of
        `Fleet.n_plus`; empty where it has not as many hosts.
    unplaced
        Names of the guests that have no host.
    guests, vcpus, memory_bytes
        How many guests count, and what they hold in all (memory without hugepages).
    notes
        What was not looked at, and what stays open.
    """

    headroom: HeadroomReport
    survival: tuple[NPlusReport, ...]
    unplaced: tuple[str, ...]
    guests: int
    vcpus: float
    memory_bytes: int
    notes: tuple[str, ...]
    _place: Callable[[], PlacementReport] = field(compare=False)

    @classmethod
    def of(
        cls,
        state: State,
        headroom: HeadroomReport,
        survival: tuple[NPlusReport, ...],
        place: Callable[[], PlacementReport],
    ) -> FleetReport:
        """Put answers about a fleet together; `place` is called when the placement is first read."""
        needs = state.arrays.needs
        return cls(
            headroom=headroom,
            survival=survival,
            unplaced=state.unplaced,
            guests=len(state.arrays.guests),
            vcpus=float(needs[:, 0].sum()) / MILLI,
            memory_bytes=int(needs[:, 1].sum()),
            notes=state.notes,
            _place=place,
        )

    @cached_property
    def placement(self) -> PlacementReport:
        """On how few hosts the guests would fit, `Fleet.place`; with no host kept free for a failure.

        Worked out when it is first read, and kept: in large fleets that takes seconds. `to_dict` reads it;
        of more than 1000 guests the repr tells of it only once it was read.
        """
        return self._place()

    @property
    def disagree(self) -> tuple[str, ...]:
        """Rules whose verdict is not that of "packing"."""
        if not self.survival:
            return ()
        truth = self.survival[0].ok
        return tuple(one.rule for one in self.survival if one.ok is not truth)

    def frame(self) -> pd.DataFrame:
        """Give the verdicts.

        Returns
        -------
        pandas.DataFrame
            One row per rule: ``rule``, ``k``, ``ok`` (boolean, missing where not decided), ``worst`` (names
            joined by commas), ``binding``, ``unplaced`` (how many guests), ``method``, ``agrees`` (with
            "packing", which says whether the guests really fit).
        """
        rows = [
            {
                "rule": one.rule,
                "k": one.k,
                "ok": one.ok,
                "worst": ", ".join(one.worst),
                "binding": one.binding,
                "unplaced": len(one.unplaced),
                "method": one.method,
                "agrees": one.rule not in self.disagree,
            }
            for one in self.survival
        ]
        types = {
            "rule": "str", "k": "Int64", "ok": "boolean", "worst": "str", "binding": "str",
            "unplaced": "Int64", "method": "str", "agrees": "boolean",
        }  # fmt: skip
        return pd.DataFrame(rows, columns=list(types)).astype(types)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``headroom``, ``survival`` (a dict a rule), ``placement``, and the others."""
        return {
            "headroom": self.headroom.to_dict(),
            "survival": [one.to_dict() for one in self.survival],
            "placement": self.placement.to_dict(),
            "unplaced": list(self.unplaced),
            "guests": self.guests,
            "vcpus": self.vcpus,
            "memory_bytes": self.memory_bytes,
            "notes": list(self.notes),
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw what each rule says of failures (extra ``[plot]``); `headroom` has a chart of its own.

        100 % is all the room that the rule counts: for "packing" and "ovirt" what is left on the others, for
        "slots" the slots left, for "share" what may be needed.

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        share = [one.frame()["share"].max() for one in self.survival]
        frame = self.frame()[["rule", "ok"]].assign(share=pd.Series(share, dtype="float64"))
        return room_charts.rules(frame, f"Fleet: {self._headline()}", interactive=interactive)

    def _headline(self) -> str:
        hosts = count(len(self.headroom.frame()), "host")
        lost = f", {count(len(self.unplaced), 'guest')} without a place" if self.unplaced else ""
        if not self.survival:
            return f"{hosts}{lost}; too few hosts to ask for failures"
        first = self.survival[0]
        verdict = {True: "holds", False: "does not hold", None: "is not decided"}[first.ok]
        why = f": {first.alone}" if first.alone and not first.ok else ""
        others = [one for one in self.survival if one.rule in self.disagree]
        told = [
            f"{words} {listing.names(one.rule for one in others if one.ok is ok)}"
            for ok, words in ((False, "not by"), (True, "it does by"), (None, "not decided by"))
            if any(one.ok is ok for one in others)
        ]
        return f"{hosts}{lost}; {', '.join([f'N+{first.k} {verdict} by packing', *told])}{why}"

    def _rows(self) -> list[list[object]]:
        words = {True: "yes", False: "no", None: "not decided"}
        short = ["" if one.ok else one.binding for one in self.survival]  # of a yes it is only the scarcest
        return [
            [one.rule, words[one.ok], ", ".join(one.worst), lack]
            for one, lack in zip(self.survival, short, strict=True)
        ]

    def _more(self) -> list[str]:
        said = [f"{count(self.guests, 'guest')} hold {self.vcpus:g} vCPUs and {size(self.memory_bytes)}"]
        if self.guests > _SHOWN and "placement" not in self.__dict__:
            said.append("on how few hosts they would fit is worked out when `placement` is read")
        elif self.placement.ok:
            few = count(self.placement.hosts_used, "host")
            how = (
                "no fewer" if self.placement.gap == 0 else f"at least {self.placement.lower_bound} are needed"
            )
            said.append(f"placed anew they fit on {few}, {how}")
        if self.disagree:
            said.append(f"not as packing says: {', '.join(self.disagree)}")
        return [*said, *self.notes]

    def __repr__(self) -> str:
        table = columns(["rule", "survives", "worst", "short of"], self._rows()) if self.survival else ""
        parts = [f"<FleetReport {self._headline()}>", table, *self._more()]
        return "\n".join(part for part in parts if part)

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Fleet", self._headline()),
            html.table(["rule", "survives", "worst", "short of"], self._rows()),
            *(html.paragraph(one) for one in self._more()),
            title="fleet",
        )
