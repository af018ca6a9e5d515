"""Names of a view: what can be set on one, so that a slip of the pen is an error and not silence."""

from __future__ import annotations

from difflib import get_close_matches
from inspect import getattr_static
from typing import Any


class OwnNames:
    """A class whose objects refuse names that they do not have, and values in place of their methods.

    ``explorer.fliter = "web"`` and ``view.last = "2h"`` would do nothing, and look as if they had.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute that there is; private names are the class's own affair."""
        if not name.startswith("_"):
            kind = type(self)
            there = getattr_static(kind, name, _NOTHING)
            if there is _NOTHING:
                fields = [
                    one
                    for one in dir(kind)
                    if not one.startswith("_") and not callable(getattr_static(kind, one))
                ]
                near = get_close_matches(name, fields, n=1)
                hint = f": did you mean {near[0]!r}?" if near else ""
                raise AttributeError(f"{kind.__name__} has no {name!r} that could be set{hint}")
            if callable(there) and all(_ours(base) for base in kind.__mro__ if name in vars(base)):
                raise AttributeError(f"{name!r} of {kind.__name__} is a method: call it, {name}(...)")
        super().__setattr__(name, value)


_NOTHING = object()
_OURS = __name__.partition(".")[0]


def _ours(kind: type) -> bool:
    """Tell whether a class is of this package; traitlets sets methods of its own in between."""
    return kind.__module__.partition(".")[0] == _OURS
