"""`contention`: victims, suspects, lag, and what else is scarce."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.sharing.fleets import START, usage
from virtsdk.capacity import contention
from virtsdk.capacity.past.sharing.suspects import by_host, correlations
from virtsdk.capacity.past.usage import Usage

DELAY = "vcpu_delay_seconds_per_second"
DRAW = np.random.default_rng(2)
N = 120
BURST = np.where(np.arange(N) % 10 < 3, 0.9, 0.05) + DRAW.random(N) * 0.02
OTHER = DRAW.permutation(BURST)
WAIT = 0.8 * (BURST - 0.05)


def fleet(**more):
    """web1 waits while batch is busy; other is as busy, at other times; far is on other CPUs."""
    series = {"web1": np.full(N, 0.4), "batch": BURST, "other": OTHER, "far": BURST}
    delay = {"web1": WAIT, "batch": 0.0, "other": 0.0, "far": 0.0}
    return usage(series, vcpus=1, every="10s", **{DELAY: delay, **more})


def pins(**cpus):
    plain = {"web1": "3", "batch": "3", "other": "3", "far": "4-7"} | cpus
    return pd.DataFrame(
        {"host": "kvm7", "domain": [f"u-{name}" for name in plain], "vcpu": 0, "cpus": list(plain.values())}
    )


def test_the_victim_and_who_used_its_cpus():
    found = contention(fleet(), pins())
    frame = found.frame().set_index("name")
    assert frame["victim"].to_dict() == {"web1": True, "batch": False, "far": False, "other": False}
    assert frame.loc["web1", "steal"] == pytest.approx(WAIT.sum() / (WAIT.sum() + 0.4 * N))
    assert frame.loc["web1", "delay_seconds_per_second"] == pytest.approx(WAIT.mean())
    assert frame.loc["web1", ["suspect_name", "suspect", "lag_seconds"]].tolist() == ["batch", "u-batch", 0]
    assert frame.loc["web1", "correlation"] > 0.99
    assert frame["suspect"].isna().sum() == 3
    pairs = found.suspects_frame()
    assert pairs["suspect_name"].tolist() == ["batch", "other"]  # far cannot be
    one, two = pairs.to_dict("records")
    assert one["cpu_while_waiting_vcpus"] == pytest.approx((WAIT @ BURST) / WAIT.sum())
    assert one["cpu_mean_vcpus"] == pytest.approx(BURST.mean())
    assert one["pressure_share"] + two["pressure_share"] == pytest.approx(1)
    assert one["pressure_vcpus"] > 2 * two["pressure_vcpus"]
    assert two["correlation"] < 0.5


def test_without_pins_all_guests_of_the_host_are_suspects_and_that_is_said():
    found = contention(fleet())
    assert set(found.suspects_frame()["suspect_name"]) == {"batch", "far", "other"}
    assert any("no vcpus given" in note and "all guests of a host" in note for note in found.notes)


def test_guests_of_another_host_are_no_suspects():
    frame = fleet(host={"web1": "kvm7", "other": "kvm7", "batch": "kvm8", "far": "kvm8"})
    assert contention(frame).suspects_frame()["suspect_name"].tolist() == ["other"]


def test_a_neighbour_that_is_always_busy_is_found_by_use():
    """Two on one CPU, each half of the time: nothing to correlate, and each is the other's suspect."""
    frame = usage({"a": [0.5] * 30, "b": [0.5] * 30, "idle": [0.02] * 30}, vcpus=1, every="1s",
                  **{DELAY: {"a": 0.5, "b": 0.5, "idle": 0.0}})  # fmt: skip
    cpus = pd.DataFrame(
        {"host": "kvm7", "domain": ["u-a", "u-b", "u-idle"], "vcpu": 0, "cpus": ["1", "1", "0"]}
    )
    found = contention(frame, cpus).frame().set_index("name")
    assert found.loc[["a", "b"], "steal"].tolist() == [0.5, 0.5]
    assert found.loc[["a", "b"], "suspect_name"].tolist() == ["b", "a"]
    assert found.loc[["a", "b"], "correlation"].isna().all()


