"""Live objects: what they refuse to everyone alike, so that a slip is told and not swallowed."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from types import FunctionType
from typing import Any, Final, NoReturn

_SWITCHES: Final = {"bool": False, "bool | None": True}  # annotations, and whether None is a word of theirs


class Live:
    """An object that lives by a connection of this process.

    It is not pickled or copied: it would be none. Its attributes are those that its class has: nothing is
    changed at the host by assigning one, and ``guest.memory = ...`` says which verb does it; a function may
    take a verb's place, as tests have it. What a verb takes as True or False is nothing else: ``"no"`` would
    be a yes.
    """

    _what_goes = "host.uri (and the name or UUID of what is meant), and call virtsdk.connect(uri)"

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, member in list(vars(cls).items()):
            if isinstance(member, FunctionType) and not name.startswith("_"):
                switches = _switches(member)
                if switches:
                    setattr(cls, name, _checked(member, switches))

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and name not in _annotated(type(self)):
            there = inspect.getattr_static(type(self), name, None)
            if not (isinstance(there, FunctionType) and callable(value)):
                raise AttributeError(_unassigned(type(self), name), name=name, obj=self)
        object.__setattr__(self, name, value)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        del protocol
        raise TypeError(
            f"{type(self).__name__} lives by a connection of this process and cannot be pickled or copied: "
            f"pass on {self._what_goes} in the other process; frames and definitions can be passed on as "
            "they are"
        )


@cache
def _annotated(kind: type[Live]) -> frozenset[str]:
    return frozenset(name for base in kind.__mro__ for name in vars(base).get("__annotations__", {}))


def _unassigned(kind: type[Live], name: str) -> str:
    """Say that an attribute cannot be assigned, and which verb does what was meant."""
    verbs = [verb for verb in dir(kind) if verb.startswith("set_")]
    near = difflib.get_close_matches(f"set_{name}", verbs, n=1, cutoff=0.85)
    verb = "rename" if name == "name" and hasattr(kind, "rename") else near[0] if near else None
    if verb is not None:
        return f"{kind.__name__}.{name} cannot be assigned: {verb}() changes it"
    if hasattr(kind, name):
        return f"{kind.__name__}.{name} cannot be assigned"
    return f"{kind.__name__} has no attribute {name!r} to assign"


def _switches(function: FunctionType) -> dict[str, tuple[int, bool]]:
    """Find the parameters that are True or False: their places, and whether they may be None."""
    code = inspect.unwrap(function).__code__
    places = {name: place for place, name in enumerate(code.co_varnames[: code.co_argcount])}
    return {
        name: (places.get(name, -1), _SWITCHES[kind])
        for name, kind in function.__annotations__.items()
        if kind in _SWITCHES and name != "return"
    }


def _checked(function: FunctionType, switches: Mapping[str, tuple[int, bool]]) -> Callable[..., Any]:
    """Have a method refuse what is neither True nor False where it takes one of them."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            for name, (place, optional) in switches.items():
                if name in kwargs:
                    check_switch(name, kwargs[name], optional=optional)
                elif 0 <= place < len(args):
                    check_switch(name, args[place], optional=optional)
            return function(*args, **kwargs)
        finally:
            del args, kwargs  # a traceback shows no password that is among them

    return call


def check_switch(name: str, given: object, *, optional: bool = False) -> None:
    """Refuse what is neither True nor False: ``"no"`` would be a yes, and None a no.

    Parameters
    ----------
    name
        The argument's name, for the message.
    given
        What was given; 1 and 0 and numpy's truths do.
    optional
        None does, too.

    Raises
    ------
    TypeError
        It is something else.

    Examples
    --------
    >>> check_switch("readonly", True)
    >>> check_switch("readonly", "no")
    Traceback (most recent call last):
      ...
    TypeError: readonly must be True or False, not 'no'
    """
    if given is None and optional:
        return
    kind = type(given)
    truth = isinstance(given, int) or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"))
    if not truth or given not in (0, 1):
        raise TypeError(f"{name} must be True{', False or None' if optional else ' or False'}, not {given!r}")
