"""Cells in which views were made: a cell that runs again replaces the views of its run before."""

from __future__ import annotations

import inspect
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


def _source() -> str | None:
    """Return the name that IPython compiled the running cell under: a hash of its source."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_name == "<module>":
            name = frame.f_code.co_filename  # <ipython-input-3-0123456789ab>, or /tmp/ipykernel_7/01234567.py
            return name.rpartition("-")[2].rstrip(">") if name.startswith("<") else name
        frame = frame.f_back
    return None
