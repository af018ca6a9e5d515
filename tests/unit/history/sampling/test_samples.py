"""Samples that wait for their frames: a broken one is a row with its reason, and takes no other with it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.unit.stats.records import WEB, running
from virtsdk.history.columns import SAMPLES
from virtsdk.history.sampling.samples import Sample, frames_of_samples
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.node import RawNode
from virtsdk.stats.samples.raw import raw_sample

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC")


def sample(second: int, host: str = "kvm7", cpus: object = 1) -> Sample:
    time = NOON + pd.Timedelta(second, unit="s")
    return Sample(
        {"host": host, "time": time, "taken": True, "missed": 0, "domains": 1, "node_time": time},
        raw_sample([(WEB, "web1", running())], host=host, time=time),
        RawNode({"node.cpus": [{"cpu": cpus, "user": 10**9}]}, host, time),
    )


def test_one_that_no_frame_can_be_made_of_is_a_row_and_the_others_are_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = frames_of_samples([sample(0), sample(10, cpus="none"), sample(20)])
    rows = pd.concat(found[SAMPLES], ignore_index=True)
    assert rows["taken"].tolist() == [True, False, True]
    assert rows["missed"].tolist() == [0, 1, 0]
    assert "none" in rows["error"][1]
    assert pd.isna(rows["domains"][1]) and pd.isna(rows["node_time"][1])
    domains = pd.concat(found["domains"])
    assert (domains["time"] - NOON).dt.total_seconds().tolist() == [0, 20]
    assert "Traceback" in caplog.text


def test_frames_of_what_was_read_seldom_come_along() -> None:
    pools = pd.DataFrame({"host": ["kvm7"]})
    found = frames_of_samples([Sample({"host": "kvm7", "time": NOON}, frames={"storage.pools": pools})])
    assert found["storage.pools"] == [pools]
    assert list(found) == [SAMPLES, "storage.pools"]


def test_the_writer_counts_what_waits_and_keeps_it_where_the_disk_takes_none(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import virtsdk

    with RecordingWriter(tmp_path / "r") as writer:
        writer.add_sample(sample(0))
        assert writer.waiting > len(running())
        with monkeypatch.context() as patch, pytest.raises(virtsdk.errors.RecordingError):
            patch.setattr("os.fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left")))
            writer.flush()
        writer.add_sample(sample(10))
        assert writer.waiting > 2 * len(running())
        writer.flush()
        assert writer.waiting == 0
    assert virtsdk.open_recording(tmp_path / "r").samples["taken"].tolist() == [True, True]
    assert len(virtsdk.open_recording(tmp_path / "r").frames("domains")) == 2
