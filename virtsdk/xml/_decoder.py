"""Elements to models: one decoder a class, a function that `virtsdk.xml._decoder_source` writes.

Those of the generated models are written along with them, in `virtsdk.xml.written`, so that they come from
the bytecode; those of other classes are compiled on first use.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import Any

from virtsdk.model import Model
from virtsdk.xml import _written
from virtsdk.xml._decoder_source import Names, source
from virtsdk.xml._fields import describe, home

Decoder = Callable[[Any], Any]

_serial = itertools.count()
_lock = threading.RLock()
_found: dict[type[Model], Decoder] = {}
_space: dict[str, Any] = dict(vars(_written))


def decoder(cls: type[Model]) -> Decoder:
    """Give the function that makes a model of an element."""
    found = _found.get(cls)
    if found is None:
        with _lock:
            found = _found.get(cls) or _written_decoder(cls) or _compiled(cls)
            _found[cls] = found
    return found


def _written_decoder(cls: type[Model]) -> Decoder | None:
    module = home(cls)
    names = vars(import_module(f"virtsdk.xml.written.{module}")) if module else {}
    return names[f"decode_{cls.__name__}"] if names.get(cls.__name__) is cls else None


class _Bound(Names):
    """Names for what a decoder that is compiled here needs, bound in `_space`."""

    def thing(self, given: type) -> str:
        return _bind(given.__name__, given)

    def words(self, enum: type[Enum]) -> str:
        return _bind("words", _written.words(enum))

    def decoder(self, cls: type[Model]) -> str:
        name = f"later{next(_serial)}_{cls.__name__}"

        def later(element: Any) -> Any:
            _space[name] = decoder(cls)
            return _space[name](element)

        _space[name] = later
        return name


def _bind(name: str, value: object) -> str:
    name = f"{name}{next(_serial)}"
    _space[name] = value
    return name


def _compiled(cls: type[Model]) -> Decoder:
    name = f"decode{next(_serial)}_{cls.__name__}"
    text = source(describe(cls), name, _Bound())
    exec(compile(text, f"<decoder of {cls.__module__}.{cls.__qualname__}>", "exec"), _space)  # noqa: S102
    return _space.pop(name)
