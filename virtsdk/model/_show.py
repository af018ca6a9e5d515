"""Models as they are shown: what is set, and no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from virtsdk.model._fields import is_model, kinds
from virtsdk.model._secrets import MASK, masked

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


def show(model: Model) -> str:
    """Show a model in one line; without recursion, since chains of backing files may be deep."""
    own_form = type(model).__repr__
    out: list[str] = []
    above = [id(model)]
    waiting = [_pieces(model)]
    while waiting:
        for piece in waiting[-1]:
            if isinstance(piece, str):
                out.append(piece)
            elif id(piece) in above:
                out.append("...")
            elif type(piece).__repr__ is not own_form:
                out.append(repr(piece))
            else:
                above.append(id(piece))
                waiting.append(_pieces(piece))
                break
        else:
            waiting.pop()
            above.pop()
    return "".join(out)


def _pieces(model: Model) -> Iterator[str | Model]:
    """Yield the text form of a model, with the models in it as they are."""
    yield f"{type(model).__name__}("
    before = ""
    for name, value, secret in set_fields(model):
        yield f"{before}{name}="
        before = ", "
        if secret or not isinstance(value, list):
            yield _piece(value, secret)
            continue
        yield "["
        for position, item in enumerate(cast("list[object]", value)):
            yield ", " if position else ""
            yield _piece(item, secret)
        yield "]"
    yield ")"


def _piece(value: Any, secret: bool) -> str | Model:
    return value if is_model(value) and not secret else repr(plain(value, secret))


def plain(value: object, secret: bool = False) -> object:
    """Give a value as it is shown: an enumeration's word, no secrets."""
    if secret:
        return MASK
    if isinstance(value, str):
        return masked(str(value.value) if isinstance(value, Enum) else value)
    return value
