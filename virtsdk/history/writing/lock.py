"""The lock of a recording: one process writes it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from virtsdk.errors import RecordingError
from virtsdk.history.files import MARK
from virtsdk.history.parquet.disk import refuse_link
from virtsdk.history.parquet.elsewhere import RemotePath

LOCK: Final = "recorder.lock"
_TRIES, _PAUSE = 5, 0.02  # seconds


class LockLostError(RecordingError):
    """Another recorder may write: the lock of the directory is not that of this writer any more."""


class Lock:
    """The lock, held; the system lets go of it when the process ends.

    Parameters
    ----------
    directory
        Of the recording.
    mode
        The rights of the file.

    Raises
    ------
    RecordingError
        Someone else has it.
    """

    def __init__(self, directory: Path, mode: int) -> None:
        self._directory = directory
        self._path = directory / LOCK
        self._handle = self._take(mode)

    def _take(self, mode: int) -> int:
        refuse_link(self._path)
        holder = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            _lock(holder)
        except BlockingIOError as error:
            who = os.read(holder, 200).decode(errors="replace").strip()
            os.close(holder)
            raise RecordingError(
                f"{self._directory} is being recorded to already, by {who or 'another process'}: stop that "
                "recorder, or give another directory"
            ) from error
        except OSError:
            os.close(holder)
            raise
        if os.fstat(holder).st_nlink > 1:
            os.close(holder)
            raise RecordingError(
                f"{self._path} is the file of another name, too, and a recorder would cut it: remove the link"
            )
        if not _is(holder, self._path):  # removed, by one that ended, between the opening and the locking
            os.close(holder)
            return self._take(mode)
        os.ftruncate(holder, 0)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        os.write(holder, f"process {os.getpid()} on {socket.gethostname()} since {now}\n".encode())
        return holder

    @property
    def released(self) -> bool:
        """Whether it is held no longer."""
        return self._handle < 0

    def check(self) -> None:
        """Check that it is the one that has its name still.

        Raises
        ------
        LockLostError
            Someone removed or replaced it, so that another recorder can be writing.
        """
        if not _is(self._handle, self._path) and (self._directory / MARK).exists():  # else all of it is gone
            raise LockLostError(
                f"cannot write the recording {self._directory}: its lock, {self._path}, was removed or "
                "replaced, so that another recorder may write there; start one recorder again"
            )

    def release(self) -> None:
        """Let go of it."""
        if self._handle >= 0:
            fcntl.flock(self._handle, fcntl.LOCK_UN)  # also where a forked process has it open
            os.close(self._handle)
            self._handle = -1


def _lock(holder: int) -> None:
    """Lock an open file; `is_held` of another process holds it for a moment."""
    for _ in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)
    fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(directory: Path) -> bool | None:
    """Tell whether someone records to a directory; None where that cannot be told: of a URL, say."""
    if isinstance(directory, RemotePath):
        return None
    try:
        seen = os.open(directory / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(seen, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(seen)
    return False


def _is(holder: int, path: Path) -> bool:
    """Tell whether an open file is the one that has a name now."""
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(holder), there)
