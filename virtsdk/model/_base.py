"""The classes that every model is made from: `Model`, and kinds of it."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from copy import deepcopy
from functools import cache
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, ClassVar, Self

from virtsdk import units
from virtsdk.errors.frames import empty_frames
from virtsdk.model import _values
from virtsdk.model._copies import copier
from virtsdk.model._extras import Extras, beyond
from virtsdk.model._fields import (
    PLAIN,
    DataclassFields,
    Kind,
    Pattern,
    comparing,
    field,
    kinds,
    layout,
    model,
)
from virtsdk.model._forms import Number, Text
from virtsdk.model._outline import note, outline, text
from virtsdk.model._show import show
from virtsdk.model._taking import divides, is_secret, said, shown, take, take_all, unknown


class _Signature:
    """``__signature__`` of the model classes: what help and completion show of their fields."""

    def __get__(self, instance: object, owner: type[Model]) -> Signature:
        every: list[tuple[str, Any, Any]] = [
            (each.name, None if each.default_factory is dataclasses.MISSING else [], each.type)
            for each in dataclasses.fields(owner)
        ]
        every += [(name, [], owner.__annotations__[name]) for name in layout(owner).views]
        return Signature(
            [
                Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
                for name, default, annotation in every
            ]
        )


@model
class Model:
    """An element of a libvirt document.

    Every field is optional: None, or an empty list, is what is not written. Models compare by value, copy and
    pickle; the text form shows only what is set, and no secrets.

    Raises
    ------
    TypeError
        A field that the class does not have, or a value that it does not take; the message names it.
    """

    if TYPE_CHECKING:
        extras: Extras | None = field(default=None, metadata={"type": "Ignore"})
    else:
        __slots__ = ("extras",)
        __annotations__ = {"extras": "Extras | None"}
        __model__ = {}
        __dataclass_fields__ = DataclassFields()
        __dataclass_params__ = Pattern.__dataclass_params__
        __match_args__ = ()
        __hash__ = None
        __signature__ = _Signature()

        def __init__(self, /, *positional, **given):
            before = sys.exc_info()[1]
            try:
                _fill(self, positional, given)
            except (TypeError, ValueError) as error:
                positional = None  # it may be a password: no frame of a traceback shows it
                given = None
                empty_frames(error, before)
                raise

        def __eq__(self, other):
            cls = self.__class__
            if other.__class__ is not cls:
                return NotImplemented
            read, loose = comparing[cls]
            if read(self) != read(other):
                return False
            loaded = self.extras is not None or other.extras is not None
            if loaded and beyond(self) != beyond(other):
                return False
            if loose is None:
                return True
            for mine, theirs in zip(loose(self), loose(other), strict=True):
                if mine is not theirs and (mine or None) != (theirs or None):
                    return False
            return True

        def __replace__(self, /, **changes):
            return dataclasses.replace(self, **changes)

        def __getstate__(self):
            cls = type(self)
            if "__model__" not in cls.__dict__:  # a subclass may keep more
                return object.__getstate__(self)
            here = layout(cls)
            kept = zip(here.slots, here.values(self), strict=True)
            return None, {slot: value for slot, value in kept if value is not None}

        def __setstate__(self, state):
            for put in layout(type(self)).blank:
                put(self, None)
            whole, kept = state
            for name, value in {**(whole or {}), **(kept or {})}.items():
                object.__setattr__(self, name, value)

        def __deepcopy__(self, memo):
            cls = type(self)
            if "__model__" in cls.__dict__:
                return copier(cls)(self, memo)
            memo[id(self)] = twin = cls.__new__(cls)
            twin.__setstate__(deepcopy(self.__getstate__(), memo))
            return twin

    def _accept_value(self, name: str, value: object) -> object:
        """Give the value of a field its one form."""
        kind = kinds(type(self))[name]
        try:
            if kind.unit and (size := _as_said(value)) is not None:
                return self._as_number(kind, size)
            if kind.many:
                return take_all(kind, value)
            made = take(kind, value)
            if kind.model is None or made is value:
                return made
            return _beside(getattr(self, kind.slot, None), made)
        except (TypeError, ValueError) as error:
            message = said(f"{type(self).__name__}.{name}", error)
            raise (TypeError if isinstance(error, TypeError) else ValueError)(message) from None

    @classmethod
    def _made_from(cls, value: object) -> Model | None:
        """Make a model of what stands for one: a text that it has, True where it says something by itself."""
        flag = getattr(cls.__dict__.get("Meta"), "flag", False)
        if flag and _is_bool(value):
            return cls() if value else None
        given = shown(value, secret=is_secret(cls))
        said = [each for each in kinds(cls).values() if each.metadata.get("type") == "Text" or each.stands]
        text = said[-1] if said else None  # the text before an attribute
        if text is not None:
            try:
                word = _values.plain(value, given)
            except TypeError:
                name = text.name if text.stands else "text"
                raise TypeError(f"must be {cls.__name__}, or its {name}, not {given}") from None
            made: Any = cls
            return made(**{text.name: word})
        if flag:
            raise TypeError(f"must be True or False, or {cls.__name__}, not {given}")
        names = [*kinds(cls)]
        fields = "" if value is True else f"{names[0]}=..." if names[:3] == names != [] else None
        written = "" if fields is None else f"; write {cls.__name__}({fields})"
        raise TypeError(f"must be {cls.__name__}, not {given}{written}")

    def _as_number(self, kind: Kind, size: units.Size) -> int:
        """Give a size as a number of the unit that is written beside it, or of the field's own."""
        if size < 0:
            raise ValueError(f"must be at least 0, not {size!r}")
        written = getattr(self, f"_{kind.unit_field}") if kind.unit_field else None
        for unit in (written, kind.unit):
            if unit and divides(unit, size):
                break
        else:
            unit = "bytes"
            if not kind.unit_field:
                raise ValueError(f"must be a whole number of {kind.unit}, not {size!r}")
        if kind.unit_field and unit != written:
            beside = [each for each in kinds(type(self)).values() if each.unit_field == kind.unit_field]
            for each in beside:
                if each is not kind and getattr(self, each.slot) is not None:
                    raise ValueError(f"{size!r} is no whole number of {written}, as {each.name} is in")
            setattr(self, kind.unit_field, unit)
        return int(size) // units.factor(unit)

    def _as_size(self, name: str) -> units.Size:
        """Give a field as a size.

        Raises
        ------
        ValueError
            There is no number, or the unit is not one of libvirt's.
        """
        kind = kinds(type(self))[name]
        value = getattr(self, kind.slot)
        if value is None:
            raise ValueError(f"{type(self).__name__} has no {name}")
        written = getattr(self, f"_{kind.unit_field}") if kind.unit_field else None
        return units.Size.parse(str(value), str(written or kind.unit))

    def __repr__(self) -> str:
        return show(self)

    def __str__(self) -> str:
        return text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the outline where a cell ends with it, one line inside other things."""
        printer.text(repr(self) if cycle or len(printer.stack) > 1 else text(self))

    def _repr_html_(self) -> str:
        from virtsdk.display import html

        return html.view(html.heading(type(self).__name__, note(self)), html.outline(outline(self)))


@model
class Empty(Model):
    """An element that says something by being there: ``features.acpi = True``, ``if features.acpi:``.

    It is True by being there; False, or None, takes it away.
    """

    @classmethod
    def _made_from(cls, value: object) -> Model | None:
        """Make one of True, nothing of False."""
        if _is_bool(value):
            return cls() if value else None
        raise TypeError(f"must be True or False, not {value!r:.80}")


def _is_bool(value: object) -> bool:
    """Tell whether a value is True or False, numpy's too."""
    kind = type(value)
    return kind is bool or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"))


