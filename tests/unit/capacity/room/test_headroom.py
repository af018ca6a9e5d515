"""`headroom`: what is promised against what may be."""

from __future__ import annotations

import json
import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk import capacity
from virtsdk.capacity import CapacityWarning, Policy, headroom
from virtsdk.words import DomainState

GIB = 2**30
HOSTS = pd.DataFrame(
    {"host": ["kvm1", "kvm2"], "cpus": [8, 16], "cores": [4, 8], "memory_bytes": [32 * GIB, 64 * GIB]}
)
DOMAINS = pd.DataFrame(
    {
        "host": ["kvm1", "kvm1", "kvm2", "kvm2"],
        "domain": ["u1", "u2", "u3", "u4"],
        "name": ["web1", "web2", "db1", "off1"],
        "state": ["running", "paused", "running", "shutoff"],
        "vcpus": pd.array([4, 8, 40, 2], dtype="Int64"),
        "memory_bytes": [8 * GIB, 4 * GIB, 70 * GIB, GIB],
    }
)
PLAIN = Policy(vcpu_ratio=2, memory_ratio=1, reserve_memory_bytes=0)


def row(report, host):
    return report.frame().set_index("host").loc[host]


def test_committed_is_summed_and_capacity_follows_the_policy():
    policy = Policy(vcpu_ratio=2, memory_ratio=1.5, reserve_cpus=1, reserve_memory_bytes=2 * GIB)
    one = row(headroom(HOSTS, DOMAINS, policy), "kvm1")
    assert (one["vcpus_capacity"], one["vcpus_committed"], one["vcpus_headroom"]) == (14, 12, 2)
    assert one["memory_capacity_bytes"] == 45 * GIB
    assert one["memory_committed_bytes"] == 12 * GIB
    assert one["memory_headroom_bytes"] == 33 * GIB
    assert one["vcpus_share"] == pytest.approx(12 / 14)
    assert (one["domains"], one["binding"]) == (2, "vcpus")


def test_too_much_committed_is_negative_headroom():
    two = row(headroom(HOSTS, DOMAINS, PLAIN), "kvm2")
    assert two["vcpus_headroom"] == -8
    assert two["memory_headroom_bytes"] == -6 * GIB
    assert two["vcpus_share"] == 1.25
    assert "2 hosts" in repr(headroom(HOSTS, DOMAINS, PLAIN))
    assert "1 overcommitted" in repr(headroom(HOSTS, DOMAINS, PLAIN))


def test_guests_that_are_off_are_shown_beside_and_count_only_where_asked():
    two = row(headroom(HOSTS, DOMAINS, PLAIN), "kvm2")
    assert (two["domains"], two["domains_inactive"], two["vcpus_inactive"]) == (1, 1, 2)
    assert two["memory_inactive_bytes"] == GIB
    counted = row(headroom(HOSTS, DOMAINS, Policy(vcpu_ratio=2, count_inactive=True)), "kvm2")
    assert (counted["domains"], counted["vcpus_committed"]) == (2, 42)


@pytest.mark.parametrize("state", DomainState)
def test_only_a_guest_that_holds_nothing_does_not_count(state):
    one = row(headroom(HOSTS, DOMAINS.assign(state=str(state)), PLAIN), "kvm1")
    counted = 0 if state in ("nostate", "shutoff", "crashed") else 2
    assert (one["domains"], one["domains_inactive"]) == (counted, 2 - counted)


def test_a_crashed_guest_that_is_kept_holds_what_it_has():
    crashed = DOMAINS.assign(state="crashed", run_id=pd.array([7, None, None, None], dtype="Int64"))
    one = row(headroom(HOSTS, crashed, PLAIN), "kvm1")
    assert (one["vcpus_committed"], one["domains"], one["domains_inactive"]) == (4, 1, 1)


@pytest.mark.parametrize("state", [None, "newer"])
def test_a_guest_whose_state_is_not_known_counts(state):
    domains = DOMAINS.assign(state=pd.array([state] * 4, dtype="str"))
    assert row(headroom(HOSTS, domains, PLAIN), "kvm1")["domains"] == 2


@pytest.mark.parametrize(("vcpus", "binding"), [(3, "memory"), (4, "vcpus"), (5, "vcpus")])
def test_of_two_resources_that_are_as_full_vcpus_are_binding(vcpus, binding):
    hosts = pd.DataFrame({"host": ["kvm1"], "cpus": [8], "memory_bytes": [8 * GIB]})
    domains = pd.DataFrame({"host": ["kvm1"], "vcpus": [vcpus], "memory_bytes": [4 * GIB]})
    found = headroom(hosts, domains, Policy(vcpu_ratio=1, reserve_memory_bytes=0))
    assert row(found, "kvm1")["binding"] == binding


