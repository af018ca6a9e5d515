"""Models as they are shown: what is set, and no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from virtsdk.model._extras import Extras
from virtsdk.model._fields import is_model, kinds
from virtsdk.model._taking import MASK

if TYPE_CHECKING:
    from virtsdk.model._base import Model


def set_fields(model: Model) -> Iterator[tuple[str, object, bool]]:
    """Yield the fields that are set, with whether they are secret; extras last."""
    for each in kinds(type(model)).values():
        value = getattr(model, each.slot)
        if value is not None and value != []:
            yield each.name, value, each.secret
    if model.extras is not None:
        yield "extras", model.extras, False


def show(value: object, secret: bool) -> str:
    """Show a value, as in a repr."""
    if secret:
        return repr(MASK)
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, list):
        return f"[{', '.join(show(item, secret) for item in cast('list[object]', value))}]"
    return repr(value)


def outline(model: Model) -> dict[str, object]:
    """Show what is set as names and values, nested where they have structure."""
    lines: dict[str, object] = {}
    for name, value, secret in set_fields(model):
        if isinstance(value, list):
            for index, item in enumerate(cast("list[object]", value)):
                lines[f"{name}[{index}]"] = _cell(item, secret)
        else:
            lines[name] = _cell(value, secret)
    return lines


def _cell(value: Any, secret: bool) -> object:
    if secret:
        return MASK
    if is_model(value):
        parts = outline(value)
        if hasattr(value, "default_unit") and set(parts) <= {"unit", "value"}:
            return f"{'' if value.value is None else value.value} {value.unit or value.default_unit}"
        return parts or "yes"
    if isinstance(value, Extras):
        count = len(value.attributes) + len(value.content) + len(value.leaves)
        return f"{count} beyond the schema"
    return value
