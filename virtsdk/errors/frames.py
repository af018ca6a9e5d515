"""Frames: whose line a warning is of; their variables in a traceback, emptied where one may be a password.

IPython's verbose mode, error trackers and ``traceback.TracebackException(capture_locals=True)`` show these.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def shows_no_variables(function: Callable[P, T]) -> Callable[P, T]:
    """Have a function that may be given a password raise its errors with frames that show none.

    The caller's own frames are the caller's.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        before = sys.exc_info()[1]
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            empty_frames(error, before)
            raise
        finally:
            del args, kwargs

    return call


def callers_level() -> int:
    """Return the ``stacklevel`` with which `warnings.warn` names the line outside the package that led here.

    However many of the package's own functions, wrappers among them, lie between.
    """
    package = f"{Path(__file__).parents[1]}{os.sep}"
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_code.co_filename.startswith(package):
        frame, level = frame.f_back, level + 1
    return level


def empty_frames(error: BaseException, until: BaseException | None = None) -> None:
    """Empty the frames of an error and of those behind it; those that still run are their callers'.

    Parameters
    ----------
    error
        The error.
    until
        Where that ends: an error that others were handling before.
    """
    for one in _chain(error, until):
        trace = one.__traceback__
        while trace is not None:
            with suppress(RuntimeError):  # it runs
                trace.tb_frame.clear()
            trace = trace.tb_next


def _chain(error: BaseException, until: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set() if until is None else {id(until)}
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += (one.__cause__, one.__context__)
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions  # pyright: ignore[reportUnknownMemberType]
