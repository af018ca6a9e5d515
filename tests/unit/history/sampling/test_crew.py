"""Samplers of hosts that come and go: from when they are there, and by the list that was read last."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from virtsdk import errors
from virtsdk.history.columns import HOSTS
from virtsdk.history.hosts import LateHost, Place
from virtsdk.history.sampling import crew
from virtsdk.history.sampling.crew import Crew
from virtsdk.history.writing.note import read_note

AGO = 3600.0


def late(uri: str = "test:///default") -> LateHost:
    def down() -> Any:
        raise errors.ConnectError("down")

    return LateHost(uri, down)


class Bench:
    """A crew that has been at work for an hour, of the hosts in `given`."""

    def __init__(self, directory: Path, given: dict[str, LateHost], **options: Any) -> None:
        self.given: Any = given
        self.rows: list[pd.DataFrame] = []
        writer: Any = SimpleNamespace(
            directory=directory, add=lambda frames: self.rows.append(frames[HOSTS]), add_sample=None
        )
        self.crew = Crew(
            writer,
            [Place(name, host) for name, host in given.items()],
            give=self.give,
            **{"begin": time.monotonic() - AGO, "interval": 10.0, "until": None, "storage": None}
            | {"include": frozenset({"jobs"})}
            | options,
        )

    def give(self) -> Any:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    def names(self) -> list[str]:
        return [one.name for one in self.crew.samplers]


def test_whoever_joins_has_missed_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"a": late()})
    bench.given = bench.given | {"b": late()}
    now = time.monotonic()
    bench.crew.refresh()
    old, new = bench.crew.samplers
    assert old.due is not None and old.due < now - AGO / 2
    assert new.due is not None and new.due >= now
    assert bench.rows[0]["host"].tolist() == ["b"]
    jobs = [one for _, _, (one,) in bench.crew._of.values()]
    assert jobs[1].due is not None and jobs[1].due > now


def test_one_that_joins_right_before_the_end_is_not_due_after_it(tmp_path: Path) -> None:
    until = time.monotonic() + 60.0
    bench = Bench(tmp_path, {"a": late()}, until=until, interval=600.0)
    bench.given = {f"kvm{number}": late() for number in range(50)}
    bench.crew.refresh()
    assert all(one.due is not None and one.due <= until for one in bench.crew.samplers)


def test_a_host_that_moved_is_announced_though_it_was_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"a": late()})
    bench.given = {"a": late("test:///other")}
    bench.crew.refresh()
    assert bench.rows[0][["host", "uri"]].to_numpy().tolist() == [["a", "test:///other"]]


def test_another_handle_of_the_same_uri_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"a": late()})
    before = bench.crew.samplers
    bench.given = {"a": late()}
    bench.crew.refresh()
    assert bench.crew.samplers == before and not bench.rows


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "not an empty list"),
        (ValueError("hosts.toml must be TOML"), "must be TOML"),
        (KeyError(), "KeyError"),
        ({"a": "qemu:///system"}, "not str"),
    ],
)
def test_what_cannot_be_taken_leaves_the_hosts_as_they_are(tmp_path: Path, given: Any, why: str) -> None:
    there = {"a": late(), "b": late()}
    bench = Bench(tmp_path, there)
    bench.given = given
    bench.crew.refresh()
    assert bench.names() == ["a", "b"]
    assert bench.crew.trouble is not None and why in bench.crew.trouble
    said = read_note(tmp_path)
    assert said is not None and why in said
    bench.given = {"b": there["b"]}
    bench.crew.refresh()
    assert (bench.names(), bench.crew.trouble, read_note(tmp_path)) == (["b"], None, None)


def test_samples_of_those_who_left_count(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"a": late(), "b": late()})
    bench.crew.samplers[0].taken = 5
    bench.given = {"b": bench.given["b"]}
    bench.crew.refresh()
    assert bench.crew.taken == 5


def test_whoever_leaves_says_nothing_of_a_sample_that_fails_by_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"a": late(), "b": late()})
    gone = bench.crew.samplers[0]
    taken: list[object] = []
    gone._take = taken.append
    gone.run()
    assert len(taken) == 2  # not taken, and those left out of an hour
    bench.given = {"b": bench.given["b"]}
    bench.crew.refresh()
    gone._sample(time.monotonic())
    assert len(taken) == 2 and gone.due is None


def test_a_list_is_not_asked_for_after_the_time_is_over() -> None:
    often = crew._Often(lambda: None, begin=5.0, every=3.0, until=6.0)
    assert often.due == 5.0
    often.run()
    assert often.due is None
