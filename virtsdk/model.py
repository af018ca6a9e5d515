"""The hand-written base of the generated dataclasses in `virtsdk.models`.

A model is a plain dataclass with slots: set what you need, leave the rest. Everything that the schema does
not know stays with it in ``extras``, so that a document that was read is written back whole (`virtsdk.xml`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Self, cast

from virtsdk import units

__all__ = ["Empty", "Extras", "FreeXml", "Model", "Place", "Scaled", "Stray"]

SECRET = "secret"  # noqa: S105  the key in a field's metadata
MASK = "***"


class Place(NamedTuple):
    """Where a stray part stands: right after the item `position` of the field `field`."""

    field: str
    position: int


class Stray(NamedTuple):
    """An element or a piece of text that the schema does not have at this place.

    Attributes
    ----------
    after
        The sibling that it follows; None at the beginning.
    xml
        The element as XML that stands on its own (it begins with ``<``), or text, escaped.
    """

    after: Place | None
    xml: str


@dataclass(slots=True)
class Extras:
    """What a document says beyond the schema, at one element.

    Attributes
    ----------
    attributes
        Unknown attributes, by name (``"{namespace}name"`` where it has a namespace).
    content
        Unknown elements and text, in the document's order.
    leaves
        The same for children that are plain text in the model (``<name zz="1">``), by their place.
    """

    attributes: dict[str, str] = field(default_factory=dict[str, str])
    content: list[Stray] = field(default_factory=list[Stray])
    leaves: dict[Place, Extras] = field(default_factory=dict["Place", "Extras"])


@dataclass(slots=True, kw_only=True, repr=False)
class Model:
    """An element of a libvirt document.

    Every field is optional: None, or an empty list, is what is not written. Models compare by value, copy and
    pickle; the text form shows only what is set, and no secrets.
    """

    extras: Extras | None = field(default=None, metadata={"type": "Ignore"})

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_show(value, secret)}" for name, value, secret in _set_fields(self))
        return f"{type(self).__name__}({shown})"

    def _repr_html_(self) -> str:
        from virtsdk.display import html

        return html.view(html.heading(type(self).__name__), html.outline(_outline(self)))


@dataclass(slots=True, kw_only=True, repr=False)
class Empty(Model):
    """An element that says something by being there: ``features.acpi = Empty()``, ``if features.acpi:``."""


@dataclass(slots=True, kw_only=True, repr=False)
class FreeXml(Model):
    """An element whose content is free XML, kept to the character.

    Attributes
    ----------
    content
        What stands between the tags, as XML text: elements with their prefixes, white space, comments. Each
        element in it declares the namespaces that it uses.
    """

    content: str | None = field(default=None, metadata={"type": "Text"})


@dataclass(slots=True, kw_only=True, repr=False)
class Scaled(Model):
    """A number with a unit, such as ``<memory unit="MiB">512</memory>``.

    Attributes
    ----------
    unit
        libvirt's unit word; the class's `default_unit` where there is none.
    value
        The number in that unit.
    """

    default_unit: ClassVar[str] = "bytes"

    unit: str | None = field(default=None, metadata={"type": "Attribute"})
    value: int | str | None = field(default=None, metadata={"type": "Text"})

    @classmethod
    def of(cls, size: units.Size, **others: Any) -> Self:
        """Make one from a size.

        Parameters
        ----------
        size
            A `virtsdk.units.Size`, such as ``GiB(2)``.
        **others
            The class's other fields.

        Returns
        -------
        Self
            In the class's own unit where that is exact, else in bytes; the unit is always written.

        Raises
        ------
        TypeError
            The size is a bare number: libvirt's units differ from element to element, so say which one.
        ValueError
            The size is negative.
        """
        if not isinstance(size, units.Size):
            raise TypeError(
                f"{cls.__name__}.of() takes a size with its unit, such as units.MiB(512), not {size!r}"
            )
        if size < 0:
            raise ValueError(f"{cls.__name__}.of() takes no negative size: {size!r}")
        scale = units.factor(cls.default_unit)
        if size % scale:
            return cls(unit="bytes", value=int(size), **others)
        return cls(unit=cls.default_unit, value=int(size) // scale, **others)

    @property
    def size(self) -> units.Size:
        """The amount as a `virtsdk.units.Size`.

        Raises
        ------
        ValueError
            There is no number, or the unit is not one of libvirt's.
        """
        if self.value is None:
            raise ValueError(f"{type(self).__name__} has no value")
        return units.Size.parse(str(self.value), self.unit or self.default_unit)

    @property
    def bytes(self) -> int:
        """The amount in bytes, whatever unit it is written in.

        Raises
        ------
        ValueError
            There is no number, or the unit is not one of libvirt's.
        """
        return int(self.size)


def _set_fields(model: Model) -> Iterator[tuple[str, object, bool]]:
    """Fields that are set, with whether they are secret; extras last."""
    for each in fields(model):
        if each.name != "extras":
            value = getattr(model, each.name)
            if value is not None and value != []:
                yield each.name, value, bool(each.metadata.get(SECRET))
    if model.extras is not None:
        yield "extras", model.extras, False


def _show(value: object, secret: bool) -> str:
    if secret:
        return repr(MASK)
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, list):
        return f"[{', '.join(_show(item, secret) for item in cast('list[object]', value))}]"
    return repr(value)


def _outline(model: Model) -> dict[str, object]:
    lines: dict[str, object] = {}
    for name, value, secret in _set_fields(model):
        if isinstance(value, list):
            for index, item in enumerate(cast("list[object]", value)):
                lines[f"{name}[{index}]"] = _cell(item, secret)
        else:
            lines[name] = _cell(value, secret)
    return lines


def _outline_names(model: Model) -> Iterator[str]:
    return (name for name, _, _ in _set_fields(model))


def _cell(value: object, secret: bool) -> object:
    if secret:
        return MASK
    if isinstance(value, Scaled) and set(_outline_names(value)) <= {"unit", "value"}:
        return f"{'' if value.value is None else value.value} {value.unit or value.default_unit}"
    if isinstance(value, Model):
        return _outline(value) or "yes"
    if isinstance(value, Extras):
        count = len(value.attributes) + len(value.content) + len(value.leaves)
        return f"{count} beyond the schema"
    return value
