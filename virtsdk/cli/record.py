"""``python -m virtsdk record``: record hosts without a notebook, for example as a service."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from types import FrameType

import virtsdk
from virtsdk.stats.change.spacing import Interval


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
        with _until_told_to_stop():
            recorder = stack.enter_context(
                virtsdk.record(hosts, directory, interval=interval, duration=duration, storage=storage)
            )
            names = ", ".join(host.name for host in hosts)
            sys.stdout.write(f"recording {names} to {directory}, Ctrl-C ends it\n")
            sys.stdout.flush()
            recorder.wait()
        recorder.stop()
        sys.stdout.write(f"{recorder!r}\n")


class _Told(BaseException):
    """The process was told to end."""


@contextlib.contextmanager
def _until_told_to_stop() -> Generator[None]:
    def told(number: int, frame: FrameType | None) -> None:
        raise _Told

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Told:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
