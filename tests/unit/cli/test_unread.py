"""Output that nobody reads to its end, as of ``virtsdk report DIR | head``: no traceback, and a status."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from virtsdk import cli


def unread(*arguments, stream="stdout", unbuffered=""):
    """Run the command line with a stream that has no reader; return its status and what the other says."""
    reading, writing = os.pipe()
    os.close(reading)
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    done = subprocess.run(
        [sys.executable, "-m", "virtsdk", *map(str, arguments)],
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        check=False,
        **{stream: writing, other: subprocess.PIPE},
    )
    os.close(writing)
    return done.returncode, getattr(done, other)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_command_ends_without_a_traceback(unbuffered):
    directory = virtsdk.example_recording().directory
    assert unread("check", directory, unbuffered=unbuffered) == (141, b"")


def test_the_page_is_written_though_nobody_reads_the_text(tmp_path):
    page = tmp_path / "page.html"
    write(tmp_path / "r", [sample(time) for time in (0, 10, 20, 30)])
    assert unread("report", tmp_path / "r", "--html", page, unbuffered="1") == (141, b"")
    assert page.stat().st_size > 10_000


def test_errors_that_nobody_reads_end_it_too(tmp_path):
    assert unread("check", tmp_path, stream="stderr") == (141, b"")


def test_another_broken_pipe_is_an_error(monkeypatch, tmp_path):
    def broken(directories, as_json):
        raise BrokenPipeError("of a host")

    monkeypatch.setattr("virtsdk.cli.check.check", broken)
    with pytest.raises(BrokenPipeError, match="of a host"):
        cli.main(["check", str(tmp_path)])
