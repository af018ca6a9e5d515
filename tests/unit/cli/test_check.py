"""`virtsdk check`: a line a finding, and an exit status that a script can go by."""

from __future__ import annotations

import json

import pytest

from tests.unit.history.recordings import sample, write
from virtsdk import cli


@pytest.fixture
def directory(tmp_path):
    write(tmp_path / "r", [sample(t) for t in (0, 10, 20, 30)], flush=2, close=False)
    return tmp_path / "r"


def checked(capsys, *directories):
    status = cli.main(["check", *map(str, directories)])
    return status, capsys.readouterr()


def test_all_is_well(directory, capsys):
    status, said = checked(capsys, directory)
    assert (status, said.out, said.err) == (0, f"{directory}: all is well\n", "")


def test_each_finding_is_a_line_that_names_the_file(directory, capsys):
    damaged, gone = sorted((directory / "disks").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-9])
    gone.unlink()
    status, said = checked(capsys, directory)
    lines = said.out.splitlines()
    assert status == 1
    assert len(lines) == 2
    assert lines[0].startswith(f"{damaged}: damaged: ")
    assert lines[1].startswith(f"{directory}/disks: missing: the file with segment 2 of disks is gone")


def test_what_a_recorder_writes_now_is_told_and_no_damage(directory, capsys):
    (directory / "disks" / "0-0000000003-0000000003.parquet.part").write_bytes(b"PAR1")
    status, said = checked(capsys, directory)
    assert status == 0
    assert "unfinished" in said.out


def test_of_several_recordings_each_is_checked(directory, tmp_path, capsys):
    write(tmp_path / "s", [sample(0)])
    next((directory / "disks").iterdir()).unlink()
    status, said = checked(capsys, directory, tmp_path / "s")
    assert status == 1
    assert f"{tmp_path / 's'}: all is well" in said.out


def test_what_is_no_recording_is_an_error(tmp_path, capsys):
    status, said = checked(capsys, tmp_path)
    assert status == 1
    assert "is no recording" in said.err


def test_what_is_no_recording_does_not_hide_the_others(directory, tmp_path, capsys):
    status, said = checked(capsys, tmp_path / "none", directory)
    assert (status, said.out) == (1, f"{directory}: all is well\n")
    assert "none is no recording" in said.err


def test_findings_as_json(directory, tmp_path, capsys):
    next((directory / "disks").iterdir()).unlink()
    assert cli.main(["check", "--json", str(directory), str(tmp_path / "none")]) == 1
    said = capsys.readouterr()
    (row,) = json.loads(said.out)
    assert row["directory"] == str(directory)
    assert (row["problem"], row["file"].partition("/")[0]) == ("missing", "disks")
    assert "none is no recording" in said.err


def test_no_directory_is_not_the_working_directory(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", ""])
    assert ended.value.code == 2
    assert "it is empty" in capsys.readouterr().err


def test_alone_it_lists_the_commands(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: virtsdk")
    assert all(f"    {command} " in said for command in ("demo", "record", "check"))
