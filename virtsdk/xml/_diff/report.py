"""Changes, and how they are shown: type, identity and source first, sizes with their unit, no secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from virtsdk.display.text import printable
from virtsdk.model import MASK, Extras, Model, Scaled, is_secret_name, masked
from virtsdk.units import Size
from virtsdk.xml._diff import together
from virtsdk.xml._diff.identities import RULES
from virtsdk.xml._fields import describe
from virtsdk.xml._listing import Listing

_LONG = 160  # characters of a value, before what says the least is left out
_HIDDEN = f"{MASK} (secret, not shown)"
_CHANGED = "changed (secret, not shown)"


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One difference between two models.

    Attributes
    ----------
    path
        Where, as a path in the second model; in the first one for an item that the second does not have.
    before, after
        The values; None where it is not there. A part that is only in one of the two is the whole model; an
        amount whose unit stands beside it is a `virtsdk.units.Size`.
    item
        What identifies the device or list item, such as its target, as it was before if that changed; empty
        outside of lists.
    secret
        The values are not shown: ``changed (secret, not shown)`` is all that is said of two that differ. A
        text that only holds a secret, such as an argument of a command line, is shown without it; that the
        secret in it changed is said after it.
    """

    path: str
    before: Any
    after: Any
    item: str = ""
    secret: bool = False

    def cells(self) -> tuple[object, ...]:
        """Give path, item, and the two values for a frame: no secrets, models and sizes in words, None."""
        return self.path, self.item, *self._told(*map(_cell, (self.before, self.after)))

    def words(self) -> tuple[str, str, str, str]:
        """Give path, item, and the two values as text, as a line and a table show them."""
        before, after = (words(value) for value in (self.before, self.after))
        if isinstance(self.before, Scaled) and isinstance(self.after, Scaled):
            before, after = _scaled(self.before), _scaled(self.after)  # the amount is what changed
        if not isinstance(self.before, Model) and not isinstance(self.after, Model):
            before, after = _contrast(before, after)
        told = (str(one) for one in self._told(before, after))
        path, item, before, after = map(printable, (self.path, self.item, *told))
        return path, item, before, after

    def _told(self, before: object, after: object) -> tuple[object, object]:
        """Give the two values as they are shown, where they are secret, or hold what is."""
        there = self.before is not None, self.after is not None
        if self.secret:
            old, new = (_HIDDEN if one else given for one, given in zip(there, (before, after), strict=True))
            return old, _CHANGED if all(there) else new
        if all(there) and _hides(self.before, self.after, before, after):
            return before, f"{after} (and a secret changed, not shown)"
        return before, after

    def _line(self, *, before: str, after: str) -> str:
        return after if self.secret and after == _CHANGED else f"{before} -> {after}"

    def __repr__(self) -> str:
        path, item, before, after = self.words()
        return f"Change(path={path!r}, before={before}, after={after}, item={item!r})"

    def __str__(self) -> str:
        path, item, before, after = self.words()
        return f"{path}{f' ({item})' if item else ''}: {self._line(before=before, after=after)}"


class Changes(Listing[Change]):
    """The changes between two models: a list that shows as a table."""

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        super().__init__(changes, "change", ("path", "item", "before", "after"))

    def rows(self) -> list[tuple[object, ...]]:
        """Give the cells of the table: the texts of the lines, however long."""
        from virtsdk.display.html import escape

        return [tuple(escape(text, limit=len(text) + 1) for text in change.words()) for change in self]


def _cell(value: Any) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return masked(value)
    return words(value) if isinstance(value, (Model, Extras, Size)) else value


def _hides(before: object, after: object, shown: object, shown_after: object) -> bool:
    """Tell whether two values differ in what is masked, whatever else they differ in."""
    if isinstance(before, str) and isinstance(after, str):
        hidden = _hidden(before), _hidden(after)
        return len(hidden[0]) == len(hidden[1]) and hidden[0] != hidden[1]
    return shown == shown_after and MASK in str(shown)


def _hidden(text: str) -> tuple[str, ...]:
    """Give the parts of a text that are masked."""
    found: list[str] = []
    first, *others = masked(text).split(MASK)
    rest = text.removeprefix(first)
    for piece in others:
        end = rest.find(piece) if piece else len(rest)
        found.append(rest[:end])
        rest = rest[end + len(piece) :]
    return tuple(found)


