"""Dask's workers: which clients are taken, what is said where there are none, and that they end."""

from __future__ import annotations

import builtins
import gc
import multiprocessing
import os
import weakref
from typing import Any

import distributed
import pandas as pd
import pytest

import virtsdk
from virtsdk.errors import MissingDependency
from virtsdk.fleet import dask
from virtsdk.fleet.dask import over
from virtsdk.history.reading import apart, replay


def where(number: int) -> tuple[int, int]:
    return number, os.getpid()


def test_workers_of_this_machine_are_processes_that_end() -> None:
    before = {one.pid for one in multiprocessing.active_children()}
    found = over("local")(where, [7])  # as many as there is work for: a process takes a second to come up
    assert [number for number, _ in found] == [7]
    assert os.getpid() not in {process for _, process in found}
    assert {one.pid for one in multiprocessing.active_children()} <= before


def test_a_client_is_used_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "TASKS", 2)
    monkeypatch.setattr(replay, "CHUNK", 2000)
    recording = virtsdk.example_recording()
    with distributed.Client(
        processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
    ) as client:
        found = recording.usage("1h", client=client)
        assert client.status == "running"
    pd.testing.assert_frame_equal(found, recording.usage("1h"), check_exact=True)


class Counting:
    """Workers that are asked for one answer after the other, and hold what was not taken from them."""

    def __init__(self) -> None:
        self.held: list[weakref.ref[Any]] = []
        self.most = 0

    def map(self, function: Any, arguments: Any, *, pure: bool) -> list[Any]:
        class Future:
            def __init__(self, argument: Any) -> None:
                self.argument = argument

            def result(self) -> Any:
                return function(self.argument)

        futures = [Future(one) for one in arguments]
        self.held += [weakref.ref(one) for one in futures]
        self.most = max(self.most, sum(one() is not None for one in self.held))
        return futures

    def gather(self, futures: Any) -> list[Any]:
        return [one.result() for one in futures]


def test_what_is_here_is_not_held_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "WAITING", 3)
    workers = Counting()
    assert over(workers)(str, range(9)) == list("012345678")
    assert workers.most == 3  # not all that there is to do, and nothing that was answered
    gc.collect()
    assert not any(one() for one in workers.held)


def test_after_an_error_nothing_is_waited_for() -> None:
    workers = Counting()
    with pytest.raises(ZeroDivisionError) as raised:
        over(workers)(lambda number: 1 // number, range(3))
    gc.collect()
    assert raised.traceback  # which keeps what its frames had
    assert not [one for one in workers.held[1:] if one()]


@pytest.mark.parametrize("client", ["locally", 4, object()])
def test_what_is_no_client_is_refused(client: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="client must be 'local' or a"):
        virtsdk.example_recording().usage(client=client)


def test_an_asynchronous_client_is_refused() -> None:
    class Asynchronous:
        asynchronous = True
        map = gather = lambda self, *arguments: None

    with pytest.raises(TypeError, match="not an asynchronous one"):
        virtsdk.example_recording().rates(client=Asynchronous())  # pyright: ignore


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "distributed":
            raise ModuleNotFoundError(name=name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"client= needs Dask: pip install 'virtsdk\[fleet\]'"):
        virtsdk.example_recording().usage(client="local")
