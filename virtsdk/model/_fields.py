"""Fields of models: the decorator that makes them, how they are kept, and what a class says of them.

A value is kept in a slot of the field's name with an underscore before it, and read and set by a descriptor
of the field's own name. So whatever is assigned takes its one form, while the decoders of `virtsdk.xml` fill
the slots without a detour. A list that nothing was put into is not kept: its slot is None until it is read.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from virtsdk.model._attributes import Attribute, ListAttribute
from virtsdk.model._extras import NAMESPACE

if TYPE_CHECKING:
    from virtsdk.model._base import Model
    from virtsdk.model._extras import Extras

C = TypeVar("C", bound=type)

SECRET = "secret"  # noqa: S105  the keys in a field's metadata
UNIT = "unit"
UNIT_FIELD = "unit_field"
OCTAL = "octal"
HEXADECIMAL = "hexadecimal"
STANDS = "stands"

if TYPE_CHECKING:

    def field(
        *, default: None = None, default_factory: type[list[Any]] = list, metadata: Mapping[str, Any]
    ) -> Any:
        """Declare a field of a model."""
else:
    field = dataclasses.field


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of value that a field holds.

    Attributes
    ----------
    name
        The field.
    slot
        The attribute that keeps it as it is.
    many
        A list.
    model
        The class of an element that has structure; None for plain text.
    enum
        The enumeration of its known values.
    integer
        Numbers become ``int``.
    secret
        Masked where it is shown.
    unit
        The unit of a size where none is written; empty for what is no size.
    unit_field
        The field that holds a size's unit; empty where it cannot be written.
    metadata
        What else the class says of the field, in xsdata's terms.
    choices
        The classes of a list of elements of several names.
    """

    name: str
    slot: str
    many: bool
    model: type[Model] | None
    enum: type[Enum] | None
    integer: bool
    secret: bool
    unit: str
    unit_field: str
    metadata: Mapping[str, Any]
    choices: tuple[type[Model], ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the attribute's value stands for its element."""
        return bool(self.metadata.get(STANDS))


class FreeAttribute(Attribute):
    """A field that holds free XML: what it gives for nothing is written once something is put in."""

    __slots__ = ()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        found = self._get(instance)
        return self._blank(instance) if found is None else found

    def __set__(self, instance: Any, value: Any) -> None:
        made = value if value is None else instance._accept_value(self.name, value)
        if made is not None and made._content is None and made.extras is None:
            made._owner = instance, self
            made = None
        self._put(instance, made)

    def _blank(self, instance: Any) -> Any:
        cls: Any = kinds(instance.__class__)[self.name].model
        made = cls()
        made._owner = instance, self
        return made

    def held(self, instance: Any) -> Any:
        """Give what is written; None for nothing."""
        return self._get(instance)

    def hold(self, instance: Any, made: Any) -> None:
        """Write what has been put in."""
        self._put(instance, made)


class Declared(NamedTuple):
    """A field as its class declares it."""

    annotation: Any
    module: str
    field: dataclasses.Field[Any]


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def model(cls: C) -> C:
    """Make a class a model: its annotated fields get slots, and descriptors in front of them.

    To those who use it, it is what ``dataclass(slots=True, kw_only=True)`` makes of it: `dataclasses.fields`,
    `dataclasses.replace` and the like work. `Model` has the methods that `dataclass` writes for each class.
    """
    space = dict(cls.__dict__)
    if "__slots__" in space:  # Model itself
        return cls
    own = {
        name: Declared(annotation, cls.__module__, space.pop(name))
        for name, annotation in cls.__annotations__.items()
        if isinstance(space.get(name), dataclasses.Field)
    }
    known: dict[str, Declared] = getattr(cls, "__model__", {})
    new = [name for name in own if name not in known]
    del space["__dict__"], space["__weakref__"]
    attributes = {name: _attribute(each)(name) for name, each in own.items()}
    space |= {"__slots__": tuple(f"_{name}" for name in new), "__model__": known | own, **attributes}
    made: Any = type(cls)(cls.__name__, cls.__bases__, space)
    for each in attributes.values():
        each.belong_to(made)
    made.__slots__ += tuple(new)  # a dataclass below makes slots for the names that are not there
    return made


def _attribute(declared: Declared) -> type[Attribute]:
    """Choose the descriptor of a field."""
    if declared.field.default_factory is list:
        return ListAttribute
    return FreeAttribute if str(declared.annotation).startswith("Free[") else Attribute


def is_model(value: object) -> bool:
    """Tell whether a value is a model."""
    return hasattr(type(value), "__model__")


# --- what a class says of its fields

Values = Callable[[object], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The slots of a model class.

    Attributes
    ----------
    names
        The fields, and the views on lists of several classes.
    views
        The views, in their order.
    slots
        The slots that keep them.
    blank
        The functions that set them.
    values
        Function that reads all of them.
    """

    names: frozenset[str]
    views: tuple[str, ...]
    slots: tuple[str, ...]
    blank: tuple[Callable[[object, Any], None], ...]
    values: Values


@cache
def layout(cls: type[Model]) -> Layout:
    """Describe the slots of a class."""
    declared = _declared(cls)
    slots = ["extras", *(f"_{name}" for name in declared)]
    views = [
        choice["view"]
        for each in declared.values()
        for choice in each.field.metadata.get("choices", ())
        if "view" in choice
    ]
    return Layout(
        names=frozenset(["extras", *declared, *views]),
        views=tuple(views),
        slots=tuple(slots),
        blank=tuple(getattr(cls, slot).__set__ for slot in slots),
        values=_reader(slots),
    )


class _Comparing(dict["type[Model]", "tuple[Values, Values | None]"]):
    """For each class: what reads the slots that compare as they are, and what reads those that hold lists.

    Of these an empty one is as good as none; so is free XML. `extras` compare by themselves.
    """

    def __missing__(self, cls: type[Model]) -> tuple[Values, Values | None]:
        declared = _declared(cls)
        loose = [f"_{name}" for name, each in declared.items() if _attribute(each) is not Attribute]
        plain = [f"_{name}" for name in declared if f"_{name}" not in loose]
        read: Any = attrgetter(*plain) if plain else _reader([])
        self[cls] = found = read, _reader(loose) if loose else None
        return found


comparing = _Comparing()


def _declared(cls: type[Model]) -> dict[str, Declared]:
    return cast("Any", cls).__model__


def _reader(slots: list[str]) -> Values:
    if len(slots) > 1:
        return cast("Values", attrgetter(*slots))
    if not slots:
        return lambda model: ()
    get = attrgetter(slots[0])
    return lambda model: (get(model),)


@cache
def kinds(cls: type[Model]) -> dict[str, Kind]:
    """Tell what the fields of a model class hold, `extras` aside.

    Raises
    ------
    TypeError
        A field that no form is known for.
    """
    found: dict[str, Kind] = {}
    for name, (annotation, module, each) in _declared(cls).items():
        choices = _choices(each.metadata, module)
        held = (True, None, None, False) if choices else _read(annotation, module) or _evaluated(cls, name)
        unit = each.metadata.get(UNIT) or (getattr(cls, "default_unit", "") if name == "value" else "")
        beside = each.metadata.get(UNIT_FIELD) or ("unit" if unit and name == "value" else "")
        found[name] = _kind(name, f"_{name}", held, each, unit, beside, choices)
    if "__model__" not in cls.__dict__:  # a dataclass below a model
        for each in dataclasses.fields(cls):
            if each.name not in found and each.name != "extras":
                found[each.name] = _kind(each.name, each.name, _evaluated(cls, each.name), each, "", "")
    return found


def _kind(
    name: str,
    slot: str,
    held: Held,
    each: dataclasses.Field[Any],
    unit: str,
    unit_field: str,
    choices: tuple[type[Model], ...] = (),
) -> Kind:
    secret = bool(each.metadata.get(SECRET))
    return Kind(name, slot, *held, secret, unit, unit_field, each.metadata, choices)


def _choices(metadata: Mapping[str, Any], module: str) -> tuple[type[Model], ...]:
    """Give the classes of a list of several elements."""
    given = metadata.get("choices", ())
    if len(given) < 2:
        return ()
    return tuple(getattr(sys.modules[module], choice["type"].__forward_arg__) for choice in given)


Held = tuple[bool, "type[Model] | None", type[Enum] | None, bool]
"""Many, the model, the enumeration, numbers become ``int``."""

_FORM = re.compile(r"(\w+)(?:\[(\w+)(?:, Literal\[.*\])?\])?", re.DOTALL)
PLAIN: dict[str, Held] = {
    "Text": (False, None, None, False),
    "Texts": (True, None, None, False),
    "Number": (False, None, None, True),
    "Numbers": (True, None, None, True),
}
_WORDS = {"Word": False, "Words": True}
_MODELS = {
    "Part": False,
    "Amount": False,
    "Worded": False,
    "Free": False,
    "Switch": False,
    "Named": False,
    "Parts": True,
    "WordedParts": True,
    "NamedParts": True,
}


def _read(annotation: object, module: str) -> Held | None:
    """Read the annotation of a generated class, without the cost of evaluating it; None for another one."""
    match = _FORM.fullmatch(annotation) if isinstance(annotation, str) else None
    if match is None:
        return None
    form, name = match.groups()
    if name is None:
        return PLAIN.get(form)
    given: Any = getattr(sys.modules.get(module), name, None)
    if form in _MODELS and hasattr(given, "__model__"):
        return _MODELS[form], given, None, False
    if form in _WORDS and isinstance(given, type) and issubclass(given, Enum):
        return _WORDS[form], None, given, False
    return None


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _evaluated(cls: type, name: str) -> Held:
    hint = _hints(cls)[name]
    many = get_origin(hint) is list
    if many:
        hint = get_args(hint)[0]
    options = [option for option in get_args(hint) or (hint,) if option is not NoneType]
    models: list[Any] = [option for option in options if hasattr(option, "__model__")]
    enums = [option for option in options if isinstance(option, type) and issubclass(option, Enum)]
    rest = [option for option in options if option not in models and option not in enums]
    declared = _declared(cls).get(name)
    if many and declared and tuple(models) == _choices(declared.field.metadata, declared.module) != ():
        return True, None, None, False
    if len(models) > 1 or len(enums) > 1 or (models and (enums or rest)) or set(rest) - {int, str}:
        raise TypeError(f"{cls.__name__}.{name}: no XML form for {hint}")
    return many, (models or [None])[0], (enums or [None])[0], int in rest


# --- what dataclasses are asked for


class DataclassFields:
    """``__dataclass_fields__`` of the model classes, made when it is first asked for."""

    def __get__(self, instance: object, owner: type[Model]) -> dict[str, dataclasses.Field[Any]]:
        return _dataclass_fields(owner)


@dataclass(slots=True, kw_only=True, repr=False)
class Pattern:
    """The dataclass that every model is like."""

    extras: Extras | None = dataclasses.field(
        default=None, metadata={"type": "Element", "namespace": NAMESPACE}
    )


@cache
def _dataclass_fields(cls: type[Model]) -> dict[str, dataclasses.Field[Any]]:
    every = dict(cast("Any", Pattern).__dataclass_fields__)
    own = _declared(cls)
    space: dict[str, Any] = {name: each.field for name, each in own.items()}
    space["__annotations__"] = {name: each.annotation for name, each in own.items()}
    space |= {"__module__": cls.__module__, "__doc__": cls.__doc__}
    twin: Any = dataclass(init=False, repr=False, eq=False, kw_only=True)(type(cls.__name__, (), space))
    return every | twin.__dataclass_fields__
