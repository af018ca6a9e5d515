"""Columns of headroom that only some frames have figures for, and how many guests still fit."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import Fleet, Policy, headroom


def row(report, host="h0"):
    return report.frame().set_index("host").loc[host]


def test_hugepages_are_a_resource_of_their_own():
    one = row(
        headroom(
            hosts((8, 64), hugepages_bytes=[32 * GIB]),
            domains((0, 1, 8), (0, 1, 4), hugepages_bytes=[8 * GIB, 0]),
            Policy(reserve_memory_bytes=2 * GIB, reserve_hugepages=GIB, memory_ratio=2),
        )
    )
    assert one["hugepages_capacity_bytes"] == 31 * GIB
    assert (one["hugepages_committed_bytes"], one["hugepages_headroom_bytes"]) == (8 * GIB, 23 * GIB)
    assert one["memory_capacity_bytes"] == 60 * GIB
    assert one["memory_committed_bytes"] == 4 * GIB


def test_disks_are_promised_allocated_and_thin():
    found = headroom(
        hosts((8, 64), (8, 64), disk_bytes=100),
        domains((0, 1, 1), (0, 1, 1), disk_bytes=[60, 70], disk_allocated_bytes=[10, 20]),
        Policy(disk_ratio=1.5),
    )
    one = row(found)
    assert (one["disk_capacity_bytes"], one["disk_committed_bytes"], one["disk_headroom_bytes"]) == (
        150,
        130,
        20,
    )
    assert (one["disk_allocated_bytes"], one["binding"]) == (30, "disk")
    assert row(found, "h1")["disk_allocated_bytes"] == 0


def test_balloons_could_take_back_what_guests_say_they_do_not_need():
    found = headroom(
        hosts((8, 64), (8, 64)), domains((0, 1, 8), (0, 1, 8), (1, 1, 1), memory_usable_bytes=[3, None, None])
    )
    assert row(found)["memory_reclaimable_bytes"] == 3
    assert pd.isna(row(found, "h1")["memory_reclaimable_bytes"])


def test_a_cell_has_no_more_than_its_host():
    found = headroom(
        hosts((8, 64), (8, 64), (8, 64), numa_cells=[2, 2, 1]),
        domains((0, 1, 20), (0, 1, 30), (1, 1, 40), cell=[0, None, None]),
        PLAIN,
    )
    most = found.frame()["largest_cell_headroom_bytes"].tolist()
    assert most == [14 * GIB, 24 * GIB, 64 * GIB]
    unbound = headroom(hosts((8, 64), numa_cells=[2]), domains((0, 1, 1), cell=[None]), PLAIN)
    assert row(unbound)["largest_cell_headroom_bytes"] == 32 * GIB


def test_a_resource_that_is_not_there_at_all_is_full_first():
    found = headroom(hosts((8, 64)), domains((0, 1, 1)), Policy(reserve_cpus=99))
    assert row(found)["binding"] == "vcpus"
    with pytest.warns(UserWarning, match="g0"):
        found = headroom(hosts((8, 64)), domains((0, 1, 1)).assign(vcpus=[None]))
    assert pd.isna(row(found)["binding"])


def test_guests_left_are_counted_host_by_host():
    report = headroom(hosts((8, 32), (16, 20)), domains((0, 2, 8)), PLAIN)
    left = report.guests_left({"vcpus": 2, "memory_bytes": 4 * GIB})
    assert (left.total, left.frame()["more"].tolist()) == (8, [3, 5])
    assert left.frame()["stopped_by"].tolist() == ["vcpus", "memory"]
    assert left.binding == "vcpus"  # 3 + 8 by vCPUs, 6 + 5 by memory: as many, and vCPUs first
    assert repr(left).startswith("<GuestsLeft 8 more of 2 vCPUs and 4 GiB; vCPUs run out first>")
    assert json.loads(json.dumps(left.to_dict()))["hosts"][1] == {
        "host": "h1",
        "more": 5,
        "stopped_by": "memory",
    }


def test_no_more_fit_where_too_much_is_committed_or_in_maintenance():
    frame = hosts((8, 32), (8, 32), maintenance=[False, True])
    left = headroom(frame, domains((0, 9, 8)), PLAIN).guests_left({"vcpus": 1, "memory_bytes": GIB})
    assert left.total == 0
    assert left.frame()["stopped_by"].tolist() == ["vcpus", "maintenance"]


def test_a_host_with_a_figure_missing_is_not_counted_and_said():
    with pytest.warns(UserWarning, match="g0"):
        report = headroom(hosts((8, 32), (8, 32)), domains((0, 1, 1)).assign(vcpus=[None]), PLAIN)
    left = report.guests_left({"vcpus": 1, "memory_bytes": GIB})
    assert left.total == 8
    assert pd.isna(left.frame()["more"][0])
    assert "h0" in left.notes[0]


def test_guests_in_hugepages_and_with_disks_count_by_them():
    report = headroom(
        hosts((64, 64), hugepages_bytes=[16 * GIB], disk_bytes=[100]),
        domains((0, 1, 4), hugepages_bytes=[4 * GIB], disk_bytes=[10]),
        PLAIN,
    )
    size = {"vcpus": 1, "memory_bytes": 4 * GIB}
    assert report.guests_left({**size, "hugepages_bytes": 4 * GIB}).total == 3
    assert report.guests_left({**size, "disk_bytes": 45}).total == 2
    assert report.guests_left(size).total == 12


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ({"vcpus": 1}, ValueError),
        ({"vcpus": 1, "memory": GIB}, ValueError),
        ("g0", TypeError),
        (None, TypeError),
        ({"vcpus": 0, "memory_bytes": 0}, ValueError),
        ({"vcpus": -1, "memory_bytes": 1}, ValueError),
        ({"vcpus": "1", "memory_bytes": 1}, TypeError),
    ],
    ids=["lacking", "mistyped", "a name", "none", "nothing", "negative", "text"],
)
def test_a_size_that_makes_no_sense_is_named(template, error):
    with pytest.raises(error, match="template"):
        headroom(hosts((8, 32)), domains()).guests_left(template)


def test_what_a_size_lacks_and_has_is_named():
    with pytest.raises(ValueError, match="template must have 'memory_bytes'; it has 'vcpus', 'memory'"):
        headroom(hosts((8, 32)), domains()).guests_left({"vcpus": 1, "memory": GIB})


@pytest.mark.parametrize(
    ("more", "said"),
    [({"hugepages_bytes": GIB}, "huge pages run out first"), ({"disk_bytes": GIB}, "disk space runs out")],
)
def test_what_runs_out_is_said_in_words(more, said):
    frame = hosts((64, 64), hugepages_bytes=[2 * GIB], disk_bytes=[2 * GIB])
    report = headroom(frame, domains((0, 1, 1), hugepages_bytes=[0], disk_bytes=[0]), PLAIN)
    assert said in repr(report.guests_left({"vcpus": 1, "memory_bytes": GIB, **more}))


def test_money_where_it_is_asked_for():
    report = headroom(hosts((8, 32)), domains(), Policy(vcpu_ratio=1, vcpu_price=10, gib_price=1))
    left = report.guests_left({"vcpus": 2, "memory_bytes": 4 * GIB})
    assert (left.total, left.value) == (4, 4 * (20 + 4))
    assert "worth 96.00" in repr(left)
    assert headroom(hosts((8, 32)), domains()).guests_left({"vcpus": 2, "memory_bytes": GIB}).value is None


def test_one_host_cannot_lend_another_what_is_free():
    report = headroom(hosts((16, 64), (16, 64), (16, 64)), domains((0, 42, 68), (1, 8, 8), (2, 8, 8)), PLAIN)
    assert report.sentence == "3 hosts, 16 vCPUs and 112 GiB free, 1 overcommitted by 26 vCPUs, 4 GiB"
    assert report.guests_left({"vcpus": 1, "memory_bytes": GIB}).total == 16
    frame = hosts((8, 64), hugepages_bytes=[GIB], disk_bytes=[GIB])
    more = headroom(frame, domains((0, 9, 2), hugepages_bytes=[2 * GIB], disk_bytes=[4 * GIB]), PLAIN)
    assert more.sentence.endswith("by 1 vCPU, 1 GiB of huge pages, 3 GiB of disk")


def test_parts_of_a_vcpu_are_not_lost():
    guests = domains((0, 1.5, 1), (0, 1.5, 1), (0, 1.5, 1), state=["running", "running", "shutoff"])
    report = headroom(hosts((8, 32), (8, 32)), guests.assign(state="running"), PLAIN)
    assert row(report)[["vcpus_committed", "vcpus_headroom"]].tolist() == [4.5, 3.5]
    assert repr(report).startswith("<HeadroomReport 2 hosts, 11.5 vCPUs and")
    assert row(headroom(hosts((8, 32)), guests, PLAIN))["vcpus_inactive"] == 1.5
    left = headroom(hosts((1, 32)), domains((0, 0.7, 1)), PLAIN).guests_left(
        {"vcpus": 0.1, "memory_bytes": 1}
    )
    assert left.total == 3
    whole = headroom(hosts((8, 32)), domains((0, 1.0, 1)), PLAIN).frame()
    assert str(whole["vcpus_committed"].dtype) == "Int64"


def test_a_size_in_kib_is_said():
    report = headroom(hosts((8, 32)), domains((0, 1, 8)), PLAIN)
    kib = {"vcpus": 2, "memory_bytes": 4 * 2**20}
    said = "'memory_bytes' of the template is 4194304 (4 MiB); if it is in KiB, multiply it by 1024"
    assert said in report.guests_left(kib).notes
    assert said in repr(report.guests_left(kib))
    assert report.guests_left({"vcpus": 2, "memory_bytes": 4 * GIB}).notes == ()
    assert report.guests_left({"vcpus": 2, "memory_bytes": 0}).notes == ()
    fleet = Fleet.from_frames(hosts((8, 32)), domains((0, 1, 8)), PLAIN)
    assert said in fleet.add(kib).add(kib).notes
    assert fleet.add(kib).add(kib).notes.count(said) == 1
    assert fleet.add({"vcpus": 2, "memory_bytes": 4 * GIB}).notes == fleet.notes


def test_a_report_stays_whatever_becomes_of_its_frames():
    frame = hosts((8, 32), (8, 32), maintenance=pd.array([False, True], dtype="boolean"))
    report = headroom(frame, domains(), PLAIN)
    before = repr(report)
    frame.loc[0, "maintenance"] = True
    assert repr(report) == before


def test_what_is_free_on_a_host_in_maintenance_is_not_counted():
    report = headroom(hosts((8, 32), (8, 32), maintenance=[False, True]), domains(), PLAIN)
    assert repr(report).startswith("<HeadroomReport 2 hosts, 8 vCPUs and 32 GiB free, 1 in maintenance not")


def test_huge_pages_of_nobody_are_said():
    frame = hosts((8, 32), (8, 32), hugepages_bytes=[GIB, 0])
    assert "huge pages of 'h0' count as ordinary memory" in headroom(frame, domains(), PLAIN).notes[0]
    assert headroom(frame, domains((0, 1, 1), hugepages_bytes=[0]), PLAIN).notes == ()


def test_huge_pages_that_are_not_there_and_not_wanted_are_not_full():
    frame = hosts((8, 32), hugepages_bytes=[0])
    assert row(headroom(frame, domains((0, 1, 1), hugepages_bytes=[0]), PLAIN))["binding"] == "vcpus"
    assert row(headroom(frame, domains((0, 1, 1), hugepages_bytes=[1]), PLAIN))["binding"] == "hugepages"
