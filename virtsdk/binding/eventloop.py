"""One daemon thread that runs libvirt's default event loop for the whole process.

libvirt wants the loop registered before a connection is opened; without it there are no events, no keepalive
and no close callback. The loop stops at the interpreter's exit, after the sessions were closed.
"""

from __future__ import annotations

import atexit
import logging
import threading

from virtsdk.binding.library import library

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_thread: threading.Thread | None = None
_stopping = threading.Event()


def ensure_running() -> None:
    """Register the event loop and start its thread, once a process; later calls do nothing."""
    global _thread
    with _lock:
        if _thread is not None and _thread.is_alive():
            return
        module = library()
        if _thread is None:
            module.virEventRegisterDefaultImpl()
            # a timer of our own: the loop never sleeps for ever, and `_stop` can wake it
            timer = module.virEventAddTimeout(60_000, _wake, None)
            atexit.register(_stop, timer)
        _thread = threading.Thread(target=_run, name="virtsdk-events", daemon=True)
        _thread.start()


def in_loop() -> bool:
    """Tell whether the caller is the event loop itself, where a blocking call would never return."""
    return threading.current_thread() is _thread


def _run() -> None:
    module = library()
    while not _stopping.is_set():
        try:
            module.virEventRunDefaultImpl()
        except module.libvirtError as error:
            _log.warning("libvirt's event loop reported an error and goes on: %s", error)
            _stopping.wait(0.2)


def _wake(_timer: int, _opaque: object) -> None:
    """Let `_run` look whether it is to stop."""


def _stop(timer: int) -> None:
    _stopping.set()
    library().virEventUpdateTimeout(timer, 0)
    if _thread is not None:
        _thread.join(2)
