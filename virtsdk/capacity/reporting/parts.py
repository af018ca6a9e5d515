"""Parts of a report: sections and their tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtsdk.capacity.reporting.answers import Answers

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True)
class Table:
    """A table: a title, texts of the header, rows of cells."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Attributes
    ----------
    key, title
        A short name for programs, and one for people.
    said
        Its answer in a sentence.
    tables, notes
        What stands below it.
    charts
        Each draws one when it is called.
    """

    key: str
    title: str
    said: str
    tables: tuple[Table, ...] = ()
    charts: tuple[Callable[[], Chart], ...] = ()
    notes: tuple[str, ...] = ()


def why(found: Answers, *whats: str) -> str:
    """Why something could not be said."""
    rows = dict(found.unsaid)
    return next((f"not said: {rows[what]}" for what in (*whats, "what was used") if what in rows), "not said")
