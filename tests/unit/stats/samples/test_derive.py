"""Figures worked out of others, row by row, and the reasons to doubt one."""

import pandas as pd
import pytest

from virtsdk.stats import from_records
from virtsdk.stats.samples.derive import STALE_AFTER, has_process, memory_used, thin_ratio

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC")
JUST_NOW = pd.Timedelta(0)
FIGURES = ("memory_available_bytes", "memory_usable_bytes", "memory_unused_bytes")


def used(available=None, usable=None, unused=None, age=JUST_NOW):
    row = dict(zip(FIGURES, (available, usable, unused), strict=True))
    frame = pd.DataFrame([row]).astype("Int64")
    frame["time"], frame["memory_last_update"] = NOON, pd.NaT if age is None else NOON - age
    frame["memory_last_update"] = pd.to_datetime(frame["memory_last_update"], utc=True)
    return memory_used(frame)[0]


def test_memory_in_use_is_what_the_guest_has_less_what_it_could_give():
    assert used(available=100, usable=60, unused=10) == 40
    assert used(available=100, unused=10) == 90  # caches count as used then
    assert pd.isna(used(available=100, usable=120))  # one of them is wrong
    assert used(available=100, usable=100) == 0


@pytest.mark.parametrize(
    "figures",
    [
        {"available": 100},
        {"usable": 60, "unused": 10},
        {"available": 100, "usable": 60, "age": None},
        {"available": 100, "usable": 60, "age": STALE_AFTER + pd.Timedelta("1s")},
    ],
)
def test_what_the_guest_did_not_say_lately_is_missing(figures):
    assert pd.isna(used(**figures))


def test_a_report_of_a_minute_ago_is_believed():
    assert used(available=100, usable=60, age=STALE_AFTER) == 40


def test_the_allocated_share_of_a_disk_without_a_size_is_missing():
    disks = pd.DataFrame({"allocation_bytes": [5, 5, None], "capacity_bytes": [10, 0, 10]}).astype("Int64")
    ratio = thin_ratio(disks)
    assert ratio[0] == 0.5
    assert ratio[1:].isna().all()


@pytest.mark.parametrize(
    ("time", "wait", "doubted"),
    [(5, 0, True), (5, 3, False), (0, 0, False)],  # vCPUs that never ran have not waited either
)
def test_waiting_that_is_0_is_doubted_only_where_vcpus_ran(time, wait, doubted):
    values = {"state.state": 1, "vcpu.current": 1, "vcpu.0.state": 1, "vcpu.0.time": time * 10**9}
    record = ("u1", "web1", {**values, "vcpu.0.wait": wait * 10**9})
    trust = from_records([record], host="kvm7", time=NOON).trust
    assert ("wait_seconds_total" in trust["column"].tolist()) == doubted


def test_who_has_a_process_is_told_by_libvirts_words():
    states = pd.DataFrame({"state": ["running", "shutoff", "crashed", None]})
    assert has_process(states).tolist() == [True, False, False, True]
    assert has_process(pd.DataFrame({"state": ["of a newer libvirt"]})).tolist() == [True]
    for wrong, meant in {
        "shut off": "'shutoff'",
        "Shutoff": "'shutoff'",
        "off": "'shutoff'",
        5: "one of",
    }.items():
        with pytest.raises(
            ValueError, match=f"'state' of the domains frame has {wrong!r}; it must be {meant}"
        ):
            has_process(pd.DataFrame({"state": ["running", wrong]}))