def test_a_guest_with_more_vcpus_than_cpus_is_its_own_suspect():
    frame = usage({"a": [1.0] * 20, "b": [0.1] * 20}, vcpus=2, every="1s", **{DELAY: {"a": 1.0, "b": 0.0}})
    cpus = pd.DataFrame(
        {"host": "kvm7", "domain": ["u-a"] * 2 + ["u-b"] * 2, "vcpu": [0, 1] * 2, "cpus": "1"}
    )
    found = contention(frame, cpus)
    pairs = found.suspects_frame()
    assert pairs[["suspect_name", "pressure_vcpus"]].to_numpy().tolist() == [
        ["a", pytest.approx(0.5)],
        ["b", pytest.approx(0.1)],
    ]
    assert "its own vCPUs" in repr(found)


@pytest.mark.parametrize("shift", [-2, 0, 1, 3])
def test_a_lag_is_found_and_is_above_0_where_the_use_comes_first(shift):
    noise = np.random.default_rng(7).random(200)
    use, wait = noise[10:190], noise[10 - shift : 190 - shift]
    frame = usage({"v": [0.5] * 180, "s": use}, vcpus=1, every="10s", **{DELAY: {"v": wait, "s": 0.0}})
    found = contention(frame)
    row = found.suspects_frame().iloc[0]
    assert row["lag_seconds"] == 10 * shift
    hourly = frame.assign(time=frame["time"].iloc[0] + 720 * (frame["time"] - frame["time"].iloc[0]))
    said = repr(contention(hourly))
    assert f"{2 * shift} h " in said if shift else " 0 s " in said
    assert row["correlation"] == pytest.approx(1)


def test_chance_is_no_lag():
    """Of few samples that have nothing in common some lag correlates best: it is not believed."""
    draw = np.random.default_rng(0)
    for _ in range(30):
        frame = usage(
            {"v": [0.5] * 20, "s": draw.random(20)}, vcpus=1, **{DELAY: {"v": draw.random(20), "s": 0.0}}
        )
        row = contention(frame).suspects_frame().iloc[0]
        assert row["lag_seconds"] == 0 or row["correlation"] > 0.4


def test_correlations_are_pearsons_over_what_both_know():
    series = {"v": [0.5] * 50, "a": DRAW.random(50), "b": DRAW.random(50)}
    wait = DRAW.random(50)
    series["a"][::7] = np.nan
    wait[::5] = np.nan
    asked = Usage.of(usage(series, vcpus=1, **{DELAY: {"v": wait, "a": 0.0, "b": 0.0}}))
    (found,) = by_host(asked, asked.more[DELAY])
    value, _ = correlations(found, np.array([2]), 0)  # guests are in order of their UUIDs
    expected = pd.Series(wait)
    assert value[0, :2].tolist() == pytest.approx(
        [expected.corr(pd.Series(series["a"])), expected.corr(pd.Series(series["b"]))]
    )
    assert np.isnan(value[0, 2])  # its own use never changes


def test_a_gap_is_not_taken_for_the_next_sample():
    use, wait = DRAW.random(80), np.zeros(80)
    wait[1:] = use[:-1]
    frame = usage({"v": [0.5] * 80, "s": use}, vcpus=1, every="10s", **{DELAY: {"v": wait, "s": 0.0}})
    gone = frame["time"].isin(START + pd.to_timedelta(10 * np.arange(5, 80, 9), unit="s"))
    row = contention(frame[~gone]).suspects_frame().iloc[0]
    assert (row["lag_seconds"], row["correlation"]) == (10, pytest.approx(1))


