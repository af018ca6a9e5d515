"""`IdleReport`: the answer of `idle`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.capacity.past.rules import IdleRule
from virtsdk.capacity.policy import Policy
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

_WORDS = {None: "?", True: "idle", False: "in use"}


@dataclass(frozen=True, repr=False)
class IdleReport:
    """Result of `idle`; `frame` has the verdicts.

    Attributes
    ----------
    policy
        The policy that it follows.
    rules
        The rules by name, each with its version and source.
    notes
        Sentences on what the data do not show.
    """

    policy: Policy
    rules: Mapping[str, IdleRule]
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the verdicts.

        Returns
        -------
        pandas.DataFrame
            One row per guest and rule, guests in the order of the usage frame: ``host`` (its last one),
            ``domain``, ``name``, ``rule``, ``idle`` (boolean; missing where the rule cannot tell),
            ``because``, and the values that the rule compares, missing where it does not:
            ``cpu_p95_percent`` and ``cpu_highest_percent`` (of one core), ``net_tx_share`` (sent, of the
            link), ``low_days``, ``known_days``, ``agent_seen`` (1 or 0), ``disk_bytes``, ``net_tx_bytes``.
        """
        return self._frame.copy()

    def idle(self, rule: str | None = None) -> list[str]:
        """Name the guests that a rule, or any of them, says are idle.

        Parameters
        ----------
        rule
            The rule's name; None for any of them.

        Raises
        ------
        ValueError
            The report has no such rule.
        """
        if rule is not None and rule not in self.rules:
            raise ValueError(f"rule must be one of {listing.names(map(repr, self.rules))}, not {rule!r}")
        frame = self._frame if rule is None else self._frame[self._frame["rule"] == rule]
        return list(dict.fromkeys(frame.loc[frame["idle"].fillna(False).to_numpy(bool), "name"]))

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``policy``, ``rules``, ``guests`` (a dict a row), ``notes``."""
        return {
            "policy": self.policy.to_dict(),
            "rules": {name: asdict(rule) | {"needs": list(rule.needs)} for name, rule in self.rules.items()},
            "guests": listing.records(self._frame),
            "notes": list(self.notes),
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw which rules call a guest idle, those that most do first (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import sizing_charts

        return sizing_charts.idle(self._telling(), self._headline(), interactive=interactive)

    def _headline(self) -> str:
        frame = self._frame
        guests = frame.drop_duplicates(["domain"])
        if not len(guests):
            return "no guests"
        by_rule = [
            f"{int((mine['idle'].fillna(False)).sum())} by {rule}"
            for rule, mine in frame.groupby("rule", sort=False)
            if mine["idle"].notna().any()
        ]
        number = frame.loc[frame["idle"].fillna(False).to_numpy(bool), "domain"].nunique()
        said = f"{number} of {count(len(guests), 'guest')} idle"
        if number:
            said += f" ({', '.join(by_rule)})"
        blind = [str(rule) for rule, mine in frame.groupby("rule", sort=False) if mine["idle"].isna().all()]
        unknown = self._unknown(blind)
        said += f"; {unknown} unknown" if unknown else ""
        return said + (f"; {', '.join(blind)} cannot tell" if blind else "")

    def _unknown(self, blind: list[str]) -> int:
        """Count the guests that no rule calls idle, and some rule cannot tell of though it can of others."""
        rows = self._frame[~self._frame["rule"].isin(blind)]
        idle = rows["idle"].fillna(False).astype(bool).groupby(rows["domain"]).any()
        open_ = rows["idle"].isna().groupby(rows["domain"]).any()
        return int((open_ & ~idle).sum())

    def _telling(self) -> pd.DataFrame:
        """The rows of the guests that most rules call idle, first."""
        frame = self._frame
        score = frame["idle"].fillna(False).astype(int).groupby(frame["domain"]).transform("sum")
        return frame.loc[(-score).sort_values(kind="stable").index]

    def _header(self) -> list[str]:
        return ["guest", "host", *self.rules, "because"]

    def _rows(self) -> list[list[object]]:
        """A row a guest; the reason is that of the first rule that says idle, else of one that can tell."""
        by_guest: dict[str, list[dict[str, Any]]] = {}
        for row in listing.records(self._telling()):
            by_guest.setdefault(row["domain"], []).append(row)
        rows: list[list[object]] = []
        for mine in by_guest.values():
            telling = min(mine, key=lambda row: {True: 0, False: 1, None: 2}[row["idle"]])
            said = telling["because"] if len(mine) == 1 else f"{telling['rule']}: {telling['because']}"
            rows.append([mine[0]["name"], mine[0]["host"], *(_WORDS[row["idle"]] for row in mine), said])
        return rows

    def __repr__(self) -> str:
        rows = self._rows()
        table = [columns(self._header(), rows, width=120)] if rows else []
        return "\n".join([f"<IdleReport {self._headline()}>", *table, *self.notes])

    def _repr_html_(self) -> str:
        rows = self._rows()
        rules = [f"{name}: {rule.says} ({rule.version})" for name, rule in self.rules.items()]
        return html.view(
            html.heading("Idle guests", self._headline()),
            html.table(self._header(), rows) if rows else html.paragraph("no guests"),
            *(html.paragraph(rule) for rule in rules),
            *(html.paragraph(note) for note in self.notes),
            title="idle",
        )
