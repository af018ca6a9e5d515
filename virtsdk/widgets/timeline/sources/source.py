"""Sources of the timeline: what a view asks of a live host and of a recording alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from virtsdk.display.text import printable, shorten
from virtsdk.tables.words import in_words
from virtsdk.widgets.timeline.sources.series import GAP, Series

Kind = Literal["guest", "total", "machine"]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that has a line: a guest, all guests of a host together, or the machine itself.

    Parameters
    ----------
    key
        Its own in the view.
    name
        How it is called.
    host
        The host that it is on.
    domain
        The UUID; None where it is no guest.
    kind
        ``"guest"``, ``"total"`` (all guests of the host) or ``"machine"``.
    """

    key: str
    name: str
    host: str
    domain: str | None
    kind: Kind = "guest"

    def to_dict(self) -> dict[str, object]:
        """Return the line as plain values for the page; what would hide or reorder text is escaped."""
        said = {"key": self.key, "name": printable(self.name), "host": printable(self.host)}
        return {**said, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: an event of a host, or what a recording tells between two samples.

    Parameters
    ----------
    time
        ms since 1970.
    name
        Of whom.
    text
        In words.
    key
        The line that it is about; empty where it is about the host.
    """

    time: float
    name: str
    text: str
    key: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the mark as plain values for the page."""
        name, text = printable(self.name), printable(shorten(self.text, 160))
        return {"time": self.time, "name": name, "text": text, "key": self.key}


@dataclass(frozen=True, slots=True)
class Hole:
    """A gap or a reset in some lines: from when to when, and why.

    Parameters
    ----------
    first, last
        ms since 1970.
    kind
        ``"gap"`` or ``"reset"``.
    text
        Its length and reason, in words.
    """

    first: float
    last: float
    kind: Literal["gap", "reset"]
    text: str

    def to_dict(self) -> dict[str, object]:
        """Return the hole as plain values for the page."""
        return {"first": self.first, "last": self.last, "kind": self.kind, "text": self.text}


class TimelineSource(Protocol):
    """Where the figures of a timeline come from.

    Attributes
    ----------
    live
        Whether more comes by itself.
    title, subtitle
        Whose figures they are.
    every
        Seconds from a sample to the next, as they are due; NaN where that is not known.
    """

    live: bool
    title: str
    subtitle: str
    every: float

    def lines(self) -> Sequence[Line]:
        """Return all that can be shown."""
        ...

    def busiest(self) -> Sequence[str]:
        """Return keys of guests, those that used the most CPU first."""
        ...

    def span(self) -> tuple[float, float] | None:
        """Return the first and the last time (ms since 1970); None before there is one."""
        ...

    def series(self, line: Line) -> Series:
        """Return all rows of a line; it may have to read them."""
        ...

    def known(self, line: Line) -> Series | None:
        """Return what there is of a line without reading; None where that is nothing."""
        ...

    def reason(self, first: float, last: float) -> str:
        """Say why there were no samples for a while; empty where nobody knows."""
        ...

    def marks(self) -> Sequence[Mark]:
        """Return what happened, as far as it is known by now."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


_MOST_HOLES = 200


def holes_of(lines: Iterable[tuple[Line, Series]], source: TimelineSource) -> tuple[list[Hole], int]:
    """Return gaps and resets of lines, those of several at one time as one; and how many more there are.

    The longest are kept where there are many: each of them has its words in the page.
    """
    found: dict[tuple[float, float, int], list[str]] = {}
    for line, series in lines:
        part = series[series.broken]
        starts = part.time - 1000 * part.seconds
        for first, last, code in zip(starts.tolist(), part.time.tolist(), part.code.tolist(), strict=True):
            found.setdefault((first, last, code), []).append(line.name)
    longest = sorted(found, key=lambda one: one[0] - one[1])[:_MOST_HOLES]
    holes = [_hole(*one, names=found[one], source=source) for one in sorted(longest)]
    return holes, len(found) - len(longest)


def _hole(first: float, last: float, code: int, *, names: Sequence[str], source: TimelineSource) -> Hole:
    who = printable(names[0]) if len(names) == 1 else f"{len(names)} lines"
    length = in_words(last - first)
    if code != GAP:
        return Hole(first, last, "reset", f"{who}: counters began anew within {length}")
    reason = source.reason(first, last)
    return Hole(first, last, "gap", f"No samples for {length}{': ' if reason else ''}{reason} ({who})")
