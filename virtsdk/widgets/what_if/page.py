"""The answers of a what-if as HTML: the same live and in an exported page."""

from __future__ import annotations

from html import escape as escape_text
from typing import Final

import pandas as pd

from virtsdk.display import html, listing
from virtsdk.display.html import Markup, escape
from virtsdk.display.text import count, printable, shorten, size
from virtsdk.widgets.what_if.answers import Room, Survival, beside

_HOSTS = 10
_NOTES = 5
_HOLDS = {
    "yes": "holds", "no": "does not hold", "not decided": "is not decided", "working …": "is being worked out"
}  # fmt: skip
_SHORT = {
    "vcpus": "vCPUs",
    "memory": "memory",
    "hugepages": "huge page room",
    "disk": "disk space",
    "missing": "",
}


def resource(name: str | None) -> str:
    """Write a resource as a person says it."""
    return "—" if name is None else _SHORT.get(name, name)


def like(room: Room) -> str:
    """Write what new guests are like: a name and a size."""
    size_words = f"{room.left.vcpus:g} vCPUs, {size(room.left.memory_bytes)}"
    name = room.settings.like
    return f"like {shorten(name, 40)} ({size_words})" if name else f"of {size_words}"


def headline(room: Room, survival: Survival | None) -> str:
    """Write the answer in a sentence or three."""
    said = [f"Room for {room.left.total:,} more {like(room)}"]
    if room.left.binding:
        said[0] += f"; {_runs(room.left.binding)} out first"
    if room.months_left is not None and not room.unplaced:
        said.append(f"At {room.settings.growth:g} % a month that is {_about(room.months_left)}")
    if room.unplaced:
        said.append(f"{count(room.unplaced, 'guest')} without a place")
    if room.over:
        said.append(f"{count(room.over, 'host')} over capacity")
    word, why = _verdict(survival)
    said.append(f"N+{room.settings.n_plus} {_HOLDS.get(word, f'is not known: {word}')}{why}")
    return ". ".join(said) + "."


def verdict(survival: Survival | None) -> str:
    """Write whether a fleet survives failures, and which would be the worst; None: not worked out yet."""
    word, why = _verdict(survival)
    return f"{word}{why}"


def _verdict(survival: Survival | None) -> tuple[str, str]:
    if survival is None:
        return "working …", ""
    report = survival.report
    if report is None:
        return survival.why_not, ""
    worst = listing.names(shorten(one, 40) for one in report.worst)
    if report.ok is None:
        return "not decided", f": {report.open:,} of {report.sets:,} failures are open"
    if report.alone:
        return ("yes", ": no guest needs a place") if report.ok else ("no", f": {report.alone}")
    if not report.ok:
        lost = f", {count(len(report.unplaced), 'guest')} without a place" if report.unplaced else ""
        return "no", f": without {worst} {_lacks(report.binding)}{lost}"
    return "yes", f"; tightest without {worst} ({resource(report.binding)})" if report.binding else ""


def fullest(room: Room) -> str:
    """Write which host is the first to be full, or broke already."""
    if not len(room.shares):
        return "no hosts"
    row = room.shares.iloc[0]
    if pd.isna(row["share"]):
        return "not known"
    return f"{shorten(str(row['host']), 40)}, {resource(str(row['resource']))} {percent(row['share'])}"


def percent(share: float | None) -> str:
    """Write a share."""
    if share is None or pd.isna(share):
        return "?"
    return "no capacity" if share == float("inf") else f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def figures(before: Room, after: Room, survives: tuple[Survival | None, Survival | None]) -> Markup:
    """Lay out both fleets' figures side by side."""

    def column(room: Room, survival: Survival | None) -> list[object]:
        months = room.months_left
        return [
            len(room.shares),
            room.guests,
            room.unplaced,
            room.left.total,
            resource(room.left.binding),
            "—" if months is None else str(months),
            "?" if room.vcpus_free is None else f"{room.vcpus_free:,.0f}",
            "?" if room.memory_free_bytes is None else size(room.memory_free_bytes),
            fullest(room),
            verdict(survival),
        ]

    names = [
        "hosts", "guests", "without a place", f"room for more {like(after)}", "runs out first",
        "months of growth that fit", "vCPUs free", "memory free", "first host to break",
        f"survives any {count(after.settings.n_plus, 'failure')}",
    ]  # fmt: skip
    rows = zip(names, column(before, survives[0]), column(after, survives[1]), strict=True)
    return html.table(["figure", "now", "what if"], [list(row) for row in rows])


def bars(before: Room, after: Room) -> Markup:
    """Draw the fullest hosts, before and after."""
    both = beside(before, after)
    left = set(after.shares["host"])
    rows: list[list[object]] = []
    for row in listing.records(both.head(_HOSTS)):
        host = str(row["host"])
        now = _bar(row["before"], row["resource_before"], f"{shorten(host)} now")
        then = _bar(row["after"], row["resource_after"], f"{shorten(host)} what if")
        rows.append([escape(host, 40), now, then if host in left else "gone"])
    title = "The fullest hosts: committed of what the policy allows"
    more = len(both) - len(rows)
    table = html.table(["host", "now", "what if"], rows, caption=title)
    return Markup(table + (html.paragraph(f"… and {count(more, 'more host')}") if more > 0 else ""))


def results(before: Room, after: Room, survives: tuple[Survival | None, Survival | None]) -> str:
    """Write everything below the controls."""
    report = survives[1].report if survives[1] is not None else None
    notes = [*after.notes, *(report.notes if report is not None else after.fleet.notes)]
    noted = [Markup(f"<p><small>{escape(note)}</small></p>") for note in notes[:_NOTES]]
    return html.view(
        figures(before, after, survives), bars(before, after), *noted, title="what if, in figures"
    )


def code(text: str) -> str:
    """Write Python code for a page; nothing in it can hide or reorder text."""
    lines = "\n".join(escape_text(printable(line)) for line in text.splitlines())
    return f'<pre class="vw-code" style="font-family: monospace; white-space: pre-wrap">{lines}</pre>'


METHODS: Final = (
    'No controls are shown here; each is a method: add(12), fail("kvm1"), lose_the_largest_host().'
)
"""A hint for where there is a kernel, but nothing that shows widgets."""


def still(
    before: Room, after: Room, survives: tuple[Survival | None, Survival | None], text: str, hint: str = ""
) -> str:
    """Write the whole as static HTML, for a page without a kernel."""
    hinted = [html.paragraph(hint)] if hint else []
    head = html.view(html.heading("What if", headline(after, survives[1])), *hinted)
    return f"{head}{results(before, after, survives)}{code(text)}"


def head(room: Room, survival: Survival | None) -> str:
    """Write the view's first lines: the fleet that the settings lead to, and its answer."""
    hosts, guests = count(len(room.shares), "host"), count(room.guests, "guest")
    return html.view(html.heading("What if", f"{hosts}, {guests}"), html.paragraph(headline(room, survival)))


def _bar(share: float | None, of: str, label: str) -> Markup:
    if share is None or share == float("inf"):
        return escape(percent(share))
    return html.meter(share, 1, text=f"{percent(share)} {resource(of)}", label=label)


def _runs(binding: str) -> str:
    return "vCPUs run" if binding == "vcpus" else f"{resource(binding)} runs"


def _about(months: int) -> str:
    return f"room for about {count(months, 'more month')}" if months else "less than a month's room"


def _lacks(binding: str | None) -> str:
    if binding is None:
        return "room is short"
    if binding == "vcpus":
        return "vCPUs are short"
    return f"{resource(binding)} is short" if binding in _SHORT else f"{binding} is in the way"
