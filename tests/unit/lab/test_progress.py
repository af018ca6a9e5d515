"""Whoever waits for a lab sees what it does."""

from __future__ import annotations

import io
import logging
import sys

import pytest

from virtsdk.lab.progress import reporter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_callable_gets_the_lines_as_they_are() -> None:
    lines: list[str] = []
    reporter(lines.append)("starting web1")
    assert lines == ["starting web1"]


def test_a_terminal_shows_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    report = reporter("auto")
    report("starting web1")
    report("web1 is up")
    first, second = terminal.getvalue().splitlines()
    assert first.endswith("starting web1")
    assert second.endswith("web1 is up")


@pytest.mark.parametrize("progress", ["auto", None])
def test_elsewhere_only_the_log_has_the_lines(progress, capsys, caplog) -> None:
    with caplog.at_level(logging.INFO, logger="virtsdk.lab"):
        reporter(progress)("starting web1")
    assert capsys.readouterr() == ("", "")
    assert "starting web1" in caplog.text
