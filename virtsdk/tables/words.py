"""Events and lengths of time in the words of a view, whether an event comes now or was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from virtsdk.display.text import printable
from virtsdk.events import Event

_WHOM = {"host", "time", "domain", "network", "storage_pool", "secret", "name"}  # the rest is what it says


def words_of(event: Event) -> str:
    """Say an event in words, without whom it is about."""
    return words(event.kind, {one.name: getattr(event, one.name) for one in fields(event)})


def words(kind: str, values: Mapping[str, object]) -> str:
    """Say an event in words by its kind and its fields, without whom it is about.

    Examples
    --------
    >>> words("domain_lifecycle", {"name": "web1", "event": "started", "detail": "booted"})
    'started: booted'
    >>> words("network_lifecycle", {"name": "default", "event": "started"})
    'network started'
    """
    match kind:
        case "domain_lifecycle":
            said = [values.get("event"), values.get("detail")]
            return printable(": ".join(str(one) for one in said if one))
        case "disconnected":
            return "the connection was lost; what happens until it is back is not seen"
        case "reconnected":
            gap = float(str(values.get("gap_seconds", "nan")))
            return f"connected again; nothing was seen for {in_words(1000 * gap)}"
        case "overflow":
            return f"{values.get('dropped')} events came too fast and were dropped"
        case _:
            said = {name: value for name, value in values.items() if name not in _WHOM}
            what = kind.removeprefix("domain_").replace("_", " ")
            if list(said) == ["event"]:  # of a network, a pool ...
                return printable(f"{what.removesuffix(' lifecycle')} {said['event']}")
            parts = [f"{name.replace('_', ' ')} {value}" for name, value in said.items()]
            return printable(", ".join([what, *parts]))


def in_words(milliseconds: float) -> str:
    """Write a length of time: ``2 min 3 s``.

    Examples
    --------
    >>> in_words(123_400), in_words(1_400), in_words(7_260_000)
    ('2 min 3 s', '1.4 s', '2 h 1 min')
    """
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    for unit, name, less, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = (whole % unit) // less
            return f"{whole // unit} {name}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds:.0f} s"
