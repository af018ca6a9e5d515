"""`virtsdk compact` says what it did with each recording, and goes on after one that is none."""

from __future__ import annotations

from pathlib import Path

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
