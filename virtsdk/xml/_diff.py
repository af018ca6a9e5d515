"""What differs between two models, by meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, cast

from virtsdk.model import MASK, FreeXml, Model, Scaled
from virtsdk.xml._fields import XmlField, describe
from virtsdk.xml._listing import Listing

_MAC = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_HEX = re.compile(r"0x[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One difference between two models.

    Attributes
    ----------
    path
        Where, as a path in the second model; in the first one for an item that the second does not have.
    before, after
        The values; None where it is not there. A part that is only in one of the two is the whole model.
    item
        What identifies the device or list item, such as its target; empty outside of lists.
    secret
        The values are not shown.
    """

    path: str
    before: Any
    after: Any
    item: str = ""
    secret: bool = False

    def cells(self) -> tuple[object, ...]:
        """Give path, item, and the two values as they are shown: no secrets, nothing as None."""
        return self.path, self.item, self._shown(self.before), self._shown(self.after)

    def _shown(self, value: Any) -> object:
        if value is not None and self.secret:
            return MASK
        if isinstance(value, Enum):
            return value.value
        return repr(value) if isinstance(value, Model) else value

    def __repr__(self) -> str:
        path, item, before, after = self.cells()
        return f"Change(path={path!r}, before={before!r}, after={after!r}, item={item!r})"

    def __str__(self) -> str:
        words = [
            "nothing" if value is None else f"{value:.100}" if isinstance(given, Model) else repr(value)
            for given, value in zip((self.before, self.after), self.cells()[2:], strict=True)
        ]
        return f"{self.path}{f' ({self.item})' if self.item else ''}: {words[0]} -> {words[1]}"


def diff(before: Model, after: Model) -> list[Change]:
    """List what differs between two models of one class.

    Devices and other items with an identity (a disk's target, an interface's MAC, an alias, a name, an
    address) are matched by it, not by position, and their order does not count; other lists are compared in
    order. Sizes compare in bytes, MAC addresses and hex numbers by value.

    Parameters
    ----------
    before, after
        Two models of the same class.

    Returns
    -------
    list of Change
        In the order of the fields; empty where both mean the same.

    Raises
    ------
    TypeError
        The models are of different classes.

    Examples
    --------
    >>> from virtsdk import xml
    >>> one = xml.parse("<disk><source file='/a'/><target dev='vda'/></disk>")
    >>> two = xml.parse("<disk><source file='/b'/><target dev='vda'/></disk>")
    >>> for change in xml.diff(one, two):
    ...     print(change)
    source.file: '/a' -> '/b'
    """
    if type(before) is not type(after):
        raise TypeError(f"not of one class: {type(before).__name__} and {type(after).__name__}")
    return Listing(_models(before, after, "", ""), "change", ("path", "item", "before", "after"))


def _models(before: Model, after: Model, path: str, item: str) -> Iterator[Change]:
    if isinstance(before, Scaled) and isinstance(after, Scaled) and _bytes(before) != _bytes(after):
        yield Change(path or "value", before, after, item)
    xml = describe(type(before))
    for each in (*xml.attributes, *((xml.text,) if xml.text else ()), *xml.elements):
        if isinstance(before, Scaled) and each.name in ("unit", "value"):
            continue
        old, new = getattr(before, each.name), getattr(after, each.name)
        here = f"{path}.{each.name}" if path else each.name
        if each.many:
            yield from _lists(old, new, each, here, item)
        else:
            yield from _values(old, new, each, here, item, free=isinstance(before, FreeXml))
    if before.extras != after.extras:
        yield Change(f"{path}.extras" if path else "extras", before.extras, after.extras, item)


def _values(
    old: Any, new: Any, each: XmlField, path: str, item: str, *, free: bool = False
) -> Iterator[Change]:
    if isinstance(old, Model) and isinstance(new, Model):
        yield from _models(old, new, path, item)
    elif free:
        if str(old or "").strip() != str(new or "").strip():
            yield Change(path, old, new, item)
    elif _plain(old, each) != _plain(new, each):
        yield Change(path, old, new, item, each.secret)


def _plain(value: Any, each: XmlField) -> Any:
    """Give a value in the form in which it compares."""
    if isinstance(value, str):
        if each.integer and _HEX.fullmatch(value):
            return int(value, 16)
        if _MAC.fullmatch(value):
            return value.lower()
    return value


def _bytes(scaled: Scaled) -> object:
    try:
        return scaled.bytes
    except ValueError:
        return (scaled.unit, scaled.value)


