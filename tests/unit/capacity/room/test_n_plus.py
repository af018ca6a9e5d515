"""`Fleet.n_plus`: verdict, worst set, binding resource; arguments and reports."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import Fleet, Policy


def fleet(hosts_frame, domains_frame, **policy):
    return Fleet.from_frames(
        hosts_frame, domains_frame, Policy(**{"vcpu_ratio": 1, "reserve_memory_bytes": 0, **policy})
    )


TWO = hosts((8, 32), (8, 32))


@pytest.mark.parametrize(
    ("more", "guests", "policy", "binding"),
    [
        ({}, domains((0, 8, 1), (1, 1, 1)), {}, "vcpus"),
        ({}, domains((0, 1, 30), (1, 1, 4)), {}, "memory"),
        (
            {"hugepages_bytes": 8 * GIB},
            domains((0, 1, 8), (1, 1, 1), hugepages_bytes=[8 * GIB, GIB]),
            {},
            "hugepages",
        ),
        ({"numa_cells": 2}, domains((0, 1, 12), (1, 1, 8), cell=[1, 1]), {}, "cell"),
        ({"disk_bytes": 10}, domains((0, 1, 1), (1, 1, 1), disk_bytes=[6, 6]), {}, "disk"),
        ({}, domains((0, 1, 1), (1, 1, 1), pinned=[True, False]), {}, "pinning"),
        ({}, domains((0, 1, 1), (1, 1, 1), host_devices=[1, 0]), {}, "host device"),
        ({}, domains((0, 1, 1), (1, 1, 1), local_disk_bytes=[1, 0]), {}, "local disk"),
        ({"cpu_model": ["a", "b"]}, domains((0, 1, 1)), {}, "cpu model"),
        ({}, domains((0, 1, 1), (1, 1, 1)), {"anti_affinity": [["g0", "g1"]]}, "anti-affinity"),
    ],
)  # fmt: skip
def test_what_is_in_the_way_is_named(more, guests, policy, binding):
    answer = fleet(TWO.assign(**more), guests, **policy).n_plus(1)
    assert (answer.ok, answer.binding) == (False, binding)
    assert "g0" in answer.unplaced or binding == "anti-affinity"
    assert answer.method in ("bound", "exact")


def test_what_the_policy_lets_move_may_move():
    guests = domains((0, 1, 1), (1, 1, 1), pinned=[True, False], local_disk_bytes=[1, 0])
    answer = fleet(TWO, guests, movable=["pinned"]).n_plus(1)
    assert answer.binding == "local disk"
    assert "local_disk_bytes" in answer.notes[-1]
    assert fleet(TWO, guests, movable=["pinned", "local_disk_bytes"]).n_plus(1).ok


def test_guests_fit_one_by_one_where_no_host_takes_them_all():
    answer = fleet(
        hosts((4, 32), (3, 32), (3, 32)), domains((0, 2, 1), (0, 2, 1), (1, 1, 1), (2, 1, 1))
    ).n_plus(1)
    assert (answer.ok, answer.worst, answer.binding, answer.method) == (True, ("h0",), "vcpus", "witness")
    one = answer.frame().set_index("failed")
    assert one.loc["h0", "share"] == pytest.approx(1.0)
    assert one.loc["h0", "domains"] == 2


def test_sums_that_fit_are_not_enough():
    answer = fleet(hosts((8, 32), (6, 32), (6, 32)), domains((0, 4, 1), (1, 3, 1), (2, 3, 1))).n_plus(1)
    assert (answer.ok, answer.worst, answer.unplaced) == (False, ("h0",), ("g0",))
    assert answer.frame()["ok"].tolist() == [False, True, True]
    assert answer.frame()["failed"].tolist()[0] == "h0"


def test_a_greedy_placement_that_fails_does_not_decide():
    # largest first and best fit puts 5 on the host of 5, and 4, 4 do not fit on 7; 4 and 3 do, 5 with 3 on 8
    answer = fleet(
        hosts((16, 64), (10, 64), (10, 64)),
        domains((0, 4, 1), (0, 3, 1), (0, 3, 1), (0, 3, 1), (0, 3, 1), (1, 1, 1), (2, 3, 1)),
    ).n_plus(1)
    assert answer.ok is True


def test_only_protected_guests_have_to_survive():
    guests = domains((0, 8, 1), (0, 1, 1), (1, 4, 1))
    assert fleet(TWO, guests).n_plus(1).ok is False
    answer = fleet(TWO, guests, protected=["g1"]).n_plus(1)
    assert answer.ok
    assert answer.frame()["domains"].sum() == 1


def test_a_host_in_maintenance_takes_nothing():
    three = hosts((8, 32), (8, 32), (8, 32), maintenance=[False, False, True])
    assert fleet(three, domains((0, 6, 1), (1, 6, 1))).n_plus(1).ok is False
    assert fleet(three.assign(maintenance=False), domains((0, 6, 1), (1, 6, 1))).n_plus(1).ok


def test_a_figure_that_is_missing_leaves_the_answer_open_unless_it_is_no_anyway():
    guests = domains((0, 1, 1), (1, 1, 1)).assign(vcpus=[1, None])
    with pytest.warns(UserWarning, match="no vcpus is known of g1"):
        one = fleet(hosts((8, 32), (8, 32), (8, 32)), guests)
    answer = one.n_plus(1)
    assert (answer.ok, answer.method, answer.open, answer.unplaced) == (None, None, 1, ())
    assert answer.worst == ("h1",)
    assert "not decided" in repr(answer)
    guests = domains((0, 9, 1), (1, 1, 1)).assign(vcpus=[9, None])
    with pytest.warns(UserWarning, match="g1"):
        two = fleet(TWO, guests)
    assert two.n_plus(1).ok is False


def test_a_host_with_a_figure_missing_is_not_counted_on():
    guests = domains((0, 4, 1), (1, 1, 1)).assign(vcpus=[4, None])
    with pytest.warns(UserWarning, match="g1"):
        answer = fleet(TWO, guests).n_plus(1)
    assert answer.ok is None
    assert answer.frame()["ok"].isna().all()


def test_racks_fail_as_a_whole():
    racks = hosts((8, 32), (8, 32), (8, 32), rack=["a", "a", "b"])
    one = fleet(racks, domains((0, 5, 1), (1, 5, 1), (2, 1, 1)))
    assert one.n_plus(1).ok
    answer = one.n_plus(1, by="rack")
    assert (answer.ok, answer.worst, answer.binding) == (False, ("a",), "vcpus")
    assert fleet(racks, domains((0, 3, 1), (1, 3, 1), (2, 1, 1))).n_plus(1, by="rack").ok
    with pytest.raises(ValueError, match="no column 'zone'"):
        one.n_plus(1, by="zone")
    with pytest.raises(ValueError, match="'rack' of the hosts frame is missing for host 'h1'"):
        fleet(racks.assign(rack=["a", None, "b"]), domains((0, 1, 1))).n_plus(1, by="rack")


@pytest.mark.parametrize("k", [1, 2])
def test_nothing_to_place_is_survived(k):
    answer = fleet(TWO, domains()).n_plus(k)
    assert (answer.ok, answer.binding, answer.unplaced) == (True, None, ())


def test_all_hosts_at_once_leave_nowhere_to_go():
    assert fleet(TWO, domains((0, 1, 1))).n_plus(2).ok is False


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"k": 0}, ValueError, "k must be 1 or more, not 0"),
        ({"k": 3}, ValueError, "k must be at most 2, the hosts that there are, not 3"),
        ({"k": True}, TypeError, "k must be a whole number, not True"),
        ({"k": 1.0}, TypeError, "k must be a whole number, not 1.0"),
        ({"k": 1, "rule": "drs"}, ValueError, "rule must be one of 'packing', .*, not 'drs'"),
        ({"k": 2, "rule": "ovirt"}, ValueError, "one host at a time, not 2"),
    ],
)
def test_a_question_that_makes_no_sense_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        fleet(TWO, domains((0, 1, 1))).n_plus(**arguments)


def test_without_k_the_policy_s_tolerance_is_asked_for():
    assert fleet(hosts(*[(8, 32)] * 3), domains((0, 1, 1)), fault_tolerance=2).n_plus().k == 2


def test_the_report_is_frozen_plain_and_readable():
    answer = fleet(TWO, domains((0, 8, 1), (1, 1, 1))).n_plus(1)
    assert repr(answer).startswith(
        "<NPlusReport N+1 by packing, no: without h0 vCPUs are short, 1 guest without a place; "
        "2 of 2 failures do not fit>\n"
    )
    one = fleet(hosts((8, 32), (2, 32)), domains((0, 4, 1))).n_plus(1)
    assert one.frame()["ok"].tolist() == [False, True]
    assert "failures do not fit" not in repr(one)
    frame = answer.frame()
    assert list(frame) == ["failed", "ok", "share", "domains", "vcpus", "memory_bytes"]
    assert frame["ok"].tolist() == [False, False]
    frame.loc[0, "failed"] = "x"
    assert sorted(answer.frame()["failed"]) == ["h0", "h1"]
    plain = json.loads(json.dumps(answer.to_dict()))
    assert plain["worst"] == ["h0"]
    assert plain["failures"][1]["share"] == pytest.approx(8 / 7)
    assert "g0" in answer._repr_html_()
    yes = fleet(TWO, domains((0, 1, 1))).n_plus(1)
    assert repr(yes).startswith("<NPlusReport N+1 by packing, yes: any 1 host may fail; tightest without h0")


def test_a_share_of_no_room_is_said_in_words_and_is_valid_json():
    answer = fleet(TWO, domains((0, 1, 1), (1, 8, 1))).n_plus(1)
    assert "no room" in repr(answer)
    assert json.loads(json.dumps(answer.to_dict(), allow_nan=False))["failures"][0]["share"] is None


def test_many_sets_are_answered_for_by_parts_of_the_fleet():
    count = 300
    guests = domains(*[(number, 2, 8) for number in range(count)])
    answer = fleet(hosts(*[(8, 32)] * count), guests).n_plus(3)
    assert (answer.ok, answer.sets, answer.open, answer.method) == (True, 4455100, 0, "witness")
    assert len(answer.frame()) <= 10_000
    full = domains(*[(number, 8, 8) for number in range(count)])
    answer = fleet(hosts(*[(8, 32)] * count), full).n_plus(3)
    assert (answer.ok, answer.method, answer.binding) == (False, "bound", "vcpus")


def test_hosts_frame_of_the_reader_is_not_changed():
    frame = TWO.copy()
    fleet(frame, domains((0, 1, 1))).n_plus(1)
    pd.testing.assert_frame_equal(frame, TWO)
    assert PLAIN.fault_tolerance == 1


def test_a_group_that_is_apart_counts_for_each_host_what_is_there():
    guests = domains((0, 1, 1), (1, 7, 1), (2, 1, 1))
    answer = fleet(hosts((8, 32), (8, 32), (8, 32)), guests, affinity=[["g0", "g1"]]).n_plus(1)
    rows = answer.frame().set_index("failed")
    assert rows["vcpus"].to_dict() == {"h0": 1, "h1": 7, "h2": 1}
    assert rows["ok"].to_dict() == {"h0": True, "h1": True, "h2": True}
    assert "guests that are to be together are not: g0, g1" in answer.notes


def test_a_group_whose_guests_are_off_or_few_does_no_harm():
    guests = domains((0, 1, 1), (0, 1, 1), (1, 1, 1), state=["running", "shutoff", "running"])
    assert fleet(TWO, guests, affinity=[["g1"], []], anti_affinity=[["g1"], []]).n_plus(1).ok


def test_what_is_wrong_before_any_failure_is_said():
    answer = fleet(TWO, domains((0, 9, 1), (1, 1, 1), (1, 1, 1)), anti_affinity=[["g1", "g2"]]).n_plus(1)
    assert "over capacity before any failure: h0" in answer.notes
    assert "guests that are to be apart share h1" in answer.notes


@pytest.mark.parametrize(
    ("vcpus", "said"), [(1, "under 1 %"), (1000, "100 %"), (999, "over 99 %"), (0, "0 %")]
)
def test_a_share_is_not_written_as_none_or_all_where_it_is_not(vcpus, said):
    report = fleet(hosts((1000, 64), (1000, 64)), domains((0, vcpus, 0))).n_plus(1)
    assert said in repr(report).replace("over 100 %", "")


@pytest.mark.parametrize("rule", ["packing", "slots", "share", "ovirt"])
def test_where_no_other_host_is_left_that_is_said_and_not_that_room_is_short(rule):
    told = "there is 1 host, nothing to fail over to"
    answer = fleet(hosts((8, 32)), domains((0, 1, 1))).n_plus(1, rule=rule)
    assert (answer.ok, answer.alone, answer.to_dict()["alone"]) == (False, told, told)
    assert repr(answer).splitlines()[0] == f"<NPlusReport N+1 by {rule}, no: {told}>"
    assert told in answer._repr_html_() and "nothing left" in answer._repr_html_()
    assert told in str(answer.chart().to_dict()["title"])
    nobody = fleet(hosts((8, 32)), domains()).n_plus(1, rule=rule)
    assert nobody.ok and "yes: no guest needs a place" in repr(nobody)


@pytest.mark.parametrize(
    ("closed", "guests", "asked", "told"),
    [
        ([False, False], [(0, 1, 1)], {"k": 2}, "there are 2 hosts, nothing to fail over to when 2 fail"),
        ([False, True], [(0, 1, 1)], {}, "1 of 2 hosts takes guests, nothing to fail over to"),
        ([True, True], [(0, 1, 1)], {}, "none of 2 hosts take guests, nothing to fail over to"),
        ([False, False], [(0, 1, 1)], {"by": "rack"}, "there is 1 rack, nothing to fail over to"),
        ([False, True], [(1, 1, 1)], {}, None),  # the one that is open takes them
        ([False, True], [(1, 9, 1)], {}, None),  # room is short
        ([False, False], [(0, 9, 1)], {}, None),
    ],
)
def test_hosts_that_take_no_guests_are_none_to_fail_over_to(closed, guests, asked, told):
    frame = TWO.assign(maintenance=closed, rack="r1")
    assert fleet(frame, domains(*guests)).n_plus(**({"k": 1} | asked)).alone == told
