"""The order and the distances of samples: read for some hosts at a time, they are those of all at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import virtsdk
from virtsdk.history.columns import SAMPLES
from virtsdk.history.reading import frames
from virtsdk.history.reading.reader import Reader, Selection


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many samples were read at once, each time."""
    found: list[int] = []
    read_frame = frames.read_frame

    def counted(reader: Reader, name: str, *more: object, **how: bool) -> pd.DataFrame:
        rows = read_frame(reader, name, *more, **how)  # type: ignore[arg-type]
        found.extend([len(rows)] if name == SAMPLES else [])
        return rows

    monkeypatch.setattr(frames, "read_frame", counted)
    return found


def test_samples_of_many_hosts_are_not_all_read_at_once(
    as_of_today: Path, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, chosen = Reader(as_of_today), Selection()
    spacing, taking = frames.spacing_of(reader, chosen, None, "time")
    (whole,) = read
    monkeypatch.setattr(frames, "AT_ONCE", 2 * whole // 9)
    read.clear()
    again, retaken = frames.spacing_of(reader, chosen, None, "time")
    assert max(read) <= 2 * whole // 9
    assert sum(read) == whole
    assert again.hosts.keys() == spacing.hosts.keys()
    for host, (starts, seconds) in spacing.hosts.items():
        assert [each.tolist() for each in again.hosts[host]] == [starts.tolist(), seconds.tolist()]
    for name in ("moments", "steps", "unsure", "numbers"):
        one, two = getattr(taking, name), getattr(retaken, name)
        assert one.keys() == two.keys()
        assert all(np.array_equal(one[host], two[host]) for host in one)
    assert len(taking.moments) == 9


def test_rates_are_the_same_however_many_hosts_are_looked_at_at_once(
    as_of_1_3: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = virtsdk.open_recording(as_of_1_3)
    some = {"hosts": ["kvm2", "kvm5", "kvm8"], "start": "2026-03-02"}
    whole, part = recording.usage("2h"), recording.usage("2h", **some)  # type: ignore[arg-type]
    monkeypatch.setattr(frames, "AT_ONCE", 1)
    pd.testing.assert_frame_equal(recording.usage("2h"), whole)
    pd.testing.assert_frame_equal(recording.usage("2h", **some), part)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"this part of .* has 1"):
        recording.usage(hosts="kvm0", start="2026-03-01 12:00", end="2026-03-01 12:30")
