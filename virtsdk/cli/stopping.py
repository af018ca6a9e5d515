"""What ends a command that goes on: SIGINT and SIGTERM."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType


@contextlib.contextmanager
def told_to_stop() -> Generator[threading.Event]:
    """Give what SIGINT and SIGTERM set in the block.

    An exception from the handler could be lost: whatever runs in the main thread when the signal comes may
    swallow it.
    """
    told = threading.Event()

    def tell(number: int, frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
