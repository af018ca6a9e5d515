"""List the extras of a model: parts of its document beyond the schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from virtsdk.errors.frames import shows_no_variables
from virtsdk.model import MASK, Extras, Model, is_secret_name, masked, settle
from virtsdk.xml._fields import children, describe
from virtsdk.xml._listing import Listing
from virtsdk.xml._reader import fragment


@dataclass(frozen=True, slots=True, repr=False)
class Extra:
    """One thing that the schema does not know; shown without secrets (``virtsdk.model.SECRET_WORDS``).

    Attributes
    ----------
    path
        The element that holds it, as a path in the model, such as ``devices.disks[1]``; empty for the root.
    kind
        An attribute, an element or a piece of text.
    name
        The attribute's or element's name (``{namespace}name`` where it has one); empty for text.
    value
        The attribute's value, the element as XML, or the text as XML.
    """

    path: str
    kind: Literal["attribute", "element", "text"]
    name: str
    value: str

    def cells(self) -> tuple[object, ...]:
        """Give the fields as a table's columns, with secrets masked."""
        value = MASK if self.kind == "attribute" and is_secret_name(self.name) else masked(self.value)
        return self.path or "the root", self.kind, self.name, value

    def __repr__(self) -> str:
        _, kind, name, value = self.cells()
        return f"Extra(path={self.path!r}, kind={kind!r}, name={name!r}, value={value!r})"

    def __str__(self) -> str:
        path, kind, name, value = self.cells()
        return f"{path}: {f'{kind} {name}'.rstrip()}: {value}"


@shows_no_variables
def extras(model: Model) -> list[Extra]:
    """List what a model carries along although the schema does not know it.

    It came with the document and is written back with it, in its place. To drop a part, clear the ``extras``
    of the model that holds it.

    Parameters
    ----------
    model
        Any model.

    Returns
    -------
    list of Extra
        In the order of the model's fields; empty where the schema knows everything.

    Examples
    --------
    >>> from virtsdk import xml
    >>> [found] = xml.extras(xml.parse("<domain><name new='yes'>web1</name></domain>"))
    >>> found.path, found.kind, found.name, found.value
    ('name', 'attribute', 'new', 'yes')
    """
    try:
        found = _found(model)
    except AttributeError:  # a list holds what stands for a model
        settle(model)
        found = _found(model)
    return Listing(found, "extra", ("path", "kind", "name", "value"))


def _found(model: Model) -> list[Extra]:
    return [extra for path, each in walk(model) if each.extras for extra in _own(path, each, each.extras)]


def walk(model: Model, path: str = "") -> Iterator[tuple[str, Model]]:
    """Yield a model and every model below it, each with its path; without recursion, as they may be deep."""
    waiting = [iter([(path, model)])]
    while waiting:
        for here, each in waiting[-1]:
            yield here, each
            waiting.append(children(each, here))
            break
        else:
            waiting.pop()


def _own(path: str, model: Model, held: Extras) -> Iterator[Extra]:
    """Yield what a model itself carries along, then what its texts do."""
    yield from _listed(path, held)
    inside = f"{path}." if path else ""
    for each in describe(type(model)).elements if held.leaves else ():
        if each.model is None and each.many:
            found = held.of_items(each.name, getattr(model, each.name))
            for position, leaf in sorted(found.items()):
                yield from _listed(f"{inside}{each.name}[{position}]", leaf)
        elif each.model is None and (leaf := held.of(each.name)) and getattr(model, each.name) is not None:
            yield from _listed(f"{inside}{each.name}", leaf)


def _listed(path: str, held: Extras) -> Iterator[Extra]:
    for name, value in held.attributes.items():
        yield Extra(path, "attribute", name, value)
    for stray in held.content:
        if stray.xml.startswith("<"):
            yield Extra(path, "element", _name(stray.xml), stray.xml)
        else:
            yield Extra(path, "text", "", stray.xml.strip())


def _name(xml: str) -> str:
    return str(fragment(xml).tag)
