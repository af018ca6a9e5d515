"""Names of all that the gallery has to show: classes with a repr for notebooks, and what draws charts."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any, Final

import virtsdk

_REPRS: Final = ("_repr_html_", "_repr_mimebundle_")
_SHOWING: Final = (*_REPRS, "_in_html", "_still", "chart", "rows")


def full_name(kind: type) -> str:
    """Return the module and the name of a class, where it is written."""
    return f"{kind.__module__}.{kind.__qualname__}"


@cache
def _classes() -> tuple[type[Any], ...]:
    """All classes of the package; of the generated models their base alone."""
    found: dict[type[Any], None] = {}
    for part in pkgutil.walk_packages(virtsdk.__path__, "virtsdk."):
        if part.name.startswith(("virtsdk.models.", "virtsdk.xml.written.")) or part.name.endswith(
            "__main__"
        ):
            continue
        module = importlib.import_module(part.name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == part.name:
                found[value] = None
    return tuple(found)


def _public() -> set[type]:
    from virtsdk.model import Model
    from virtsdk.xml._listing import Listing  # findings are plain ones

    modules = [virtsdk, *(getattr(virtsdk, name) for name in virtsdk.__all__)]
    return {Model, Listing} | {
        value
        for module in modules
        if isinstance(module, ModuleType)
        for name in getattr(module, "__all__", ())
        if inspect.isclass(value := getattr(module, name))
    }


@cache
def reprs() -> tuple[type[Any], ...]:
    """Classes whose repr the gallery has to show.

    Those that a notebook shows as HTML: the public ones, and the others that are no base of another. One that
    looks like the public class above it is that class to a reader.
    """
    shown = [kind for kind in _classes() if any(hasattr(kind, name) for name in _REPRS)]
    public = _public()
    wanted: list[type[Any]] = []
    for kind in shown:
        is_base = any(kind in other.__mro__[1:] for other in shown)
        like = [above for above in kind.__mro__[1:] if above in public and above in shown]
        own = any(name in vars(kind) for name in _SHOWING)
        if kind.__name__.startswith("_") or (is_base and kind not in public) or (like and not own):
            continue
        if not inspect.isabstract(kind):
            wanted.append(kind)
    return tuple(wanted)


def charts() -> tuple[type[Any], ...]:
    """Classes with a method ``chart`` of their own."""
    return tuple(kind for kind in _classes() if "chart" in vars(kind))


def chart_functions() -> dict[str, tuple[ModuleType, Any]]:
    """Functions that draw a frame, by full name: the module that gives them and the function."""
    from virtsdk.display import charts

    found: dict[str, tuple[ModuleType, Any]] = {}
    for name in charts.__all__:
        if inspect.isfunction(value := getattr(charts, name)):
            found[f"{charts.__name__}.{name}"] = (charts, value)
    return found


def wanted() -> set[str]:
    """Full names of all that the gallery has to show."""
    return {
        *map(full_name, reprs()),
        *(f"{full_name(kind)}.chart" for kind in charts()),
        *chart_functions(),
    }
