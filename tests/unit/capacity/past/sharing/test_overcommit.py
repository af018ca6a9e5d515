"""`overcommit`: steal by ratio, where the fleet is now, and what the answer rests on."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.sharing.fleets import hosts, usage
from virtsdk.capacity import overcommit
from virtsdk.capacity.past.sharing.demand import demand_of
from virtsdk.capacity.past.sharing.draws import _order, steal
from virtsdk.capacity.past.usage import Usage

WAVES = {f"g{n}": 2 + 1.5 * np.sin(np.arange(8 * 24) / 4 + n) for n in range(12)}
STEADY = {f"g{n}": [2.0] * 200 for n in range(8)}


def test_guests_that_are_always_half_busy_have_a_known_frontier():
    """Twice the CPUs promised is full; at 4 : 1 half of the demand is not served, whoever is drawn."""
    frame = overcommit(usage(STEADY), hosts(16), [1, 2, 4, 8]).frame().set_index("ratio")
    assert frame["steal_mean_averages"].tolist() == pytest.approx([0, 0, 0.5, 0.75])
    assert frame["steal_p90_averages"].tolist() == pytest.approx([0, 0, 0.5, 0.75])
    # within a sample 16 CPUs are asked for with a variance of 32 * 1/4: the mean excess is s * f(0)
    inside = math.sqrt(8) / math.sqrt(2 * math.pi) / 16
    assert frame.loc[2, "steal_mean"] == pytest.approx(inside, rel=1e-4)
    assert frame.loc[4, "steal_mean"] == pytest.approx(0.5, abs=1e-3)
    assert frame.loc[1, "steal_mean"] == 0  # a CPU for each vCPU


def test_where_the_fleet_is_now_is_a_row():
    found = overcommit(usage(STEADY), hosts(16), [1, 4])
    assert found.present_ratio == 2
    frame = found.frame()
    assert frame["ratio"].tolist() == [1, 2, 4]
    assert frame["here"].tolist() == [False, True, False]
    assert found.hosts_frame().to_dict("records") == [
        {"host": "kvm7", "cpus": 16, "domains": 8, "vcpus": 32, "ratio": 2}
    ]


def test_only_guests_that_are_there_and_on_at_the_end_count_now():
    frame = usage({**STEADY, "gone": [2.0] * 100, "off": [2.0] * 200, "elsewhere": [2.0] * 200},
                  host={**dict.fromkeys([*STEADY, "gone", "off"], "kvm7"), "elsewhere": "kvm9"})  # fmt: skip
    last = (frame["name"] == "off") & (frame["time"] == frame["time"].max())
    frame["interrupted"] = np.where(last, "off", None)
    frame["state"] = np.where(last, "shutoff", "running")
    found = overcommit(frame, hosts(16))
    assert found.present_ratio == 2
    assert found.guests == 11
    assert any("1 guest on hosts that the hosts frame lacks ('kvm9' ...)" in note for note in found.notes)


def reference(demand, cpus, ratios, seed):
    """Guest by guest and time by time, the same draws."""
    random = np.random.default_rng(seed)
    found = []
    for capacity in cpus:
        order = _order(random, demand.vcpus, ratios[-1] * capacity)
        row = []
        for ratio in ratios:
            left, weights = ratio * capacity, []
            for guest in order:
                weights.append(min(1, max(0, left / demand.vcpus[guest])))
                left -= demand.vcpus[guest]
            lost = total = 0.0
            for used in demand.used:
                asked = sum(weight * used[guest] for weight, guest in zip(weights, order, strict=True))
                total += asked
                lost += max(asked - capacity, 0) if ratio > 1 else 0
            row.append(lost / total)
        found.append(row)
    return np.array(found)


def test_it_is_what_a_plain_loop_over_guests_gives():
    sizes = {name: 2 + int(name[1:]) % 4 * 2 for name in WAVES}
    demand = demand_of(Usage.of(usage({name: one[:20] for name, one in WAVES.items()}, vcpus=sizes)))
    cpus, ratios = np.array([8, 8, 12]), np.array([0.5, 1.5, 2.0, 3.7])
    _, flat = steal(demand, cpus, ratios, 5)
    assert flat == pytest.approx(reference(demand, cpus, ratios, 5))
    inside, _ = steal(demand, cpus, ratios, 5)
    assert (inside >= flat - 1e-12).all()
    assert (inside[:, 1:] > flat[:, 1:]).any()


def test_more_is_promised_more_is_stolen():
    frame = overcommit(usage(WAVES), hosts(16)).frame()
    assert (frame["steal_mean"].diff().dropna() > -0.01).all()
    assert (frame["steal_mean"] >= frame["steal_mean_averages"] - 1e-12).all()
    assert frame["ratio"].is_monotonic_increasing
    assert frame["ratio"].iloc[[0, -1]].tolist() == [1, 16]


def test_a_ratio_is_found_between_two_rows():
    found = overcommit(usage(STEADY), hosts(16), [1, 3, 3.5, 5])
    steals = found.frame().set_index("ratio")["steal_mean"]
    assert found.ratio_at(steals[3.5]) == pytest.approx(3.5)
    # with nothing inside the samples steal is 1 - 2 / ratio, and begins at 2, between two rows
    assert found.ratio_at(0.2) == pytest.approx(2.5, abs=0.03)
    assert overcommit(usage(WAVES), hosts(16), [1, 12]).ratio_at(0.05) == pytest.approx(
        overcommit(usage(WAVES), hosts(16)).ratio_at(0.05), abs=0.1
    )
    assert found.ratio_at(0.9) == math.inf
    assert math.isnan(overcommit(usage(STEADY), hosts(4), [8, 9]).ratio_at(0.01))
    assert found.ratio_at(0.4, host="p90") <= found.ratio_at(0.4) + 1e-9


def test_the_worst_tenth_of_hosts_is_worse():
    mixed = {**{f"i{n}": [0.1] * 50 for n in range(30)}, **{f"b{n}": [4.0] * 50 for n in range(10)}}
    frame = overcommit(usage(mixed), hosts(16), [4]).frame().set_index("ratio")
    assert frame.loc[4, "steal_p90"] > 1.3 * frame.loc[4, "steal_mean"]


def test_the_same_seed_gives_the_same_answer():
    one, two, other = (overcommit(usage(WAVES), hosts(16), [3], seed=seed).frame() for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_the_same_seed_gives_the_same_answer_whatever_the_order_of_the_rows():
    sizes = {name: 2 + int(name[1:]) % 4 * 2 for name in WAVES}
    frame = usage(WAVES, vcpus=sizes)
    shuffled = frame.sample(frac=1, random_state=3)
    one, two = (overcommit(each, hosts(16, 8), [2, 3], draws=20).frame() for each in (frame, shuffled))
    pd.testing.assert_frame_equal(one, two)


def test_of_hosts_that_the_data_has_nothing_of_the_ratio_is_not_known():
    found = overcommit(usage(STEADY), hosts(16, names=["kvm7.example.org"]), [1, 2, 4])
    assert math.isnan(found.present_ratio)
    assert repr(found).startswith("<OvercommitReport 1 % steal at 1.6 : 1; the present ratio is not known>")
    assert any(
        "has none of the usage frame's hosts ('kvm7.example.org' ... there" in one for one in found.notes
    )
    assert not found.frame()["here"].any()
    assert found.hosts_frame()["ratio"].isna().all()
    assert found.to_dict()["present_ratio"] is None
    # a host without guests beside one that has some is empty
    assert overcommit(usage(STEADY), hosts(16, 16), [1]).hosts_frame()["ratio"].tolist() == [2, 0]


def test_guests_that_are_all_off_are_known_to_promise_nothing():
    frame = usage({"g": [2.0] * 199 + [0.0]}, interrupted=[None] * 199 + ["off"])
    found = overcommit(frame, hosts(16), [1])
    assert found.present_ratio == 0
    assert "now 0 : 1" in repr(found)


def test_a_last_sample_that_says_nothing_leaves_a_guest_its_vcpus():
    frame = usage(STEADY)
    frame.loc[frame["time"] == frame["time"].max(), ["vcpus", "cpu_used_vcpus"]] = np.nan
    found = overcommit(frame, hosts(16), [1])
    assert found.present_ratio == 2
    assert not any("vCPUs are not known" in note for note in found.notes)
    frame.loc[frame["name"] == "g0", ["vcpus", "cpu_used_vcpus"]] = np.nan
    found = overcommit(frame, hosts(16), [1])
    assert found.present_ratio == 1.75
    assert any("1 guest whose vCPUs are not known: not in the present ratio" in note for note in found.notes)


def test_parts_of_cpus_count():
    """On half a CPU 2 vCPUs that are half busy are served by half, as 64 are on 16 CPUs."""
    frame = overcommit(usage(STEADY), hosts(0.5), [4]).frame().set_index("ratio")
    assert frame.loc[4, "steal_mean_averages"] == pytest.approx(0.5)


def test_the_highest_ratio_is_worked_out_in_little_memory():
    found = overcommit(usage(STEADY), hosts(64), [1, 256], draws=2).frame().set_index("ratio")
    assert found.loc[256, "steal_mean_averages"] == pytest.approx(1 - 1 / 128)


def test_a_present_ratio_beyond_all_is_said_and_not_drawn():
    found = overcommit(usage(STEADY), hosts(0.1), [1, 2], draws=2)
    assert found.present_ratio == pytest.approx(320)
    assert not found.frame()["here"].any()
    assert "now 320 : 1>" in repr(found)
    assert any("above 256 : 1" in note for note in found.notes)


def test_hosts_of_several_sizes_are_drawn_as_often_as_there_are():
    """On small hosts guests average out less."""
    small, large = (overcommit(usage(WAVES), hosts(*sizes), [2.2]).frame() for sizes in ([8] * 3, [64] * 3))
    both = overcommit(usage(WAVES), hosts(8, 64, 8), [2.2]).frame()

    def at(frame):
        return float(frame.loc[frame["ratio"] == 2.2, "steal_mean"].iloc[0])

    assert at(large) < at(both) < at(small)


def test_measured_steal_stands_beside_and_adds_to_demand():
    frame = usage(STEADY, vcpu_delay_seconds_per_second=0.5)
    found = overcommit(frame, hosts(16), [2])
    assert found.measured_steal == pytest.approx(0.2)
    assert "20 % measured" in repr(found)
    assert found.frame()["steal_mean_averages"].tolist() == pytest.approx([0.2])
    assert not any("use stands for demand" in note for note in found.notes)


def test_doubts_are_said():
    notes = " ".join(overcommit(usage({"g": [1.0] * 24}), hosts(4)).notes)
    assert "1 days of data: what happens once a week is not in it" in notes
    assert "use stands for demand" in notes
    long = overcommit(usage({"g": [1.0] * 3000}), hosts(4), [2], draws=3)
    assert any("worked out at 2,016 of 3,000 times" in note for note in long.notes)


def test_it_reads_as_an_answer():
    found = overcommit(usage(STEADY), hosts(16), [1, 2, 4])
    text = repr(found)
    assert text.startswith("<OvercommitReport 1 % steal at 1.6 : 1; now 2 : 1, 7.1 % to expect>")
    assert "drawn from 8 guests of 8.33 days" in text
    assert "1 % steal at 1.6 : 1" in found._repr_html_()
    plain = found.to_dict()
    assert plain["measured_steal"] is None
    assert plain["ratio_at"]["0.01"]["mean"] == pytest.approx(found.ratio_at(0.01))
    assert len(plain["ratios"]) == 3
    with pytest.raises(AttributeError):
        found.days = 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"hosts": hosts(16).drop(columns="cpus")}, ValueError, "hosts frame has no column 'cpus'"),
        (
            {"hosts": hosts(16).assign(more=8).set_axis(["host", "cpus", "cpus"], axis=1)},
            ValueError,
            "the hosts frame has the column 'cpus' twice; drop one",
        ),
        ({"hosts": hosts(0)}, ValueError, "'cpus' of the hosts frame is 0 for host 'kvm7'"),
        ({"hosts": hosts(8, 8, names=["a", "a"])}, ValueError, "more than one row for host 'a'"),
        ({"hosts": hosts()}, ValueError, "hosts frame has no rows"),
        ({"hosts": 16}, TypeError, "hosts must be a DataFrame"),
        ({"ratios": []}, ValueError, "ratios must have at least one number"),
        ({"ratios": "4"}, TypeError, "ratios must be numbers.*not '4'"),
        ({"ratios": [1, -2]}, ValueError, "each of ratios must be 0 or more, not -2"),
        ({"ratios": [1e9]}, ValueError, r"each of ratios must be 256 or less, not 1000000000.0"),
        ({"ratios": np.array([-2.0])}, ValueError, r"each of ratios must be 0 or more, not -2.0"),
        ({"ratios": range(1, 10**9)}, ValueError, r"each of ratios must be 256 or less, not 257"),
        ({"ratios": np.linspace(1, 2, 1001)}, ValueError, "ratios must be 1,000 numbers or less"),
        ({"draws": 10**9}, ValueError, "draws must be 100,000 or less, not 1,000,000,000"),
        ({"hosts": hosts(1e9)}, ValueError, "'cpus' of the hosts frame is .* for host 'kvm7'; .*65,536"),
        ({"draws": 0}, ValueError, "draws must be 1 or more, not 0"),
        ({"seed": -1}, ValueError, "seed must be 0 or more, not -1"),
        ({"usage": usage(STEADY).drop(columns="time")}, ValueError, "no column 'time'"),
    ],
)
def test_what_cannot_be_right_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        overcommit(**{"usage": usage(STEADY), "hosts": hosts(16), **arguments})


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_a_share_of_steal_is_between_0_and_1(share):
    with pytest.raises(ValueError, match="steal must be a share"):
        overcommit(usage(STEADY), hosts(16), [2]).ratio_at(share)
