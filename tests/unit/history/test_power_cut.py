"""After a power cut: what has a name on the disk has its bytes there too, and a name that it got stays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk.history.writer import RecordingWriter

from .recordings import sample, taken


class Disk:
    """Watches what is made certain (fsync) and what gets its name, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.certain: list[tuple[int, int]] = []  # inode and size of a file or folder, each time
        self.named: list[tuple[Path, bool]] = []  # and whether what it names was certain by then
        self.uncertain_folders: set[Path] = set()
        fsync, replace, mkdir = os.fsync, os.replace, os.mkdir

        def watched_fsync(handle: int) -> None:
            fsync(handle)
            status = os.fstat(handle)
            self.certain.append((status.st_ino, status.st_size))
            self.uncertain_folders -= {
                one for one in self.uncertain_folders if one.stat().st_ino == status.st_ino
            }

        def watched_replace(source: Any, target: Any, **options: Any) -> None:
            status = Path(source).stat()
            self.named.append((Path(target), (status.st_ino, status.st_size) in self.certain))
            replace(source, target, **options)
            self.uncertain_folders.add(Path(target).parent)

        def watched_mkdir(path: Any, *args: Any, **options: Any) -> None:
            mkdir(path, *args, **options)
            if Path(path).is_relative_to(folder):
                self.uncertain_folders.add(Path(path).parent)

        monkeypatch.setattr(os, "fsync", watched_fsync)
        monkeypatch.setattr(os, "replace", watched_replace)
        monkeypatch.setattr(os, "mkdir", watched_mkdir)


def test_a_file_has_its_name_when_its_bytes_are_certain_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new" / "r"
    disk = Disk(monkeypatch, folder.parent)
    with RecordingWriter(folder) as writer:
        assert not disk.uncertain_folders
        for second in range(0, 250, 10):  # enough flushes for a merge
            writer.add(taken(sample(second)))
            writer.flush()
            assert not disk.uncertain_folders, "a name may be gone after a power cut"
        writer.merge()
        assert not disk.uncertain_folders
    written = {path for path, _ in disk.named}
    assert len(written) > 25
    assert set(folder.glob("*/*.parquet")) <= written
    assert [path for path, certain in disk.named if not certain] == []
    assert len(virtsdk.open_recording(folder).frames("domains")["time"].unique()) == 25