def words(value: Any) -> str:
    """Write a value for a person: sizes with their unit, text in quotes, a model by what tells it apart."""
    if value is None:
        return "nothing"
    if isinstance(value, Size):
        return _exact(value)
    if isinstance(value, Extras):
        return _beyond(value)
    if isinstance(value, Model):
        return summary(value)
    value = value.value if isinstance(value, Enum) else value
    return repr(masked(value) if isinstance(value, str) else value)


def summary(model: Model) -> str:
    """Write a model on one line: type, identity and source in full, then the rest as far as there is room.

    Examples
    --------
    >>> from virtsdk import xml
    >>> summary(xml.parse("<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>"))
    "Disk(type='file', target.dev='vda', source.file='/a', target.bus='virtio')"
    """
    told = dict(_leaves(model, ""))
    if isinstance(model, Scaled):
        amount, *others = (f"{path}={text}" if path else text for path, text in told.items())
        return f"{amount} ({', '.join(others)})" if others else amount
    telling = _telling(type(model).__name__)
    first = [path for path in telling if path in told and not path.startswith("source")]
    first += [path for path in told if path.startswith("source")]
    order = [*dict.fromkeys([*first, *told])]
    if not order:
        return "present"
    shown: list[str] = []
    room = _LONG
    for path in order:
        text = f"{path}={told[path]}"
        room -= len(text) + 2
        if room < 0 and path not in first:
            shown.append("…")
            break
        shown.append(text)
    return f"{type(model).__name__}({', '.join(shown)})"


def _telling(name: str) -> Iterator[str]:
    """Paths of what tells an item of a class apart."""
    rule = RULES.get(name)
    yield from ("type", "mode", "device", "model")
    if rule:
        yield from rule.apart
        for key in rule.keys:
            yield from key.rpartition(":")[2].split()
        yield from rule.label
    yield from ("name", "id")


def _leaves(model: Model, path: str) -> Iterator[tuple[str, str]]:
    """Yield what a model says, flat: the path of each value, and the value in words."""
    if isinstance(model, Scaled):
        yield path, _scaled(model)
    xml = describe(type(model))
    inside = together.amounts(model)
    for each in (*xml.attributes, *((xml.text,) if xml.text else ()), *xml.elements):
        value = inside[each.name] if each.name in inside else getattr(model, each.name)
        here = f"{path}.{each.name}" if path else each.name
        items = cast("list[Any]", value) if isinstance(value, list) else [value]
        for position, item in enumerate(items):
            there = f"{here}[{position}]" if isinstance(value, list) else here
            if item is None:
                continue
            if isinstance(item, Model):
                inner = list(_leaves(item, there))
                yield from inner or [(there, "present")]
            else:
                yield there, repr(MASK) if each.secret else words(item)
    if model.extras is not None:
        yield f"{path}.extras" if path else "extras", _beyond(model.extras)


def _scaled(model: Scaled) -> str:
    if model.value is None:
        return "no amount"
    try:
        return _exact(model.size)
    except ValueError:
        return f"{model.value} {model.unit or model.default_unit}"


def _exact(size: Size) -> str:
    """Write a size in the largest unit in which it is a whole number."""
    for word, bits in (("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size and not size % (1 << bits):
            return f"{int(size) >> bits} {word}" if size > 0 else f"-{-int(size) >> bits} {word}"
    return f"{int(size)} bytes"


def _beyond(extras: Extras) -> str:
    told = [
        f"{name}={MASK if is_secret_name(name) else masked(value)!r}"
        for name, value in extras.attributes.items()
    ]
    told += [masked(stray.xml.strip()) for stray in extras.content if stray.xml.strip()]
    told += [f"{leaf.field}: {_beyond(leaf.extras)}" for leaf in extras.leaves]
    return ", ".join(told) or "nothing"


def _contrast(before: str, after: str) -> tuple[str, str]:
    """Cut two long texts to a part of each that shows where they differ."""
    if max(len(before), len(after)) <= 2 * _LONG:
        return before, after
    same = next((i for i, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), None)
    start = max(min(len(before), len(after)) if same is None else same, _LONG) - _LONG
    return _window(before, start), _window(after, start)


def _window(text: str, start: int) -> str:
    end = start + 2 * _LONG
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
