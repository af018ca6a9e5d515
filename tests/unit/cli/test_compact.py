"""`virtsdk compact` says what it did with each recording, and goes on after one that is none."""

from __future__ import annotations

import json
from pathlib import Path

import fsspec
import pytest

from tests.unit.history.recordings import sample, write
from virtsdk.cli import main


def test_each_recording_is_a_line_and_what_is_none_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "r", [sample(0), sample(10)], flush=1, close=False, only=("domains",))._holder.release()
    assert main(["compact", str(tmp_path / "none"), str(tmp_path / "r")]) == 1
    said = capsys.readouterr()
    assert "is no recording" in said.err
    assert said.out.startswith(f"{tmp_path / 'r'}: 5 files of ")
    assert ", now 3 files of " in said.out
    assert main(["compact", str(tmp_path / "r")]) == 0


def test_what_was_done_is_an_object_for_each_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "r", [sample(0), sample(10)], flush=1, close=False, only=("domains",))._holder.release()
    assert main(["compact", "--json", str(tmp_path / "none"), str(tmp_path / "r")]) == 1
    said = capsys.readouterr()
    assert "is no recording" in said.err
    (one,) = json.loads(said.out)
    files = list((tmp_path / "r").rglob("*.parquet"))
    assert (one["directory"], one["to"], one["copied"]) == (str(tmp_path / "r"), None, 0)
    assert (one["files_before"], one["files"]) == (5, 3)
    assert one["bytes"] >= sum(file.stat().st_size for file in files) > 0
    assert one["bytes_before"] > one["bytes"]
    assert main(["compact", "--json", str(tmp_path / "none")]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_a_copy_is_made_and_checked_by_its_url(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "memory://compact-by-command/history"
    write(tmp_path / "r", [sample(0), sample(10)])
    assert main(["compact", str(tmp_path / "r"), "--to", url]) == 0
    assert f"files copied to {url}" in capsys.readouterr().out
    assert main(["check", url]) == 0
    assert capsys.readouterr().out == f"{url}: all is well\n"
    fsspec.filesystem("memory").rm("/compact-by-command", recursive=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compact", "a", "b", "--to", "memory://x"], "--to is for one recording at a time"),
        (["compact", "a", "--to", "b"], "it must be a URL, s3://bucket/history, not 'b'"),
        (["check", "what://history"], "a path or a URL of fsspec, not 'what://history'"),
        (["compact", "s3://bucket/history"], "it must be of this machine"),
        (["record", "test:///default", "-d", "s3://bucket/history"], "it must be of this machine"),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err
