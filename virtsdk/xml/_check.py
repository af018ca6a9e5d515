"""Finds what a model holds that it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from virtsdk.errors import XmlError
from virtsdk.model import Model
from virtsdk.model._taking import is_secret, said, shown
from virtsdk.xml import _text
from virtsdk.xml._fields import XmlField, describe


def explain(model: Model, error: Exception) -> None:
    """Raise the encoder's error again with the path of the field that caused it, where one did."""
    for path, problem in problems(model):
        message = said(f"{type(model).__name__}.{path}", problem)
        raise (XmlError if isinstance(problem, XmlError) else TypeError)(message) from error


def problems(model: Model, path: str = "") -> Iterator[tuple[str, Exception]]:
    """Paths below a model that cannot be written, each with the reason."""
    xml = describe(type(model))
    for each in (*xml.attributes, *xml.elements, *((xml.text,) if xml.text else ())):
        value = getattr(model, each.slot)
        here = f"{path}.{each.name}" if path else each.name
        if value is None:
            continue
        if not each.many:
            yield from _one(value, each, here, free=xml.free)
        elif isinstance(value, (list, tuple)):
            for position, item in enumerate(cast("list[object]", value)):
                yield from _one(item, each, f"{here}[{position}]", free=False)
        else:
            yield here, TypeError(f"must be a list, not a {type(value).__name__}")


def _one(value: Any, each: XmlField, path: str, *, free: bool) -> Iterator[tuple[str, Exception]]:
    if each.choices:
        held = next((one for one in each.choices if one.model and isinstance(value, one.model)), None)
        if held is None:
            names = " or ".join(one.model.__name__ for one in each.choices if one.model)
            yield path, TypeError(f"must be {names}, not {value!r:.80}")
        else:
            yield from problems(value, path)
    elif each.model is None:
        try:
            if free:
                _text.content(value)
            else:
                _text.value(value)
        except (TypeError, XmlError) as error:
            yield path, error
    elif isinstance(value, each.model):
        yield from problems(value, path)
    else:
        given = shown(value, secret=is_secret(each.model))
        yield path, TypeError(f"must be {each.model.__name__}, not {given}")
