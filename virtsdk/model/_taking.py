"""Values as they are assigned: each field gives them its one form, or says what it takes."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from virtsdk import units
from virtsdk.model import _values
from virtsdk.model._fields import HEXADECIMAL, OCTAL, Kind, is_model, kinds, layout
from virtsdk.model._secrets import MASK

if TYPE_CHECKING:
    from virtsdk.model._base import Model


def take(kind: Kind, value: object) -> object:
    """Give one value the form of its field.

    Raises
    ------
    TypeError
        The field does not take it.
    ValueError
        A size that libvirt has no number for.
    """
    if kind.choices:
        if not isinstance(value, kind.choices):
            names = " or ".join(cls.__name__ for cls in kind.choices)
            raise TypeError(f"must be {names}, not {shown(value, secret=kind.secret)}")
        return value
    if kind.model is not None:
        return value if isinstance(value, kind.model) else kind.model._made_from(value)  # pyright: ignore[reportPrivateUsage]
    given = shown(value, secret=kind.secret)
    if kind.enum is not None:
        return _values.word(kind.enum, value, given)
    if (form := in_text(kind)) and not isinstance(value, str):
        raise TypeError(f"must be {form}, not {given}")
    return _values.whole(value, given) if kind.integer else _values.text(value, given)


def in_text(kind: Kind) -> str:
    """Say in which form a number has to be text, since it would be written in decimals; empty for others."""
    if kind.metadata.get(OCTAL):
        return "an octal number as text, such as '0644'"
    return "a hexadecimal number as text, such as '0x1f'" if kind.metadata.get(HEXADECIMAL) else ""


def take_all(kind: Kind, value: object) -> list[Any]:
    """Give the items of a list their form: the list itself where they all have it. As `take`."""
    single = is_model(value) or isinstance(value, (str, bytes, Mapping))
    if single or not isinstance(value, Iterable):
        raise TypeError(f"must be a list, not {shown(cast('object', value), secret=kind.secret)}")
    given = cast("list[Any]", value if isinstance(value, list) else list(cast("Iterable[Any]", value)))
    made: list[Any] = []
    for position, each in enumerate(given):
        try:
            made.append(take(kind, each))
        except (TypeError, ValueError) as error:
            kind_of_error = TypeError if isinstance(error, TypeError) else ValueError
            raise kind_of_error(said(f"[{position}]", error)) from None
    return given if all(map(operator.is_, made, given)) else made


@cache
def _holders(cls: type[Model]) -> list[Kind]:
    """Give the fields that hold lists or models."""
    return [kind for kind in kinds(cls).values() if kind.many or kind.model is not None]


def settle(model: Model) -> None:
    """Give what was put into the lists of a model, and below it, its form; what has none stays as it is."""
    for kind in _holders(type(model)):
        value = getattr(model, kind.slot)
        if value is None:
            continue
        if kind.many:
            for position, each in enumerate(value):
                if not (kind.model is not None and isinstance(each, kind.model)):
                    with contextlib.suppress(TypeError, ValueError):
                        value[position] = take(kind, each)
        for each in value if kind.many else [value]:
            if is_model(each):
                settle(each)


def said(place: str, problem: Exception) -> str:
    """Put a place before what is wrong there: ``Disk.source``, ``[1] must be ...``."""
    text = str(problem)
    return f"{place}{'' if text.startswith('[') else ' ' if text.startswith('must be') else ': '}{text}"


def shown(value: object, *, secret: bool) -> str:
    """Show a value in an error."""
    return MASK if secret else f"{value!r:.80}"


def is_secret(cls: type[Model]) -> bool:
    """Tell whether a class, or a part right below it, holds a secret."""
    known = kinds(cls).values()
    below = [each.model for each in known if each.model is not None]
    return any(each.secret for each in known) or any(
        each.secret for part in below for each in kinds(part).values()
    )


def divides(unit: str, size: int) -> bool:
    """Tell whether a size is a whole number of a unit."""
    try:
        return not size % units.factor(unit)
    except ValueError:
        return False


def unknown(cls: type[Model], name: str) -> str:
    """Say that a class has no field of a name, and what was perhaps meant."""
    known = kinds(cls)
    close = _same(cls, name) or get_close_matches(name, [*known, *layout(cls).views], n=1)
    if close:
        return f"unknown field {name!r} of {cls.__name__}; nearest: {close[0]}"
    below = [each for each in known.values() if each.model is not None and name in kinds(each.model)]
    if below:
        return f"unknown field {name!r} of {cls.__name__}; {below[0].name} has one"
    return f"unknown field {name!r} of {cls.__name__}; known fields: {', '.join(known)}"


def _same(cls: type[Model], name: str) -> list[str]:
    """Give the field of a name in another spelling, or of the name of its attribute or element in XML."""
    fields = {_bare(said): each.name for each in kinds(cls).values() for said in (_xml_name(each), each.name)}
    found = fields.get(_bare(name))
    return [] if found is None else [found]


def _xml_name(kind: Kind) -> str:
    return "" if kind.choices else str(kind.metadata.get("name", kind.name))


def _bare(name: str) -> str:
    return "".join(sign for sign in name.rpartition(":")[2].lower() if sign.isalnum())
