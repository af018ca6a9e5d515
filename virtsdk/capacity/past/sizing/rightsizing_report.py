"""`RightsizingReport`: the answer of `rightsizing`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.capacity.past.rules import SizeRule
from virtsdk.capacity.past.sizing.definitions import Definitions, recommended
from virtsdk.capacity.policy import Policy
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart
    from virtsdk.models.domain import DomainDef

_HEADER = ["guest", "host", "vCPUs", "better", "memory", "better", "samples above", "confidence"]


@dataclass(frozen=True, repr=False)
class RightsizingReport:
    """Result of `rightsizing`; `frame` has the figures.

    Attributes
    ----------
    policy
        The policy that it follows.
    rule
        The rule for sizes, with its version and source.
    notes
        Sentences on what the data do not show.
    """

    policy: Policy
    rule: SizeRule
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the figures.

        Returns
        -------
        pandas.DataFrame
            One row per guest, in the order of the usage frame: ``host`` (its last one), ``domain``, ``name``;
            ``vcpus`` and ``memory_bytes``, what it has; ``recommended_vcpus``,
            ``recommended_memory_bytes``, missing where nothing is known; ``cpu_action`` and
            ``memory_action``: shrink, grow, keep or unknown (then what is recommended is provisional), each
            with its ``_reason``; ``saving_vcpus``, ``saving_memory_bytes`` (below 0 for more than it has,
            missing where unknown), ``saving_money`` where the policy has prices (of both, less what grows;
            missing where one that has a price is unknown; the first line adds up what shrinks and what grows
            by themselves, and says the difference); ``risk_cpu``, the share of
            the samples seen that would have been above what is recommended, and ``risk_seconds_per_day`` (of
            a day that it runs); ``confidence``: low (too few days), medium (no month-end or week, or holes),
            high; ``quantile``, ``cpu_quantile_vcpus`` (use at it), ``memory_most_bytes``; ``samples`` and
            ``days`` with figures of CPU, ``memory_days``, ``gaps``.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``policy``, ``rule``, ``guests`` (a dict a row, None for missing), ``notes``."""
        from dataclasses import asdict

        return {
            "policy": self.policy.to_dict(),
            "rule": asdict(self.rule),
            "guests": listing.records(self._frame),
            "notes": list(self.notes),
        }

    def definitions(self, current: Mapping[str, DomainDef] | Iterable[DomainDef]) -> Definitions:
        """Change the guests' definitions to what is recommended; the given ones stay as they are.

        Topology, pinning and sizes of huge pages are kept: a number of vCPUs that they do not allow is raised
        to the next that they do, and where there is none below what the guest has, or it has NUMA cells, it
        is named in ``.unchangeable``. What is to grow grows.

        Parameters
        ----------
        current
            Present definitions, of ``domain.definition()``: a list, or a mapping by any key. A guest is found
            by the UUID in it, or by its name.

        Returns
        -------
        Definitions
            A mapping of those that change, by the given keys (names, for a list); ``xml.diff(current[key],
            found[key])`` shows the change. ``.unchangeable`` says of which guests, and why, a change is
            recommended that their definition does not allow.

        Raises
        ------
        TypeError
            Not definitions.

        Examples
        --------
        >>> import pandas as pd
        >>> from virtsdk import capacity
        >>> from virtsdk.models.domain import DomainDef
        >>> from virtsdk.units import GiB
        >>> times = pd.date_range("2026-03-02", periods=14 * 24, freq="1h", tz="UTC")
        >>> usage = pd.DataFrame({
        ...     "host": "kvm7", "domain": "web1", "time": times, "vcpus": 8, "cpu_used_vcpus": 1.5,
        ...     "memory_bytes": 16 * 2**30, "memory_used_bytes": 3 * 2**30,
        ... })
        >>> now = DomainDef(name="web1", vcpu=8, memory=GiB(16))
        >>> found = capacity.rightsizing(usage).definitions([now])
        >>> found
        <Definitions 1 changed, none that cannot change>
        web1  8 to 2 vCPUs, 16 GiB to 3.92 GiB
        >>> found["web1"].vcpu.value
        2
        """
        return recommended(self._frame, current)

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw what guests have and what is recommended, those with most to save first (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import sizing_charts

        return sizing_charts.sizes(self._telling(), self._headline(), interactive=interactive)

    def _with(self, action: str) -> pd.DataFrame:
        frame = self._frame
        return frame[(frame["cpu_action"] == action) | (frame["memory_action"] == action)]

    def _headline(self) -> str:
        frame = self._frame
        if not len(frame):
            return "no guests"
        less, more = self._with("shrink"), self._with("grow")
        saved, spent = self._sums(1), self._sums(-1)
        said = f"{len(less)} of {count(len(frame), 'guest')} can shrink"
        if len(less):
            said += self._amount(*saved, "less", "saved")
        if len(more):
            said += f"; {len(more)} should grow{self._amount(*spent, 'more', 'on top')}"
            both = len(less.index.intersection(more.index))
            said += f" ({both} of them {'is' if both == 1 else 'are'} to do both)" if both else ""
        if self._priced() and len(less) and len(more):
            net = self._worth(*saved) - self._worth(*spent)
            said += f"; {abs(net):,.2f} {'saved' if net >= 0 else 'on top'} in all"
        unknown = int((frame["cpu_action"] == "unknown").sum())
        blind = int(((frame["memory_action"] == "unknown") & (frame["cpu_action"] != "unknown")).sum())
        if unknown:
            said += f"; {unknown} unknown"
        if blind:
            said += f"; memory of {blind} unknown"
        return said

    def _sums(self, sign: int) -> tuple[int, int]:
        """Add up the vCPUs and bytes that shrinking saves, or with a sign of -1 that growing takes."""
        vcpus, memory = (
            int((sign * self._frame[name]).clip(lower=0).sum())
            for name in ("saving_vcpus", "saving_memory_bytes")
        )
        return vcpus, memory

    def _priced(self) -> bool:
        return self.policy.vcpu_price is not None or self.policy.gib_price is not None

    def _worth(self, vcpus: int, memory: int) -> float:
        return (self.policy.vcpu_price or 0) * vcpus + (self.policy.gib_price or 0) * memory / 2**30

    def _amount(self, vcpus: int, memory: int, change: str, money: str) -> str:
        """Write sizes, and what they cost where there are prices; empty where no whole vCPU changes."""
        parts = [count(vcpus, "vCPU")] if vcpus else []
        parts += [size(memory)] if memory else []
        if not parts:
            return ""
        worth = f", {self._worth(vcpus, memory):,.2f} {money}" if self._priced() else ""
        return f": {' and '.join(parts)} {change}{worth}"

    def _telling(self) -> pd.DataFrame:
        """The rows, those with most to say first: shrink, grow, keep, unknown; by what is saved."""
        frame = self._frame
        actions = frame[["cpu_action", "memory_action"]]
        rank = pd.Series(3, index=frame.index)
        for place, action in ((2, "keep"), (1, "grow"), (0, "shrink")):
            rank[(actions == action).any(axis=1).to_numpy(bool)] = place
        saved = frame["saving_vcpus"].fillna(0) + frame["saving_memory_bytes"].fillna(0) / 2**32
        order = pd.DataFrame({"rank": rank, "saved": -saved.astype("float64")}).sort_values(
            ["rank", "saved"], kind="stable"
        )
        return frame.loc[order.index]

    def _rows(self, *, reasons: bool = False) -> list[list[object]]:
        return [
            [
                row["name"], row["host"],
                row["vcpus"], _better(row["recommended_vcpus"], row["cpu_action"]),
                size(row["memory_bytes"]),
                _better(size(row["recommended_memory_bytes"]), row["memory_action"]),
                None if row["risk_cpu"] is None else f"{100 * row['risk_cpu']:.2f} %",
                row["confidence"],
                *([f"vCPUs: {row['cpu_reason']}; memory: {row['memory_reason']}"] if reasons else []),
            ]
            for row in listing.records(self._telling())
        ]  # fmt: skip

    def _said(self) -> str:
        rule = self.rule
        present = f" + {100 * rule.of_present:g} % of what it has" if rule.of_present else ""
        halves = f", weights halve in {rule.half_life_days:g} days" if rule.half_life_days else ""
        held = f" + {100 * rule.memory_of_present:g} % of what it has" if rule.memory_of_present else ""
        return (
            f"vCPUs: {rule.factor:g} x P{100 * rule.quantile:g}{present}{halves}; memory: "
            f"{rule.memory_factor:g} x the most used{held}; rule {self.policy.rightsizing!r} ({rule.version})"
        )

    def __repr__(self) -> str:
        rows = self._rows()
        table = [columns(_HEADER, rows)] if rows else []
        return "\n".join([f"<RightsizingReport {self._headline()}>", *table, *self.notes])

    def _repr_html_(self) -> str:
        rows = self._rows(reasons=True)
        return html.view(
            html.heading("Rightsizing", self._headline()),
            html.table([*_HEADER, "because"], rows) if rows else html.paragraph("no guests"),
            html.paragraph(self._said()),
            *(html.paragraph(note) for note in self.notes),
            title="rightsizing",
        )


def _better(value: object, action: str) -> object:
    """The recommended size; how it differs where it does, in words where it is provisional."""
    if value is None or value == "—":
        return "unknown"
    return f"({value})" if action == "unknown" else value
