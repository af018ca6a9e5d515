"""What fills inside guests: beside what the fleet runs out of, and never in its place."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.reviews import G, domains, hosts, pools, usage
from virtsdk import capacity
from virtsdk.capacity.reporting import guest_levels

pytestmark = pytest.mark.usefixtures("quick")


def file_systems(used, mounted="/", name="web1", size=100):
    times = pd.date_range("2026-11-02", periods=len(used), freq="6h", tz="UTC")
    frame = pd.DataFrame({"time": times, "used_bytes": np.array(used) * G, "total_bytes": size * G})
    return frame.assign(host="kvm1", domain=f"{name}-uuid", name=name, mountpoint=mounted)


FILLS = 20 + np.arange(60) * 1.0
INSIDE = pd.concat(
    [
        file_systems(FILLS),
        file_systems(np.full(60, 97.0), "/srv", "db1"),
        file_systems(np.full(60, 50.0), "/home"),
        file_systems(FILLS[::-1], "/tmp"),
        file_systems(20 + np.arange(60) * 0.01, "/boot"),
        file_systems(FILLS, name="nobody"),
    ]
)


def test_a_guest_that_is_full_before_the_fleet_is_told_in_the_sentence_and_does_not_hide_it():
    found = capacity.report(hosts(), domains(), usage(), None, pools(), filesystems=INSIDE)
    of = "file system / of web1 on kvm1"
    asked = capacity.exhaustion(INSIDE[:60].set_index("time")["used_bytes"], 100 * G)
    assert found.exhaustion[of].median == asked.median
    (part,) = (one for one in found.sentence.split("; ") if "to run out" in one)
    assert "to run out: storage pool backup on kvm1, on " in part
    assert part.endswith(f", and before it a guest's own: {of}, on {asked.median:%Y-%m-%d}")
    fleet, inside = (one.rows for one in found.sections[0].tables)
    assert fleet[0][0] == "storage pool backup on kvm1"
    assert {row[0] for row in inside} == {of, "file system /srv of db1 on kvm1", "memory of db1 on kvm1"}


def test_a_guest_that_is_full_after_the_fleet_is_not_in_the_sentence():
    found = capacity.report(hosts(), domains(), usage(), None, pools())
    assert "memory of db1 on kvm1" in found.exhaustion and "guest's own" not in found.sentence


def test_where_nothing_of_the_fleet_runs_out_a_guest_may():
    found = capacity.report(hosts(), domains(), usage(), filesystems=INSIDE)
    assert re.search(
        r"nothing of CPUs and memory runs out before 2027-\d\d-\d\d at its trend, but a guest's own does: "
        r"file system / of web1 on kvm1, on 2026-11-2\d; ",
        found.sentence,
    )


def test_of_many_guests_those_are_followed_that_fill_first(monkeypatch):
    monkeypatch.setattr(guest_levels, "MOST", 1)
    found = capacity.report(hosts(), domains(), usage(), filesystems=INSIDE[:120])
    assert [one for one in found.exhaustion if "file" in one] == ["file system /srv of db1 on kvm1"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": INSIDE["time"].dt.tz_localize(None)}, "filesystems frame"),
        ({"used_bytes": -1}, "used_bytes"),
        ({"mountpoint": None}, None),
    ],
)
def test_file_systems_that_cannot_be_right(change, words):
    if words is None:
        frame = INSIDE.drop(columns="mountpoint")
        words = "no column 'mountpoint'"
    else:
        frame = INSIDE.assign(**change)
    with pytest.raises(ValueError, match=words):
        capacity.report(hosts(), domains(), usage(), filesystems=frame)
