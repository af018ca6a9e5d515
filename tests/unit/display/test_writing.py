"""Files that commands and reports write: what is there is not turned into something else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from virtsdk import capacity, cli
from virtsdk.display.writing import write_file
from virtsdk.resources.domain.console.screenshot import Screenshot

TEXT = "<domain type='kvm'><name>w\u00e4b</name></domain>"


@pytest.fixture(params=["convert", "report", "to_html", "screenshot"])
def written(request, tmp_path):
    """Give what writes to a file, by a command or from Python, and returns the exit status."""
    if request.param == "to_html":
        write(tmp_path / "r", [sample(0)])
        recording = virtsdk.open_recording(tmp_path / "r")
        found = capacity.report(recording.hosts, recording.stats().domains, None)
        return lambda file: 0 if found.to_html(file) == file else 1
    if request.param == "screenshot":
        shot = Screenshot.of(b"P6 2 1 255\nabcdef", "image/x-portable-pixmap", name="a")
        return lambda file: 0 if shot.save(file) == file else 1
    if request.param == "convert":
        (tmp_path / "a.xml").write_text(TEXT, encoding="utf-8")
        return lambda file: cli.main(["convert", str(tmp_path / "a.xml"), "--output", str(file)])
    write(tmp_path / "r", [sample(0)])
    return lambda file: cli.main(["report", str(tmp_path / "r"), "--html", str(file)])


def test_a_link_is_followed_and_the_file_keeps_its_rights(written, tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("before")
    file.chmod(0o640)
    link.symlink_to("file")
    assert written(link) == 0
    assert link.is_symlink() and file.stat().st_size > 10 and b"before" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    (tmp_path / "loose").symlink_to("new")
    assert written(tmp_path / "loose") == 0
    assert (tmp_path / "loose").is_symlink() and (tmp_path / "new").stat().st_size > 10


def test_a_pipe_is_written_to(written, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert written(pipe) == 0
    reader.join(30)
    assert read[0] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_directory_is_refused_and_stays(written, request, tmp_path, capsys):
    (tmp_path / "d").mkdir()
    if request.node.callspec.params["written"] in ("to_html", "screenshot"):
        with pytest.raises(IsADirectoryError):
            written(tmp_path / "d")
    else:
        assert written(tmp_path / "d") == 1
        assert "Is a directory" in capsys.readouterr().err
    assert (tmp_path / "d").is_dir() and not list((tmp_path / "d").iterdir())
    assert not list(tmp_path.glob(".virtsdk-*"))


@pytest.mark.parametrize("written", ["convert", "report"], indirect=True)
def test_a_directory_that_is_missing_is_said(written, tmp_path, capsys):
    assert written(tmp_path / "none" / "file") == 1
    assert "No such file or directory" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_what_fails_leaves_no_draft(tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(IsADirectoryError):
        write_file(tmp_path / "d", "text")
    with pytest.raises(OSError, match="symbolic links"):
        (tmp_path / "loop").symlink_to("loop")
        write_file(tmp_path / "loop", "text")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d", "loop"]


def test_a_private_file_is_its_owners_alone(tmp_path):
    (tmp_path / "a").touch(0o644)
    write_file(tmp_path / "a", "secret", private=True)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("where", "error"),
    [("os.open", PermissionError(13, "no")), ("pathlib.Path.replace", OSError(16, "busy"))],
)
def test_where_nothing_new_may_be_made_it_is_written_in_place(where, error, tmp_path, monkeypatch):
    """The directory is another's, or the file is mounted by itself; as root nothing else tells."""

    def refuse(*_, **__):
        raise error

    file = tmp_path / "a"
    file.write_text("before, and more of it")
    same = file.stat().st_ino
    monkeypatch.setattr(where, refuse)
    write_file(file, "text")
    assert (file.read_text(), file.stat().st_ino) == ("text", same)
    with pytest.raises(OSError, match=error.strerror):
        write_file(file, "secret", private=True)
    monkeypatch.undo()
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / "a").write_text("before")
    monkeypatch.setattr("os.open", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(tmp_path / "a", "text")
    monkeypatch.undo()
    assert (tmp_path / "a").read_text() == "before"


def test_stdout_by_another_name_is_written_behind_what_was_printed(tmp_path):
    code = "from virtsdk.display.writing import write_file\nprint('before')\n"
    code += "write_file('/dev/stdout', 'w\u00e4b\\n')\nprint('after')"
    with (tmp_path / "out").open("w") as out:
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            stdout=out,
            env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parents[3])},
        )
    assert (tmp_path / "out").read_text(encoding="utf-8").splitlines() == ["before", "w\u00e4b", "after"]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_stdout_by_another_name_loses_nothing(name, tmp_path):
    (tmp_path / "a.xml").write_text(TEXT, encoding="utf-8")
    convert = f"{sys.executable} -m virtsdk convert a.xml --to xml -o {name}"
    subprocess.run(
        f"(echo before; {convert}; echo after) >out",
        shell=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    lines = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "<name>w\u00e4b</name>" in lines[2]
