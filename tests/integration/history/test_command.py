"""The recorder as a service or a terminal runs it, on a real daemon."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import virtsdk
from tests.waiting import until


@pytest.mark.parametrize("how", ["duration", "SIGTERM"])
def test_the_command_line_records(lab_daemon: virtsdk.lab.LabHost, tmp_path: Path, how: str) -> None:
    words = [
        sys.executable, "-m", "virtsdk", "record", lab_daemon.uri, "--directory", str(tmp_path / "r"),
        "--interval", "0.5s", "--flush", "1s",
    ]  # fmt: skip
    if how == "duration":
        words += ["--duration", "2s"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        if how == "SIGTERM":
            assert process.stdout is not None
            assert "recording" in process.stdout.readline()
            until((tmp_path / "r" / "samples").exists)
            until(lambda: virtsdk.open_recording(tmp_path / "r").samples["taken"].any())
            process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert "samples" in said
    recording = virtsdk.open_recording(tmp_path / "r")
    assert set(recording.stats().domains["name"]) == {"web1", "db1"}
