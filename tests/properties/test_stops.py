"""Wherever a recorder is stopped, nothing is lost and nothing is doubled."""

from __future__ import annotations

import os

import pytest

import virtsdk
from tests.unit.history.recordings import FEW, about, at, sample, taken, times
from virtsdk.history import files as recording_files
from virtsdk.history import writer as recording_writer
from virtsdk.history.writer import RecordingWriter


@pytest.mark.parametrize("step", range(1, 42))
def test_a_stop_between_any_two_steps_on_the_disk_loses_and_doubles_nothing(tmp_path, step, monkeypatch):
    """Renames and removals are counted, and everything after one of them does not happen any more."""

    class Stop(BaseException):
        pass

    count = 0

    def counted(real):
        def do(path, *rest, **more):
            nonlocal count
            if str(tmp_path) in str(path):
                count += 1
                if count > step:
                    raise Stop
            return real(path, *rest, **more)

        return do

    monkeypatch.setattr(recording_files, "FULL", (2, 2))
    monkeypatch.setattr("pathlib.Path.replace", counted(recording_writer.Path.replace))
    monkeypatch.setattr("pathlib.Path.unlink", counted(recording_writer.Path.unlink))
    flushed = 0
    writer = None
    try:
        writer = RecordingWriter(tmp_path / "r")
        writer.add(about())
        for number in range(4):
            writer.add(taken(sample(10 * number), only=FEW))
            writer.flush()
            flushed += 1
            writer.merge()
    except Stop:
        pass
    finally:
        monkeypatch.undo()
        if writer is not None:
            os.close(writer._holder._handle)
    if (tmp_path / "r" / "recording.json").exists():
        found = times(tmp_path / "r")
        assert found in ([at(10 * n) for n in range(flushed)], [at(10 * n) for n in range(flushed + 1)])
        frames = virtsdk.open_recording(tmp_path / "r").frames(*FEW)
        assert {name: frame["time"].nunique() for name, frame in frames.items()} == dict.fromkeys(
            frames, len(found)
        )
        assert not frames["domains"].duplicated(["host", "domain", "time"]).any()
    with RecordingWriter(tmp_path / "r") as again:
        again.add({**about(), **taken(sample(1000), only=FEW)})
    assert times(tmp_path / "r")[-1] == at(1000)
