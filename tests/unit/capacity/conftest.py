"""What tests of capacity share."""

import pytest

from virtsdk.capacity.past.sharing import _overcommit
from virtsdk.capacity.reporting import answers


@pytest.fixture
def few_draws(monkeypatch):
    """Twenty hosts are drawn for the ratio that is supported, which costs a report most of its time."""
    real = _overcommit.steal
    monkeypatch.setattr(_overcommit, "steal", lambda demand, cpus, *more: real(demand, cpus[:20], *more))


@pytest.fixture
def quick(monkeypatch):
    """A report without what takes most of its time."""
    for name in ("overcommit", "overlap", "contention"):
        monkeypatch.setattr(answers, name, lambda *_: None)