def test_steal_of_few_samples_counts_for_what_it_is():
    found = contention(fleet(), pins(), steal=0.5).frame()
    assert not found["victim"].any()
    high = found.set_index("name").loc["web1", "steal_p95"]
    each = np.sort(WAIT / (WAIT + 0.4))
    assert high == pytest.approx(each[int(np.ceil(0.95 * N)) - 1])
    assert "none of 4 guests waited for 50 % or more of the CPU time that it asked for" in repr(
        contention(fleet(), pins(), steal=0.5)
    )


def test_a_guest_that_asks_for_next_to_nothing_is_no_victim_whatever_its_share():
    """A microsecond a second is all that it asked for, and it waited for all of it."""
    series = {"idle": [0.0] * 30, "busy": [0.9] * 30, "hurt": [0.5] * 30}
    delay = {"idle": 1e-6, "busy": 0.0, "hurt": 0.1}
    frame = usage(series, vcpus=1, every="10s", **{DELAY: delay})
    found = contention(frame)
    assert found.frame()["name"].tolist() == ["hurt", "idle", "busy"]  # victims first
    assert found.frame()["victim"].tolist() == [True, False, False]
    assert found.frame()["steal"].tolist() == [pytest.approx(1 / 6), 1, 0]
    assert repr(found).startswith(
        "<ContentionReport 1 of 3 guests waited for CPUs: hurt 17 % of what it asked"
    )
    assert any("1 guest asked for so little CPU" in one and "1 ms a second" in one for one in found.notes)
    assert contention(frame, min_delay=0).frame()["victim"].sum() == 2
    assert contention(frame, min_delay=0.1).frame()["victim"].sum() == 1
    none = contention(frame, min_delay=0.2)
    assert "none of 3 guests" in repr(none)
    assert (none.min_delay, none.to_dict()["min_delay"]) == (0.2, 0.2)


def test_all_of_what_it_asked_for_is_written_as_100_percent():
    frame = usage({"a": [0.0] * 30, "b": [1.0] * 30}, vcpus=1, **{DELAY: {"a": 0.9, "b": 0.0}})
    for text in (repr(contention(frame)), contention(frame)._repr_html_()):
        assert "a 100 % of what it asked for" in text
        assert "e+" not in text


def test_it_is_the_same_whatever_the_order_of_the_rows():
    frame = fleet(host={"web1": "kvm8", "other": "kvm7", "batch": "kvm8", "far": "kvm8"})
    one, two = contention(frame), contention(frame.iloc[::-1])
    for part in ("frame", "suspects_frame", "hosts_frame"):
        pd.testing.assert_frame_equal(getattr(one, part)(), getattr(two, part)())
    assert one.hosts_frame()["host"].tolist() == ["kvm7", "kvm8"]
    assert one.suspects_frame()["suspect_name"].tolist() == ["batch", "far"]  # equal, in order of UUIDs


def test_more_lags_than_samples_are_looked_at_as_far_as_there_are_some():
    pairs = contention(fleet(), pins(), lags=10**9).suspects_frame()
    assert pairs["suspect_name"].tolist() == ["batch", "other"]


def test_one_sample_says_who_waited_and_nothing_of_correlation():
    found = contention(fleet().groupby("domain").head(1), pins())
    assert found.frame()["samples"].tolist() == [1] * 4
    assert found.suspects_frame()["correlation"].isna().all()


def test_unknown_free_memory_is_not_all_of_it():
    memory = pd.DataFrame(
        {"host": ["kvm7", "kvm7"], "memory_bytes": 2**34, "memory_free_bytes": [np.nan, np.nan]}
    )
    unknown = contention(fleet(), memory=memory)
    assert unknown.hosts_frame()["memory_free_bytes"].isna().all()
    assert any("free memory of 1 host is not known" in note for note in unknown.notes)
    elsewhere = contention(fleet(), memory=memory.assign(host="another", memory_free_bytes=2**30))
    assert any("free memory of 1 host is not known" in note for note in elsewhere.notes)
    memory["memory_bytes"], memory["memory_free_bytes"] = [np.nan, 2**34], [2**30, 2**35]
    known = contention(fleet(), memory=memory)
    assert known.hosts_frame()["memory_free_bytes"].tolist() == [2**30]
    assert not any("free memory" in note for note in known.notes)
    caches = pd.DataFrame({"host": ["kvm7"], "memory_bytes": 2**34, "memory_free_bytes": 2**35})
    assert contention(fleet(), memory=caches).hosts_frame()["memory_free_share"].tolist() == [
        1
    ]  # at most all


