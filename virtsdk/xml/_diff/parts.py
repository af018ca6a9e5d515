"""A model as it compares: its values read by `values`, its lists by the rules of `identities`.

A `Part` is a view of a model. It is made without looking at the model; what it says is read on the first
question. Two parts are equal where they mean the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeGuard, cast

from virtsdk.model import FreeXml, Model
from virtsdk.xml._diff import free, together
from virtsdk.xml._diff.identities import Rule, rule_of
from virtsdk.xml._diff.together import ITSELF
from virtsdk.xml._diff.values import Spelling, spelling_of
from virtsdk.xml._fields import XmlField, describe


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reader of one field."""

    field: XmlField
    spelling: Spelling
    rule: Rule | None


@cache
def _readings(cls: type[Model]) -> tuple[_Reading, ...]:
    xml = describe(cls)
    every = (*xml.attributes, *((xml.text,) if xml.text else ()), *xml.elements)
    return tuple(
        _Reading(
            each,
            spelling_of(cls.__name__, each),
            rule_of(cls.__name__, each.name, each.model.__name__ if each.model else None)
            if each.many
            else None,
        )
        for each in every
    )


THERE = {
    "MemoryBackingHugepages": "asks for huge pages",
    "NodeDeviceCapabilityPciExpress": "says that it is PCI Express",
    "Nvram": "is a device",
    "TpmBackendActivePcrBanks": "asks for no banks",
}
"""Elements of nothing but elements that say something by being there; all others only hold what they hold."""


@cache
def _only_holds(cls: type[Model]) -> bool:
    xml = describe(cls)
    return bool(xml.elements) and not xml.attributes and not xml.text and cls.__name__ not in THERE


def _is_nothing(value: object) -> TypeGuard[Model]:
    """Whether a value is an element that would hold others and holds none."""
    if not isinstance(value, Model) or not _only_holds(type(value)) or value.extras is not None:
        return False
    inside = (getattr(value, each.name) for each in describe(type(value)).elements)
    return all(each is None or each == [] or _is_nothing(each) for each in inside)


