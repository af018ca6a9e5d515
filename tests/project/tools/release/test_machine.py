"""The folder of a fresh Debian: its mounts and processes end with it, whatever happens."""

import contextlib
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from tests.waiting import until
from tools.release.machine import in_a_fresh_folder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")

KEPT_BUSY = 'mkdir "$1/mounted"; mount -t tmpfs none "$1/mounted"; echo "$1" > {said}; sleep 600'


def test_what_takes_too_long_is_ended_and_its_folder_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert in_a_fresh_folder(["sh", "-c", "sleep 600", "sh"], minutes=0.001) == 124
    assert not list(tmp_path.iterdir())
    assert "ended after 0.001 minutes" in capsys.readouterr().err


def test_its_status_is_the_commands(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert in_a_fresh_folder(["sh", "-c", 'test -d "$1" && exit 7', "sh"], minutes=5) == 7
    assert not list(tmp_path.iterdir())


def command_lines():
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            yield (process / "cmdline").read_bytes().decode(errors="replace")


def test_whoever_ends_it_ends_what_is_mounted_and_runs_in_it(tmp_path):
    said = tmp_path / "said"
    work = ["sh", "-c", KEPT_BUSY.format(said=said), "sh"]
    code = f"from tools.release.machine import in_a_fresh_folder as run; run({work!r}, minutes=5)"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[4])
    until(lambda: said.exists() and said.read_text().strip())
    folder = Path(said.read_text().strip())
    assert folder.is_dir()
    assert not (folder / "mounted").is_mount()  # only whoever is inside sees it
    process.terminate()
    assert process.wait(60) == 143
    assert not folder.exists()
    until(lambda: not [line for line in command_lines() if str(folder) in line])  # nobody is left


def test_the_first_process_buries_orphans_and_has_the_status_of_the_work():
    """A QEMU that has ended is an orphan; a libvirt that waits for it would see it as a zombie."""
    code = """
        import os, subprocess, sys, time
        from tools.release.machine import as_first_process

        def work():
            orphan = int(subprocess.check_output(["sh", "-c", "sleep 0.05 >/dev/null & echo $!"]))
            while True:
                try:
                    os.kill(orphan, 0)
                except ProcessLookupError:
                    return 7
                time.sleep(0.01)

        sys.exit(as_first_process(work))
    """
    command = ["unshare", "--pid", "--fork", "--kill-child", sys.executable, "-c", textwrap.dedent(code)]
    assert subprocess.run(command, cwd=Path(__file__).parents[4], timeout=200).returncode == 7
