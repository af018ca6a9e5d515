"""What tests of capacity share."""

import pytest

from virtsdk.capacity.past.sharing import _overcommit


@pytest.fixture
def few_draws(monkeypatch):
    """Twenty hosts are drawn for the ratio that is supported, which costs a report most of its time."""
    real = _overcommit.steal
    monkeypatch.setattr(_overcommit, "steal", lambda demand, cpus, *more: real(demand, cpus[:20], *more))
