"""The beat at which a recorder writes: what the disk does not take is tried again; a lost lock ends it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from virtsdk.errors import RecordingError
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.lock import LockLostError

_MOST_WAITING: Final = 50_000_000  # values that are kept in memory while the disk takes none: some 500 MB
_PAUSE: Final = 0.2  # seconds after which a lock that is lost is noticed
_log = logging.getLogger(__name__)


class Beat:
    """Flushes, merges and rolls up at a steady beat.

    Parameters
    ----------
    writer
        Of the recording.
    rolling
        What is rolled up; None for nothing.
    seconds
        Between two flushes.

    Attributes
    ----------
    trouble
        Why nothing can be written at present; None while all is well.
    failed
        Whether it ended because of that.
    """

    def __init__(self, writer: RecordingWriter, rolling: Rolling | None, seconds: float) -> None:
        self.trouble: RecordingError | None = None
        self.failed = False
        self._writer = writer
        self._rolling = rolling
        self._seconds = seconds

    @property
    def _directory(self) -> Path:
        return self._writer.directory

    def go_on(self, ending: threading.Event, alive: Callable[[], bool]) -> None:
        """Write until it is to end, nobody samples any more, or nothing can be written any more."""
        due = time.monotonic() + self._seconds
        while not ending.is_set() and alive():
            left = due - time.monotonic()
            if left > 0:
                ending.wait(min(left, _PAUSE))
                if not self._holds_the_lock():
                    return
                continue
            due += self._seconds * max(1, math.ceil(-left / self._seconds))
            if not self._write():
                return

    def _holds_the_lock(self) -> bool:
        try:
            self._writer.check_lock()
        except LockLostError as error:
            self.fail(error)
            return False
        except OSError:  # the disk is not there: writing will tell
            pass
        return True

    def _write(self) -> bool:
        """Write what was sampled; False where that will not work any more."""
        try:
            self._writer.flush()
        except RecordingError as error:
            gone = isinstance(error, LockLostError) or not self._directory.exists()
            if gone or self._writer.waiting > _MOST_WAITING:
                self.fail(error)
                return False
            if self.trouble is None:
                _log.error("%s; tried again every %g s", error, self._seconds)
            self.trouble = error
            return True
        if self.trouble is not None:
            _log.warning("%s can be written again, nothing was lost", self._directory)
            self.trouble = None
        try:
            self._writer.merge()
            if self._rolling is not None:
                self._rolling.work()
        except RecordingError as error:  # all is there in small files
            _log.warning("%s", error)
        return True

    def fail(self, error: Exception) -> None:
        """Note that the recording ends, and why."""
        if not isinstance(error, RecordingError):  # what nobody thought of
            _log.error("recording ends", exc_info=error)
            error = RecordingError(f"{self._directory} is recorded no longer: {error!r}")
        _log.error("recording ends: %s", error)
        self.trouble, self.failed = error, True
