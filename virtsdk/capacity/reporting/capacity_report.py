"""`CapacityReport`: the answer of `report`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.capacity.reporting import words
from virtsdk.capacity.reporting.answers import Answers
from virtsdk.capacity.reporting.page import page
from virtsdk.capacity.reporting.parts import Section
from virtsdk.capacity.reporting.sections import level_chart
from virtsdk.display import html, listing
from virtsdk.display.text import columns
from virtsdk.display.writing import write_file

if TYPE_CHECKING:
    from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
    from virtsdk.capacity.past.idling.idle_report import IdleReport
    from virtsdk.capacity.past.sharing.contention_report import ContentionReport
    from virtsdk.capacity.past.sharing.overcommit_report import OvercommitReport
    from virtsdk.capacity.past.sharing.overlap_report import OverlapReport
    from virtsdk.capacity.past.sizing.rightsizing_report import RightsizingReport
    from virtsdk.capacity.policy import Policy
    from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
    from virtsdk.capacity.room.n_plus import NPlusReport
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True, repr=False, eq=False)
class CapacityReport:
    """Result of `report`.

    Attributes
    ----------
    sentence
        The answer in one sentence: room, N+1, what runs out first, what could be saved.
    sections
        Its parts in order, each with ``key``, ``title``, ``said``, ``tables``, ``notes``.
    """

    sentence: str
    sections: tuple[Section, ...]
    _found: Answers = field(repr=False)

    @property
    def policy(self) -> Policy:
        """The rules that it follows."""
        return self._found.policy

    @property
    def headroom(self) -> HeadroomReport:
        """What is free, host by host, by promises and by use."""
        return self._found.headroom

    @property
    def survival(self) -> NPlusReport | None:
        """Whether the fleet survives the policy's ``fault_tolerance`` (at least one host)."""
        return self._found.survival

    @property
    def exhaustion(self) -> dict[str, ExhaustionReport]:
        """When what runs out, by its words: levels of the fleet, and of guests what fills."""
        return {level.what: report for level, report in self._found.levels}

    @property
    def levels(self) -> dict[str, pd.Series[float]]:
        """The series of `exhaustion` by the same words, sample by sample.

        Of use, from a week on, `exhaustion` is asked about the highest of each day, counted back from the
        end.
        """
        return {level.what: level.series.copy() for level, _ in self._found.levels}

    @property
    def rightsizing(self) -> RightsizingReport | None:
        """Better sizes, of guests that count now; None without figures of use."""
        return self._found.rightsizing

    @property
    def idle(self) -> IdleReport | None:
        """Guests that nobody uses; None without figures of use."""
        return self._found.idle

    @property
    def overcommit(self) -> OvercommitReport | None:
        """How far CPUs can be promised; None where `unsaid` says why."""
        return self._found.overcommit

    @property
    def overlap(self) -> OverlapReport | None:
        """Whether guests are busy together; None where `unsaid` says why."""
        return self._found.overlap

    @property
    def contention(self) -> ContentionReport | None:
        """Who waits for CPUs; None where `unsaid` says why."""
        return self._found.contention

    @property
    def until(self) -> pd.Timestamp | None:
        """The time of the last figure of use or of a pool (UTC), what comes is counted from; None without."""
        ends = [level.series.index[-1] for level, _ in self._found.levels]
        if self._found.usage is not None:
            ends.append(pd.Timestamp(self._found.usage.end, unit="us", tz="UTC"))
        return max(ends, default=None)

    @property
    def unsaid(self) -> dict[str, str]:
        """What could not be said, and why."""
        return dict(self._found.unsaid)

    def candidates(self) -> pd.DataFrame:
        """Give the guests to stop, shrink or grow.

        Returns
        -------
        pandas.DataFrame
            One row per guest: ``action`` (stop, shrink, grow, "grow and shrink"), host, domain, name,
            ``vcpus`` and ``memory_bytes`` with ``to_`` (0 for stop), ``saving_vcpus`` and
            ``saving_memory_bytes`` (below 0 for more than it has), ``risk_cpu`` (share of the samples seen
            that would have been above), ``risk_seconds_per_day``, ``confidence``, ``because``.
        """
        return self._found.candidates.copy()

    def frame(self) -> pd.DataFrame:
        """Give the answers.

        Returns
        -------
        pandas.DataFrame
            One row per section, in order: ``section``, ``title``, ``said``, ``notes`` (how many).
        """
        rows = [
            {"section": one.key, "title": one.title, "said": one.said, "notes": len(one.notes)}
            for one in self.sections
        ]
        return pd.DataFrame(rows).astype({"section": "str", "title": "str", "said": "str"})

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``sentence``, ``sections`` and what each answer's own ``to_dict`` gives."""
        found = self._found
        parts = {
            "headroom": found.headroom, "survival": found.survival, "survival_after": found.after,
            "guests_left": found.left, "rightsizing": found.rightsizing, "idle": found.idle,
            "overcommit": found.overcommit, "overlap": found.overlap, "contention": found.contention,
        }  # fmt: skip
        return {
            "sentence": self.sentence,
            "until": None if self.until is None else self.until.isoformat(),
            "sections": [
                {"section": one.key, "title": one.title, "said": one.said, "notes": list(one.notes)}
                for one in self.sections
            ],
            "policy": self.policy.to_dict(),
            "standard": None if found.standard is None else dict(found.standard),
            "guests_left_with_survival": found.kept,
            **{name: None if one is None else one.to_dict() for name, one in parts.items()},
            "exhaustion": {level.key: report.to_dict() for level, report in found.levels},
            "candidates": listing.records(found.candidates),
            "unsaid": self.unsaid,
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw what runs out first; where nothing does, what is free (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        first = words.first(self._found)
        if first is None:
            return self.headroom.chart(interactive=interactive)
        return level_chart(*first, interactive=interactive)

    def to_html(self, path: str | os.PathLike[str], *, title: str = "Capacity review") -> Path:
        """Write the report as one page: no network, no script; light and dark as the reader has it.

        Charts need the extra ``[plot]``; without it the page says so in their place.

        Parameters
        ----------
        path
            The file; its folder is made where it is missing. A file that is there is replaced in one piece
            and keeps its rights; a link, a pipe or a device is written through.
        title
            Of the page.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OSError
            It cannot be written; what was there is as it was.
        """
        file = Path(path)
        text = page_of(self, title)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text)
        return file

    def _rows(self) -> list[list[object]]:
        return [[one.title, one.said] for one in self.sections if one.key != "definitions"]

    def __repr__(self) -> str:
        return "\n".join(
            [f"<CapacityReport {self.sentence}>", columns(["", "answer"], self._rows(), width=110)]
        )

    def _repr_html_(self) -> str:
        return html.view(
            html.paragraph(self.sentence), html.table(["", "answer"], self._rows()), title="capacity report"
        )


def page_of(found: CapacityReport, title: str = "Capacity review") -> str:
    """Return the page of a report, as `CapacityReport.to_html` writes it."""
    until = found.until
    figures = "recorded figures" if until is None else f"figures up to {until:%Y-%m-%d %H:%M}"
    note = f"Written by virtsdk.capacity.report from {figures}; times are UTC."
    return page(title, found.sentence, found.sections, note)
