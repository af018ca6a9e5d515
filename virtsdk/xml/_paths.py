"""Names that are no path of a model, and what was perhaps meant."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache

from virtsdk.model import Model, Scaled
from virtsdk.xml._fields import XmlField, describe

_DEPTH = 6  # steps below which nobody looks
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_INDEX = re.compile(r"\[\d*\]")


@cache
def sized(cls: type[Model], name: str) -> XmlField | None:
    """Give the field whose size a property computes, such as ``memory.bytes`` or ``cell.memory_bytes``."""
    xml = describe(cls)
    if name == "size" and issubclass(cls, Scaled):
        name = "bytes"
    for each in _fields(cls):
        if each.unit and name == ("bytes" if each.name == "value" else f"{each.name}_bytes"):
            return each if hasattr(cls, name) and xml.field(name) is None else None
    return None


@cache
def first(cls: type[Model], name: str) -> XmlField | None:
    """Give the list whose first item a property gives, such as ``os.first_boot``."""
    if not name.startswith("first_") or not hasattr(cls, name):
        return None
    for each in describe(cls).elements:
        local = _CAPITAL.sub("_", each.local).lower()
        if each.many and name == f"first_{local}":
            return each
    return None


def nearest(cls: type[Model], given: Sequence[str]) -> str:
    """Say what was perhaps meant by steps, the first of which a class does not have.

    Parameters
    ----------
    cls
        The class.
    given
        The steps, with their indexes.

    Returns
    -------
    str
        A path from the class, such as ``cpu.topology.cores``; empty where nothing is near.
    """
    names = [_INDEX.sub("", step) for step in given]
    of, _, size = names[0].rpartition("_")
    amount = describe(cls).field(of)
    if len(given) == 1 and amount is not None and amount.model is not None and sized(amount.model, size):
        return f"{of}.{size}"
    for name in [names[0]] if names[0] in _names(cls) else get_close_matches(names[0], _names(cls), n=3):
        field = describe(cls).field(name)
        index = _INDEX.search(given[0])
        step = f"{name}{(index[0] if index else '[]') if field is not None and field.many else ''}"
        below = field or first(cls, name)
        if len(given) == 1:
            return step
        rest = nearest(below.model, given[1:]) if below is not None and below.model is not None else ""
        if rest:
            return f"{step}.{rest}"
    return next(_ending(cls, names), "")


def _ending(cls: type[Model], names: list[str]) -> Iterator[str]:
    """Yield the paths from a class that end in the names, short ones first."""
    waiting: deque[tuple[type[Model], tuple[str, ...]]] = deque([(cls, ())])
    seen = {cls}
    while waiting:
        here, path = waiting.popleft()
        for each in _fields(here):
            step = f"{each.name}{'[]' if each.many else ''}"
            if each.name == names[0] and path:
                rest = _reached(each, names[1:])
                if rest is not None:
                    yield ".".join([*path, step, *rest])
            if each.model is not None and each.model not in seen and len(path) < _DEPTH:
                seen.add(each.model)
                waiting.append((each.model, (*path, step)))


def _reached(field: XmlField, names: list[str]) -> list[str] | None:
    """Give the steps below a field; None where it has none of such names."""
    steps: list[str] = []
    here = field.model
    for name in names:
        if here is None or name not in _names(here):
            return None
        found = describe(here).field(name)
        steps.append(f"{name}{'[]' if found is not None and found.many else ''}")
        here = found.model if found is not None else None
    return steps


def _fields(cls: type[Model]) -> tuple[XmlField, ...]:
    xml = describe(cls)
    return (*xml.attributes, *xml.tags, *((xml.text,) if xml.text else ()))


@cache
def _names(cls: type[Model]) -> list[str]:
    names = [each.name for each in _fields(cls)]
    sizes = [f"{name}_bytes" for name in names] + ["bytes", "size"]
    firsts = [name for name in dir(cls) if name.startswith("first_")]
    return [
        *names,
        *(name for name in sizes if sized(cls, name)),
        *(name for name in firsts if first(cls, name)),
    ]
