"""`FleetDiff`: what is different between two fleets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from virtsdk.capacity.room.answers.money import worth
from virtsdk.capacity.room.arrays import MILLI
from virtsdk.capacity.room.state import State
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


def compare(before: State, after: State) -> FleetDiff:
    """Answer `Fleet.diff`."""
    old_hosts, new_hosts = before.arrays.hosts, after.arrays.hosts
    free = {name: _free(fleet) for name, fleet in (("before", before), ("after", after))}
    vcpus = free["after"][0] - free["before"][0]
    memory = free["after"][1] - free["before"][1]
    return FleetDiff(
        hosts_added=tuple(one for one in new_hosts if one not in set(old_hosts)),
        hosts_removed=tuple(one for one in old_hosts if one not in set(new_hosts)),
        vcpus_free=vcpus,
        memory_free_bytes=memory,
        value=worth(after.policy, vcpus, memory),
        _frame=_changes(_guests(before), _guests(after)),
    )


def _free(fleet: State) -> tuple[float, int]:
    """Sum of vCPUs and bytes free in all, of hosts that take guests."""
    arrays = fleet.arrays
    free = arrays.free[arrays.takes].sum(axis=0)
    return float(free[0]) / MILLI, int(free[1])


def _guests(fleet: State) -> pd.DataFrame:
    counted: Any = fleet.counted
    key = "domain" if "domain" in counted.columns and counted["domain"].notna().all() else "name"
    name = "name" if "name" in counted.columns else key
    return pd.DataFrame(
        {
            "domain": counted[key],
            "name": counted[name],
            "host": counted["host"],
            "vcpus": counted["vcpus"].astype("Float64"),
            "memory_bytes": counted["memory_bytes"].astype("Float64").round().astype("Int64"),
        }
    ).set_index("domain")


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row per guest that is not as before."""
    joined: Any = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer")
    was = pd.Index(joined.index).isin(before.index)
    now = pd.Index(joined.index).isin(after.index)
    moved = ~_same(joined, "host") & was & now
    resized = ~(_same(joined, "vcpus") & _same(joined, "memory_bytes")) & was & now
    lost = moved & joined["host_after"].isna().to_numpy(bool)
    change = np.select(
        [~was, ~now, lost, moved & resized, moved, resized],
        ["added", "removed", "unplaced", "moved and resized", "moved", "resized"],
        default="",
    )
    frame = pd.DataFrame(
        {
            "domain": joined.index,
            "name": joined["name_after"].where(now, joined["name_before"]).to_numpy(),
            "change": change,
            "from": joined["host_before"].to_numpy(),
            "to": joined["host_after"].to_numpy(),
            **{
                f"{column}_{when}": joined[f"{column}_{when}"].array
                for column in ("vcpus", "memory_bytes")
                for when in ("before", "after")
            },
        }
    )
    texts = dict.fromkeys(("domain", "name", "change", "from", "to"), "str")
    return frame[frame["change"] != ""].astype(texts).reset_index(drop=True)


def _same(joined: Any, column: str) -> Any:
    one, other = joined[f"{column}_before"], joined[f"{column}_after"]
    return ((one == other).fillna(False) | (one.isna() & other.isna())).to_numpy(bool)


@dataclass(frozen=True, repr=False)
class FleetDiff:
    """Answer of `Fleet.diff`: from one fleet to another.

    Attributes
    ----------
    hosts_added, hosts_removed
        Names.
    vcpus_free, memory_free_bytes
        By how much what is free in all grew: capacity less committed over hosts that take guests, negative
        where it shrank. A figure that is missing counts as 0.
    value
        That at the later policy's prices; None without prices.
    """

    hosts_added: tuple[str, ...]
    hosts_removed: tuple[str, ...]
    vcpus_free: float
    memory_free_bytes: int
    value: float | None
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the guests that are not as before.

        Returns
        -------
        pandas.DataFrame
            One row per guest: ``domain`` (UUID, or name where there is none), ``name``, ``change`` (added,
            removed, moved, resized, moved and resized, unplaced), ``from`` and ``to`` (hosts, missing for
            none), ``vcpus_before``, ``vcpus_after``, ``memory_bytes_before``, ``memory_bytes_after``.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``guests`` (one dict a row, None for missing)."""
        rows = listing.records(self._frame)
        return {
            "hosts_added": list(self.hosts_added),
            "hosts_removed": list(self.hosts_removed),
            "vcpus_free": self.vcpus_free,
            "memory_free_bytes": self.memory_free_bytes,
            "value": self.value,
            "guests": rows,
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw how many guests changed, and how (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        return room_charts.changes(self._frame, interactive=interactive)

    def _headline(self) -> str:
        counts = self._frame["change"].value_counts()
        said = [f"{number} {change}" for change, number in counts.items()]
        hosts = [
            f"{sign}{count(len(names), 'host')}"
            for sign, names in (("+", self.hosts_added), ("-", self.hosts_removed))
            if names
        ]
        money = "" if self.value is None else f", {self.value:+,.2f} worth"
        free = f"{self.vcpus_free:+g} vCPUs and {_signed(self.memory_free_bytes)} free{money}"
        return "; ".join([", ".join([*hosts, *said]) or "no change", free])

    def _rows(self) -> list[list[object]]:
        names = ("name", "change", "from", "to")
        return [[row[name] for name in names] for row in self.to_dict()["guests"]]

    def __repr__(self) -> str:
        rows = self._rows()
        table = [columns(["guest", "change", "from", "to"], rows)] if rows else []
        return "\n".join([f"<FleetDiff {self._headline()}>", *table])

    def _repr_html_(self) -> str:
        hosts = [
            html.paragraph(f"hosts {what}: {listing.names(names)}")
            for what, names in (("added", self.hosts_added), ("removed", self.hosts_removed))
            if names
        ]
        return html.view(
            html.heading("Difference", self._headline()),
            *hosts,
            html.table(["guest", "change", "from", "to"], self._rows()),
            title="difference",
        )


def _signed(amount: int) -> str:
    return f"{'-' if amount < 0 else '+'}{size(abs(amount))}"
