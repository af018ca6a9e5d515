"""Guests that are busy: refused at once, and not after half a minute."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from virtsdk import errors
from virtsdk.resources.domain.snapshots.busy import refuse_busy


def guest(active: bool, record: dict[str, Any]) -> Mock:
    """A domain of libvirt's, with a job or none; of one that is off libvirt tells no job."""
    refusal = AssertionError("libvirt refuses that")
    return Mock(
        **{"isActive.return_value": int(active), "jobStats.side_effect": [record if active else refusal]}
    )


@pytest.mark.parametrize("kind", [1, 2])
def test_a_guest_with_a_job_is_busy(kind: int) -> None:
    with pytest.raises(errors.ResourceBusy, match=r"cannot do it: it is busy with another job \(backup\)"):
        refuse_busy(guest(True, {"type": kind, "operation": 9}), "do", "it")


def test_one_without_is_not() -> None:
    for one in (guest(True, {"type": 0}), guest(True, {"type": 3}), guest(False, {})):
        refuse_busy(one, "do", "it")
