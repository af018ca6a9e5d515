"""The time of a sample: when a question was asked and answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pandas as pd

T = TypeVar("T")


def timed(read: Callable[[], T]) -> tuple[T, pd.Timestamp]:
    """Return an answer and the middle of the time that it took (UTC)."""
    before = pd.Timestamp.now(tz="UTC")
    answer = read()
    return answer, before + (pd.Timestamp.now(tz="UTC") - before) / 2
