"""Frames of samples that are made when they are read."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.unit.stats.records import DB, WEB, fleet, running
from virtsdk.stats import from_records
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.times import Clock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def made(stats):
    return set(stats._frames.made)


def test_a_frame_is_made_when_it_is_read():
    records = [(WEB, "web1", running()), (DB, "db1", {"odd": 1, "cpu.time": "much"})]
    stats = from_records(records, host="kvm7", time=NOON)
    assert made(stats) == set()
    records[0][2]["cpu.time"] = 1  # what it was is kept
    assert stats.domains["cpu_time_seconds_total"].tolist()[1] == pytest.approx(22.002276)
    assert made(stats) == {"domains"}
    assert set(stats.other["key"]) == {"odd", "cpu.time"}
    assert made(stats) == {"domains", "other"}


def test_what_does_not_fit_is_told_once_whatever_was_read_before():
    def sample():
        return from_records([(WEB, "web1", running(**{"vcpu.0.time": 0.5}))], host="kvm7", time=NOON)

    first, second = sample(), sample()
    first.vcpus  # noqa: B018
    pd.testing.assert_frame_equal(first.other, second.other)
    assert second.other["key"].tolist() == ["vcpu.0.time"]


def test_copies_are_whole():
    stats = from_records(fleet(30), host="kvm7", time=NOON, clock=Clock("a", 5.0), complete=False)
    for copied in (pickle.loads(pickle.dumps(stats)), copy.deepcopy(stats)):
        assert (copied.clock, copied.complete, repr(copied)) == (("a", 5.0), False, repr(stats))
        for name, frame in stats.frames.items():
            pd.testing.assert_frame_equal(copied.frames[name], frame)


def test_showing_many_domains_makes_frames_of_those_that_are_shown():
    records = [*fleet(200), ("u0", "a1", {"state.state": 5})]
    stats = from_records(records[::-1], host="kvm7", time=NOON)
    shown = repr(stats), stats._repr_html_()
    assert made(stats) == set()
    whole = Stats(stats.given, host="kvm7", time=stats.time)
    assert (repr(whole), whole._repr_html_()) == shown
    assert "201 domains, 200 running" in shown[0]
    assert shown[0].splitlines()[2].startswith("a1")
    assert "and 181 more" in shown[0]
