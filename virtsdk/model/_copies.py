"""Deep copies of models: one function a class, written as Python source and compiled on first use.

`copy.deepcopy` without it goes through the pickle protocol for each element, some twenty times slower.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from virtsdk.model._fields import Kind, kinds, layout

if TYPE_CHECKING:
    from virtsdk.model._base import Model

Copier = Callable[[Any, dict[int, Any]], Any]

_lock = threading.RLock()
_names: dict[type[Model], str] = {}
_space: dict[str, Any] = {"new": object.__new__, "deepcopy": deepcopy}


def copier(cls: type[Model]) -> Copier:
    """Give the function that copies a model with all that it holds, within a memo of `copy.deepcopy`."""
    name = _names.get(cls)
    if name is None:
        with _lock:
            name = _reserve(cls)
    return _space[name]


def _reserve(cls: type[Model]) -> str:
    """Name the class's copier; until its first call, the name stands for its compilation."""
    if cls in _names:
        return _names[cls]
    name = f"copy{len(_names)}_{cls.__name__}"

    def first(model: Any, memo: dict[int, Any]) -> Any:
        with _lock:
            if _space[name] is first:
                exec(compile(_source(cls, name), f"<copier of {cls.__qualname__}>", "exec"), _space)  # noqa: S102
        return _space[name](model, memo)

    _space[name] = first
    _names[cls] = name
    return name


def _source(cls: type[Model], name: str) -> str:
    _space[f"C_{name}"] = cls
    known = kinds(cls)
    lines = [
        f"def {name}(o, memo):",
        f" memo[id(o)] = n = new(C_{name})",
        " v = o.extras",
        " n.extras = v if v is None else deepcopy(v, memo)",
    ]
    for slot in layout(cls).slots[1:]:
        lines += _slot(slot, known[slot[1:]])
    return "\n".join([*lines, " return n", ""])


def _slot(slot: str, kind: Kind) -> list[str]:
    if kind.model is None and not kind.many:
        return [f" n.{slot} = o.{slot}"]
    item = "deepcopy(i, memo)" if kind.choices else "i"
    if kind.model is not None:
        made = _reserve(kind.model)
        item = f"memo.get(id(i)) or ({made}(i, memo) if i.__class__ is C_{made} else deepcopy(i, memo))"
        _space[f"C_{made}"] = kind.model
    if not kind.many:
        return [f" i = o.{slot}", f" n.{slot} = i if i is None else {item}"]
    return [
        f" v = o.{slot}",
        f" if not v: n.{slot} = None",
        " else:",
        "  w = memo.get(id(v))",
        "  if w is None:",
        "   memo[id(v)] = w = []",
        f"   for i in v: w.append({item})",
        f"  n.{slot} = w",
    ]
