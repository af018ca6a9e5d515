"""What is wrong is said on stderr, and nothing is said where stderr cannot be written."""

from __future__ import annotations

import gc
import os

import pytest

from virtsdk import cli
from virtsdk.cli.command import complain


def test_a_cell_that_failed_keeps_its_lines(capsys):
    complain("01_first_look.py: it failed\n\n  x = 1\x1b[31m\nValueError", lines=True)
    assert capsys.readouterr().err == "virtsdk: 01_first_look.py: it failed\n  x = 1\\x1b[31m\nValueError\n"


def test_where_stderr_is_closed_or_full_there_is_nowhere_to_say_it(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    complain("lost")
    with open("/dev/full", "w", buffering=1) as full:  # noqa: PTH123
        monkeypatch.setattr("sys.stderr", full)
        complain("lost")
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            full.flush()
        with open("/dev/null", "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), full.fileno())


def test_a_process_of_its_own_seldom_looks_for_garbage(monkeypatch, tmp_path):
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        assert cli.main(["validate", str(tmp_path / "none.xml")]) == 1
        assert gc.get_threshold()[0] == 700  # what calls it has a mind of its own
        monkeypatch.setattr("sys.argv", ["virtsdk", "validate", str(tmp_path / "none.xml")])
        assert cli.main() == 1
        assert gc.get_threshold()[0] >= 50_000
    finally:
        gc.set_threshold(*before)
