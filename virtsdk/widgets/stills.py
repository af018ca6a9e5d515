"""The static page of a view: what stands in its place where nothing is live."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from virtsdk.display.html import escape

# Below it, JupyterLab says "Error displaying widget: model not found" when its kernel
# is gone: bare text, where a live view has elements.
_NO_ERROR: Final = (
    "<style>.jp-OutputArea-child:has(.virtsdk-still) + .jp-OutputArea-child > "
    ".jupyter-widgets:not(:has(*)) { display: none }</style>"
)


def still_page(view: str, html: str) -> str:
    """Write the output that a live view hides.

    An exported page has no kernel and, offline, no script: of two forms of one output it shows the live one,
    blank. So this is an output of its own.

    Parameters
    ----------
    view
        The id by which the live view finds it.
    html
        What it shows.
    """
    time = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    note = f"<p><small>As it was at {time}. Run the cell to have it live.</small></p>"
    return f'<div class="virtsdk-still" data-view="{escape(view)}">{html}{note}{_NO_ERROR}</div>'
