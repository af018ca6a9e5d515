"""`OverlapReport`: the answer of `overlap`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, figure, percent

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True, repr=False)
class OverlapReport:
    """Result of `overlap`; `frame` has the figures.

    Attributes
    ----------
    quantile, margin
        As they were given.
    days
        Days of data.
    cpus
        CPUs of the hosts that guests were packed on; None where they were not.
    notes
        Sentences on what the answer rests on.
    """

    quantile: float
    margin: float
    days: float
    cpus: float | None
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)
    _packing: pd.DataFrame | None = field(compare=False)
    _assignment: pd.DataFrame | None = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the figures.

        Returns
        -------
        pandas.DataFrame
            One row per host, by name, and at the end one of the fleet, whose ``host`` is missing:
            ``domains``, ``own_peaks_vcpus`` (the guests' own peaks added up), ``peak_vcpus`` (the peak of
            what they ask for together), ``overlap`` (the second of the first). That is 1 where all peak at
            once, or ask for the same all along; guests of which no two ever peak at once have more than 0,
            since they ask for something between their peaks, too.
        """
        return self._frame.copy()

    def packing_frame(self) -> pd.DataFrame:
        """Give how many hosts the guests need by each rule, and how that would have done.

        Returns
        -------
        pandas.DataFrame
            One row per rule (``"own peaks"``, ``"peak of the sum"``): ``hosts`` by all of the data;
            ``backtest_hosts`` by its first half, and of the second half ``over_share`` (share of all hosts'
            samples in which guests asked for more CPUs than the host has) and ``over_share_worst_host``.
            Without rows where nothing was packed; ``notes`` say why.
        """
        if self._packing is None:
            names = ["rule", "hosts", "backtest_hosts", "over_share", "over_share_worst_host"]
            return pd.DataFrame({name: [] for name in names})
        return self._packing.copy()

    def assignment(self) -> pd.DataFrame:
        """Give which guests go together by the peak of their sum.

        Returns
        -------
        pandas.DataFrame
            One row per guest: ``domain``, ``name``, ``host`` (that it was on last), ``number`` of the host,
            from 0. Without rows where nothing was packed.
        """
        if self._assignment is None:
            return pd.DataFrame({name: [] for name in ("domain", "name", "host", "number")})
        return self._assignment.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, ``hosts`` and ``packing`` (one dict a row)."""
        return {
            "quantile": self.quantile,
            "margin": self.margin,
            "days": self.days,
            "cpus": self.cpus,
            "hosts": listing.records(self._frame),
            "packing": listing.records(self.packing_frame()),
            "notes": list(self.notes),
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw the guests' own peaks beside the peak of the sum, host by host (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import sharing_charts

        title = f"Peaks (P{100 * self.quantile:g}) of guests, and of all together"
        rows = pd.concat([self._frame.iloc[-1:], self._frame.iloc[:-1]])
        return sharing_charts.overlap(rows, title, interactive=interactive)

    def _headline(self) -> str:
        fleet = listing.records(self._frame.iloc[-1:])[0]
        said = f"{count(fleet['domains'], 'guest')}: the peak of all together is "
        said += f"{figure(fleet['peak_vcpus'])} vCPUs"
        if fleet["overlap"] is None:
            return f"{said}, and each guest's own is 0"
        share, own = percent(fleet["overlap"]), figure(fleet["own_peaks_vcpus"])
        return f"{said}, {share} of the {own} that their own peaks add up to"

    def _rows(self) -> list[list[object]]:
        return [
            [
                row["host"], row["domains"], figure(row["own_peaks_vcpus"]),
                figure(row["peak_vcpus"]), None if row["overlap"] is None else percent(row["overlap"]),
            ]
            for row in listing.records(self._frame.iloc[:-1])  # of the fleet the headline tells
        ]  # fmt: skip

    def _packed(self) -> list[str]:
        return [
            f"by {row['rule']}: {count(row['hosts'], 'host')} of {self.cpus:g} CPUs; packed by the first "
            f"half of the data ({count(row['backtest_hosts'], 'host')}), {percent(row['over_share'])} of the "
            f"host samples of the second were over, {percent(row['over_share_worst_host'])} of the "
            "worst host's"
            for row in listing.records(self.packing_frame())
        ]

    def __repr__(self) -> str:
        table = columns(_HEADER, self._rows())
        head = f"<OverlapReport {self._headline()}>"
        return "\n".join([head, table, *self._packed(), *self.notes])

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Overlap", self._headline()),
            html.table(_HEADER, self._rows()),
            *(html.paragraph(line) for line in (*self._packed(), *self.notes)),
            title="overlap",
        )


_HEADER = ["host", "guests", "own peaks", "peak of the sum", "of own peaks"]
