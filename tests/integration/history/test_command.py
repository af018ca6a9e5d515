"""The recorder as a service or a terminal runs it, on a real daemon."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import virtsdk


@pytest.mark.parametrize("how", ["duration", "SIGTERM"])
def test_the_command_line_records(lab_daemon: virtsdk.lab.LabHost, tmp_path: Path, how: str) -> None:
    words = [
        sys.executable, "-m", "virtsdk", "record", lab_daemon.uri, "--directory", str(tmp_path / "r"),
        "--interval", "0.5s",
    ]  # fmt: skip
    if how == "duration":
        words += ["--duration", "2s"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        if how == "SIGTERM":
            assert process.stdout is not None
            assert "recording" in process.stdout.readline()
            time.sleep(2)
            process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert "samples" in said
    recording = virtsdk.open_recording(tmp_path / "r")
    assert set(recording.stats().domains["name"]) == {"web1", "db1"}
