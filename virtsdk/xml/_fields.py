"""What a model class says about its XML, read from the dataclass's xsdata metadata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from virtsdk.model import SECRET, FreeXml, Model

Kind = Literal["attribute", "element", "text"]

PREFIXES = {
    "http://libvirt.org/schemas/domain/qemu/1.0": "qemu",
    "http://libvirt.org/schemas/domain/lxc/1.0": "lxc",
    "http://libvirt.org/schemas/domain/xen/1.0": "xen",
    "http://libvirt.org/schemas/domain/bhyve/1.0": "bhyve",
    "http://libvirt.org/schemas/domain/vmware/1.0": "vmware",
    "http://libvirt.org/schemas/network/dnsmasq/1.0": "dnsmasq",
    "http://libvirt.org/schemas/storagepool/fs/1.0": "fs",
    "http://libvirt.org/schemas/storagepool/rbd/1.0": "rbd",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
"""The prefixes that libvirt itself writes."""


@dataclass(frozen=True, slots=True)
class XmlField:
    """A field of a model class, as XML.

    Attributes
    ----------
    name
        The field's name in Python.
    key
        The element's or attribute's name, ``{namespace}local`` where it has a namespace.
    kind
        Attribute, child element, or the element's own text.
    many
        A list of elements.
    model
        The class of a child element that has structure; None for plain text.
    enum
        The enumeration of its known values.
    integer
        Numbers become ``int``.
    secret
        Masked where it is shown.
    """

    name: str
    key: str
    kind: Kind
    many: bool
    model: type[Model] | None
    enum: type[Enum] | None
    integer: bool
    secret: bool

    @property
    def namespace(self) -> str:
        """The namespace, ``""`` where there is none."""
        return self.key[1:].partition("}")[0] if self.key.startswith("{") else ""

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.key.rpartition("}")[2]


@dataclass(frozen=True, slots=True)
class XmlClass:
    """A model class, as XML: its fields in the order in which they are written."""

    cls: type[Model]
    root: str
    free: bool
    attributes: tuple[XmlField, ...]
    elements: tuple[XmlField, ...]
    text: XmlField | None

    def field(self, name: str) -> XmlField | None:
        """Look up a field by its Python name."""
        for each in (*self.attributes, *self.elements, *((self.text,) if self.text else ())):
            if each.name == name:
                return each
        return None


@cache
def describe(cls: type[Model]) -> XmlClass:
    """Read a model class.

    Parameters
    ----------
    cls
        A dataclass derived from `virtsdk.model.Model`.

    Returns
    -------
    XmlClass

    Raises
    ------
    TypeError
        Not a model class, or a field that the codec has no form for.
    """
    if not (isinstance(cls, type) and issubclass(cls, Model)):
        raise TypeError(f"not a model class: {cls!r}")
    namespace = _meta(cls, "namespace")
    hints = get_type_hints(cls)
    found: dict[Kind, list[XmlField]] = {"attribute": [], "element": [], "text": []}
    for each in fields(cls):
        metadata = each.metadata
        if metadata.get("type") == "Elements" and len(metadata.get("choices", ())) == 1:
            # an element that shares its XML name with another field: a choice of one, for xsdata's JSON
            metadata = {**metadata["choices"][0], "type": "Element", SECRET: metadata.get(SECRET)}
        kind = str(metadata.get("type", "")).lower()
        if kind == "ignore":
            continue
        if kind not in ("attribute", "element", "text"):
            raise TypeError(f"{cls.__name__}.{each.name}: no XML form for metadata type {kind!r}")
        default = namespace if kind == "element" else ""
        where = str(metadata.get("namespace") or default)
        local = str(metadata.get("name", each.name))
        many, model, enum, integer = _types(cls, each.name, hints[each.name])
        found[kind].append(
            XmlField(
                name=each.name,
                key=f"{{{where}}}{local}" if where else local,
                kind=kind,
                many=many,
                model=model,
                enum=enum,
                integer=integer,
                secret=bool(metadata.get(SECRET)),
            )
        )
    name = _meta(cls, "name")
    return XmlClass(
        cls=cls,
        root=f"{{{namespace}}}{name}" if name and namespace else name,
        free=issubclass(cls, FreeXml),
        attributes=tuple(found["attribute"]),
        elements=tuple(found["element"]),
        text=found["text"][0] if found["text"] else None,
    )


def _meta(cls: type, name: str) -> str:
    """Read a setting of the class's own ``Meta``, never of a base class's."""
    return str(getattr(cls.__dict__.get("Meta"), name, None) or "")


def _types(cls: type, name: str, hint: Any) -> tuple[bool, type[Model] | None, type[Enum] | None, bool]:
    many = get_origin(hint) is list
    if many:
        hint = get_args(hint)[0]
    options = [option for option in get_args(hint) or (hint,) if option is not NoneType]
    models = [option for option in options if isinstance(option, type) and issubclass(option, Model)]
    enums = [option for option in options if isinstance(option, type) and issubclass(option, Enum)]
    rest = [option for option in options if option not in models and option not in enums]
    if len(models) > 1 or len(enums) > 1 or (models and (enums or rest)) or set(rest) - {int, str}:
        raise TypeError(f"{cls.__name__}.{name}: no XML form for {hint}")
    return many, (models or [None])[0], (enums or [None])[0], int in rest


def children(model: Model, path: str = "") -> Iterator[tuple[str, Model]]:
    """Yield the models right below a model, each with its path."""
    for each in describe(type(model)).elements:
        if each.model is None:
            continue
        here = f"{path}.{each.name}" if path else each.name
        value = getattr(model, each.name)
        if each.many:
            for position, item in enumerate(value):
                yield f"{here}[{position}]", item
        elif value is not None:
            yield here, value
