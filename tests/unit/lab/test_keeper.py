"""What a keeper clears before it begins: folders of labs that were killed, of this user, and nothing else."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtsdk.lab import keeper, processes


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # the paths of sockets are short
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """How often processes were killed."""
    found: list[object] = []
    monkeypatch.setattr(processes, "kill_all", found.append)
    return found


def left_behind(folder: Path) -> Path:
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "owner").touch()
    return folder


def test_what_a_killed_lab_left_is_cleared(parent: Path, killed: list[object]) -> None:
    left = left_behind(parent / "virtsdk-lab-x")
    assert keeper._new_folder().parent == parent
    assert not left.exists()
    assert killed


@pytest.mark.parametrize("kind", ["a link to a lab", "a link to nothing", "a file"])
def test_what_is_no_folder_is_left_and_costs_nothing(kind: str, parent: Path, killed: list[object]) -> None:
    name, precious = parent / "virtsdk-lab-x", left_behind(parent / "precious")
    if kind == "a file":
        name.touch()
    else:
        name.symlink_to(precious if kind == "a link to a lab" else parent / "none")
    os.utime(name, (0, time.time() - 10_000), follow_symlinks=False)
    os.utime(precious, (0, time.time() - 10_000))
    keeper._new_folder()
    assert name.is_symlink() or name.is_file()
    assert (precious / "lock").exists()
    assert not killed


def test_what_is_another_users_is_left(
    parent: Path, killed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = left_behind(parent / "virtsdk-lab-x")
    monkeypatch.setattr(os, "geteuid", lambda: left.stat().st_uid + 1)
    keeper._new_folder()
    assert left.exists() and not killed
