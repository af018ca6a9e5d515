"""`HeadroomReport`: the answer of `headroom`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room.answers.guests_left import GuestsLeft, guests_left
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


_HEADROOM: Final = {
    "vcpus": "vcpus_headroom",
    "memory": "memory_headroom_bytes",
    "huge pages": "hugepages_headroom_bytes",
    "disk": "disk_headroom_bytes",
}


@dataclass(frozen=True, repr=False)
class HeadroomReport:
    """Result of `headroom`; `frame` has the figures.

    Attributes
    ----------
    policy
        The rules that it follows.
    notes
        Sentences on what stays open for want of a figure.
    """

    policy: Policy
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the figures.

        Returns
        -------
        pandas.DataFrame
            One row per host, in the order given. ``cpus`` and ``memory_bytes`` are physical. For ``vcpus``
            and ``memory`` each: ``_capacity`` (what may be committed), ``_committed``, ``_headroom``
            (capacity less committed; negative where too much is committed), ``_share`` (committed of
            capacity, 1 is full) and ``_inactive`` (of guests that are off); memory columns end in ``_bytes``.
            ``domains`` are the guests counted, ``domains_inactive`` those that are off, ``domains_unknown``
            those counted that have a figure missing. vCPUs are whole numbers, or all of a column are floats
            where a guest has a part of one. ``binding`` is the resource that runs out first, vCPUs
            where memory is as full; missing where a figure is.

            Where the frames have the columns: the same of ``hugepages`` and ``disk`` (without
            ``_inactive``; with hugepages, ``memory`` is without them), ``disk_allocated_bytes`` (taken now of
            what is promised), ``largest_cell_headroom_bytes`` (most memory free in one NUMA cell),
            ``memory_reclaimable_bytes`` (what balloons could take back without making guests swap, of the
            guests that report it), and ``maintenance``.

            With measured use: ``vcpus_demand`` and ``memory_demand_bytes``, each with ``_headroom`` and
            ``_share`` against what is physically there less the reserve, and ``demand_samples``.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``policy``, ``hosts`` (one dict a row, None for missing), ``notes``."""
        rows = listing.records(self._frame)
        return {"policy": self.policy.to_dict(), "hosts": rows, "notes": list(self.notes)}

    def guests_left(self, template: Mapping[str, Any]) -> GuestsLeft:
        """Tell how many more guests of one size fit on each host by allocation, and what stops more.

        Each host by itself takes ``min((capacity - committed) // need)`` over its resources, so the answer
        holds for all hosts at once. Groups and CPU models of the policy do not count, hosts in maintenance
        take none.

        Parameters
        ----------
        template
            ``vcpus`` and ``memory_bytes`` of one guest; ``hugepages_bytes`` and ``disk_bytes`` count where
            the report has them, other keys do not.

        Raises
        ------
        ValueError
            A size is missing, negative, or all are 0.

        Examples
        --------
        >>> import pandas as pd
        >>> from virtsdk import capacity
        >>> hosts = pd.DataFrame({"host": ["kvm7"], "cpus": [8], "memory_bytes": [32 * 2**30]})
        >>> domains = pd.DataFrame({"host": ["kvm7"], "vcpus": [4], "memory_bytes": [8 * 2**30]})
        >>> capacity.headroom(hosts, domains).guests_left({"vcpus": 2, "memory_bytes": 4 * 2**30})
        <GuestsLeft 5 more of 2 vCPUs and 4 GiB; memory runs out first>
        host  more  stopped by
        kvm7     5  memory
        """
        return guests_left(self._frame, template, self.policy)

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw committed against capacity, and measured use where there is, host by host (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import charts, room_charts

        if self._demand():
            return room_charts.two_ways(self._frame, interactive=interactive)
        return charts.headroom(self._frame, interactive=interactive)

    @property
    def sentence(self) -> str:
        """The answer in a line: what is free in all, and where too much is promised."""
        frame = self._frame
        closed = (
            frame["maintenance"].astype(bool) if "maintenance" in frame else frame["host"] != frame["host"]
        )
        lacks = {
            name: (-frame[column]).clip(lower=0).fillna(0)
            for name, column in _HEADROOM.items()
            if column in frame
        }
        over = int(np.logical_or.reduce([one > 0 for one in lacks.values()]).sum())
        there = frame[~closed]
        vcpus, memory = (there[column].clip(lower=0) for column in list(_HEADROOM.values())[:2])
        vcpus, memory = _number(vcpus), size(_total(memory))
        short = [_lack(name, float(one.sum())) for name, one in lacks.items() if one.any()]
        more = f", {over} overcommitted by {', '.join(short)}" if over else ""
        more += f", {int(closed.sum())} in maintenance not counted" if closed.any() else ""
        off = 0 if self.policy.count_inactive else int(frame["domains_inactive"].sum())
        more += f", {count(off, 'guest')} that {'is' if off == 1 else 'are'} off not counted" if off else ""
        noun = "vCPU" if vcpus == "1" else "vCPUs"
        return f"{count(len(frame), 'host')}, {vcpus} {noun} and {memory} free{more}"

    def _demand(self) -> list[str]:
        """Header of what was measured, for a second look at each host; empty without."""
        return ["vCPUs used", "memory used"] if "vcpus_demand" in self._frame else []

    def _used(self, row: Any) -> list[object]:
        if not self._demand():
            return []
        used = None if row.vcpus_demand is None else f"{row.vcpus_demand:.3g} of {row.cpus:g}"
        return [used, size(row.memory_demand_bytes)]

    def _rows(self) -> Iterator[Any]:
        return self._frame.astype(object).where(self._frame.notna(), None).itertuples(index=False)

    def __repr__(self) -> str:
        header = [
            "host",
            "guests",
            "vCPUs",
            "of",
            "free",
            "memory",
            "of",
            "free",
            "full first",
            *self._demand(),
        ]
        lines: list[list[object]] = [
            [
                row.host, row.domains, row.vcpus_committed, row.vcpus_capacity, row.vcpus_headroom,
                size(row.memory_committed_bytes), size(row.memory_capacity_bytes),
                size(row.memory_headroom_bytes), row.binding, *self._used(row),
            ]
            for row in self._rows()
        ]  # fmt: skip
        table = columns(header, lines) if lines else "no hosts"
        return "\n".join([f"<HeadroomReport {self.sentence}>", table, *self.notes])

    def _repr_html_(self) -> str:
        rows: list[list[object]] = [
            [
                row.host,
                row.domains,
                html.meter(
                    row.vcpus_committed, row.vcpus_capacity, label="vCPUs committed",
                    text=f"{_plain(row.vcpus_committed)} of {_plain(row.vcpus_capacity)}",
                ),
                row.vcpus_headroom,
                html.meter(
                    row.memory_committed_bytes, row.memory_capacity_bytes, label="memory committed",
                    text=f"{size(row.memory_committed_bytes)} of {size(row.memory_capacity_bytes)}",
                ),
                size(row.memory_headroom_bytes),
                *self._used(row),
            ]
            for row in self._rows()
        ]  # fmt: skip
        rule = (
            f"capacity = (physical - reserve) x ratio; {self.policy.vcpu_ratio:g} vCPUs a CPU, "
            f"memory x {self.policy.memory_ratio:g}, reserved {self.policy.reserve_cpus:g} CPUs and "
            f"{size(self.policy.reserve_memory_bytes)} a host; "
            f"guests that are off {'count' if self.policy.count_inactive else 'do not count'}"
            + (f"; used: quantile {self.policy.demand_quantile:g} of the sums" if self._demand() else "")
        )
        header = ["host", "guests", "vCPUs committed", "vCPUs free", "memory committed", "memory free"]
        header += self._demand()
        return html.view(
            html.heading("Headroom", self.sentence),
            html.table(header, rows) if rows else html.paragraph("no hosts"),
            html.paragraph(rule),
            *(html.paragraph(note) for note in self.notes),
            title="headroom",
        )


def _lack(name: str, amount: float) -> str:
    if name == "vcpus":
        return f"{amount:g} vCPU{'' if amount == 1 else 's'}"
    return f"{size(amount)}{'' if name == 'memory' else f' of {name}'}"


def _total(values: Any) -> float | None:
    total = values.sum(skipna=False)
    return None if pd.isna(total) else float(total)


def _number(values: Any) -> str:
    total = _total(values)
    return "an unknown number of" if total is None else f"{total:.15g}"


def _plain(value: object) -> str:
    return "?" if value is None else str(value)