def _fill(made: Model, positional: tuple[Any, ...], given: dict[str, Any]) -> None:
    """Give a new model its fields."""
    cls = type(made)
    here = layout(cls)
    for put in here.blank:
        put(made, None)
    if positional:
        raise TypeError(f"{cls.__name__} takes its fields by name, not {len(positional)} by position")
    for name in given.keys() - here.names:
        raise TypeError(unknown(cls, name))
    amounts = _amounts(cls)
    sizes = {
        name: value
        for name, value in given.items()
        if isinstance(value, units.Size) or (isinstance(value, str) and name in amounts)
    }
    views = {name: given[name] for name in here.views if given.get(name) is not None}
    for name, value in given.items():
        if name not in sizes and name not in here.views:
            setattr(made, name, value)
    for name, value in (sizes | views).items():  # their units and lists may be among the others
        setattr(made, name, value)


@cache
def _amounts(cls: type[Model]) -> frozenset[str]:
    """Give the fields that take a size."""
    return frozenset(name for name, kind in kinds(cls).items() if kind.unit)


def _as_said(value: object) -> units.Size | None:
    """Give a size, or a text that is one, such as ``8 GiB``; None for what is a number alone, or none."""
    if isinstance(value, units.Size):
        return value
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return None
    with contextlib.suppress(ValueError):
        return units.Size.parse(value)
    return None


