"""Events in the words of a timeline's marks, whether they come now or were recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from virtsdk.display.text import printable
from virtsdk.events import Event
from virtsdk.widgets.timeline.sources.source import in_words

_BASE = {"host", "time", "domain", "name"}  # of an event; the rest is what it says


def words_of(event: Event) -> str:
    """Say an event in words; empty for one that is no news."""
    return words(event.kind, {one.name: getattr(event, one.name) for one in fields(event)})


def words(kind: str, values: Mapping[str, object]) -> str:
    """Say an event in words by its kind and its fields."""
    match kind:
        case "domain_lifecycle":
            said = [values.get("event"), values.get("detail")]
            return printable(": ".join(str(one) for one in said if one))
        case "disconnected":
            return "the connection was lost"
        case "reconnected":
            gap = float(str(values.get("gap_seconds", "nan")))
            return f"connected again; events of {in_words(1000 * gap)} were not seen"
        case "overflow":
            return f"{values.get('dropped')} events came too fast and were dropped"
        case _:
            parts = [f"{name} {value}" for name, value in values.items() if name not in _BASE]
            return printable(", ".join([kind.removeprefix("domain_").replace("_", " "), *parts]))
