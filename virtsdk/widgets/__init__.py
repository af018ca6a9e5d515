"""Live views for notebooks (extra ``[widgets]``): asked for by name, closed by `close()`.

A view is one anywidget class with a script and a style sheet beside it, both committed sources that the
package ships: nothing is loaded from elsewhere. `host.explore()` opens the first of them, and
`virtsdk.explore(hosts)` the same of several hosts; `host.live()`, `guest.live()` and `recording.view()` open
a timeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from virtsdk.errors import MissingDependency

try:
    import anywidget  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ModuleNotFoundError as error:
    raise MissingDependency("live views need anywidget", extra="widgets", package=error.name) from error

from virtsdk.widgets.explorer import Explorer, explore

if TYPE_CHECKING:
    from virtsdk.widgets.timeline import Timeline

__all__ = ["Explorer", "Timeline", "explore"]


def __getattr__(name: str) -> object:
    if name == "Timeline":  # who opens an explorer does not wait for what reads recordings
        from virtsdk.widgets.timeline import Timeline

        return Timeline
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
