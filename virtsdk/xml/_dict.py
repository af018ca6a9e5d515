"""Models as plain values and back, with nothing lost: `to_dict` and `from_dict`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, TypeVar, cast, overload

from virtsdk.errors import XmlError
from virtsdk.errors.frames import shows_no_variables
from virtsdk.model import Empty, Extras, Model, Scaled, settle
from virtsdk.model import Kind as Field
from virtsdk.model._extras import Item, Leaf, Place, Stray
from virtsdk.model._fields import kinds
from virtsdk.model._taking import in_text, unknown
from virtsdk.model._values import number
from virtsdk.xml._limits import limits

M = TypeVar("M", bound=Model)

MODEL = "$model"
"""Key of the name of the class, at the root and where a list holds several."""
_EXACT = 2**53  # numbers above it are text: most readers of JSON would round them
_WHOLE = range(-(2**63), 2**64)  # what libvirt has a number for
EXTRAS = "$extras"
"""Key of what the schema does not know."""


@shows_no_variables
def to_dict(model: Model) -> dict[str, Any]:
    """Give a model as plain values that JSON has a form for; `from_dict` makes an equal one of them.

    Secrets are in it, as they are in the XML of `render`.

    Parameters
    ----------
    model
        Any model.

    Returns
    -------
    dict
        What is set, by the names of the fields, as in the paths of `diff`: text, whole numbers, True for an
        element that says something by being there, lists, dicts. ``$model`` is the name of the class, at the
        root and for each item of a list that holds several; ``$extras`` what the schema does not know.

    Raises
    ------
    XmlError
        It is no model, or nests too deeply.

    Examples
    --------
    >>> from virtsdk import xml
    >>> guest = xml.parse("<domain><memory unit='GiB'>2</memory><features><acpi/></features></domain>")
    >>> xml.to_dict(guest)
    {'$model': 'DomainDef', 'memory': {'unit': 'GiB', 'value': 2}, 'features': {'acpi': True}}
    """
    if not isinstance(cast("object", model), Model):
        raise XmlError(f"a model is wanted, such as xml.parse gives, not {type(model).__name__}")
    try:
        settle(model)
        return {MODEL: type(model).__name__, **_dict_of(model)}
    except RecursionError:
        raise XmlError(f"{type(model).__name__} nests too deeply, or holds itself") from None


def _dict_of(model: Model) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in kinds(type(model)).values():
        value = getattr(model, kind.slot)
        if value is None or value == []:
            continue
        if kind.many:
            found[kind.name] = [_plain(kind, one) for one in value]
        else:
            found[kind.name] = _plain(kind, value)
    if model.extras is not None and (beyond := _extras_of(model, model.extras)):
        found[EXTRAS] = beyond
    return found


def _plain(kind: Field, value: Any) -> Any:
    if kind.choices:
        return {MODEL: type(value).__name__, **_dict_of(value)}
    if kind.model is not None:
        return _dict_of(value) or True
    if isinstance(value, Enum):
        return value.value
    exact = isinstance(value, int) and abs(value) <= _EXACT
    return value if exact else str(value)


def _extras_of(model: Model, extras: Extras) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if extras.attributes:
        found["attributes"] = dict(extras.attributes)
    if extras.content:
        found["content"] = [
            {"xml": one.xml, **({"after": [one.after.field, one.after.position]} if one.after else {})}
            for one in extras.content
        ]
    leaves = list(_leaves_of(model, extras))
    return found | ({"leaves": leaves} if leaves else {})


def _leaves_of(model: Model, extras: Extras) -> Iterator[dict[str, Any]]:
    for kind in kinds(type(model)).values():
        held = getattr(model, kind.slot)
        if held is None or kind.model is not None or kind.choices:
            continue
        places = (
            sorted(extras.of_items(kind.name, held).items()) if kind.many else [(None, extras.of(kind.name))]
        )
        for place, leaf in places:
            if leaf is not None and (inside := _extras_of(model, leaf)):
                yield {"field": kind.name, **({} if place is None else {"position": place}), **inside}


# --- back -------------------------------------------------------------------------------------------------


@overload
def from_dict(values: Mapping[str, Any], cls: type[M]) -> M: ...
@overload
def from_dict(values: Mapping[str, Any], cls: None = None) -> Model: ...
@shows_no_variables
def from_dict(values: Mapping[str, Any], cls: type[Model] | None = None) -> Model:
    """Make a model of the plain values that `to_dict` gives, or a person wrote.

    Parameters
    ----------
    values
        By the names of the fields. None is as good as a key that is not there, and so is False for an element
        that says something by being there.
    cls
        The class; without it ``$model`` names it. A ``$model`` below it is checked, too.

    Returns
    -------
    Model
        An instance of `cls`.

    Raises
    ------
    XmlError
        ``$model`` names no document or device of libvirt, or another class than its place has; a field is not
        known, or a value is not of its form. The message has its path, and no value.
    TypeError
        `cls` is no class of `virtsdk.models`.

    Examples
    --------
    >>> from virtsdk import xml
    >>> xml.from_dict({"$model": "DomainDef", "name": "web1", "vcpu": {"value": 2}})
    DomainDef(name='web1', vcpu=Vcpu(value=2))
    >>> xml.from_dict({"$model": "DomainDef", "nam": "web1"})
    Traceback (most recent call last):
        ...
    virtsdk.errors.XmlError: unknown field 'nam' of DomainDef; nearest: name
    """
    if cls is not None and not (isinstance(cls, type) and issubclass(cls, Model)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"cls must be a class of virtsdk.models, not {_shown(cls)}")
    if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise XmlError(f"a document must be an object, not {_word(values)}")
    named = values.get(MODEL)
    if cls is None:
        cls = _class_of(named)
    try:
        return _model_of(cls, values, "", 0)
    except RecursionError:
        raise XmlError(f"the document nests objects too deeply to be read as {cls.__name__}") from None


def _class_of(name: object) -> type[Model]:
    found = _roots().get(name) if isinstance(name, str) else None
    if found is None:
        given = "is missing" if name is None else f"must name a document of libvirt, not {_shown(name)}"
        raise XmlError(f"{MODEL} {given}; {_meant(name)}")
    module, _, cls = found.partition(":")
    return getattr(import_module(f"virtsdk.models.{module}"), cls)


def _meant(name: object) -> str:
    if isinstance(name, str):
        if name in import_module("virtsdk.models").HOMES:
            return f"{name} is a part of one: from_dict(values, models.{name})"
        if close := get_close_matches(name, _roots(), n=1):
            return f"nearest: {close[0]}"
    return "for example DomainDef, NetworkDef, Disk"


@cache
def _roots() -> Mapping[str, str]:
    where = import_module("virtsdk.models").ROOTS.values()
    return {one.partition(":")[2]: one for one in where}


def _model_of(cls: type[Model], values: Mapping[str, Any], path: str, depth: int) -> Model:
    if depth > limits.depth:
        raise XmlError(f"{path[:60]}…: the document nests more than {limits.depth} objects")
    known = kinds(cls)
    made = cls()
    named = values.get(MODEL)
    if named is not None and named != cls.__name__:
        raise XmlError(f"{_at(path, MODEL)} must be {cls.__name__}, not {_shown(named)}")
    for name, value in values.items():
        here = _at(path, str(name))
        if name in (MODEL, EXTRAS) or value is None:
            continue
        kind = known.get(name)
        if kind is None:
            raise XmlError(f"{f'{path}: ' if path else ''}{unknown(cls, str(name))}")
        if not kind.many:
            value = _value_of(kind, value, here, depth)
        elif isinstance(value, list):
            items = enumerate(cast("list[Any]", value))
            value = [_value_of(kind, one, f"{here}[{place}]", depth) for place, one in items]
        else:
            raise XmlError(f"{here} must be a list, not {_word(value)}")
        setattr(made, kind.slot, value)
    if (given := values.get(EXTRAS)) is not None:
        made.extras = _extras_from(given, _at(path, EXTRAS), made)
    return made


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _value_of(kind: Field, value: Any, path: str, depth: int) -> Any:
    if kind.choices:
        classes = {one.__name__: one for one in kind.choices}
        named = value.get(MODEL) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if not isinstance(named, str) or named not in classes:
            given = _word(value) if named is None else _shown(named)  # pyright: ignore[reportUnknownArgumentType]
            raise XmlError(f"{path} must be an object whose {MODEL} is {' or '.join(classes)}, not {given}")
        return _model_of(classes[named], cast("Mapping[str, Any]", value), path, depth + 1)
    if kind.model is not None:
        return _part_of(kind.model, value, path, depth)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise XmlError(f"{path} must be text or a whole number, not {_word(value)}")
    if isinstance(value, int) and value not in _WHOLE:
        raise XmlError(f"{path} must be a whole number of 64 bits at most; write a longer one as text")
    if isinstance(value, int) and (form := in_text(kind)):
        raise XmlError(f"{path} must be {form}, not a number")
    value = (
        number(value) if kind.integer and isinstance(value, str) else value if kind.integer else str(value)
    )
    if kind.enum is not None and value in (words := [one.value for one in kind.enum]):
        return list(kind.enum)[words.index(value)]
    return value


def _part_of(cls: type[Model], value: Any, path: str, depth: int) -> Model | None:
    says_itself = cls is Empty or bool(getattr(cls.__dict__.get("Meta"), "flag", False))
    if value is True:
        return cls()
    if value is False and says_itself:
        return None
    if not isinstance(value, Mapping):
        wanted = "true or false" if cls is Empty else f"an object ({cls.__name__})"
        hint = f"; write {_form(cls)}" if isinstance(value, str | int) and _form(cls) else ""
        raise XmlError(f"{path} must be {wanted}, not {_word(value)}{hint}")
    return _model_of(cls, cast("Mapping[str, Any]", value), path, depth + 1)


def _form(cls: type[Model]) -> str:
    """Write the object that a text or a number goes into; empty where none is known."""
    if issubclass(cls, Scaled):
        return '{"value": ..., "unit": "GiB"}'
    said = [each for each in kinds(cls).values() if each.metadata.get("type") == "Text" or each.stands]
    return f'{{"{said[-1].name}": ...}}' if said else ""


def _extras_from(given: Any, path: str, model: Model | None = None) -> Extras:
    parts = _object(given, path, {"attributes", "content"} | ({"leaves"} if model is not None else set()))
    attributes = {
        str(name): _text(value, f"{path}.attributes")
        for name, value in _object(parts.get("attributes", {}), f"{path}.attributes").items()
    }
    content: list[Stray] = []
    for one in _list(parts.get("content", []), f"{path}.content"):
        said = _object(one, f"{path}.content", {"xml", "after"})
        after = said.get("after")
        if after is not None and not (
            isinstance(after, list) and [type(each) for each in cast("list[Any]", after)] == [str, int]
        ):
            raise XmlError(f"{path}.content: after must be a field and a position")
        place = None if after is None else Place(*cast("list[Any]", after))
        content.append(Stray(place, _text(said.get("xml"), f"{path}.content")))
    extras = Extras(attributes, content)
    for one in _list(parts.get("leaves", []), f"{path}.leaves"):
        assert model is not None
        extras.leaves.append(_leaf_from(one, f"{path}.leaves", model))
    return extras


def _leaf_from(given: Any, path: str, model: Model) -> Leaf:
    said = _object(given, path, {"field", "position", "attributes", "content"})
    kind = kinds(type(model)).get(str(said.get("field")))
    place = said.get("position")
    held = None if kind is None else getattr(model, kind.slot)
    if kind is None or held is None or kind.model is not None or kind.many == (place is None):
        raise XmlError(f"{path}: field must be one that is text and is there, with its position in a list")
    inside = _extras_from({key: said[key] for key in ("attributes", "content") if key in said}, path)
    if not kind.many:
        return Leaf(kind.name, None, inside)
    if not isinstance(place, int) or not 0 <= place < len(held):
        raise XmlError(f"{path}: position must be one of {kind.name}")
    held[place] = item = Item(held[place])  # an object of its own: what it carries along goes where it goes
    return Leaf(kind.name, item, inside)


def _object(given: Any, path: str, keys: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise XmlError(f"{path} must be an object, not {_word(given)}")
    found = cast("Mapping[str, Any]", given)
    for name in found:
        if keys is not None and name not in keys:
            raise XmlError(f"{path} has the unknown key {_shown(name)}; known: {', '.join(sorted(keys))}")
    return found


def _list(given: Any, path: str) -> list[Any]:
    if not isinstance(given, list):
        raise XmlError(f"{path} must be a list, not {_word(given)}")
    return cast("list[Any]", given)


def _text(given: Any, path: str) -> str:
    if not isinstance(given, str):
        raise XmlError(f"{path} must have text, not {_word(given)}")
    return given


def _word(value: object) -> str:
    """Name what JSON calls a value, and not the value: it may be a secret."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return "a number with a point" if math.isfinite(value) else "NaN" if math.isnan(value) else "infinity"
    for kind, word in ((str, "text"), (int, "a number"), (Mapping, "an object"), (list, "a list")):
        if isinstance(value, kind):
            return word
    return type(value).__name__


def _shown(name: object) -> str:
    return f"{name!r:.60}"