# --- lists ---------------------------------------------------------------------------------------------


def _lists(old: list[Any], new: list[Any], each: XmlField, path: str, item: str) -> Iterator[Change]:
    identities = _IDENTITIES.get(each.model.__name__, _COMMON) if each.model else ()
    if any(_identity(entry, identities) for entry in [*old, *new]):
        pairs = _match(old, new, identities)
    else:
        pairs = _align(old, new)
    for i, j in pairs:
        before, after = old[i] if i is not None else None, new[j] if j is not None else None
        here = f"{path}[{j if j is not None else i}]"
        label = _identity(after if after is not None else before, identities) or item
        yield from _values(before, after, each, here, label)


Pair = tuple[int | None, int | None]


def _align(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Pair]:
    """Pair items in order, with the fewest that are only in one of the lists."""
    steps = SequenceMatcher(a=[repr(one) for one in old], b=[repr(one) for one in new], autojunk=False)
    for _, i, i_end, j, j_end in steps.get_opcodes():
        both = min(i_end - i, j_end - j)
        yield from zip(range(i, i + both), range(j, j + both), strict=True)
        yield from ((left, None) for left in range(i + both, i_end))
        yield from ((None, right) for right in range(j + both, j_end))


def _match(old: list[Any], new: list[Any], identities: Sequence[Identity]) -> Iterator[Pair]:
    """Pair what is the same in its place, then by the first identity that both have, then by position."""
    partner = {i: i for i, (entry, other) in enumerate(zip(old, new, strict=False)) if entry == other}
    taken = set(partner)
    for identity in identities:
        places = {identity(entry): j for j, entry in enumerate(new) if j not in taken}
        for i, entry in enumerate(old):
            j = places.get(identity(entry)) if i not in partner and identity(entry) else None
            if j is not None and j not in taken:
                partner[i] = j
                taken.add(j)
    strongest = identities[0]
    for i, entry in enumerate(old):
        free = [
            j
            for j, other in enumerate(new)
            if j not in taken and not (strongest(entry) and strongest(other)) and _type(entry) == _type(other)
        ]
        if i not in partner and free:
            partner[i] = free[0]
            taken.add(free[0])
    back = {j: i for i, j in partner.items()}
    yield from ((i, None) for i in range(len(old)) if i not in partner)
    yield from ((back.get(j), j) for j in range(len(new)))


Identity = Callable[[Any], str]


def _at(*paths: str) -> Identity:
    """Make an identity of values at these paths; it is empty unless all of them are there."""

    def read(model: Any) -> str:
        found: list[str] = []
        for path in paths:
            value = model
            for name in path.split("."):
                value = getattr(value, name, None)
            if value is None:
                return ""
            found.append(str(value).lower() if _MAC.fullmatch(str(value)) else str(value))
        return " ".join(found)

    return read


def _address(model: Any) -> str:
    address = getattr(model, "address", None)
    if not isinstance(address, Model):
        return ""
    set_fields = [getattr(address, each.name) for each in describe(type(address)).attributes]
    return " ".join(str(value) for value in set_fields if value is not None)


def _source_address(model: Any) -> str:
    """Where a host's device is on the host."""
    return _address(getattr(model, "source", None))


def _identity(model: Any, identities: Sequence[Identity]) -> str:
    return next((found for identity in identities if (found := identity(model))), "")


def _type(model: Any) -> object:
    return cast("object", getattr(model, "type", None))


_ALIAS = _at("alias.name")
_COMMON: tuple[Identity, ...] = (_ALIAS, _at("mac"), _at("name"), _at("id"), _at("uuid"), _address)
_TARGETED = (_at("target.dev"), _ALIAS, _address)
_IDENTITIES: dict[str, tuple[Identity, ...]] = {
    "Disk": _TARGETED,
    "Interface": (_at("mac.address"), _at("target.dev"), _ALIAS, _address),
    "Controller": (_at("type", "index"), _ALIAS, _address, _at("type")),
    "Filesystem": (_at("target.dir"), _ALIAS, _address),
    "Channel": (_at("target.name"), _ALIAS, _address),
    "Serial": (_at("target.port"), _ALIAS),
    "Parallel": (_at("target.port"), _ALIAS),
    "Console": (_at("target.type", "target.port"), _ALIAS),
    "Graphics": (_at("type"),),
    "Input": (_ALIAS, _address, _at("type", "bus")),
    "Hostdev": (_source_address, _ALIAS, _address),
    "MemoryDevice": (_ALIAS, _address),
}
