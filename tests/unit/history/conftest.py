"""What the tests of recordings share."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """Let the system write when it likes: what must be on the disk, and when, is in test_power_cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        yield
