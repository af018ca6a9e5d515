"""XML form of a model class, read from the dataclass's xsdata metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal

from virtsdk.model import Empty, FreeXml, Model, kinds
from virtsdk.model import Kind as FieldKind

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

MADE_UP = "virtsdk"
"""Beginning of a prefix that is made up for an unknown attribute's namespace; a number follows."""


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
    slot
        The attribute that keeps the value as it is: None for a list that nothing was put into.
    unit, unit_field
        The unit of a size where none is written, and the field that holds what is; empty for other fields.
    choices
        What a list of elements of several names holds, each as the field that is its view; empty for others.
    """

    name: str
    key: str
    kind: Kind
    many: bool
    model: type[Model] | None
    enum: type[Enum] | None
    integer: bool
    secret: bool
    slot: str
    unit: str = ""
    unit_field: str = ""
    choices: tuple[XmlField, ...] = ()

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
    """A model class, as XML: its fields in the order in which they are written.

    Attributes
    ----------
    cls
        The class.
    root
        The name of its element, ``{namespace}local``; empty where it has none of its own.
    free
        Its content is free XML.
    attributes, elements, text
        Its fields.
    first_decides
        libvirt reads its first child, and passes over those of other names.
    """

    cls: type[Model]
    root: str
    free: bool
    attributes: tuple[XmlField, ...]
    elements: tuple[XmlField, ...]
    text: XmlField | None
    first_decides: bool = False

    @property
    def tags(self) -> tuple[XmlField, ...]:
        """The child elements, one for each name."""
        return tuple(one for each in self.elements for one in each.choices or (each,))

    def field(self, name: str) -> XmlField | None:
        """Look up a field by its Python name."""
        every = (*self.attributes, *self.elements, *self.tags, *((self.text,) if self.text else ()))
        for each in every:
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
    root = root_name(cls)
    namespace = _meta(cls, "namespace")
    found: dict[Kind, list[XmlField]] = {"attribute": [], "element": [], "text": []}
    for each in kinds(cls).values():
        metadata = each.metadata
        choices = metadata.get("choices", ()) if metadata.get("type") == "Elements" else ()
        if each.choices:
            held = zip(choices, each.choices, strict=True)
            views = [
                _field(each, "element", namespace, one, name=one["view"], slot=one["view"], model=model)
                for one, model in held
            ]
            found["element"].append(_field(each, "element", "", {"name": ""}, choices=tuple(views)))
            continue
        if len(choices) == 1:
            # an element that shares its XML name with another field: a choice of one, for xsdata's JSON
            metadata = {**choices[0], "type": "Element"}
        kind = str(metadata.get("type", "")).lower()
        if kind not in ("attribute", "element", "text"):
            raise TypeError(f"{cls.__name__}.{each.name}: no XML form for metadata type {kind!r}")
        found[kind].append(_field(each, kind, namespace if kind == "element" else "", metadata))
    return XmlClass(
        cls=cls,
        root=root,
        free=issubclass(cls, FreeXml),
        attributes=tuple(found["attribute"]),
        elements=tuple(found["element"]),
        text=found["text"][0] if found["text"] else None,
        first_decides=bool(_meta(cls, "first_decides")),
    )


def _field(
    each: FieldKind, kind: Kind, namespace: str, metadata: Mapping[str, Any], **others: Any
) -> XmlField:
    where = str(metadata.get("namespace") or namespace)
    local = str(metadata.get("name", each.name))
    made: dict[str, Any] = {
        name: getattr(each, name)
        for name in ("name", "many", "model", "enum", "integer", "secret", "slot", "unit", "unit_field")
    }
    made |= {"key": f"{{{where}}}{local}" if where else local, "kind": kind, **others}
    return XmlField(**made)


def home(cls: type[Model]) -> str:
    """Name the module of `virtsdk.models` that has a class: "base" for `Empty`, empty for someone else's."""
    package, _, module = cls.__module__.rpartition(".")
    return module if package == "virtsdk.models" else "base" if cls is Empty else ""


def root_name(cls: type[Model]) -> str:
    """Name the element of a class, ``{namespace}local``; empty where it has none of its own.

    Raises
    ------
    TypeError
        Not a model class.
    """
    if not (isinstance(cls, type) and issubclass(cls, Model)):
        raise TypeError(f"not a model class: {cls!r}")
    name, namespace = _meta(cls, "name"), _meta(cls, "namespace")
    return f"{{{namespace}}}{name}" if name and namespace else name


def _meta(cls: type, name: str) -> str:
    """Read a setting of the class's own ``Meta``, never of a base class's."""
    return str(getattr(cls.__dict__.get("Meta"), name, None) or "")


def children(model: Model, path: str = "") -> Iterator[tuple[str, Model]]:
    """Yield the models right below a model, each with its path."""
    for each in _holders(type(model)):
        value = getattr(model, each.slot)
        if value is None:
            continue
        here = f"{path}.{each.name}" if path else each.name
        if each.many:
            for position, item in enumerate(value):
                yield f"{here}[{position}]", item
        else:
            yield here, value


@cache
def _holders(cls: type[Model]) -> tuple[XmlField, ...]:
    """Give the elements that are models, or hold them."""
    return tuple(each for each in describe(cls).elements if each.model is not None or each.choices)
