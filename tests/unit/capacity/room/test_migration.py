"""`migration`: QEMU's pre-copy rule, and what would make it converge."""

from __future__ import annotations

import json

import pytest

from tests.unit.capacity.room.fleets import GIB
from virtsdk.capacity import migration

MIB = 2**20
NET = 4096 / 4104  # what is left of the bandwidth beside headers


def test_an_idle_guest_takes_its_memory_over_the_bandwidth():
    report = migration(2 * GIB, 0, 100 * MIB)
    assert (report.converges, report.rounds, report.downtime) == (True, 1, 0)
    assert report.seconds == pytest.approx(0.5 + 2 * GIB / (100 * MIB * NET))
    assert report.sent_bytes == 2 * GIB
    assert report.remedies == ()


def test_rounds_shrink_by_the_ratio_of_writing_and_sending():
    report = migration(GIB, 50 * MIB, 100 * MIB, max_downtime=0.3)
    frame = report.frame()
    ratio = 50 / (100 * NET)
    assert frame["sent_bytes"].tolist() == pytest.approx([GIB * ratio**n for n in range(report.rounds)])
    assert report.downtime <= 0.3 < report.downtime / ratio
    assert report.seconds == pytest.approx(0.5 + frame["seconds"].sum() + report.downtime)


def test_what_is_written_faster_than_sent_never_ends():
    report = migration(GIB, 200 * MIB, 100 * MIB)
    assert (report.converges, report.rounds, report.seconds, report.downtime) == (False, None, None, None)
    assert report.post_copy_seconds == pytest.approx(0.5 + GIB / (100 * MIB * NET))
    assert len(report.remedies) == 4
    assert "does not converge" in repr(report).splitlines()[0]


@pytest.mark.parametrize("dirty", [50, 99.9, 200, 1000])
@pytest.mark.parametrize("written", [16, 64, 1024])
def test_each_remedy_makes_it_converge_and_less_does_not(dirty, written):
    report = migration(GIB, dirty * MIB, 100 * MIB, working_set_bytes=written * MIB)
    again = {"dirty_bytes_per_second": dirty * MIB, "working_set_bytes": written * MIB}
    assert migration(GIB, bandwidth=report.needed_bandwidth * 1.001, **again).converges
    assert not migration(GIB, bandwidth=report.needed_bandwidth * 0.99, **again).converges
    assert migration(GIB, bandwidth=100 * MIB, max_downtime=report.needed_downtime * 1.001, **again).converges
    assert report.converges == (report.throttle == 0)
    slowed = {**again, "dirty_bytes_per_second": dirty * (1 - report.throttle / 100) * MIB}
    assert migration(GIB, bandwidth=100 * MIB, **slowed).converges


def test_a_guest_that_writes_the_same_few_pages_converges():
    assert not migration(GIB, 500 * MIB, 100 * MIB).converges
    report = migration(GIB, 500 * MIB, 100 * MIB, working_set_bytes=20 * MIB)
    assert (report.converges, report.rounds) == (True, 1)
    assert report.downtime == pytest.approx(20 / (100 * NET))


def test_the_working_set_is_no_more_than_the_memory():
    assert migration(GIB, MIB, 100 * MIB, working_set_bytes=9 * GIB).working_set_bytes == GIB


def test_no_step_of_the_throttle_may_be_enough():
    report = migration(100 * GIB, 1000 * MIB, MIB)
    assert report.throttle is None
    assert not any("auto-converge" in one for one in report.remedies)


def test_the_rates_that_are_nearly_the_same_are_told_without_end():
    assert migration(GIB, 99.99 * MIB, 100 * MIB).throttle == 20


def test_plain_values_and_pages():
    for report in (migration(GIB, 0, MIB), migration(GIB, GIB, MIB)):
        assert json.loads(json.dumps(report.to_dict()))["converges"] == report.converges
        assert "round" in report._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((-1, 0, 1), ValueError, "memory_bytes must be 0 or more, not -1"),
        ((1, float("nan"), 1), ValueError, "dirty_bytes_per_second must be 0 or more, not nan"),
        ((1, 0, 0), ValueError, "bandwidth must be above 0, not 0"),
        ((1, 0, 125), ValueError, r"bandwidth must be bytes per second, as MiB\(125\) is, not 125"),
        ((1, 0, 1, 0), ValueError, "max_downtime must be above 0, not 0"),
        (("1", 0, 1), TypeError, "memory_bytes must be a number, not '1'"),
    ],
    ids=["memory", "dirty", "bandwidth", "MiB", "downtime", "text"],
)
def test_arguments_are_checked(arguments, error, said):
    with pytest.raises(error, match=said):
        migration(*arguments)