def test_without_a_state_every_guest_counts():
    two = row(headroom(HOSTS, DOMAINS.drop(columns="state"), PLAIN), "kvm2")
    assert two["domains"] == 2


def test_cores_can_be_what_counts():
    one = row(headroom(HOSTS, DOMAINS, Policy(vcpu_ratio=2, cpu_column="cores")), "kvm1")
    assert (one["cpus"], one["vcpus_capacity"]) == (4, 8)


def test_a_host_without_guests_is_all_headroom():
    for domains in (DOMAINS.iloc[:0], DOMAINS[DOMAINS["host"] == "kvm1"]):
        two = row(headroom(HOSTS, domains, PLAIN), "kvm2")
        assert (two["vcpus_committed"], two["vcpus_headroom"], two["domains"]) == (0, 32, 0)
        assert two["memory_headroom_bytes"] == 64 * GIB


def test_a_reserve_above_what_there_is_leaves_nothing():
    one = row(headroom(HOSTS, DOMAINS, Policy(reserve_cpus=99)), "kvm1")
    assert (one["vcpus_capacity"], one["vcpus_headroom"]) == (0, -12)
    assert pd.isna(one["vcpus_share"])


def test_a_figure_that_is_missing_is_not_zero():
    domains = DOMAINS.assign(vcpus=pd.array([4, None, 40, 2], dtype="Int64"))
    with pytest.warns(CapacityWarning, match="no vcpus is known of web2"):
        report = headroom(HOSTS, domains, PLAIN)
    one = row(report, "kvm1")
    assert pd.isna(one["vcpus_committed"])
    assert pd.isna(one["vcpus_headroom"])
    assert one["memory_headroom_bytes"] == 20 * GIB
    assert one["domains_unknown"] == 1
    assert row(report, "kvm2")["vcpus_headroom"] == -8
    assert "web2" in report.notes[0]
    assert "web2" in repr(report)
    assert "web2" in report._repr_html_()


