"""How many more guests of one size fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room import frames
from virtsdk.capacity.room.answers.money import worth
from virtsdk.display import html, listing
from virtsdk.display.text import columns, resource_words, shorten, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

_ASKED = (
    ("vcpus", "vcpus", ""),
    ("memory_bytes", "memory", "_bytes"),
    ("hugepages_bytes", "hugepages", "_bytes"),
    ("disk_bytes", "disk", "_bytes"),
)
_RUN_OUT = {"vcpus": "vCPUs run", "hugepages": "huge pages run", "disk": "disk space runs"}


def guests_left(frame: pd.DataFrame, template: Mapping[str, Any], policy: Policy) -> GuestsLeft:
    """Answer `HeadroomReport.guests_left`, which describes it, of that report's frame."""
    needs = _needs(template)
    said_size = dict(needs)
    if "hugepages_capacity_bytes" in frame.columns:
        needs["memory_bytes"] = max(0.0, needs["memory_bytes"] - needs["hugepages_bytes"])
    asked = [
        (resource, frame[f"{resource}_headroom{suffix}"].to_numpy(float, na_value=np.nan) / needs[column])
        for column, resource, suffix in _ASKED
        if needs[column] > 0 and f"{resource}_headroom{suffix}" in frame.columns
    ]
    if not asked:
        raise ValueError("template must need something; vcpus and memory_bytes are 0")
    asked = [(name, np.floor(values + 1e-9)) for name, values in asked]  # 0.3 holds three of 0.1
    quotients = np.column_stack([values for _, values in asked]).reshape(len(frame), len(asked))
    closed = (
        frame["maintenance"].to_numpy(bool) if "maintenance" in frame.columns else np.zeros(len(frame), bool)
    )
    more = np.clip(quotients.min(axis=1), 0, None)
    names = np.array([name for name, _ in asked], dtype=object)
    stopped = names[np.nan_to_num(quotients, nan=np.inf).argmin(axis=1)] if len(frame) else names[:0]
    known = ~np.isnan(more)
    more, stopped = np.where(closed, 0, more), np.where(closed, "maintenance", stopped)
    result = pd.DataFrame(
        {
            "host": frame["host"],
            "more": pd.array(np.where(np.isnan(more), 0, more).astype(np.int64), dtype="Int64"),
            "stopped_by": pd.array(stopped, dtype="str"),
        }
    )
    result["stopped_by"] = result["stopped_by"].where(pd.Series(known | closed))
    result["more"] = result["more"].mask(pd.Series(~(known | closed)))
    open_hosts = [str(one) for one in frame["host"][~(known | closed)]]
    odd = frames.small_template(said_size["memory_bytes"], frame["memory_bytes"].min() if len(frame) else 0)
    notes = (
        (f"not counted, as a figure is missing: {listing.names(shorten(one, 40) for one in open_hosts)}",)
        if open_hosts
        else ()
    )
    notes = (*notes, *odd)
    # summed over hosts: which resource would let most in, if it were there without end
    totals = {name: float(np.nansum(np.where(closed, 0, np.clip(values, 0, None)))) for name, values in asked}
    total = int(result["more"].sum()) if len(result) else 0
    return GuestsLeft(
        total=total,
        binding=min(totals, key=totals.__getitem__) if len(frame) else None,
        vcpus=said_size["vcpus"],
        memory_bytes=int(said_size["memory_bytes"]),
        value=worth(policy, total * said_size["vcpus"], total * said_size["memory_bytes"]),
        notes=notes,
        _frame=result,
    )


@dataclass(frozen=True, repr=False)
class GuestsLeft:
    """Answer of `HeadroomReport.guests_left` and `Fleet.guests_left`.

    Attributes
    ----------
    total
        How many more fit in all, of hosts whose figures are known.
    binding
        The resource that leaves room for fewest; None without hosts.
    vcpus, memory_bytes
        The size of one.
    value
        What they would be worth at the policy's prices; None without prices.
    notes
        Hosts that did not count, and a size that may be in another unit.
    """

    total: int
    binding: str | None
    vcpus: float
    memory_bytes: int
    value: float | None
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the hosts.

        Returns
        -------
        pandas.DataFrame
            One row per host: ``host``, ``more`` (Int64, missing where a figure is), ``stopped_by`` (the
            resource of which one more has too little, or ``maintenance``).
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``hosts`` (one dict a row, None for missing)."""
        rows = listing.records(self._frame)
        names = ("total", "binding", "vcpus", "memory_bytes", "value")
        return {**{name: getattr(self, name) for name in names}, "notes": list(self.notes), "hosts": rows}

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw how many more each host takes (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        return room_charts.guests_left(self._frame, interactive=interactive)

    def _headline(self) -> str:
        scarce = _RUN_OUT.get(self.binding or "", f"{self.binding} runs")
        first = f"; {scarce} out first" if self.binding else ""
        money = "" if self.value is None else f", worth {self.value:,.2f}"
        vcpus = f"{self.vcpus:g} {'vCPU' if self.vcpus == 1 else 'vCPUs'}"
        return f"{self.total} more of {vcpus} and {size(self.memory_bytes)}{money}{first}"

    def _rows(self) -> list[list[object]]:
        hosts = self.to_dict()["hosts"]
        return [[row["host"], row["more"], resource_words(row["stopped_by"])] for row in hosts]

    def __repr__(self) -> str:
        rows = self._rows()
        table = columns(["host", "more", "stopped by"], rows) if rows else "no hosts"
        return "\n".join([f"<GuestsLeft {self._headline()}>", table, *self.notes])

    def _repr_html_(self) -> str:
        rows = self._rows()
        return html.view(
            html.heading("Guests left", self._headline()),
            html.table(["host", "more", "stopped by"], rows) if rows else html.paragraph("no hosts"),
            *(html.paragraph(note) for note in self.notes),
            title="guests left",
        )


def _needs(template: object) -> dict[str, float]:
    """Return what one guest needs, by column."""
    if not isinstance(template, Mapping):
        raise TypeError(f"template must be a mapping with 'vcpus' and 'memory_bytes', not {template!r}")
    given = cast("Mapping[Any, Any]", template)
    for column in ("vcpus", "memory_bytes"):
        if given.get(column) is None:
            raise ValueError(f"template must have {column!r}; it has {listing.names(map(repr, given), 12)}")
    return {
        column: checks.scalar(given.get(column, 0), f"{column!r} of the template") for column, _, _ in _ASKED
    }
