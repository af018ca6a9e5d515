"""Progress of a lab that comes up: lines on a terminal, one line that changes in a notebook cell."""

from __future__ import annotations

import logging
import sys
import time
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal

__all__ = ["Progress", "Report", "reporter"]

log = logging.getLogger(__name__)

Progress = Callable[[str], None] | Literal["auto"] | None
"""A callable that takes a line of text, ``"auto"`` for whatever shows it here, or None for silence."""

Report = Callable[[str], None]


def reporter(progress: Progress) -> Report:
    """Make a function that passes a line of text on to whoever watches, and to the log.

    Parameters
    ----------
    progress
        A callable takes the lines. ``"auto"``: a notebook cell shows the latest one, a terminal all of them,
        each with the seconds since the start; anywhere else only the log has them. None: only the log.

    Raises
    ------
    TypeError
        ``progress`` is something else.
    """
    if progress is None:
        show = None
    elif progress == "auto":
        show = _notebook() or _terminal()
    elif callable(progress):
        show = progress
    else:
        raise TypeError(f"progress must be a callable, 'auto' or None, not {progress!r}")
    start = time.monotonic()

    def report(line: str) -> None:
        log.info("%s", line)
        if show is progress and show is not None:
            show(line)
        elif show is not None:
            show(f"{time.monotonic() - start:5.1f} s  {line}")

    return report


def _terminal() -> Report | None:
    stream = sys.stderr
    if stream is None or not stream.isatty():
        return None

    def show(line: str) -> None:
        stream.write(f"lab {line}\n")
        stream.flush()

    return show


def _notebook() -> Report | None:
    """Update one display in the cell that is running; None where this is no notebook kernel."""
    interactive: Any = sys.modules.get("IPython")
    shell: Any = interactive.get_ipython() if interactive is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    show_data: Any = import_module("IPython.display").display
    identity = uuid.uuid4().hex
    shown = False

    def show(line: str) -> None:
        nonlocal shown
        show_data({"text/plain": f"lab {line}"}, raw=True, display_id=identity, update=shown)
        shown = True

    return show
