"""Which of libvirt-python's methods virtsdk called while the integration tests ran.

tests/unit/api.csv says who serves each method. A run of all integration tests fails where a served one was
called nowhere and its row does not say why ("; not run here: no cgroups"). Calls that the tests themselves
make are not virtsdk's and do not count.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api import TABLE, native, never_called, rows

_KEY = "native_calls"
_WHOLE = "tests/integration"
_recorded: set[str] = set()
_missed: list[str] = []


def record(kind: type, methods: set[str], into: set[str]) -> Callable[[], None]:
    """Note calls of a class's methods that virtsdk makes; what is given back ends that."""
    before = {name: vars(kind)[name] for name in methods}

    def noting(function: Any, name: str) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if name not in into and sys._getframe(1).f_globals.get("__name__", "").startswith("virtsdk."):
                into.add(name)
            return function(*args, **kwargs)

        return call

    for name, function in before.items():
        setattr(kind, name, noting(function, f"{kind.__name__}.{name}"))

    def end() -> None:
        for name, function in before.items():
            setattr(kind, name, function)

    return end


def begin() -> None:
    """Note the calls of this process, from now on."""
    import libvirt

    for name, methods in native().items():
        record(getattr(libvirt, name), methods, _recorded)


def hand_over(config: pytest.Config) -> None:
    """Give a worker's record to whoever started it."""
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = sorted(_recorded)


def take(node: Any) -> None:
    """Take a worker's record."""
    _recorded.update(getattr(node, "workeroutput", {}).get(_KEY, ()))


def check(config: pytest.Config) -> bool:
    """After a run in which nothing failed: tell whether all was called, where all integration tests ran."""
    if is_whole(config):
        _missed.extend(never_called(_recorded))
    return not _missed


def is_whole(config: pytest.Config) -> bool:
    """Tell whether all integration tests were asked for."""
    option = config.option
    narrowed = option.keyword or getattr(option, "deselect", None) or getattr(option, "lf", False)
    return not narrowed and _WHOLE in {Path(one).as_posix().rstrip("/") for one in config.args}


def summary() -> list[str]:
    """The lines for the end of a run."""
    served = {one.name for one in rows() if one.status == "served"}
    lines = [f"{len(served & _recorded)} of the {len(served)} native methods that are served were called"]
    if _missed:
        lines.append(f"called nowhere; say why in {TABLE.name} (; not run here: why), or test them:")
        lines += [f"  {one}" for one in _missed]
    return lines
