"""Bury orphans where the machine's first process does not, as in many a container.

A QEMU that libvirt has started is an orphan from its first moment, and libvirt waits for its end until the
process table has it no more. Where the first process waits for nobody (``docker run`` without ``--init``),
that takes half a minute and more for each guest, and then fails. With `Burials` this process takes orphans
in, and buries them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Burials", "are_buried"]

_SET_CHILD_SUBREAPER, _GET_CHILD_SUBREAPER = 36, 37  # prctl(2)
_BEAT = 0.1  # seconds; libvirt looks every 0.2 s
_PATIENCE = 0.2  # seconds that a first process may take
_ORPHAN = "exec 3<&0; cat <&3 >/dev/null 2>&1 & echo $!"  # it ends when our end of the pipe is closed


class _Process(NamedTuple):
    pid: int
    state: str
    parent: int
    session: int


class Burials:
    """Take in the orphans among this process's descendants, and bury those that were daemons.

    Whoever waits for a child of this process still gets it: a child that was started here has this process's
    session or one of its own, a daemon that came as an orphan has neither.
    """

    def __init__(self) -> None:
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._before = False

    def begin(self) -> None:
        """Begin, where nobody else does it; a second call does nothing."""
        if self._thread is None and not are_buried():
            self._before = _takes_in_orphans()
            _take_in_orphans(True)
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=_bury_until, args=(self._stop,), name="virtsdk-lab-burials", daemon=True
            )
            self._thread.start()

    def end(self) -> None:
        """Bury who is there still, and end."""
        thread, self._thread = self._thread, None
        if thread is not None and self._stop is not None:
            self._stop.set()
            thread.join()
            _take_in_orphans(self._before)


def are_buried(patience: float = _PATIENCE) -> bool:
    """Make an orphan that ends, and tell whether somebody buries it.

    Parameters
    ----------
    patience
        Seconds that it may lie there.
    """
    reading, writing = os.pipe()
    try:
        parent = subprocess.run(["/bin/sh", "-c", _ORPHAN], stdin=reading, capture_output=True, check=True)
        orphan = int(parent.stdout)
    finally:
        os.close(reading)
        os.close(writing)
    deadline = time.monotonic() + patience
    while (found := _process(orphan)) is not None and time.monotonic() < deadline:
        if found.state != "Z":  # it has to end first
            deadline = time.monotonic() + patience
        time.sleep(0.002)
    if found is not None:
        with contextlib.suppress(ChildProcessError):  # it is another's
            os.waitpid(orphan, os.WNOHANG)
    return found is None


def _takes_in_orphans() -> bool:
    found = ctypes.c_int()
    ctypes.CDLL(None, use_errno=True).prctl(_GET_CHILD_SUBREAPER, ctypes.byref(found), 0, 0, 0)
    return bool(found.value)


def _take_in_orphans(wanted: bool) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)


def _bury_until(stop: threading.Event) -> None:
    last = False
    while not last:
        last = stop.wait(_BEAT)
        here, session = os.getpid(), os.getsid(0)
        for one in _processes():
            if one.parent == here and one.state == "Z" and one.session not in (one.pid, session):
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(one.pid, os.WNOHANG)


def _processes() -> Iterator[_Process]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            found = _process(int(entry.name))
            if found is not None:
                yield found


def _process(pid: int) -> _Process | None:
    try:
        said = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    state, parent, _, session, *_ = said.rpartition(b")")[2].split()  # the name may have blanks and brackets
    return _Process(pid, state.decode(), int(parent), int(session))
