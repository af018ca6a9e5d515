"""What the decoders' source calls by these names."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from virtsdk.model._values import number
from virtsdk.xml._fields import describe
from virtsdk.xml._strays import attribute, content, free, lead, leaf
from virtsdk.xml._text import SPACE

__all__ = ["SPACE", "attribute", "content", "describe", "free", "lead", "leaf", "new", "number", "words"]

new = object.__new__


def words(enum: type[Enum]) -> Callable[[str, Any], Any]:
    """Give the function that looks a word up: the member, or the second argument."""
    members: Any = enum.__members__.values()
    if issubclass(enum, str):
        return dict(zip(members, members, strict=True)).get  # a member is its word
    return {str(member.value): member for member in members}.get
