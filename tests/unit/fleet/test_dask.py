"""Dask's workers: which clients are taken, what is said where there are none, and that they end."""

from __future__ import annotations

import builtins
import multiprocessing
import os
from typing import Any

import distributed
import pandas as pd
import pytest

import virtsdk
from virtsdk.errors import MissingDependency
from virtsdk.fleet.dask import over
from virtsdk.history import replay


def where(number: int) -> tuple[int, int]:
    return number, os.getpid()


def test_workers_of_this_machine_are_processes_that_end() -> None:
    before = {one.pid for one in multiprocessing.active_children()}
    found = over("local")(where, range(5))
    assert [number for number, _ in found] == [0, 1, 2, 3, 4]
    assert os.getpid() not in {process for _, process in found}
    assert {one.pid for one in multiprocessing.active_children()} <= before


def test_a_client_is_used_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 500)
    recording = virtsdk.example_recording()
    with distributed.Client(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as client:
        found = recording.usage("1h", client=client)
        assert client.status == "running"
    pd.testing.assert_frame_equal(found, recording.usage("1h"), check_exact=True)


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