def test_unknown_delays_are_unknown():
    frame = fleet(**{DELAY: np.nan})
    found = contention(frame)
    assert found.frame()["victim"].isna().all()
    assert "delays of 4 guests are not known" in repr(found)
    assert any("4 guests of which the delay is not known" in note for note in found.notes)
    partly = contention(fleet(**{DELAY: {"web1": WAIT, "batch": np.nan, "other": 0.0, "far": 0.0}}), pins())
    assert partly.frame().set_index("name").loc["web1", "suspect_name"] == "batch"  # its use is known


def test_a_victim_without_a_suspect_points_at_the_host_itself():
    found = contention(fleet(), pins(batch="4", other="5"))
    assert found.suspects_frame().empty
    assert any("1 victim without a suspect" in note for note in found.notes)
    assert found.to_dict()["suspects"] == []
    assert "29" in repr(found) or "%" in repr(found)


def test_pins_of_none_of_the_guests_are_said_to_count_for_nothing():
    found = contention(fleet(), pins().assign(host="another"))
    assert any("no guest of the usage frame has a row in vcpus" in note for note in found.notes)
    assert not any("taken to run on any CPU" in note for note in found.notes)
    assert not any("no guest of the usage" in note for note in contention(fleet(), pins()).notes)


def test_guests_without_pins_of_their_own_may_run_anywhere():
    found = contention(fleet(), pins().iloc[:3])
    assert any("1 guest without a row in vcpus" in note for note in found.notes)
    assert "far" in set(found.suspects_frame()["suspect_name"])


