"""Control groups of guests that are gone are removed, and those of guests that are just coming are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from virtsdk.lab import control_groups


def test_what_another_lab_has_just_made_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_groups, "_ROOT", tmp_path)
    old, machine = tmp_path / "machine" / "old", tmp_path / "machine"
    old.mkdir(parents=True)
    before = control_groups.present()
    left, below = machine / "left", machine / "left" / "libvirt"
    coming, used = machine / "coming", machine / "used" / "emulator"
    for one in (below, coming, used):
        one.mkdir(parents=True)
    (used / "cgroup.procs").write_text("7\n")
    removed: list[Path] = []
    monkeypatch.setattr(Path, "rmdir", lambda group: removed.append(group))
    monkeypatch.setattr(control_groups, "sleep", lambda _: (coming / "cgroup.procs").write_text("8\n"))
    control_groups.clear(before)
    assert removed == [below, left]  # the lower one first; and nobody's of before
