"""The coverage table, tests/unit/api.csv: each public method of libvirt-python's classes, and who serves it.

The columns:

- ``class``, ``method``: libvirt-python's.
- ``since``: the libvirt that brought it; empty for what is libvirt-python's own.
- ``status``: ``served`` (`by` is the verb: ``Domain.save``; behind "; not run here: " stands why the
  integration tests cannot make the call), ``superseded`` (`by` is the method that replaces it:
  ``saveFlags``), ``left out`` (`by` is the reason), ``missing`` (`by` is the verb to come).
"""

from __future__ import annotations

import csv
import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import virtsdk
from virtsdk import errors, resources
from virtsdk.binding import protocol

TABLE = Path(__file__).parent / "unit/api.csv"
HINT = (
    "tests/unit/api.csv: give it a row, or another status: served (by: the verb, as Domain.save), superseded "
    "(by: the method), left out (by: why)"
)
STATUSES = ("served", "superseded", "left out", "missing")
_NOT_RUN = "; not run here: "


class Row(NamedTuple):
    """One method of libvirt-python's."""

    owner: str
    method: str
    since: str
    status: str
    by: str

    @property
    def verb(self) -> str:
        """Who serves it, without why it is not run."""
        return self.by.partition(_NOT_RUN)[0]

    @property
    def not_run(self) -> str:
        """Why the integration tests cannot make the call; empty where they do."""
        return self.by.partition(_NOT_RUN)[2]

    @property
    def name(self) -> str:
        """Its class and name, as messages have it."""
        return f"{self.owner}.{self.method}"


@cache
def rows() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [Row(*line) for line in csv.reader(file)][1:]


def native() -> dict[str, set[str]]:
    """The public methods of the libvirt-python that is installed, by class."""
    import libvirt

    return {
        name: {one for one, value in vars(kind).items() if _is_public(one, value)}
        for name, kind in vars(libvirt).items()
        if inspect.isclass(kind) and name.startswith("vir")
    }


def _is_public(name: str, value: object) -> bool:
    return inspect.isfunction(value) and not name.startswith("_")


def called() -> set[tuple[str, str]]:
    """The methods that virtsdk calls, as its protocols declare them."""
    found: set[tuple[str, str]] = set()
    for name in protocol.__all__:
        owner = f"vir{name.removeprefix('Vir')}"
        if owner in native():
            kind: Any = getattr(protocol, name)
            found |= {(owner, one) for one in dir(kind) if _is_public(one, inspect.getattr_static(kind, one))}
    return found


@cache
def _classes() -> dict[str, type]:
    """The classes that verbs may hang on, by name."""
    found: dict[str, type] = {"HostFleet": virtsdk.HostFleet}
    for module in pkgutil.walk_packages(resources.__path__, f"{resources.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(value) and value.__module__ == module.name:
                found.setdefault(name, value)
    return found


def never_called(recorded: set[str]) -> list[str]:
    """The served methods that nobody called and that do not say why: ``virDomain.save (Domain.save)``."""
    return [
        f"{one.name} ({one.verb})"
        for one in rows()
        if one.status == "served" and not one.not_run and one.name not in recorded
    ]


def exists(verb: str) -> bool:
    """Tell whether there is a verb, an attribute or an error of that name: ``Domain.save``, ``Host.name``."""
    owner, _, name = verb.partition(".")
    if owner in {"virtsdk", "errors"}:
        return hasattr(virtsdk if owner == "virtsdk" else errors, name)
    kind = _classes().get(owner)
    if kind is None or not name or name.startswith("_"):
        return False
    made = re.compile(rf"self\.{re.escape(name)}\b[^=\n]*=(?!=)")
    return hasattr(kind, name) or any(
        made.search(inspect.getsource(one)) for one in kind.__mro__ if one.__module__.startswith("virtsdk")
    )
