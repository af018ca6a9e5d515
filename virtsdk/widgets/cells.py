"""Cells in which views were made: a cell that runs again replaces the views of its run before."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol, cast

from IPython.core.getipython import get_ipython


@dataclass(frozen=True)
class Run:
    """One run of a cell.

    Attributes
    ----------
    cell
        The same for each run of a cell: the frontend's id of it, or its source where the frontend sends none.
    number
        Another one for each run.
    """

    cell: str
    number: str

    def replaces(self, other: Run | None) -> bool:
        """Tell whether the other is an earlier run of this cell."""
        return other is not None and other.cell == self.cell and other.number != self.number


class Closes(Protocol):
    """A view."""

    def close(self) -> None:
        """Take it off the page."""


_open: dict[Closes, Run | None] = {}


def opened(view: Closes, run: Run | None) -> None:
    """Keep a view as open, and close those of an earlier run of its cell, of whatever kind they are."""
    if run is not None:
        for former in [one for one, its in list(_open.items()) if run.replaces(its)]:
            former.close()
    _open[view] = run
    _end_with_marimo_cell(view)


def closed(view: Closes) -> None:
    """Forget a view that is closed."""
    _open.pop(view, None)


def current_run() -> Run | None:
    """Return the run of the cell that is being executed; None outside of a notebook."""
    shell = cast("Any", get_ipython())
    if shell is None:
        return None
    get_parent = getattr(shell, "get_parent", None)
    parent: dict[str, Any] = (get_parent() if get_parent is not None else None) or {}
    number = parent.get("header", {}).get("msg_id") or str(shell.execution_count)
    cell = parent.get("metadata", {}).get("cellId") or _source()
    return Run(str(cell), str(number)) if cell else None


def variable_of(value: object) -> str | None:
    """Return the variable of the notebook, or of the script, that holds a value; None where none does."""
    for frame in _frames_of_cell():
        for name, held in list(frame.f_globals.items()):
            if held is value and not name.startswith("_") and name.isidentifier():
                return name
        return None
    return None


def _source() -> str | None:
    """Return the name that IPython compiled the running cell under: a hash of its source."""
    for frame in _frames_of_cell():
        if frame.f_code.co_name == "<module>":
            name = frame.f_code.co_filename  # <ipython-input-3-0123456789ab>, or /tmp/ipykernel_7/01234567.py
            return name.rpartition("-")[2].rstrip(">") if name.startswith("<") else name
    return None


def _frames_of_cell() -> Iterator[FrameType]:
    """Go through the frames whose code a person wrote, from the inside."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__":
            yield frame
        frame = frame.f_back


class _CellItem:
    """What marimo ends with the run of a cell: when the cell runs again, is changed or deleted."""

    def __init__(self, view: Closes) -> None:
        self._view = view

    def create(self, context: object) -> None:
        """Do nothing: the view is there."""

    def dispose(self, context: object, deletion: bool) -> bool:
        """Close the view."""
        self._view.close()
        return True


def _end_with_marimo_cell(view: Closes) -> None:
    """Close a view when the marimo cell that runs now runs again; elsewhere do nothing.

    marimo has no public name for this (`mo.Thread` does the same inside of it): where it calls it otherwise,
    views stay open until they are closed.
    """
    marimo = sys.modules.get("marimo._runtime.context")
    context = getattr(marimo, "safe_get_context", lambda: None)()
    registry = getattr(context, "cell_lifecycle_registry", None)
    if registry is not None:
        registry.add(_CellItem(view))