def test_a_guest_that_migrated_waits_on_each_host_by_itself():
    frame = fleet()
    later = frame["time"] >= START + pd.Timedelta(seconds=10 * N // 2)
    frame.loc[later & (frame["name"] == "web1"), ["host", DELAY]] = ["kvm8", 0.0]
    found = contention(frame, pins()).frame()
    mine = found[found["name"] == "web1"].set_index("host")
    assert mine["victim"].to_dict() == {"kvm7": True, "kvm8": False}
    assert mine["samples"].to_dict() == {"kvm7": N // 2, "kvm8": N // 2}


def test_an_off_guest_neither_waits_nor_presses():
    frame = fleet(state={"web1": "running", "batch": "shutoff", "other": "running", "far": "running"},
                  interrupted={"web1": None, "batch": "off", "other": None, "far": None})  # fmt: skip
    assert contention(frame, pins()).suspects_frame()["suspect_name"].tolist() == ["other"]


# --- what else is scarce ---------------------------------------------------------------------------------


def test_swap_in_and_free_memory_stand_beside():
    memory = pd.DataFrame(
        {"host": "kvm7", "memory_bytes": 2**34, "memory_free_bytes": [2**33, 2**30, 2**32],
         "memory_cached_bytes": [0, 2**30, 0]}
    )  # fmt: skip
    swap = {"web1": 4096.0, "batch": 0.0, "other": np.nan, "far": 0.0}
    found = contention(fleet(swap_in_bytes_per_second=swap), pins(), memory=memory)
    (host,) = found.hosts_frame().to_dict("records")
    assert (host["swapping"], host["victims"], host["domains"]) == (1, 1, 4)
    assert (host["memory_free_bytes"], host["memory_free_share"]) == (2**31, 0.125)
    asked = WAIT.sum() + 0.4 * N + 2 * BURST.sum() + OTHER.sum()
    assert host["steal"] == pytest.approx(WAIT.sum() / asked)
    assert found.frame().set_index("name")["swap_in_bytes_per_second"].isna()["other"]
    assert "1 guest read back from swap" in repr(found)
    assert "least memory free: 12 % of kvm7 (2 GiB)" in repr(found)


def disks(**latency):
    rows = [
        {"host": "kvm7", "storage_pool_name": "ssd", "domain": f"u-{name}", "name": name, "disk": "vda",
         "time": START + pd.Timedelta(seconds=n), "read_latency_seconds": one, "write_latency_seconds": None}
        for name, values in latency.items()
        for n, one in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_disk_that_is_slow_beside_others_of_its_pool_is_an_outlier():
    frame = disks(a=[0.004] * 20, b=[0.005] * 20, c=[0.004] * 18 + [0.08] * 2, d=[None] * 20)
    found = contention(fleet(), disks=frame)
    rows = found.disks_frame()
    assert rows["name"].tolist() == ["c", "b", "a"]
    assert rows["outlier"].tolist() == [True, False, False]
    assert rows.loc[0, "times"] == pytest.approx(0.08 / 0.005)
    assert "slow disk: vda of c, 80 ms, 16 times what disks of ssd mostly take" in repr(found)


def test_two_disks_tell_no_outlier_and_neither_do_quick_ones():
    assert not contention(fleet(), disks=disks(a=[0.004], b=[0.4])).disks_frame()["outlier"].any()
    quick = disks(a=[0.0001], b=[0.0001], c=[0.009])
    assert not contention(fleet(), disks=quick).disks_frame()["outlier"].any()
    pools = disks(a=[0.001], b=[0.001], c=[0.05], d=[0.05], e=[0.05])
    pools["storage_pool_name"] = ["ssd", "ssd", "hdd", "hdd", "hdd"]
    assert not contention(fleet(), disks=pools).disks_frame()["outlier"].any()


def test_without_pools_disks_are_compared_by_host_and_that_is_said():
    found = contention(fleet(), disks=disks(a=[0.1]).drop(columns="storage_pool_name"))
    assert found.disks_frame()["storage_pool_name"].tolist() == ["kvm7"]
    assert any("compared by host" in note for note in found.notes)


# --- the answer itself -----------------------------------------------------------------------------------


def test_it_reads_as_an_answer_and_says_that_it_is_no_proof():
    found = contention(fleet(), pins())
    assert repr(found).startswith("<ContentionReport 1 of 4 guests waited for CPUs: web1 ")
    assert "with batch>" in repr(found)
    for text in (repr(found), found._repr_html_()):
        assert "correlation, not proof" in text
    plain = found.to_dict()
    assert plain["guests"][0]["suspect_name"] == "batch"
    assert plain["guests"][1]["suspect"] is None
    with pytest.raises(AttributeError):
        found.steal = 1


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"usage": fleet().drop(columns=DELAY)}, ValueError, f"no column '{DELAY}'.*rates.usage"),
        ({"usage": fleet(**{DELAY: -0.1})}, ValueError, f"'{DELAY}' of the usage frame is -0.1 in row 0"),
        ({"steal": 5}, ValueError, "steal must be a share.*not 5"),
        ({"min_delay": -1}, ValueError, "min_delay must be 0 or more, not -1"),
        ({"lags": -1}, ValueError, "lags must be 0 or more"),
        ({"vcpus": pins().drop(columns="cpus")}, ValueError, "vcpus frame has no column 'cpus'"),
        ({"memory": pd.DataFrame({"host": ["a"]})}, ValueError, "memory frame has no column 'memory_bytes'"),
        ({"disks": pd.DataFrame({"host": ["a"]})}, ValueError, "disks frame has no column 'domain'"),
    ],
)
def test_what_cannot_be_right_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        contention(**{"usage": fleet(), **arguments})
