"""Delays in another unit are refused by all who read them, and what is not known stays so."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.capacity.past.sharing.fleets import hosts, usage
from virtsdk.capacity import contention, overcommit, overlap
from virtsdk.capacity.past.sharing.delay import DELAY, delays
from virtsdk.capacity.past.usage import Usage

ASK = {
    "contention": contention,
    "overcommit": lambda frame: overcommit(frame, hosts(8), [2], draws=2),
    "overlap": overlap,
}


def waited(*values, vcpus=2, **more):
    return usage({"a": [1.0] * len(values)}, vcpus=vcpus, **{DELAY: list(values)}, **more)


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("value", [4e8, 250.0, 5.01], ids=["nanoseconds", "percent", "more than it can"])
def test_a_delay_that_cannot_be_seconds_a_second_is_refused(ask, value):
    words = rf"'{DELAY}'.* at 2026-03-02 01:00:00.*domain 'u-a' \(and 1 other row\).*seconds a second.*\(2\)"
    with pytest.raises(ValueError, match=words):
        ask(waited(0.1, value, value))


def test_a_wait_that_ends_in_a_short_sample_is_kept():
    """The kernel counts it when it ends: one sample can have somewhat more than its vCPUs could wait."""
    assert delays(Usage.of(waited(0.0, 5.0))).tolist() == [0, 5]
    assert delays(Usage.of(usage({"a": [1.0]}))) is None


def test_where_its_vcpus_are_not_known_the_most_that_it_had_count():
    frame = waited(0.5, 6.0, 0.5)
    frame.loc[1, ["vcpus", "cpu_used_vcpus"]] = np.nan
    with pytest.raises(ValueError, match="is 6 at"):
        delays(Usage.of(frame))


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_a_frame_without_rows_is_refused_as_that(ask):
    with pytest.raises(ValueError, match=r"the usage frame has no rows; expected one per domain and time"):
        ask(waited(0.1).iloc[:0])
