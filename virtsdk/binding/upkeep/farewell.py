"""The end of a ``virConnect``: whether it is still alive, and how it is closed for good."""

from __future__ import annotations

import logging
import threading
from typing import Any

from virtsdk.binding import workers
from virtsdk.binding.calls import code_names
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.roles import Detach

_log = logging.getLogger(__name__)

_FAREWELL = 5.0  # seconds for telling a host that a connection ends


def alive(conn: VirConnect) -> bool:
    """Tell whether a ``virConnect`` is open at both ends, as far as is known without asking the host."""
    try:
        return conn.isAlive() == 1
    except library().libvirtError as error:
        return code_names().get(error.get_error_code()) == "VIR_ERR_NO_SUPPORT"  # in this process, then


def release(conn: VirConnect, detach: list[Detach], uri: str) -> None:
    """Close a connection for good: whatever still hangs on it would hold it open."""

    def farewell() -> None:
        for one in detach:
            one(conn)
        for step in (conn.unregisterCloseCallback, conn.close):
            try:
                step()
            except library().libvirtError as error:  # nothing registered, or a dead connection
                _log.debug("closing %s: %s", uri, error)

    try:
        workers.run(farewell, f"close {uri}", _FAREWELL)
    except workers.Waited:
        _log.warning("%s does not answer; its connection is left to end by itself", uri)


def leave(conn: Any) -> None:
    """Leave the end of a connection to the system, which closes what a process has open."""
    conn._o = None  # what libvirt's object closes when it goes


def release_later(conn: VirConnect, detach: list[Detach], uri: str) -> None:
    """Close it elsewhere: the garbage collector may be at work here, in any thread and under any lock."""
    if workers.ending():
        leave(conn)
        return
    threading.Thread(target=release, args=(conn, detach, uri), name="virtsdk-close", daemon=True).start()
