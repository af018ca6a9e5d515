"""The time of a sample: when a question was asked and answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import pandas as pd

from virtsdk.stats.samples.times import Clock

T = TypeVar("T")
_TRIES, _NEAR = 5, 0.001  # seconds between the readings of two clocks


class Moment(NamedTuple):
    """A time (UTC), and what the clock that is never set said then."""

    time: pd.Timestamp
    clock: Clock


def timed(read: Callable[[], T]) -> tuple[T, Moment]:
    """Return an answer and the middle of the time that it took."""
    before = now()
    answer = read()
    after = now()
    seconds = (before.clock.seconds + after.clock.seconds) / 2
    return answer, Moment(before.time + (after.time - before.time) / 2, Clock(before.clock.name, seconds))


def now() -> Moment:
    """Read both clocks, as good as at once."""
    before, stamp, after = _steady(), pd.Timestamp.now(tz="UTC"), _steady()
    for _ in range(_TRIES):
        if after - before < _NEAR:
            break
        before, stamp, after = _steady(), pd.Timestamp.now(tz="UTC"), _steady()
    return Moment(stamp, Clock(_boot(), (before + after) / 2))


def _steady() -> float:
    """Read the clock that goes on while the machine sleeps, where there is one."""
    kind = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if kind is None else time.clock_gettime(kind)


@cache
def _boot() -> str:
    """Return what tells this clock from all others: which start of which machine it counts from."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # not Linux: readings of one process alone are compared
        return f"{time.time_ns():x}"
