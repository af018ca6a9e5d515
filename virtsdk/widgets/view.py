"""Base of all live views: state under one lock, wishes of the page in a queue, workers that end with it.

Who may do what, so that no thread trips over another:

- The widget's state (its traits) changes under one lock, and only the kernel changes it. The page sends
  wishes; the handler puts them in a queue and returns.
- libvirt is called by workers, never by the handler: a host that hangs holds up its own worker and nothing
  else.
- A page is told every second that its kernel is there, from a thread, so that a cell that runs for long does
  not look like a kernel that is gone.
"""

# ipywidgets has no types of its own, so nothing that comes from it is known to the type checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Generator
from typing import Any, Self, cast

import anywidget
import traitlets
from IPython.display import display

from virtsdk.display.html import escape
from virtsdk.widgets.cells import closed, current_run, opened
from virtsdk.widgets.names import OwnNames
from virtsdk.widgets.routes import keep_route
from virtsdk.widgets.stills import still_page

_log = logging.getLogger(__name__)

_BEAT_SECONDS = 1.0  # a page that hears nothing for four of them takes its kernel for gone


class View(OwnNames, anywidget.AnyWidget):
    """The base of a live view.

    Attributes
    ----------
    status, status_level
        The view's status line, and whether it is ``info`` or ``error``. Observable.
    """

    still = traitlets.Unicode().tag(sync=True)  # the static table that this view stands in for, in its page
    status = traitlets.Unicode().tag(sync=True)
    status_level = traitlets.Unicode("info").tag(sync=True)

    _opened = False

    def __init__(self, **state: object) -> None:
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._wishes: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        super().__init__(still=uuid.uuid4().hex, **state)
        kind = type(self)  # anywidget makes a class for each view, without a docstring: `view?` would be bare
        kind.__doc__ = kind.__doc__ or next(filter(None, (base.__doc__ for base in kind.__mro__[1:])), None)
        self._opened = True
        self.on_msg(self._on_message)
        self._spawn(self._grant_wishes)
        opened(self, current_run())  # off the page, former ones would still ask their hosts

    def close(self) -> None:
        """Take the view off the page and end its threads. A second call does nothing."""
        if not self._opened:
            return
        self._opened = False
        closed(self)
        self._stopped.set()
        self._wishes.put(None)
        self._on_close()
        layout = self.layout
        super().close()
        layout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- for the views --------------------------------------------------------------------------------------

    def _on_close(self) -> None:
        """Let go of what the view holds; its threads are told by `_stopped`."""

    def _grant(self, wish: dict[str, Any]) -> None:
        """Do what the page asks for, quickly: what calls libvirt goes through `_spawn`."""
        _log.warning("%r: the page sent an unknown message: %r", self, wish)

    def _whole(self) -> dict[str, object]:
        """Return the state that goes to an open page in differences (`_tell`), for one that opens now."""
        return {}

    def _still(self) -> str:
        """Return the view as static HTML, for where nothing is live: an exported page, a preview."""
        return escape(repr(self))

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        """Run a function in a thread of its own that does not keep the process alive."""
        name = f"virtsdk-{type(self).__name__.lower()}{work.__name__.replace('_', '-')}"
        threading.Thread(target=work, args=arguments, name=name, daemon=True).start()

    @contextlib.contextmanager
    def _changing(self) -> Generator[bool]:
        """Hold the lock and send all changes at once; yields False where the view is closed."""
        with self._lock:
            if not self._opened:
                yield False
                return
            with self.hold_sync():
                yield True

    def _set(self, **state: object) -> None:
        with self._changing() as live:
            if live:
                for name, value in state.items():
                    setattr(self, name, value)

    def _say(self, text: str, level: str = "info") -> None:
        self._set(status_level=level, status=text)  # who observes the status finds its level set

    def _tell(self, message: dict[str, object]) -> None:
        self.send(message)

    # --- ipywidgets' side -----------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the way to the page, and keep it."""
        super().open()
        keep_route(self.comm)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state for the page; a page that opens later gets all of it."""
        with self._lock:
            state: dict[str, Any] = dict(super().get_state(key, drop_defaults))
            return {**state, **self._whole()} if key is None else state

    def _ipython_display_(self) -> None:
        """Show the live view, and a static table that it hides in a page where it lives."""
        if not self._opened:
            display({"text/plain": repr(self)}, raw=True)
            return
        display({"text/html": still_page(self.still, self._still())}, raw=True)
        data, metadata = self._repr_mimebundle_()
        display({key: data[key] for key in data if key != "text/html"}, metadata=metadata, raw=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if not self._opened:
            return {"text/plain": repr(self)}, {}
        bundle = cast("tuple[dict[str, Any], dict[str, Any]] | None", super()._repr_mimebundle_(**kwargs))
        data, metadata = bundle or ({"text/plain": repr(self)}, {})
        return {**data, "text/html": self._still()}, metadata

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore what a page would write: it sends wishes instead, and the kernel answers with its state."""
        _log.debug("%r: the page tried to write %s", self, sorted(sync_data))

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        self._wishes.put(content)

    def _grant_wishes(self) -> None:
        """Do what the page asks for, and tell it now and then that somebody is there."""
        beat = 0.0
        while True:
            try:
                wish = self._wishes.get(timeout=max(0.0, beat - time.monotonic()))
            except queue.Empty:
                self._tell({"kind": "beat"})
                beat = time.monotonic() + _BEAT_SECONDS
                continue
            if wish is None:
                return
            if wish.get("kind") == "catch up":
                self._tell({"kind": "whole", **self._whole()})
            else:
                self._grant(wish)
