"""A file that is downloaded to is there when it is complete, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from virtsdk.resources.storage_volume import pieces as transfer


def test_a_file_gets_its_name_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 120)
    with transfer.new_file(target) as file:
        file.write(b"half")
        assert not target.exists()
        (part,) = tmp_path.iterdir()
        assert (part.name[0], part.suffix) == (".", ".part")
        file.write(b" and half")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_bytes() == b"half and half"
    mask = os.umask(0)
    os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_was_there_stays_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "image"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), transfer.new_file(target) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["image"]
    assert target.read_bytes() == b"old"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "image", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    with transfer.new_file(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o600)


def test_where_no_file_can_be(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(ValueError, match="is not a file"), transfer.new_file(path):
            pass
    with pytest.raises(FileNotFoundError, match="no directory"), transfer.new_file(tmp_path / "a" / "b"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_progress_is_told_now_and_then_and_at_the_end() -> None:
    told: list[tuple[int, int | None]] = []
    meter = transfer.Meter(lambda *now: told.append(now), 1000)
    for _ in range(1000):
        meter.add(1)
    meter.end()
    assert told[-1] == (1000, 1000)
    assert len(told) < 100
