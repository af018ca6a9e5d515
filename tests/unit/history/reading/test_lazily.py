"""Frames of Dask are, once computed, those of one process, and cost nothing before."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import dask
import pandas as pd
import pytest

import virtsdk
from virtsdk.errors import RecordingError
from virtsdk.history.reading import lazily, replay

SOME = ["kvm0", "kvm3", "kvm7", "kvm8"]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(lazily, "ROWS", 400)
    monkeypatch.setattr(replay, "CHUNK", 2000)
    with dask.config.set(scheduler="synchronous"):
        yield


def same(found: Any, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found._meta.iloc[:0], expected.iloc[:0], check_index_type=False)
    pd.testing.assert_frame_equal(found.compute().reset_index(drop=True), expected, check_exact=True)


@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("as_of_today", {"every": None, "start": "2026-03-02 07:00", "hosts": SOME}),
        ("as_of_1_3", {"every": "1D", "tz": "Asia/Kathmandu", "hosts": SOME}),
        ("rolled", {"every": "1h"}),
    ],
)
def test_usage(form: str, how: dict[str, Any], request: pytest.FixtureRequest) -> None:
    recording = virtsdk.open_recording(request.getfixturevalue(form))
    found = recording.usage(**how, lazy=True)
    assert found.npartitions > 1
    same(found, recording.usage(**how))


def test_rates_of_parts(as_of_today: Path) -> None:
    recording = virtsdk.open_recording(as_of_today)
    chosen: dict[str, Any] = {"hosts": SOME, "start": "2026-03-03"}
    rates, found = recording.rates(**chosen), recording.rates(**chosen, lazy=True)
    assert found.frames.keys() == rates.frames.keys()
    for name in ("domains", "vcpus", "disks", "nics"):
        same(found.frames[name], getattr(rates, name))
    assert repr(found).startswith(f"<LazyRates {found.nics.npartitions} parts of ")


def test_nothing_is_worked_out_before_it_is_computed(
    as_of_today: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    real = replay.rate_frame
    monkeypatch.setattr(
        replay, "rate_frame", lambda name, given, *more: rows.append(len(given)) or real(name, given, *more)
    )
    found = virtsdk.open_recording(as_of_today).usage(lazy=True)
    assert not any(rows)
    found.partitions[0].compute()
    assert any(rows)


def test_a_machine_that_does_not_see_the_recording_says_so(as_of_today: Path) -> None:
    rates = virtsdk.open_recording(as_of_today).rates(lazy=True)
    share = pickle.loads(pickle.dumps(rates._shares[0]))
    object.__setattr__(share.recording, "directory", Path("/nowhere/history"))
    with pytest.raises(RecordingError, match="does not see /nowhere/history"):
        lazily.made(share)


def test_a_client_beside_it_is_refused(as_of_today: Path) -> None:
    with pytest.raises(ValueError, match="client must be left out with lazy=True"):
        virtsdk.open_recording(as_of_today).usage(lazy=True, client="local")  # pyright: ignore
