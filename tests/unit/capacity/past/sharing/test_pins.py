"""The CPUs that vCPUs may use, and how much of a guest's use falls on those of another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from virtsdk.capacity import checks
from virtsdk.capacity.past.sharing.pins import Pins, cpus_in


def pins(**guests):
    """By guest: the CPUs of each of its vCPUs."""
    rows = [("kvm7", name, n, cpus) for name, each in guests.items() for n, cpus in enumerate(each)]
    return Pins(pd.DataFrame(rows, columns=["host", "domain", "vcpu", "cpus"]))


@pytest.mark.parametrize(
    ("words", "cpus"),
    [
        ("3", {3}),
        ("0-3", {0, 1, 2, 3}),
        ("0-3,^2,8", {0, 1, 3, 8}),
        (" 1, 2", {1, 2}),
        ("0-3,^1-2", {0, 3}),
        ([4, 5], {4, 5}),
        (np.array([7]), {7}),
        (None, None),
        (float("nan"), None),
        (pd.NA, None),
    ],
)
def test_cpus_are_read_as_libvirt_writes_them(words, cpus):
    assert cpus_in(words) == (None if cpus is None else frozenset(cpus))


@pytest.mark.parametrize(
    "words",
    ["", "3-", "a", 5, ["x"], "1;2", "3-1", "0,3-1", "0-3,^2-1", "^3", "1,^1", "1,^0-3", [], [-1], [1.5],
     [True], "0-99999999999", [2**16], [np.float64(2.5)], np.int64(5)],
)  # fmt: skip
def test_what_are_no_cpus_is_refused_by_row(words):
    with pytest.raises(ValueError, match=r"expected (one )?CPU"):
        cpus_in(words)
    with pytest.raises(ValueError, match=r"column 'cpus' of the vcpus frame in row 1 \(domain 'b'\)"):
        pins(a=["1"], b=[words])


def test_a_range_that_ends_before_it_begins_is_named():
    """It is no way to write no CPU: a guest with it would meet nobody."""
    with pytest.raises(ValueError, match="not '0,3-1': the range '3-1' ends before it begins"):
        cpus_in("0,3-1")


def test_messages_write_numbers_as_people_do():
    rows = pd.DataFrame({"host": "h", "domain": ["a"] * 2, "vcpu": np.array([0, 0]), "cpus": ["1", "2"]})
    with pytest.raises(ValueError, match="more than one row for host 'h', domain 'a', vcpu 0;"):
        Pins(rows)
    with pytest.raises(ValueError, match=r"not 5$"):
        cpus_in(np.int64(5))
    with pytest.raises(ValueError, match=r"lags must be 0 or more, not -1$"):
        checks.counter(np.int64(-1), "lags")
    with pytest.raises(ValueError, match=r"steal must be 0 or more, not -0.5$"):
        checks.scalar(np.float64(-0.5), "steal")
    with pytest.raises(TypeError, match=r"flag must be True or False, not 1$"):
        checks.flag(np.int64(1), "flag")


def test_use_falls_on_another_guests_cpus_by_the_share_that_both_may_use():
    shares, crowded = pins(a=["1"], b=["1"], c=["2"], d=["1-4"], e=["1", "9"]).shares("kvm7", list("abcde"))
    assert shares[0].tolist() == pytest.approx([1, 1, 0, 0.25, 0.5])
    assert shares[3].tolist() == pytest.approx([1, 1, 1, 1, 0.5])  # of a guest that may use 1 to 4
    assert not crowded.any()


def test_a_guest_that_may_run_anywhere_meets_all():
    shares, _ = pins(a=["1"], any=[None]).shares("kvm7", ["a", "any", "unknown"])
    assert shares[1].tolist() == [1, 1, 1]
    assert 0 < shares[0, 1] < 1
    assert shares[0, 1] == shares[0, 2]
    assert pins(a=["1"]).unknown("kvm7", ["a", "unknown"]) == 1
    assert pins(a=["1"]).unknown("kvm8", ["a"]) == 1  # of another host


def test_more_vcpus_than_cpus_are_in_their_own_way():
    _, crowded = pins(a=["1", "1"], b=["1-2", "1-2"], c=["1", None]).shares("kvm7", list("abc"))
    assert crowded.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        ({"host": ["h"], "domain": ["a"], "vcpu": [0]}, ValueError, "no column 'cpus'.*vcpus_frame"),
        ({"host": "h", "domain": "a", "vcpu": [0, 0], "cpus": ["1", "2"]}, ValueError, "more than one"),
        ({"host": ["h"], "domain": ["a"], "vcpu": ["x"], "cpus": ["1"]}, TypeError, "'vcpu'"),
    ],
)  # fmt: skip
def test_a_frame_that_cannot_be_right_is_refused(frame, error, words):
    with pytest.raises(error, match=words):
        Pins(pd.DataFrame(frame))
