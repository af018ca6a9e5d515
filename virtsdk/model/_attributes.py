"""Descriptors in front of a model's slots: they give an assigned value its form."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from virtsdk.errors.frames import empty_frames


class Attribute:
    """One field of a model class: reads what is kept, gives what is assigned its form."""

    __slots__ = ("__objclass__", "_get", "_put", "name")

    def __init__(self, name: str) -> None:
        self.name = name

    def belong_to(self, owner: type) -> None:
        """Read and set the slot of a class."""
        member: Any = getattr(owner, f"_{self.name}")
        self.__objclass__ = owner
        self._get: Callable[[object], Any] = member.__get__
        self._put: Callable[[object, Any], None] = member.__set__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        return self._get(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        if value is not None:
            before = sys.exc_info()[1]
            try:
                value = instance._accept_value(self.name, value)
            except (TypeError, ValueError) as error:
                value = None  # it may be a password: no frame of a traceback shows it
                empty_frames(error, before)
                raise
        self._put(instance, value)

    def __delete__(self, instance: Any) -> None:
        self._put(instance, None)

    def __repr__(self) -> str:
        return f"<field {self.name!r} of {self.__objclass__.__name__}>"


class ListAttribute(Attribute):
    """A field that holds a list."""

    __slots__ = ()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        found = self._get(instance)
        if found is None:
            found: Any = []
            self._put(instance, found)
        return found
