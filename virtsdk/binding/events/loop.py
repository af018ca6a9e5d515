"""One daemon thread that runs libvirt's default event loop for the whole process.

libvirt wants the loop registered before a connection is opened; without it there are no events, no keepalive
and no close callback. The loop stops at the interpreter's exit, after the sessions were closed.

A process has one loop, that of who comes first: where another library has registered its own (libvirtaio,
libvirt-glib), libvirt ignores ours without a word. So a timer has to go off before anything is opened.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from queue import Empty, SimpleQueue

from virtsdk.binding.library import library
from virtsdk.errors import ConnectError

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_thread: threading.Thread | None = None
_stopping = threading.Event()
_pid: int | None = None
_turns: bool | None = None  # whether the registered loop was seen to turn, and is ours
_PATIENCE = 5.0  # seconds for a timer that is due at once

_ANOTHER = (
    "another library has registered its event loop with libvirt (libvirtaio, libvirt-glib), and that does "
    "not turn for others: no event would come, and no loss be noticed. Call virtsdk.connect() before that "
    "library is set up, or have its loop run in another thread"
)
FORKED = (
    "this process was forked from one that uses libvirt, which libvirt does not survive; start it afresh "
    "(multiprocessing.get_context('spawn')) and connect in it"
)


def ensure_running() -> None:
    """Register the event loop and start its thread, once a process; later calls do nothing.

    Raises
    ------
    ConnectError
        The process was forked from one that has a loop: the two would read each other's connections. Or
        another library's loop is registered and does not turn.
    """
    global _thread, _pid, _turns
    if forked():
        raise ConnectError(FORKED)
    with _lock:
        if _turns is not None and _thread is not None and (_thread.is_alive() or not _turns):
            return
        module = library()
        if _thread is None:
            module.virEventRegisterDefaultImpl()
            # a timer of our own: the loop never sleeps for ever, and `_stop` can wake it
            timer = module.virEventAddTimeout(60_000, _wake, None)
            atexit.register(_stop, timer)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="virtsdk-events", daemon=True)
            _thread.start()
            _pid = os.getpid()
        _turns = _turned_by(_thread)


def _turned_by(thread: threading.Thread) -> bool:
    """Wait for a timer that is due at once; True where it is this thread that it goes off in."""
    seen = SimpleQueue[threading.Thread]()
    module = library()

    def turned(_timer: int, _opaque: object) -> None:
        seen.put(threading.current_thread())

    timer = module.virEventAddTimeout(0, turned, None)
    try:
        return seen.get(timeout=_PATIENCE) is thread
    except Empty:
        raise ConnectError(f"cannot open a connection: {_ANOTHER}") from None
    finally:
        module.virEventRemoveTimeout(timer)


def forked() -> bool:
    """Tell whether the loop was started by the process that this one was forked from."""
    return _pid is not None and _pid != os.getpid()


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
    if forked():
        return
    library().virEventUpdateTimeout(timer, 0)
    if _thread is not None and _turns:
        _thread.join(2)
