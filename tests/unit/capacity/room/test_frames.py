"""Input that cannot be right is refused, by column and row, in `headroom` and `Fleet` alike."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import CapacityWarning, Fleet, Policy, headroom

HOSTS = hosts((8, 32), (16, 64))
DOMAINS = domains((0, 4, 8), (1, 4, 16))

REFUSED = {
    "no host column": (HOSTS.drop(columns="host"), DOMAINS, ["hosts", "'host'"]),
    "no memory": (HOSTS.drop(columns="memory_bytes"), DOMAINS, ["hosts", "'memory_bytes'"]),
    "no vcpus": (HOSTS, DOMAINS.drop(columns="vcpus"), ["domains", "'vcpus'"]),
    "NaN in hosts": (HOSTS.assign(cpus=[8, np.nan]), DOMAINS, ["'cpus'", "'h1'", "needed"]),
    "NA in hosts": (
        HOSTS.assign(memory_bytes=pd.array([None, GIB], dtype="Int64")),
        DOMAINS,
        ["'memory_bytes'", "'h0'"],
    ),
    "negative host": (HOSTS.assign(memory_bytes=[-1, GIB]), DOMAINS, ["'memory_bytes'", "-1", "'h0'"]),
    "host of 0 memory": (
        HOSTS.assign(memory_bytes=[0, 64 * GIB]),
        DOMAINS,
        ["is 0 for host 'h0'; leave out"],
    ),
    "host of exabytes": (HOSTS.assign(memory_bytes=2**62), DOMAINS, ["'memory_bytes'", "'h0'", "4 PiB"]),
    "host in KiB": (
        HOSTS.assign(memory_bytes=HOSTS["memory_bytes"] // 1024),
        DOMAINS,
        ["'h0'", "KiB", "multiply by 1024"],
    ),
    "host in MiB": (
        HOSTS.assign(memory_bytes=HOSTS["memory_bytes"] // 2**20),
        DOMAINS,
        ["'h0'", "MiB", "multiply by 1048576"],
    ),
    "host in GiB": (
        HOSTS.assign(memory_bytes=HOSTS["memory_bytes"] // GIB),
        DOMAINS,
        ["'h0'", "GiB", "multiply by 1073741824"],
    ),
    "guest above 16 hosts": (HOSTS, domains((0, 4, 8), (0, 4, 513)), ["'g1'", "16 times", "factor of 1024"]),
    "negative guest": (HOSTS, DOMAINS.assign(vcpus=[4, -8]), ["'vcpus'", "-8", "'g1'"]),
    "two hosts of one name": (pd.concat([HOSTS, HOSTS]), DOMAINS, ["more than one row", "'h0'"]),
    "a row twice": (HOSTS, pd.concat([DOMAINS, DOMAINS]), ["more than one row", "'uuid-0'"]),
    "on a strange host": (HOSTS.iloc[:1], DOMAINS, ["'g1'", "'h1'", "'h0'"]),
    "guest without host": (HOSTS, DOMAINS.assign(host=["h0", None]), ["'host'", "row 1"]),
    "host without name": (HOSTS.assign(host=["h0", None]), DOMAINS.iloc[:1], ["'host'", "hosts", "row 1"]),
    "column twice": (pd.concat([HOSTS, HOSTS[["cpus"]]], axis=1), DOMAINS, ["'cpus' twice"]),
    "pages above memory": (HOSTS.assign(hugepages_bytes=40 * GIB), DOMAINS, ["'hugepages_bytes'", "'h0'"]),
    "guest's pages above its memory": (HOSTS, DOMAINS.assign(hugepages_bytes=9 * GIB), ["'g0'", "at most"]),
    "maintenance not said": (HOSTS.assign(maintenance=[True, None]), DOMAINS, ["'maintenance'", "'h1'"]),
    "cell and a half": (HOSTS, DOMAINS.assign(cell=[0, 0.5]), ["'cell'", "0.5", "'g1'"]),
    "no such cell": (HOSTS.assign(numa_cells=2), DOMAINS.assign(cell=[0, 2]), ["'cell'", "'g1'", "fewer"]),
    "negative cells": (HOSTS.assign(numa_cells=[1, -1]), DOMAINS, ["'numa_cells'", "'h1'"]),
    "pages not said of a host": (HOSTS.assign(hugepages_bytes=[0, np.nan]), DOMAINS, ["'h1'", "needed"]),
}


@pytest.mark.parametrize("answer", [headroom, Fleet.from_frames], ids=["headroom", "Fleet"])
@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_frame_that_cannot_be_right_is_named_by_column_and_row(case, answer):
    hosts_frame, domains_frame, words = REFUSED[case]
    with pytest.raises(ValueError, match=r"frame|domain") as caught:
        answer(hosts_frame, domains_frame, PLAIN)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("hosts_frame", "domains_frame"),
    [
        (HOSTS.assign(cpus=["8", "16"]), DOMAINS),
        (HOSTS, DOMAINS.assign(memory_bytes=["1", "2"])),
        (HOSTS, DOMAINS.assign(vcpus=[True, False])),
        (HOSTS, DOMAINS.assign(pinned=["no", "no"])),
        (HOSTS.assign(maintenance=["no", "no"]), DOMAINS),
        (HOSTS.to_dict(), DOMAINS),
        (HOSTS, [DOMAINS]),
    ],
    ids=["text", "text of a guest", "bool", "pinned", "maintenance", "dict", "list"],
)
def test_another_type_is_a_type_error(hosts_frame, domains_frame):
    for answer in (headroom, Fleet.from_frames):
        with pytest.raises(TypeError):
            answer(hosts_frame, domains_frame, PLAIN)


def test_a_host_and_a_guest_just_inside_the_limits_pass():
    small = hosts((8, 0.5))
    assert len(Fleet.from_frames(small, domains((0, 1, 8)), PLAIN).hosts) == 1


@pytest.mark.parametrize(
    "policy",
    [
        {"anti_affinity": [["g0", "web9"]]},
        {"affinity": [["web9", "g0"]]},
        {"protected": ["web9"]},
    ],
    ids=["anti-affinity", "affinity", "protected"],
)
def test_a_name_in_a_policy_that_nobody_has_is_named(policy):
    for answer in (headroom, Fleet.from_frames):
        with pytest.raises(ValueError, match=f"Policy.{next(iter(policy))} names 'web9'"):
            answer(HOSTS, DOMAINS, Policy(**policy))


def test_a_copy_that_is_off_is_no_second_guest_until_it_counts():
    left_behind = DOMAINS.assign(name=["web1", "web1"], state=["running", "shutoff"])
    assert Fleet.from_frames(HOSTS, left_behind, PLAIN).domains["name"].tolist() == ["web1", "web1"]
    both = Fleet.from_frames(HOSTS, left_behind, Policy(count_inactive=True))
    assert both.domains["name"].tolist() == ["h0/web1", "h1/web1"]


def test_a_guest_without_a_name_is_known_by_its_uuid():
    guests = DOMAINS.assign(name=["g0", None])
    fleet = Fleet.from_frames(HOSTS, guests, PLAIN)
    assert fleet.fail(["h0", "h1"]).unplaced == ("g0", "uuid-1")
    with pytest.raises(ValueError, match="missing in row 1"):
        Fleet.from_frames(HOSTS, guests.drop(columns="domain"), PLAIN)


def test_a_policy_is_a_policy():
    for answer in (headroom, Fleet.from_frames):
        with pytest.raises(TypeError, match="policy must be a Policy, not"):
            answer(HOSTS, DOMAINS, {"vcpu_ratio": 2})


def test_guests_need_a_name():
    with pytest.raises(ValueError, match="no column 'name' and no column 'domain'"):
        Fleet.from_frames(HOSTS, DOMAINS.drop(columns=["name", "domain"]), PLAIN)


def test_columns_that_are_not_there_are_noted_and_those_that_are_not():
    fleet = Fleet.from_frames(HOSTS.assign(cpu_model="a"), DOMAINS.assign(pinned=False), PLAIN)
    assert "hosts.maintenance" in fleet.notes[0]
    assert "domains.cell" in fleet.notes[0]
    assert "cpu_model" not in fleet.notes[0]
    assert "pinned" not in fleet.notes[0]


@pytest.mark.parametrize("column", ["vcpus", "memory_bytes", "hugepages_bytes", "pinned", "local_disk_bytes"])
def test_a_figure_missing_of_a_guest_warns_and_leaves_its_host_open(column):
    values = {"pinned": [None, False]}.get(column, [None, 1 if column == "vcpus" else 0])
    guests = DOMAINS.assign(**{column: values})
    with pytest.warns(CapacityWarning, match=f"no {column} is known of g0") as caught:
        fleet = Fleet.from_frames(HOSTS.assign(hugepages_bytes=GIB), guests, PLAIN)
    assert caught[0].filename == __file__
    assert any("g0" in note for note in fleet.notes)
    assert fleet.n_plus(1).ok is None


def test_a_figure_missing_of_a_guest_that_is_off_does_not_matter():
    guests = domains((0, 4, 8), (0, 4, 8), state=["running", "shutoff"]).assign(vcpus=[4, None])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Fleet.from_frames(HOSTS, guests, PLAIN).n_plus(1).ok


def test_a_host_that_is_gone_has_no_room():
    there = HOSTS.assign(current=pd.array([True, False], dtype="boolean"))
    for make in (headroom, Fleet.from_frames):
        with pytest.warns(CapacityWarning, match="gone .*'h1'") as told:
            answer = make(there, DOMAINS[:1], PLAIN)
        assert told[0].filename == __file__
        frame = answer.frame() if hasattr(answer, "frame") else answer.headroom().frame()
        assert frame["host"].tolist() == ["h0"]
    with pytest.warns(CapacityWarning), pytest.raises(ValueError, match="h1"):
        headroom(there, DOMAINS, PLAIN)


def test_cells_that_are_not_known_matter_where_a_guest_is_bound_to_one():
    there = HOSTS.assign(numa_cells=pd.array([None, 2], dtype="Int64"))
    assert headroom(there, DOMAINS, PLAIN).frame()["host"].tolist() == ["h0", "h1"]
    with pytest.raises(ValueError, match="numa_cells"):
        headroom(there, DOMAINS.assign(cell=[0, 1]), PLAIN)


def test_frames_of_any_index_and_type_of_names_are_read():
    odd = HOSTS.assign(host=[1, 2]).set_index(pd.Index([7, 7]))
    guests = DOMAINS.assign(host=pd.Categorical([1, 2]), vcpus=pd.array([4, 3], dtype="Int16"))
    fleet = Fleet.from_frames(odd, guests.set_index(pd.Index([3, 3])), PLAIN)
    assert fleet.hosts["host"].tolist() == ["1", "2"]
    assert fleet.n_plus(1).ok
    assert headroom(odd, guests, PLAIN).frame()["vcpus_committed"].tolist() == [4, 3]


def test_empty_frames_have_a_stated_answer():
    fleet = Fleet.from_frames(HOSTS.iloc[:0], DOMAINS.iloc[:0], PLAIN)
    assert repr(fleet) == "<Fleet 0 hosts, 0 guests, all placed>"
    assert "0 hosts" in repr(fleet.headroom())
    assert "too few hosts" in repr(fleet.report())
    assert fleet.guests_left({"vcpus": 1, "memory_bytes": GIB}).total == 0
    with pytest.raises(ValueError, match="the fleet has no hosts"):
        fleet.n_plus(1)
    assert Fleet.from_frames(HOSTS, DOMAINS.iloc[:0], PLAIN).n_plus(1).ok


@pytest.mark.parametrize(
    ("policy", "guests", "said"),
    [
        (Policy(vcpu_ratio=1e300), DOMAINS, "sum of vcpus of the hosts .* 2.4e\\+301"),
        (Policy(memory_ratio=1e12), DOMAINS, "sum of memory of the hosts .* the policy's ratios"),
        (PLAIN, DOMAINS.assign(vcpus=[2.0**60, 1]), "sum of vcpus of the domains .* check the figures$"),
    ],
    ids=["vcpu ratio", "memory ratio", "guest"],
)
def test_sums_that_could_not_be_counted_are_refused(policy, guests, said):
    for make in (headroom, Fleet.from_frames):
        with pytest.raises(ValueError, match=said):
            make(HOSTS, guests, policy)


@pytest.mark.parametrize("count", [True, False])
def test_a_state_that_is_none_is_refused_however_guests_count(count):
    guests = DOMAINS.assign(state=["running", "shut off"])
    for make in (headroom, Fleet.from_frames):
        with pytest.raises(ValueError, match="'shut off'"):
            make(HOSTS, guests, replace(PLAIN, count_inactive=count))


def test_guests_in_kib_are_noticed():
    guests = DOMAINS.assign(memory_bytes=DOMAINS["memory_bytes"] // 1024)
    for answer in (headroom(HOSTS, guests, PLAIN), Fleet.from_frames(HOSTS, guests, PLAIN)):
        assert answer.notes[-1].startswith("no guest has more than 16 MiB of memory; if 'memory_bytes'")
    for answer in (headroom(HOSTS, DOMAINS, PLAIN), headroom(HOSTS, DOMAINS.iloc[:0], PLAIN)):
        assert not any("KiB" in note for note in answer.notes)
    one = guests.assign(memory_bytes=[GIB, 2**20])
    assert not any("KiB" in note for note in headroom(HOSTS, one, PLAIN).notes)
