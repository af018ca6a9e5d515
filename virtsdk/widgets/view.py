"""What all live views share: state under one lock, wishes of the page in a queue, workers that end with it.

Who may do what, so that no thread trips over another:

- The widget's state (its traits) changes under one lock, and only the kernel changes it. The page sends
  wishes; the handler puts them in a queue and returns.
- libvirt is called by workers, never by the handler: a host that hangs holds up its own worker and nothing
  else.
"""

# ipywidgets has no types of its own, so nothing that comes from it is known to the type checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Generator
from typing import Any, cast

import anywidget
import traitlets

from virtsdk.display.html import escape

_log = logging.getLogger(__name__)


class View(anywidget.AnyWidget):
    """The base of a live view.

    Attributes
    ----------
    status, status_level
        The view's status line, and whether it is ``info`` or ``error``. Observable.
    """

    status = traitlets.Unicode().tag(sync=True)
    status_level = traitlets.Unicode("info").tag(sync=True)

    _opened = False

    def __init__(self, **state: object) -> None:
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._wishes: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        super().__init__(**state)
        self._opened = True
        self.on_msg(self._on_message)
        self._spawn(self._grant_wishes)

    def close(self) -> None:
        """Take the view off the page and end its threads. A second call does nothing."""
        if not self._opened:
            return
        self._opened = False
        self._stopped.set()
        self._wishes.put(None)
        self._on_close()
        super().close()

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

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state for the page; a page that opens later gets all of it."""
        with self._lock:
            state: dict[str, Any] = dict(super().get_state(key, drop_defaults))
            return {**state, **self._whole()} if key is None else state

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = cast("tuple[dict[str, Any], dict[str, Any]] | None", super()._repr_mimebundle_(**kwargs))
        if bundle is not None:
            bundle[0]["text/html"] = self._still()
        return bundle

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore what a page would write: it sends wishes instead, and the kernel answers with its state."""
        _log.debug("%r: the page tried to write %s", self, sorted(sync_data))

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        self._wishes.put(content)

    def _grant_wishes(self) -> None:
        while (wish := self._wishes.get()) is not None:
            self._grant(wish)
