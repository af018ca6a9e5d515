"""A host that hangs costs the one call that it hangs in; what was not taken is a row with its reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from tests.unit.stats.records import WEB, running
from virtsdk import errors
from virtsdk.history.columns import SAMPLES
from virtsdk.history.sampling import sampler
from virtsdk.history.sampling.sampler import Sampler
from virtsdk.history.sampling.samples import Sample, frames_of_samples
from virtsdk.resources.figures.clock import Moment
from virtsdk.resources.figures.domains import Read
from virtsdk.stats.samples.node import RawNode
from virtsdk.stats.samples.times import Clock

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC")


class Bench:
    """A sampler of a host that says what `answers` has next; an error is raised."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[Exception | None] = []
        self.asked = 0
        self.host: Any = SimpleNamespace(name="kvm7", parked_calls=[])
        self.rows: list[dict[str, Any]] = []
        self.sampler = Sampler(self.host, self.take, begin=0, interval=10)
        monkeypatch.setattr(sampler, "read_node", self.node)
        monkeypatch.setattr(sampler, "read_domains", lambda host, deadline: self.read)
        self.read = Read([(WEB, "web1", running())], Moment(NOON, Clock("a", 12.5)), True, (), {})

    def node(self, host: object, timeout: float) -> object:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        return RawNode({}, "kvm7", NOON)

    def take(self, sample: Sample) -> None:
        (rows,) = frames_of_samples([sample])[SAMPLES]
        self.rows += rows.to_dict("records")

    def sample(self) -> dict[str, Any]:
        self.sampler._sample(0.0)
        return self.rows[-1]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_a_host_that_hangs_is_asked_again_only_when_its_call_has_returned(bench: Bench) -> None:
    bench.answers = [errors.TimedOut("no answer in 5 s")]
    row = bench.sample()
    assert (row["taken"], row["missed"], row["error"]) == (False, 1, "no answer in 5 s")
    bench.host.parked_calls.append(("read the figures of", 5.0))
    for _ in range(3):
        assert "not asked again before a call that waits has returned" in bench.sample()["error"]
    assert bench.asked == 1
    bench.host.parked_calls.clear()
    assert bench.sample()["taken"]
    assert bench.asked == 2


def test_calls_that_hang_for_others_do_not_stop_it_unless_they_are_many(bench: Bench) -> None:
    bench.host.parked_calls += [("migrate", 60.0)] * (sampler.MOST_PARKED - 1)
    assert bench.sample()["taken"]
    bench.host.parked_calls.append(("migrate", 60.0))
    assert not bench.sample()["taken"]


def test_a_driver_without_figures_of_the_machine_is_sampled_and_says_so(bench: Bench) -> None:
    bench.answers = [errors.NotSupported("the driver does not do that")]
    row = bench.sample()
    assert (row["taken"], row["domains"], row["error"]) == (True, 1, "the driver does not do that")
    assert pd.isna(row["node_time"])


def test_what_nobody_thought_of_is_a_row_and_not_the_end(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.answers = [ZeroDivisionError("by zero")]
    assert bench.sample()["error"] == "by zero"
    assert "ZeroDivisionError" in caplog.text
    assert bench.sample()["taken"]
    assert (bench.sampler.taken, bench.sampler.missed) == (1, 1)


def test_a_host_that_was_closed_ends_it(bench: Bench) -> None:
    bench.answers = [errors.HostClosed("the connection was closed")]
    with pytest.raises(errors.HostClosed):
        bench.sample()
    assert bench.rows[-1]["error"] == "the connection was closed"


def test_a_row_says_what_the_clock_that_is_never_set_said(bench: Bench) -> None:
    row = bench.sample()
    assert (row["clock"], row["clock_seconds"]) == ("a", 12.5)
    assert pd.isna(row["node_clock_seconds"])
