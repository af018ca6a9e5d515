"""``python -m virtsdk record``: record hosts without a notebook, for example as a service."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from types import FrameType

import virtsdk
from virtsdk.stats.change.spacing import Interval

_BEAT = 0.5  # seconds; a signal that another thread of the process took is noticed by then


def record(
    uris: Sequence[str],
    directory: Path,
    *,
    interval: Interval,
    duration: Interval | None,
    storage: Interval | None,
) -> None:
    """Record until the time is over, or until SIGINT or SIGTERM; both are an end like any other.

    Parameters
    ----------
    uris
        Of the hosts; the connections are read-only.
    directory, interval, duration, storage
        As of `virtsdk.record`.
    """
    with contextlib.ExitStack() as stack:
        hosts = [stack.enter_context(virtsdk.connect(uri, readonly=True)) for uri in uris]
        with _told_to_stop() as told:
            recorder = stack.enter_context(
                virtsdk.record(hosts, directory, interval=interval, duration=duration, storage=storage)
            )
            names = ", ".join(host.name for host in hosts)
            sys.stdout.write(f"recording {names} to {directory}, Ctrl-C ends it\n")
            sys.stdout.flush()
            while not told.is_set() and not recorder.wait(_BEAT):
                pass
        recorder.stop()
        sys.stdout.write(f"{recorder!r}\n")


@contextlib.contextmanager
def _told_to_stop() -> Generator[threading.Event]:
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