def test_what_is_missing_of_a_guest_that_is_off_does_not_matter():
    domains = DOMAINS.assign(vcpus=pd.array([4, 8, 40, None], dtype="Int64"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert row(headroom(HOSTS, domains, PLAIN), "kvm2")["vcpus_headroom"] == -8


@pytest.mark.parametrize(
    ("hosts", "domains", "error", "words"),
    [
        (HOSTS.drop(columns="cpus"), DOMAINS, ValueError, ["hosts", "'cpus'"]),
        (HOSTS, DOMAINS.drop(columns="memory_bytes"), ValueError, ["domains", "'memory_bytes'"]),
        (HOSTS.assign(cpus=[8, float("nan")]), DOMAINS, ValueError, ["'cpus'", "'kvm2'"]),
        (HOSTS.assign(memory_bytes=[-1, 5]), DOMAINS, ValueError, ["'memory_bytes'", "-1", "'kvm1'"]),
        (HOSTS.assign(cpus=[8, float("inf")]), DOMAINS, ValueError, ["'cpus'", "inf", "'kvm2'"]),
        (HOSTS.assign(cpus=["8", "16"]), DOMAINS, TypeError, ["'cpus'", "numbers"]),
        (HOSTS, DOMAINS.assign(vcpus=[4, -8, 1, 1]), ValueError, ["'vcpus'", "-8", "'web2'"]),
        (HOSTS, DOMAINS.assign(vcpus=[True, False, True, True]), TypeError, ["'vcpus'", "bool"]),
        (HOSTS.iloc[:1], DOMAINS, ValueError, ["'db1'", "and 1 more", "'kvm2'", "'kvm1'"]),
        (pd.concat([HOSTS, HOSTS]), DOMAINS, ValueError, ["more than one row", "'kvm1'"]),
        (HOSTS, pd.concat([DOMAINS, DOMAINS]), ValueError, ["more than one row", "'u1'", "point in time"]),
        (HOSTS.to_dict(), DOMAINS, TypeError, ["hosts must be a DataFrame"]),
        (HOSTS, None, TypeError, ["domains must be a DataFrame"]),
    ],
)
def test_a_frame_that_cannot_be_right_is_named_by_column_and_row(hosts, domains, error, words):
    with pytest.raises(error) as caught:
        headroom(hosts, domains, PLAIN)
    for word in words:
        assert word in str(caught.value)


def test_a_guest_on_two_hosts_counts_on_both_and_is_told():
    twice = DOMAINS.assign(domain=["u1", "u2", "u1", "u4"])
    with pytest.warns(CapacityWarning, match="1 guest is on several hosts by UUID .'u1' on 'kvm1', 'kvm2'"):
        report = headroom(HOSTS, twice, PLAIN)
    pd.testing.assert_frame_equal(report.frame(), headroom(HOSTS, DOMAINS, PLAIN).frame())
    moved = DOMAINS.assign(domain=["u1", "u2", "u3", "u1"])  # its definition stayed behind, and is off
    assert row(headroom(HOSTS, moved, PLAIN), "kvm2")["domains"] == 1
    assert not headroom(HOSTS, moved, PLAIN).notes
    with pytest.warns(CapacityWarning, match="'u1'"):
        headroom(HOSTS, moved, Policy(count_inactive=True))
    with pytest.raises(ValueError, match=r"more than one row.*'u1'|'u1' on more than one row"):
        headroom(HOSTS, DOMAINS.assign(domain="u1", host="kvm1"), PLAIN)


def test_no_hosts_at_all():
    report = headroom(HOSTS.iloc[:0], DOMAINS.iloc[:0], PLAIN)
    assert report.frame().empty
    assert "0 hosts" in repr(report)
    assert "no hosts" in report._repr_html_()


def test_the_report_is_frozen_plain_and_readable():
    report = headroom(HOSTS, DOMAINS, PLAIN)
    mine = report.frame()
    mine.loc[0, "vcpus_headroom"] = 99
    assert row(report, "kvm1")["vcpus_headroom"] == 4
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["policy"]["vcpu_ratio"] == 2
    assert plain["hosts"][0]["memory_headroom_bytes"] == 20 * GIB
    for shown in (repr(report), report._repr_html_()):
        for word in ("kvm1", "12 GiB", "32 GiB", "20 GiB"):
            assert word in shown
    assert "<script" not in report._repr_html_()


def test_a_hostile_host_name_is_escaped():
    hosts = HOSTS.assign(host=["<script>x</script>", "kvm2"])
    report = headroom(hosts, DOMAINS.iloc[:0], PLAIN)
    assert "<script" not in report._repr_html_()


def test_everything_is_reached_from_the_package():
    assert capacity.headroom is headroom
    assert issubclass(CapacityWarning, UserWarning)


sizes = st.integers(0, 2**39)
host_sizes = st.integers(2**35, 2**46)  # 64 MiB for each of 512 CPUs


@examples(15)
@given(
    st.lists(st.tuples(st.integers(0, 512), host_sizes), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 256), sizes), max_size=12),
    st.floats(0.1, 20),
)
def test_nothing_is_lost_and_headroom_is_what_is_left(hosts, guests, ratio):
    frame = pd.DataFrame(
        [{"host": f"h{n}", "cpus": cpus, "memory_bytes": memory} for n, (cpus, memory) in enumerate(hosts)]
    )
    domains = pd.DataFrame(
        [
            {"host": f"h{n % len(hosts)}", "vcpus": vcpus, "memory_bytes": memory}
            for n, vcpus, memory in guests
        ],
        columns=["host", "vcpus", "memory_bytes"],
    )
    found = headroom(frame, domains, Policy(vcpu_ratio=ratio, reserve_memory_bytes=0)).frame()
    assert found["vcpus_committed"].sum() == domains["vcpus"].sum()
    assert found["memory_committed_bytes"].sum() == domains["memory_bytes"].sum()
    assert found["domains"].sum() == len(domains)
    for one, (cpus, memory) in zip(found.itertuples(), hosts, strict=True):
        assert cpus * ratio - 1 <= one.vcpus_capacity <= cpus * ratio + 1e-6
        assert one.memory_capacity_bytes == memory
        assert one.vcpus_headroom == one.vcpus_capacity - one.vcpus_committed
        assert one.memory_headroom_bytes == memory - one.memory_committed_bytes


@pytest.mark.parametrize("dtype", ["str", "object"])
def test_names_of_hosts_may_be_texts_of_any_kind(dtype):
    hosts = pd.DataFrame({"host": pd.Series(["a", "b"], dtype=dtype), "cpus": [4, 8], "memory_bytes": 2**30})
    domains = pd.DataFrame(
        {"host": pd.Series(["b", "b"], dtype="object"), "vcpus": [1, 2], "memory_bytes": 5}
    )
    found = headroom(hosts, domains).frame()
    assert found["vcpus_committed"].tolist() == [0, 3]
    assert found["host"].tolist() == ["a", "b"]


def test_guests_that_are_off_are_said_in_the_answer():
    off = DOMAINS.assign(state=["running", "shutoff", "running", "shutoff"])
    assert headroom(HOSTS, off, PLAIN).sentence.endswith(", 2 guests that are off not counted")
    assert "1 guest that is off not counted" in headroom(HOSTS, DOMAINS, PLAIN).sentence
    for none in (Policy(count_inactive=True), PLAIN):
        on = DOMAINS if none.count_inactive else DOMAINS.drop(columns="state")
        assert "off" not in headroom(HOSTS, on, none).sentence
