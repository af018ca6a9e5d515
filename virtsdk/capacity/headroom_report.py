"""The answer of `headroom`: its figures, and how it looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from virtsdk.capacity.policy import Policy
from virtsdk.display import html
from virtsdk.display.text import columns, count, size


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
            those counted that have a figure missing. ``binding`` is the resource that runs out first, vCPUs
            where both are as full.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``policy``, ``hosts`` (one dict a row, None for missing), ``notes``."""
        rows = self._frame.astype(object).where(self._frame.notna(), None).to_dict("records")
        return {"policy": asdict(self.policy), "hosts": rows, "notes": list(self.notes)}

    def chart(self) -> Any:
        """Draw committed against capacity, a bar a host and resource (extra ``[plot]``)."""
        from virtsdk.display import charts

        return charts.headroom(self._frame)

    def _headline(self) -> str:
        frame = self._frame
        over = int(((frame["vcpus_headroom"] < 0) | (frame["memory_headroom_bytes"] < 0)).sum())
        vcpus, memory = _number(frame["vcpus_headroom"]), size(_total(frame["memory_headroom_bytes"]))
        more = f", {over} overcommitted" if over else ""
        noun = "vCPU" if vcpus == "1" else "vCPUs"
        return f"{count(len(frame), 'host')}, {vcpus} {noun} and {memory} free{more}"

    def _rows(self) -> Iterator[Any]:
        return self._frame.astype(object).where(self._frame.notna(), None).itertuples(index=False)

    def __repr__(self) -> str:
        header = ["host", "guests", "vCPUs", "of", "free", "memory", "of", "free", "full first"]
        lines: list[list[object]] = [
            [
                row.host, row.domains, row.vcpus_committed, row.vcpus_capacity, row.vcpus_headroom,
                size(row.memory_committed_bytes), size(row.memory_capacity_bytes),
                size(row.memory_headroom_bytes), row.binding,
            ]
            for row in self._rows()
        ]  # fmt: skip
        table = columns(header, lines) if lines else "no hosts"
        return "\n".join([f"<HeadroomReport {self._headline()}>", table, *self.notes])

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
            ]
            for row in self._rows()
        ]  # fmt: skip
        rule = (
            f"capacity = (physical - reserve) x ratio; {self.policy.vcpu_ratio:g} vCPUs a CPU, "
            f"memory x {self.policy.memory_ratio:g}, reserved {self.policy.reserve_cpus:g} CPUs and "
            f"{size(self.policy.reserve_memory_bytes)} a host; "
            f"guests that are off {'count' if self.policy.count_inactive else 'do not count'}"
        )
        header = ["host", "guests", "vCPUs committed", "vCPUs free", "memory committed", "memory free"]
        return html.view(
            html.heading("Headroom", self._headline()),
            html.table(header, rows) if rows else html.paragraph("no hosts"),
            html.paragraph(rule),
            *(html.paragraph(note) for note in self.notes),
            title="headroom",
        )


def _total(values: Any) -> float | None:
    total = values.sum(skipna=False)
    return None if pd.isna(total) else float(total)


def _number(values: Any) -> str:
    total = _total(values)
    return "an unknown number of" if total is None else f"{total:.0f}"


def _plain(value: object) -> str:
    return "?" if value is None else str(value)
