"""Transfers that go on behind: their figures, their bar, and what is left of one that is cancelled."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.units import MiB

SIZE = int(MiB(48))


@pytest.fixture
def volume(lab_daemon: virtsdk.lab.LabHost, tmp_path: Path) -> Iterator[virtsdk.StorageVolume]:
    (tmp_path / "pool").mkdir()
    pool = lab_daemon.storage_pools.create(
        f"<pool type='dir'><name>moved</name><target><path>{tmp_path}/pool</path></target></pool>"
    )
    yield pool.volumes.create(
        f"<volume><name>disk</name><capacity>{SIZE}</capacity><target><format type='raw'/></target></volume>"
    )
    pool.destroy()


class Slow(io.BytesIO):
    """A file that takes its time, as one on the other side of the world does."""

    def write(self, data: object, /) -> int:
        time.sleep(0.2)
        return super().write(data)  # type: ignore[arg-type]

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(0.2)
        return super().read(size)


def test_data_go_up_and_down_behind(
    volume: virtsdk.StorageVolume, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = os.urandom(SIZE)
    with volume.upload(data, wait=False) as sending:
        pass
    assert (sending.result, sending.state, sending.progress) == (SIZE, "done", 1.0)
    assert sending.figures.amount == (SIZE, SIZE)
    assert volume.download(tmp_path / "copy", progress="auto") == SIZE
    assert (tmp_path / "copy").read_bytes() == data
    drawn = capfd.readouterr().err
    assert "download storage volume 'disk'" in drawn
    assert "48.0M/48.0M" in drawn


def test_what_is_cancelled_ends_at_its_next_piece(volume: virtsdk.StorageVolume, tmp_path: Path) -> None:
    into = Slow()
    fetching = volume.download(into, wait=False)
    until(lambda: fetching.figures is not None)
    assert 0 < (fetching.progress or 0) < 1
    fetching.cancel()
    assert fetching.state == "cancelled"
    with pytest.raises(errors.OperationAborted, match=r"cannot download .* cancelled after \d+ bytes"):
        fetching.wait()
    assert 0 < len(into.getvalue()) < SIZE

    with pytest.raises(ZeroDivisionError), volume.upload(Slow(b"x" * SIZE), wait=False) as sending:
        until(lambda: sending.figures is not None)
        _ = 1 / 0
    assert sending.state == "cancelled"
    assert volume.upload(b"y" * SIZE) == SIZE  # nothing of it is in the way
    assert volume.read(0, 4) == b"yyyy"
