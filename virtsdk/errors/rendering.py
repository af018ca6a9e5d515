"""Errors in a notebook: what is wrong, and which line of the cell met it.

IPython asks an exception for its traceback (``_render_traceback_``). Two thousand pixels of frames inside
libvirt's binding hide the message that helps; they are there for who asks, with ``%tb Plain`` or another
``%xmode``.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

ON_DEMAND: Final = "%tb Plain shows the full traceback"
_SHORT_MODES = {"context", "minimal"}  # IPython's default, and the one that is short anyway
_LINE = 100
_PRIVATE = re.compile("(?i)passw|secret|auth|token")


def rendered(error: BaseException) -> list[str]:
    """Write an error as IPython shows it: two lines, or all where another mode was asked for."""
    shell = _shell()
    tracebacks: Any = getattr(shell, "InteractiveTB", None)
    if tracebacks is not None and str(tracebacks.mode).casefold() not in _SHORT_MODES:
        return tracebacks.structured_traceback(type(error), error, error.__traceback__)
    plain = str(getattr(shell, "colors", "nocolor")).casefold() == "nocolor"
    name = type(error).__name__ if plain else f"\x1b[31m{type(error).__name__}\x1b[39m"
    place = _place(error)
    return [f"{name}: {error}", f"{place}   ({ON_DEMAND})" if place else f"({ON_DEMAND})"]


def _shell() -> Any:
    """Return the running IPython; None in a plain Python. IPython is never loaded for it."""
    module: Any = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def _place(error: BaseException) -> str:
    """Write the line that a person typed: the innermost one of a cell, or of a file that is not ours."""
    frames = [(frame, line) for frame, line in walk_tb(error.__traceback__) if not _is_ours(frame)]
    typed = [one for one in frames if one[0].f_globals.get("__name__") == "__main__"]
    if not typed:
        return ""
    frame, number = typed[-1]
    source = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    if _PRIVATE.search(source):  # what was typed there stays there
        source = ""
    source = "".join(_safe(source[:_LINE])) + ("…" if len(source) > _LINE else "")
    where = f"line {number}"
    if not re.match(r"<|.*[/\\]ipykernel_", frame.f_code.co_filename):
        where = f"{frame.f_code.co_filename}, {where}"
    return f"{where}: {source}" if source else where


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "virtsdk"


def _safe(source: str) -> Iterator[str]:
    """Keep what could colour or reorder the line from doing it."""
    for one in source:
        yield one if one.isprintable() else one.encode("unicode_escape").decode()
