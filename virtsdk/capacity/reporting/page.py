"""The page of a report: one file that needs no network, no script and no other font."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from virtsdk import errors
from virtsdk.capacity.reporting.parts import Section
from virtsdk.display import html
from virtsdk.display.chart_picture import titled
from virtsdk.display.html import Markup

_DATE: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_STYLE: Final = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1c1f23; --soft: #f2f4f7; --line: #3f7fd4 }
@media (prefers-color-scheme: dark) { :root { --page: #15181c; --ink: #e6e8eb; --soft: #20252b } }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 68rem;
  margin: 0 auto; padding: 1rem 1.2rem 3rem }
h1 { font-size: 1.6rem; margin: 0.5rem 0 } h2 { font-size: 1.2rem; margin: 2.2rem 0 0.4rem }
.answer { background: var(--soft); border-left: 4px solid var(--line); padding: 0.8rem 1rem;
  font-size: 1.1rem; margin: 1rem 0 }
.said { font-weight: 600; margin: 0.3rem 0 0.6rem; overflow-wrap: anywhere }
.virtsdk { font-size: 0.9rem; margin: 0.6rem 0 }
main .virtsdk.virtsdk th, main .virtsdk.virtsdk td { overflow-wrap: break-word }
main #runs_out .virtsdk td, main #runs_out .virtsdk tbody th, .day { white-space: nowrap }
main #candidates .virtsdk td:last-child, main #definitions .virtsdk td { min-width: 15rem }
.charts { display: flex; flex-wrap: wrap; gap: 0.8rem 1.5rem; margin: 1rem 0 }
figure { margin: 0; max-width: 100% }
figure svg { max-width: 100%; height: auto; display: block; overflow: visible }
ul { padding-left: 1.2rem; font-size: 0.9rem } li { overflow-wrap: anywhere }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; font-size: 0.9rem }
a { color: inherit } footer { opacity: 0.75; font-size: 0.85rem; margin-top: 2.5rem }
@media print { body { max-width: none } h2 { break-after: avoid } figure, tr { break-inside: avoid } }
"""


def page(title: str, sentence: str, sections: Sequence[Section], note: str) -> str:
    """Write the page.

    Parameters
    ----------
    title
        Of the page.
    sentence
        What stands first.
    sections
        In their order.
    note
        What stands last.
    """
    links = "".join(f'<li><a href="#{one.key}">{html.escape(one.title)}</a></li>' for one in sections)
    body = "".join(section(one) for one in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>{html.escape(title)}</h1><p class="answer">{days(sentence)}</p>'
        f"<nav><ul>{links}</ul></nav>{body}</main>"
        f"<footer>{html.escape(note, limit=2000)}</footer></body></html>\n"
    )


def section(one: Section) -> str:
    """Write a section: its answer, tables, charts, notes."""
    tables = "".join(
        html.view(html.table(table.header, table.rows, caption=table.caption or None), title=one.title)
        for table in one.tables
    )
    notes = "".join(f"<li>{html.escape(note, limit=2000)}</li>" for note in one.notes)
    return (
        f'<section id="{one.key}"><h2>{html.escape(one.title)}</h2>'
        f'<p class="said">{days(one.said)}</p>'
        f"{tables}{figures(one.charts)}{f'<ul>{notes}</ul>' if notes else ''}</section>"
    )


def days(text: str) -> str:
    """Write text, its dates each on one line."""
    return _DATE.sub(r'<span class="day">\g<0></span>', html.escape(text, limit=2000))


def figures(charts: Sequence[Callable[[], Any]]) -> str:
    """Draw charts as SVG in the page; without the extra a sentence says that they are missing."""
    drawn: list[str] = []
    for chart in charts:
        try:
            made = chart()
        except errors.MissingDependency as error:
            return f"<p>{html.escape(f'No charts: {error}', limit=2000)}</p>"
        drawn.append(f"<figure>{picture(made)}</figure>")
    return f'<div class="charts">{"".join(drawn)}</div>' if drawn else ""


def picture(chart: Any) -> Markup:
    """Draw a chart of Altair's as SVG, its marks with their words as titles."""
    name: Any = chart.to_dict().get("title", "chart")
    with io.StringIO() as file:
        chart.save(file, format="svg")
        return Markup(
            titled(
                file.getvalue(), str(cast("dict[str, Any]", name)["text"] if isinstance(name, dict) else name)
            )
        )
