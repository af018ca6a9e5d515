"""Frames of an error: what may be a password is in none of their variables."""

from __future__ import annotations

import traceback
import warnings
from pathlib import Path

import pytest

import virtsdk
from virtsdk.errors.frames import callers_level, shows_no_variables

SECRET = "hunter2"


def shown(error: BaseException) -> list[str]:
    """The functions whose frames, of the error and of all behind it, show the secret."""
    found: list[str] = []
    waiting = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    while waiting:
        one = waiting.pop()
        found += [frame.name for frame in one.stack if SECRET in repr(frame.locals or {})]
        waiting += [behind for behind in (one.__cause__, one.__context__, *(one.exceptions or ())) if behind]
    return [name for name in found if not name.startswith("test_")]


def deep(secret: str) -> None:
    copy = secret + "!"
    raise ValueError(len(copy))


@shows_no_variables
def fails(secret: str) -> None:
    deep(secret)


@shows_no_variables
def fails_over_another(secret: str) -> None:
    try:
        deep(secret)
    except ValueError as error:
        raise RuntimeError("twice") from error


@shows_no_variables
def fails_with_several(secret: str) -> None:
    found: list[Exception] = []
    try:
        deep(secret)
    except ValueError as error:
        found.append(error)
    raise ExceptionGroup("some", found)


@pytest.mark.parametrize(
    "function", [fails, fails_over_another, fails_with_several], ids=lambda one: one.__name__
)
def test_no_frame_shows_what_was_given(function: object) -> None:
    with pytest.raises((ValueError, RuntimeError, ExceptionGroup)) as caught:
        function(SECRET)
    assert shown(caught.value) == []
    with pytest.raises((ValueError, RuntimeError, ExceptionGroup)) as caught:
        function(secret=SECRET)
    assert shown(caught.value) == []


def test_the_scan_finds_what_a_plain_function_shows() -> None:
    with pytest.raises(ValueError) as caught:
        deep(SECRET)
    assert shown(caught.value) == ["deep"]


def test_an_error_that_the_caller_was_handling_keeps_its_variables() -> None:
    try:
        deep(SECRET)
    except ValueError:
        with pytest.raises(ValueError) as caught:
            fails("nothing")
    assert shown(caught.value) == ["deep"]


def test_what_a_function_returns_and_what_it_is_called_stay() -> None:
    @shows_no_variables
    def twice(number: int) -> int:
        """Double it."""
        return 2 * number

    assert (twice(4), twice.__name__, twice.__doc__) == (8, "twice", "Double it.")


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_warning_is_of_the_line_outside_the_package_that_led_there(depth: int) -> None:
    text = """
def warn():
    warnings.warn("mind", stacklevel=callers_level())
"""
    inside: dict[str, object] = {"warnings": warnings, "callers_level": callers_level}
    for _ in range(depth + 1):
        exec(compile(text, str(Path(virtsdk.__file__).parent / "deep" / "module.py"), "exec"), inside)
        inside["below"] = inside["warn"]
        text = "def warn(below=below): return below()"
    with pytest.warns(UserWarning, match="mind") as told:
        inside["warn"]()  # type: ignore[operator]
    assert told[0].filename == __file__
