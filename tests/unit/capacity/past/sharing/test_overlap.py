"""`overlap`: own peaks beside the peak of the sum, and packing that is judged by what came then."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.capacity.past.sharing.fleets import hosts, usage
from virtsdk.capacity import overlap

HOURS = np.arange(8 * 24)
TURNS = {f"g{n}": np.where(n == HOURS % 4, 3.0, 0.5) for n in range(4)}  # one at a time
TOGETHER = {f"g{n}": np.where(HOURS % 4 == 0, 3.0, 0.5) for n in range(4)}


def test_guests_that_take_turns_overlap_little_and_guests_in_step_fully():
    turns, together = overlap(usage(TURNS)).frame(), overlap(usage(TOGETHER)).frame()
    assert turns["own_peaks_vcpus"].tolist() == [12, 12]
    assert turns["peak_vcpus"].tolist() == [4.5, 4.5]
    assert together["overlap"].tolist() == [1, 1]


def test_a_row_a_host_and_one_of_the_fleet():
    found = overlap(usage(TURNS, host={"g0": "b", "g1": "a", "g2": "b", "g3": "b"})).frame()
    assert found["host"].tolist()[:2] == ["a", "b"]
    assert found["host"].isna().tolist() == [False, False, True]
    assert found["domains"].tolist() == [1, 3, 4]
    assert found["peak_vcpus"].tolist() == [3, 4, 4.5]
    assert found["own_peaks_vcpus"].tolist() == [3, 9, 12]


def test_packing_by_the_peak_of_the_sum_takes_fewer_hosts_and_is_judged():
    found = overlap(usage(TURNS), hosts(6))
    packing = found.packing_frame().set_index("rule")
    assert packing["hosts"].to_dict() == {"own peaks": 2, "peak of the sum": 1}
    assert packing["over_share"].tolist() == [0, 0]
    assert found.assignment()["number"].tolist() == [0] * 4
    assert found.cpus == 6


def test_the_judge_sees_what_the_packing_did_not():
    """In the second half all are busy at once: the packing of the first half is over then."""
    half = len(HOURS) // 2
    change = {
        name: np.where(np.arange(len(HOURS)) < half, one, TOGETHER[name]) for name, one in TURNS.items()
    }
    packing = overlap(usage(change), hosts(6)).packing_frame().set_index("rule")
    assert packing.loc["peak of the sum", "backtest_hosts"] == 1
    assert packing.loc["peak of the sum", "over_share"] == pytest.approx(0.25)
    assert packing.loc["peak of the sum", "over_share_worst_host"] == pytest.approx(0.25)
    assert packing.loc["own peaks", "over_share"] == 0
    assert packing.loc["peak of the sum", "hosts"] == 4  # by all of the data, it knows


def test_packing_is_offered_from_a_week_on():
    short = {name: one[: 7 * 24 - 1] for name, one in TURNS.items()}
    found = overlap(usage(short), hosts(6))
    assert found.packing_frame().empty
    assert found.cpus is None
    assert any("offered from 7 days on" in note for note in found.notes)
    assert len(overlap(usage(short), hosts(6), min_days=1).packing_frame()) == 2
    week = {name: one[: 7 * 24] for name, one in TURNS.items()}
    assert len(overlap(usage(week), hosts(6)).packing_frame()) == 2


def test_without_hosts_or_samples_to_judge_by_nothing_is_packed():
    assert overlap(usage(TURNS)).notes == ("no hosts given: nothing was packed",)
    one = overlap(usage({"a": [1.0]}), hosts(6), min_days=0)
    assert one.packing_frame().empty
    assert "two samples" in " ".join(one.notes)


def test_hosts_of_several_sizes_are_packed_as_most_are():
    found = overlap(usage(TURNS), hosts(64, 6, 6))
    assert found.cpus == 6
    assert any("hosts differ in size" in note for note in found.notes)


def test_the_margin_and_the_quantile_count():
    assert overlap(usage(TURNS), hosts(6), margin=0.5).packing_frame()["hosts"].tolist() == [2, 2]
    assert overlap(usage(TURNS), quantile=0.5).frame()["own_peaks_vcpus"].tolist() == [2, 2]


def test_the_headline_says_what_the_share_is_of():
    """Of guests that take turns no two peaks fall together, and the share is far from 0."""
    text = repr(overlap(usage(TURNS)))
    assert "38 % of the 12 that their own peaks add up to" in text
    assert "fall together" not in text
    many = {f"g{n}": [4.0] * 4 for n in range(400)}
    assert "the peak of all together is 1600 vCPUs, 100 % of the 1600" in repr(overlap(usage(many)))


def test_idle_guests_have_no_overlap():
    found = overlap(usage({"a": [0.0] * 10, "b": [0.0] * 10}))
    assert found.frame()["overlap"].isna().all()
    assert found.to_dict()["hosts"][0]["overlap"] is None
    assert repr(found).startswith(
        "<OverlapReport 2 guests: the peak of all together is 0 vCPUs, and each guest's own is 0>"
    )


def test_it_reads_as_an_answer():
    found = overlap(usage(TURNS), hosts(6))
    assert repr(found).startswith(
        "<OverlapReport 4 guests: the peak of all together is 4.5 vCPUs, 38 % of the 12 that their own peaks "
        "add up to>"
    )
    assert "by peak of the sum: 1 host of 6 CPUs; packed by the first half of the data (1 host), 0 %" in repr(
        found
    )
    assert "memory may need more hosts" in found._repr_html_()
    assert [row["rule"] for row in found.to_dict()["packing"]] == ["own peaks", "peak of the sum"]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"quantile": 0}, ValueError, "quantile must be above 0"),
        ({"quantile": 99.5}, ValueError, "quantile must be above 0 and at most 1, not 99.5"),
        ({"margin": -0.1}, ValueError, "margin must be 0 or more"),
        ({"min_days": "7"}, TypeError, "min_days must be a number, not '7'"),
        ({"hosts": hosts(-4)}, ValueError, "'cpus' of the hosts frame is -4 for host 'kvm7'"),
        ({"hosts": hosts()}, ValueError, "no rows"),
        ({"hosts": hosts(1e9)}, ValueError, "'cpus' of the hosts frame is .* for host 'kvm7'; .*65,536"),
    ],
)
def test_what_cannot_be_right_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        overlap(usage(TURNS), **arguments)
