"""`OvercommitReport`: the answer of `overcommit`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Floats
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, figure, percent

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

_SAID = (0.001, 0.01, 0.05, 0.1)  # steal that the repr has a row of


@dataclass(frozen=True, repr=False)
class OvercommitReport:
    """Result of `overcommit`; `frame` has the figures.

    Attributes
    ----------
    present_ratio
        vCPUs per CPU that the hosts have promised now: of guests that were on at the end of the data. NaN
        where it is not known: no guest of the data was on any of the hosts.
    measured_steal
        Share of what guests asked for that they waited for, measured over all of the data; NaN where no
        delay is known.
    days
        Days of data.
    guests
        Guests that were drawn from.
    notes
        Sentences on what the answer rests on.
    """

    present_ratio: float
    measured_steal: float
    days: float
    guests: int
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)
    _curve: pd.DataFrame = field(compare=False)
    _hosts: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the frontier.

        Returns
        -------
        pandas.DataFrame
            One row per ratio, ascending: ``ratio`` (vCPUs per CPU), ``steal_mean`` and ``steal_p90`` (share
            of the demand that is not served, of the mean host drawn and of one that nine in ten are better
            than), the same with ``_averages`` from the samples' averages alone, without what varies inside
            them; ``here`` is true for the row of the present ratio.
        """
        return self._frame.copy()

    def hosts_frame(self) -> pd.DataFrame:
        """Give what each host has promised now.

        Returns
        -------
        pandas.DataFrame
            One row per host, in the order given: ``host``, ``cpus``, ``domains``, ``vcpus``, ``ratio`` (the
            last two are missing where the present ratio is not known).
        """
        return self._hosts.copy()

    def ratio_at(self, steal: float = 0.01, *, host: Literal["mean", "p90"] = "mean") -> float:
        """Return the ratio at which guests lose a share of what they ask for.

        Parameters
        ----------
        steal
            A share, above 0 and below 1: 0.01 is 1 %.
        host
            ``"mean"``, or ``"p90"`` for what nine in ten hosts stay below.

        Returns
        -------
        float
            vCPUs per CPU, within the ratios of the frame. Infinite where the largest does not reach it, NaN
            where the least one is above it already.
        """
        share = checks.scalar(steal, "steal")
        if not 0 < share < 1:
            raise ValueError(f"steal must be a share above 0 and below 1 (0.01 is 1 %), not {steal!r}")
        if host not in ("mean", "p90"):
            raise ValueError(f"host must be 'mean' or 'p90', not {host!r}")
        ratios: Floats = self._curve["ratio"].to_numpy()
        values: Floats = np.maximum.accumulate(self._curve[f"steal_{host}"].to_numpy())
        place = int(np.searchsorted(values, share))
        if place == len(values):
            return math.inf
        if place == 0:
            return float(ratios[0]) if values[0] == share else math.nan
        return float(np.interp(share, values[place - 1 : place + 1], ratios[place - 1 : place + 1]))

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, ``ratios`` and ``hosts`` (one dict a row), ``ratio_at``."""
        return {
            "present_ratio": _finite(self.present_ratio),
            "measured_steal": None if math.isnan(self.measured_steal) else self.measured_steal,
            "days": self.days,
            "guests": self.guests,
            "ratio_at": {
                str(share): {host: _finite(self.ratio_at(share, host=host)) for host in ("mean", "p90")}
                for share in _SAID
            },
            "ratios": listing.records(self._frame),
            "hosts": listing.records(self._hosts),
            "notes": list(self.notes),
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw steal against the ratio, with the present ratio marked (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import sharing_charts

        return sharing_charts.frontier(self._frame, interactive=interactive)

    def _headline(self) -> str:
        here = self._frame.loc[self._frame["here"], "steal_mean"]
        now = f"now {figure(self.present_ratio, 2)} : 1"
        now = "the present ratio is not known" if math.isnan(self.present_ratio) else now
        now += f", {percent(float(here.iloc[0]))} to expect" if len(here) else ""
        if not math.isnan(self.measured_steal):
            now += f", {percent(self.measured_steal)} measured"
        return f"1 % steal {_at(self.ratio_at(0.01))}; {now}"

    def _rows(self) -> list[list[object]]:
        return [
            [percent(share), _at(self.ratio_at(share)), _at(self.ratio_at(share, host="p90"))]
            for share in _SAID
        ]

    def _basis(self) -> str:
        return (
            f"vCPUs per CPU; hosts filled with guests drawn from {count(self.guests, 'guest')} of "
            f"{figure(self.days)} days"
        )

    def __repr__(self) -> str:
        table = columns(["steal", "mean host", "nine in ten hosts"], self._rows())
        return "\n".join([f"<OvercommitReport {self._headline()}>", table, self._basis(), *self.notes])

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Overcommit", self._headline()),
            html.table(["steal", "mean host", "nine in ten hosts"], self._rows()),
            html.paragraph(self._basis()),
            *(html.paragraph(note) for note in self.notes),
            title="overcommit",
        )


def _at(ratio: float) -> str:
    if math.isinf(ratio):
        return "beyond all ratios asked for"
    return "below all ratios asked for" if math.isnan(ratio) else f"at {figure(ratio, 2)} : 1"


def _finite(ratio: float) -> float | None:
    return ratio if math.isfinite(ratio) else None
