"""Waiting for what other threads, processes and hosts do."""

import time
from collections.abc import Callable

import pytest

SLOW = 10.0
"""Seconds that a busy machine may add to what ends at a deadline; what waits for good takes longer."""


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition to hold, and fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def wait_with_samplers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a short recording wait for its first samples, which a busy machine may not have in its time."""
    from virtsdk.history.sampling.sampler import Sampler

    deadline = property(lambda self: 60.0, lambda self, value: None)
    monkeypatch.setattr(Sampler, "_deadline", deadline, raising=False)
