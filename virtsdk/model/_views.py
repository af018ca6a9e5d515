"""Lists of items of several classes in one order, and views on the items of one class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from virtsdk.model._fields import kinds

if TYPE_CHECKING:
    from virtsdk.model._base import Model

M = TypeVar("M")


class View:
    """An attribute of a model class: the items of one class in a list of several."""

    def __init__(self, field: str) -> None:
        self.field = field

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else Items[Any](instance, self.field, self._cls(instance))

    def __set__(self, instance: Any, value: Any) -> None:
        cls = self._cls(instance)
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise TypeError(f"{type(instance).__name__}.{self.name} must be a list, not {value!r:.80}")
        items = [_checked(item, cls) for item in cast("Iterable[Any]", value)]
        setattr(instance, self.field, arranged(getattr(instance, self.field), cls, items))

    def __repr__(self) -> str:
        return f"<view {self.name!r} of {self.field!r}>"

    def _cls(self, instance: Model) -> type:
        kind = kinds(type(instance))[self.field]
        views = [choice["view"] for choice in kind.metadata["choices"]]
        return kind.choices[views.index(self.name)]


if TYPE_CHECKING:

    def view(field: str) -> Any:
        """Declare a view on a field of a model."""
else:
    view = View


class Items(MutableSequence[M], Generic[M]):
    """The items of one class in a list of several: a list of its own that changes the whole one.

    A new item goes before the one that it precedes here, or to the end of the whole list.
    """

    __slots__ = ("_cls", "_field", "_model")
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __init__(self, model: Any, field: str, cls: type) -> None:
        self._model = model
        self._field = field
        self._cls = cls

    def _whole(self) -> list[Any]:
        return getattr(self._model, self._field)

    def _places(self) -> list[int]:
        return [place for place, item in enumerate(self._whole()) if isinstance(item, self._cls)]

    def __iter__(self) -> Iterator[M]:
        return (item for item in self._whole() if isinstance(item, self._cls))

    def __len__(self) -> int:
        return len(self._places())

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> list[M]: ...
    def __getitem__(self, index: int | slice) -> M | list[M]:
        return list(self)[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(index, slice):
            self._whole()[self._places()[index]] = _checked(value, self._cls)
            return
        items = list(self)
        items[index] = [_checked(item, self._cls) for item in value]
        self._put(items)

    def __delitem__(self, index: int | slice) -> None:
        places = self._places()[index]
        for place in sorted(places if isinstance(places, list) else [places], reverse=True):
            del self._whole()[place]

    def insert(self, index: int, value: M) -> None:
        """Put an item before the one at a position here, or at the end of the whole list."""
        whole, places = self._whole(), self._places()
        position = max(index + len(places), 0) if index < 0 else index
        place = places[position] if position < len(places) else len(whole)
        whole.insert(place, _checked(value, self._cls))

    def extend(self, values: Iterable[M]) -> None:
        """Put items at the end of the whole list; of this list itself, those that are there now."""
        super().extend(list(values))

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Sort the items among the places that they have."""
        for place, item in zip(self._places(), sorted(self, key=key, reverse=reverse), strict=True):
            self._whole()[place] = item

    def copy(self) -> list[M]:
        """Give the items as a list of its own."""
        return list(self)

    def __add__(self, other: list[M]) -> list[M]:
        return [*self, *other]

    def __radd__(self, other: list[M]) -> list[M]:
        return [*other, *self]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, Items)):
            return list(self) == list(cast("Iterable[Any]", other))
        return NotImplemented

    def __repr__(self) -> str:
        return repr(list(self))

    def _put(self, items: list[Any]) -> None:
        self._whole()[:] = arranged(self._whole(), self._cls, items)


def arranged(whole: list[Any], cls: type, items: list[Any]) -> list[Any]:
    """Give a list with other items of one class.

    Items that stay keep their places among the others; between two of them, new ones take the places of those
    that are gone, then come before the next that stays, or at the end. Where those that stay are in another
    order, the items take the places of the class in turn.
    """
    places = [place for place, item in enumerate(whole) if isinstance(item, cls)]
    there = {id(whole[place]): place for place in reversed(places)}
    stays = [(number, there[id(item)]) for number, item in enumerate(items) if id(item) in there]
    if any(one[1] >= other[1] for one, other in pairwise(stays)):
        stays = []
    put: dict[int, list[Any]] = {}
    begin, after = 0, -1
    for end, before in [*stays, (len(items), len(whole))]:
        free = [place for place in places if after < place < before]
        new = items[begin:end]
        put |= {place: new[number : number + 1] for number, place in enumerate(free)}
        put[before] = new[len(free) :] + ([whole[before]] if before < len(whole) else [])
        begin, after = end + 1, before
    return [item for place in range(len(whole) + 1) for item in put.get(place, whole[place : place + 1])]


def _checked(item: Any, cls: type) -> Any:
    if not isinstance(item, cls):
        raise TypeError(f"an item must be {cls.__name__}, not {item!r:.80}")
    return item
