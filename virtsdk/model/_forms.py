"""Annotations of the models' fields: the type that a field gives, beside the types that it takes.

To a type checker each form is a descriptor: ``disk.target.bus`` gives ``DiskTargetBus | str | None``, since a
document may hold any text there, and takes a `DiskTargetBus` or one of the schema's words. To all that
evaluates annotations (`typing.get_type_hints`, xsdata) it is the type that the field gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any, Generic, Self, SupportsIndex, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from uuid import UUID

    from virtsdk.model._base import Empty
    from virtsdk.units import Size

M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R")
W = TypeVar("W")

if TYPE_CHECKING:

    class Form(Generic[R, W]):
        """A field that gives an `R` and takes a `W`."""

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> R: ...
        def __get__(self, instance: object, owner: type) -> Any: ...
        def __set__(self, instance: object, value: W) -> None: ...

    _Plain: TypeAlias = str | SupportsIndex | PathLike[str] | UUID

    Text: TypeAlias = Form[str | None, _Plain | None]
    Texts: TypeAlias = Form[list[str], Iterable[_Plain]]
    Number: TypeAlias = Form[int | str | None, str | SupportsIndex | None]
    Numbers: TypeAlias = Form[list[int | str], Iterable[str | SupportsIndex]]
    Word: TypeAlias = Form[M | str | None, M | T | None]
    Words: TypeAlias = Form[list[M | str], Iterable[M | T]]
    Flag: TypeAlias = Form[Empty | None, Empty | bool | None]
    Part: TypeAlias = Form[M | None, M | None]
    Parts: TypeAlias = Form[list[M], Iterable[M]]
    Amount: TypeAlias = Form[M | None, M | Size | SupportsIndex | None]
    Worded: TypeAlias = Form[M | None, M | _Plain | None]
    Switch: TypeAlias = Form[M | None, M | bool | None]
    Named: TypeAlias = Form[M | None, M | T | None]
    NamedParts: TypeAlias = Form[list[M], Iterable[M | T]]
    Free: TypeAlias = Form[M, M | str | None]
    WordedParts: TypeAlias = Form[list[M], Iterable[M | _Plain]]
else:

    class _One:
        def __class_getitem__(cls, given):
            return given | None

    class _Named:
        def __class_getitem__(cls, given):
            return given[0] | None

    class _NamedParts:
        def __class_getitem__(cls, given):
            return list[given[0]]

    class _Word:
        def __class_getitem__(cls, given):
            return given[0] | str | None

    class _Words:
        def __class_getitem__(cls, given):
            return list[given[0] | str]

    Text = str | None
    Texts = list[str]
    Number = int | str | None
    Numbers = list[int | str]
    Word = _Word
    Words = _Words
    Named = _Named
    NamedParts = _NamedParts
    Part = Amount = Worded = Free = Switch = _One
    Parts = WordedParts = list
