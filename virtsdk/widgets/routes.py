"""The way of a page's messages to a widget: the one that the page says."""

from __future__ import annotations

from typing import Any


def keep_route(comm: Any) -> None:
    """Let what a page sends to a comm go where the page says.

    ipykernel 7.4 sends it to the subshell that the comm last published for. A thread publishes for a request
    that is long done: where its subshell is gone, all that the page sends from then on goes nowhere.

    Parameters
    ----------
    comm
        A widget's comm; one without such routes is left alone.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _as_the_page_says


def keep_routes(widget: Any) -> None:
    """Do so for a widget of ipywidgets and all that it is made of."""
    keep_route(widget.comm)
    for child in getattr(widget, "children", ()):
        keep_routes(child)


def _as_the_page_says(_data: object, subshell: str | None) -> str | None:
    return subshell
