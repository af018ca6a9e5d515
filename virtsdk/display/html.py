"""Plain values to small, escaped, static HTML.

Everything that is not `Markup` already is escaped, so a guest called ``<script>`` stays a word. There is no
script in it: a page that is saved, or shown where scripts are off, still shows a table. Colours are the
page's own (``currentColor``), so dark and light themes both work.

A repr is one `view`::

    view(heading("kvm7"), outline({"CPUs": 8, "memory": size(n)}), table(["name", "state"], rows))
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape as escape_text
from importlib import resources
from typing import cast

from virtsdk.display.listing import LIMIT, Cut, cut
from virtsdk.display.text import are_figures, shorten, words

_TAG = re.compile(r"<[^>]*>")
_FEW = 24  # characters of a cell that stays in one line: a time with its zone is one


class Markup(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def escape(value: object, limit: int = 300) -> Markup:
    """Any value as HTML text: `Markup` as it is, everything else in words, cut at `limit`, escaped.

    Examples
    --------
    >>> print(escape("<script>"), escape(None), escape(True))
    &lt;script&gt; — yes
    """
    if isinstance(value, Markup):
        return value
    return Markup(escape_text(shorten(words(value), limit), quote=True))


@cache
def style() -> Markup:
    """Return the style sheet of all views, as one ``<style>`` element."""
    css = resources.files("virtsdk.display").joinpath("style.css").read_text(encoding="utf-8")
    plain = re.sub(r"/\*.*?\*/\s*", "", css, flags=re.DOTALL)  # comments stay in the file
    return Markup(f"<style>{plain}</style>")


def view(*parts: Markup, title: str | None = None) -> str:
    """Finish the HTML of a repr: the style once, then the parts.

    Parameters
    ----------
    *parts
        What `heading`, `paragraph`, `outline`, `table` ... return.
    title
        A name for readers that do not see the page.
    """
    label = f' role="group" aria-label="{escape(title)}"' if title else ""
    return f'<div class="virtsdk"{label}>{style()}{"".join(parts)}</div>'


def heading(title: object, note: object = None) -> Markup:
    """Write a bold line, with a smaller note behind it."""
    small = f" <small>{escape(note)}</small>" if note is not None else ""
    return Markup(f"<p><strong>{escape(title)}</strong>{small}</p>")


def paragraph(text: object) -> Markup:
    """Write a line of text."""
    return Markup(f"<p>{escape(text, limit=2000)}</p>")


def meter(value: float | None, maximum: float | None, *, text: object = None, label: str = "share") -> Markup:
    """Draw a bar of `value` against `maximum`, with its words beside it; beyond it is red, and said.

    Parameters
    ----------
    value, maximum
        Any unit, both the same. Where one is missing or the maximum is 0, only the words are shown.
    text
        The words; a percentage when left out.
    label
        What it measures, for readers that do not see the bar.

    Examples
    --------
    >>> print(meter(1, 4, label="vCPUs committed"))
    <meter min="0" max="4" value="1" aria-label="vCPUs committed"></meter>25 %
    >>> print(meter(6, 4).partition("</meter>")[2])
    150 % <b>over</b>
    """
    known = value is not None and maximum is not None and not math.isnan(value) and maximum > 0
    if not known:
        return escape(text)
    assert value is not None and maximum is not None
    beside = escape(text) if text is not None else Markup(f"{100 * value / maximum:.0f} %")
    if value > maximum:  # of three ranges the last is red, as the first is the best
        return Markup(
            f'<meter min="0" low="{maximum / 1e6:.10g}" high="{maximum:.10g}" optimum="0" max="{value:.10g}" '
            f'value="{value:.10g}" aria-label="{escape(label)}, over"></meter>{beside} <b>over</b>'
        )
    return Markup(
        f'<meter min="0" max="{maximum:.10g}" value="{max(value, 0):.10g}" '
        f'aria-label="{escape(label)}"></meter>{beside}'
    )


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]] | Cut[Sequence[object]],
    *,
    caption: object = None,
    limit: int | None = LIMIT,
    row_header: bool = True,
) -> Markup:
    """Lay out a table: numbers to the right; one line counts the rows beyond `limit`.

    Parameters
    ----------
    columns
        The header's texts.
    rows
        One sequence per row, as long as `columns`; cells are any value or `Markup`. Or what `cut` left of
        them.
    caption
        A title above the table.
    limit
        How many rows are shown; None for all.
    row_header
        The first cell of a row names the row.
    """
    found = cut(rows, limit)
    shown = found.shown
    parts = ["<table>"]
    if caption is not None:
        parts.append(f"<caption>{escape(caption)}</caption>")
    kinds = [_kind([row[i] for row in shown]) for i in range(len(columns))]
    head = "".join(
        f'<th scope="col"{_class(kind if kind == "num" else "")}>{escape(name)}</th>' if name else "<td></td>"
        for name, kind in zip(columns, kinds, strict=True)
    )
    parts.append(f"<thead><tr>{head}</tr></thead><tbody>")
    body: list[str] = []
    for row in shown:
        cells: list[str] = []
        for i, value in enumerate(row):
            if i == 0 and row_header:
                cells.append(f'<th scope="row">{escape(value)}</th>')
            else:
                cells.append(f"<td{_class(kinds[i])}>{escape(value)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    parts += found.noted(body, lambda note: f'<tr><td colspan="{len(columns)}">{escape(note)}</td></tr>')
    return Markup("".join([*parts, "</tbody></table>"]))


def outline(pairs: Mapping[str, object] | Iterable[tuple[str, object]], *, caption: object = None) -> Markup:
    """Keys and values, one a line; a mapping as a value becomes an outline of its own.

    Parameters
    ----------
    pairs
        A mapping, or (key, value) pairs.
    caption
        A title above.
    """
    items = _items(pairs)
    parts = ["<table>"]
    if caption is not None:
        parts.append(f"<caption>{escape(caption)}</caption>")
    parts.append("<tbody>")
    for key, value in items:
        nested = isinstance(value, Mapping)
        cell = outline(cast("Mapping[str, object]", value)) if nested else escape(value)
        parts.append(f'<tr><th scope="row">{escape(key)}</th><td>{cell}</td></tr>')
    parts.append("</tbody></table>")
    return Markup("".join(parts))


def _items(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> Iterable[tuple[str, object]]:
    return cast("Mapping[str, object]", pairs).items() if isinstance(pairs, Mapping) else pairs


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _kind(column: Sequence[object]) -> str:
    """Say how a column is laid out: figures right, a few words in one line, more words wide enough."""
    if are_figures(column):
        return "num"
    texts = [_TAG.sub("", value) if isinstance(value, Markup) else words(value) for value in column]
    longest = max(map(len, texts), default=0)
    return "long" if longest > _FEW else "few" if longest > 3 else ""
