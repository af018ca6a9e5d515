"""Functions that the decoders' source calls by these names."""

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
    return {str(member._value_): member for member in members}.get  # plain text is found sooner than a member