class Part:
    """A model, or a part of one, as it compares.

    Attributes
    ----------
    model
        The model.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    @cached_property
    def says(self) -> dict[str, Hashable]:
        """Values of the model, by field: a value, a `Part`, or `Items`."""
        model = self.model
        if isinstance(model, FreeXml):
            return {"content": free.tree(model.content)} if model.content is not None else {}
        found: dict[str, Hashable] = {}
        for each in _readings(type(model)):
            value = getattr(model, each.field.slot)
            if value is None or _is_nothing(value):
                continue
            if each.rule is not None:
                if value:
                    found[each.field.name] = Items(value, self._listed(value, each), each.rule)
            else:
                found[each.field.name] = self._one(value, each)
        together.join(model, found)
        if model.extras is not None:
            beyond = free.beyond(model, model.extras)
            if beyond:
                found["extras"] = beyond
        return found

    def _one(self, value: Any, each: _Reading) -> Hashable:
        if isinstance(value, Model):
            return Part(value)
        if each.field.model is not None or not isinstance(value, (str, int)):
            expected = each.field.model.__name__ if each.field.model else "text or a whole number"
            raise TypeError(
                f"{type(self.model).__name__}.{each.field.name} must be {expected}, "
                f"not {type(value).__name__}"
            )
        return each.spelling(str(value))

    def _listed(self, value: Any, each: _Reading) -> list[Hashable]:
        if not isinstance(value, (list, tuple)):
            raise TypeError(
                f"{type(self.model).__name__}.{each.field.name} must be a list, not {type(value).__name__}"
            )
        return [self._one(item, each) for item in cast("list[Any]", value)]

    def holding(self, name: str) -> Part | None:
        """Give an element that is there to hold others and holds none, so that the change is inside it."""
        value = getattr(self.model, name, None)
        return Part(value) if _is_nothing(value) else None

    def shown(self, name: str) -> Any:
        """Give a value as a change shows it: as the model has it, a size with its unit as a `Size`."""
        if name == ITSELF:
            return self.model
        amounts = together.amounts(self.model)
        if name in amounts:
            return amounts[name]
        value = getattr(self.model, self.field(name))
        return None if isinstance(value, FreeXml) and not value else value

    def field(self, name: str) -> str:
        """Name the field that says a part."""
        written = name == ITSELF or getattr(self.model, name) is not None
        return "netmask" if name == "prefix" and not written and hasattr(self.model, "netmask") else name

    def at(self, path: str) -> Hashable:
        """Give what the model says at a path such as ``target.dev``; None where it says nothing."""
        here: Hashable = self
        for name in path.split("."):
            here = here.says.get(name) if isinstance(here, Part) else None
        return here

    def written(self, path: str) -> str:
        """Give the text at a path as the model has it; empty where it says nothing."""
        here: Any = self.model
        for name in path.split("."):
            here = getattr(here, name, None)
        return "" if here is None or isinstance(here, Model) else str(here)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Part):
            return NotImplemented
        if alike(self, other):
            return True
        return type(self.model) is type(other.model) and hash(self) == hash(other) and self.says == other.says

    @cached_property
    def _hash(self) -> int:
        return hash((type(self.model), frozenset(self.says.items())))

    def __hash__(self) -> int:
        return self._hash


class Items:
    """A list of a model as it compares.

    Attributes
    ----------
    raw
        The list as the model has it.
    entries
        A `Part` or a value for each item.
    rule
        What tells them apart.
    keys
        For each item its keys, strongest first, None where it does not say one.
    apart
        For each item what tells its kind.
    """

    def __init__(self, raw: Any, entries: list[Hashable], rule: Rule) -> None:
        self.raw = raw
        self.entries = entries
        self.rule = rule

    @cached_property
    def keys(self) -> list[tuple[Hashable, ...]]:
        """The keys of each item; a plain value whose order is free is its own key."""
        readers = [_key(path) for path in self.rule.keys]
        return [
            tuple(reader(each) for reader in readers)
            if isinstance(each, Part)
            else ((each,) if self.rule.order == "free" else ())
            for each in self.entries
        ]

    @cached_property
    def apart(self) -> list[tuple[Hashable, ...]]:
        """The kind of each item."""
        return [
            (type(each.model), *(each.at(path) for path in self.rule.apart)) if isinstance(each, Part) else ()
            for each in self.entries
        ]

    @cached_property
    def ordered(self) -> bool:
        """Whether the order counts."""
        return self.rule.order == "counts" or (
            self.rule.order == "unkeyed" and any(keys[0] is None for keys in self.keys)
        )

    @cached_property
    def sequence(self) -> list[int]:
        """The positions of the items in the order that means something."""
        sorts = self.rule.sorts
        if sorts is None:
            return list(range(len(self.entries)))
        found: list[int] = []
        run: list[tuple[int, int]] = []
        for position, item in enumerate(self.raw):
            priority = sorts(item)
            if priority is None:
                found += [*(place for _, place in sorted(run)), position]
                run = []
            else:
                run.append((priority, position))
        return [*found, *(place for _, place in sorted(run))]

    @cached_property
    def _meaning(self) -> Hashable:
        if self.ordered:
            return tuple(self.entries[position] for position in self.sequence)
        if self.rule.order == "same key":
            groups: dict[Hashable, list[Hashable]] = {}
            for keys, each in zip(self.keys, self.entries, strict=True):
                groups.setdefault(keys, []).append(each)
            return frozenset((keys, tuple(group)) for keys, group in groups.items())
        if self.rule.spread:
            return frozenset(Counter(_spread(self.entries, self.rule.spread)).items())
        return frozenset(Counter(self.entries).items())

    def is_known(self, position: int) -> bool:
        """Tell whether an item has an identity."""
        item = self.entries[position]
        return isinstance(item, Part) and any(_key(path)(item) is not None for path in self.rule.keys)

    def label(self, position: int) -> str:
        """Give the text that shows which item it is; empty where nothing does."""
        item = self.entries[position]
        if not isinstance(item, Part):
            return ""
        for path in self.rule.keys:
            if _key(path)(item) is not None:
                return _label(item, path)
        return " ".join(filter(None, (item.written(path) for path in (*self.rule.apart, *self.rule.label))))

    def __eq__(self, other: object) -> bool:
        return self._meaning == other._meaning if isinstance(other, Items) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._meaning)


def _spread(entries: list[Hashable], name: str) -> Iterator[Hashable]:
    """Yield what items say, once for each number of a set."""
    for each in entries:
        says = each.says if isinstance(each, Part) else {}
        numbers = says.get(name)
        rest = frozenset(item for item in says.items() if item[0] != name)
        for number in cast("frozenset[int]", numbers) if isinstance(numbers, frozenset) else (numbers,):
            yield number, rest


@cache
def _key(path: str) -> Callable[[Part], Hashable]:
    if path.startswith("pci:"):
        return lambda part: _pci(part, path.removeprefix("pci:"))
    if path.startswith("user:"):
        return lambda part: _given_by_user(part.at(path.removeprefix("user:")))
    paths = path.split()
    if len(paths) == 1:
        return lambda part: part.at(path)

    def read(part: Part) -> Hashable:
        found = tuple(part.at(each) for each in paths)
        return None if found[0] is None else found

    return read


def _given_by_user(alias: Hashable) -> Hashable:
    """An alias that libvirt leaves alone: those of users begin with ``ua-``, all others it counts itself."""
    return alias if isinstance(alias, str) and alias.startswith("ua-") else None


def _pci(part: Part, path: str) -> Hashable:
    """A PCI address; what it leaves out is 0."""
    address = part.at(path) if path else part
    if not isinstance(address, Part) or not address.says.keys() & {"domain", "slot", "function"}:
        return None
    return tuple(address.says.get(name, 0) for name in ("domain", "bus", "slot", "function"))


def _label(item: Part, path: str) -> str:
    if path.startswith("pci:"):
        numbers = cast("tuple[Any, ...]", _key(path)(item))
        if all(isinstance(number, int) for number in numbers):
            return "{:04x}:{:02x}:{:02x}.{:x}".format(*numbers)
        return " ".join(map(str, numbers))
    return " ".join(filter(None, (item.written(each) for each in path.removeprefix("user:").split())))


def alike(before: Hashable, after: Hashable) -> bool:
    """Tell at once whether two are the same; where they are not, they may still mean the same."""
    if isinstance(before, Part) and isinstance(after, Part):
        if "_hash" in before.__dict__ and "_hash" in after.__dict__ and hash(before) != hash(after):
            return False
        return before.model is after.model or before.model == after.model
    if isinstance(before, Items) and isinstance(after, Items):
        return before.raw == after.raw or (bool(before.rule.spread) and before == after)
    return before == after


def differing(before: Part, after: Part, *, only_said: bool) -> Iterator[tuple[str, Hashable, Hashable]]:
    """Yield what two models may say differently, in no order: the name, and what each says (None: nothing).

    Values differ; parts and lists may turn out to mean the same when they are gone through.
    """
    said, wanted = before.says, after.says
    for name, new in wanted.items():
        old = said.get(name)
        if old is None:
            yield name, before.holding(name), new
        elif name == "extras" and only_said:
            if not cast("frozenset[Hashable]", new) <= cast("frozenset[Hashable]", old):
                yield name, old, new
        elif not alike(old, new):
            yield name, old, new
    if not only_said:
        for name, old in said.items():
            if name not in wanted:
                yield name, old, after.holding(name)


@cache
def order(cls: type[Model]) -> dict[str, int]:
    """Number what a class's models say, in the order of the fields."""
    names = (ITSELF, "prefix", *(each.field.name for each in _readings(cls)), "extras")
    return {name: number for number, name in enumerate(dict.fromkeys(names))}