def _beside(before: object, made: object) -> object:
    """Put what was made from a text, a size or True into the element that is there: the rest of it stays."""
    if not isinstance(before, Model) or type(before) is not type(made):
        return made
    kept = deepcopy(before)
    for each in kinds(type(made)).values():
        if (value := getattr(made, each.slot)) is None:
            continue
        setattr(kept, each.name, value)
        if each.unit_field:
            setattr(kept, each.unit_field, getattr(made, f"_{each.unit_field}"))
    return kept


PLAIN["Flag"] = (False, Empty, None, False)


@model
class Scaled(Model):
    """A number with a unit, such as ``<memory unit="MiB">512</memory>``.

    Attributes
    ----------
    unit
        libvirt's unit word; the class's `default_unit` where there is none.
    value
        The number in that unit.
    """

    default_unit: ClassVar[str] = "bytes"

    unit: Text = field(default=None, metadata={"type": "Attribute"})
    value: Number = field(default=None, metadata={"type": "Text"})

    @classmethod
    def of(cls, size: units.Size, **others: Any) -> Self:
        """Make one from a size.

        Parameters
        ----------
        size
            A `virtsdk.units.Size`, such as ``GiB(2)``.
        **others
            The class's other fields.

        Returns
        -------
        Self
            In the class's own unit where that is exact, else in bytes; the unit is always written.

        Raises
        ------
        TypeError
            The size is a bare number: libvirt's units differ from element to element, so say which one.
        ValueError
            The size is negative.
        """
        if not isinstance(size, units.Size):
            raise TypeError(f"size must have its unit, such as units.MiB(512), not {size!r}")
        if size < 0:
            raise ValueError(f"size must be at least 0, not {size!r}")
        scale = units.factor(cls.default_unit)
        if size % scale:
            return cls(unit="bytes", value=int(size), **others)
        return cls(unit=cls.default_unit, value=int(size) // scale, **others)

    @property
    def size(self) -> units.Size:
        """The amount as a `virtsdk.units.Size`.

        Raises
        ------
        ValueError
            There is no number, or the unit is not one of libvirt's.
        """
        return self._as_size("value")

    @property
    def bytes(self) -> int:
        """The amount in bytes, whatever unit it is written in.

        Raises
        ------
        ValueError
            There is no number, or the unit is not one of libvirt's.
        """
        return int(self.size)

    @classmethod
    def _made_from(cls, value: Any) -> Model | None:
        """Make one of a size, or of a number in the class's own unit."""
        if isinstance(value, units.Size):
            return cls.of(value)
        if isinstance(value, str) and not isinstance(_values.number(value), int):
            return cls.of(units.Size.parse(value, cls.default_unit))
        try:
            return cls(value=value)
        except TypeError:
            asked = f"a size such as GiB(8), or a whole number of {cls.default_unit}"
            raise TypeError(f"must be {asked}, not {value!r:.80}") from None
