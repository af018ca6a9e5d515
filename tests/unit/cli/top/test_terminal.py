"""The terminal: keys are told apart, and whatever ends the table gives the terminal back."""

from __future__ import annotations

import os
import signal
import textwrap
from pathlib import Path

import pytest

from tests.unit.cli.top.typed import Typed, typed
from virtsdk.cli.top.terminal import Keys


@pytest.mark.parametrize(
    ("pieces", "keys"),
    [
        ([b"q/ "], ["q", "/", " "]),
        ([b"\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~"], ["up", "down", "page up", "page down", "home", "end"]),
        ([b"\x1b", b"[", b"6", b"~q"], ["page down", "q"]),
        ([b"\r\x7f\n"], ["enter", "backspace", "enter"]),
        (["ä€".encode()[:1], "ä€".encode()[1:]], ["ä", "€"]),
        ([b"\xff\xfeq"], ["q"]),
        ([b"\x1b[1;5Cq\x1b[200~r"], ["q", "r"]),  # what nobody knows is no text
        ([b"\x1bq"], ["escape", "q"]),
    ],
)
def test_bytes_are_keys(pieces, keys):
    read = Keys()
    assert [key for piece in pieces for key in read.feed(piece)] == keys
    assert not read.waits


def test_an_escape_that_nothing_follows_is_a_key():
    read = Keys()
    assert read.feed(b"\x1b") == []
    assert read.waits
    assert read.flush() == ["escape"]
    assert not read.waits and read.flush() == []


def test_a_sequence_without_an_end_is_not_waited_for():
    read = Keys()
    read.feed(b"\x1b[" + b"1" * 1000)
    assert not read.waits


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_is_an_end_that_gives_the_terminal_back(number, uri):
    with typed("top", uri("web1")) as top:
        top.until(lambda top: top.shows("web1") and top.is_taken)
        top.process.send_signal(number)
        assert top.ended() == 0
        assert top.is_given_back
        assert "Traceback" not in top.said


def test_an_error_gives_the_terminal_back_and_is_seen_after_it(uri):
    code = f"""
        from virtsdk import cli
        from virtsdk.cli.top import painting
        def broken(found, choices, **size):
            if found.guests:
                raise RuntimeError("of the painter")
            return []
        painting.painted = broken
        cli.main(["top", {uri("web1")!r}])
        """
    top = Typed(["-c", textwrap.dedent(code)], 80, 24)
    try:
        assert top.ended() == 1
        assert top.is_given_back
        assert "RuntimeError: of the painter" in top.said.rpartition("\x1b[?1049l")[2]
    finally:
        top.close()


def test_a_terminal_that_lacks_characters_gets_one_for_each(uri):
    with typed("top", uri("web1"), PYTHONIOENCODING="ascii") as top:
        top.until(lambda top: top.shows("web1") and top.is_taken)
        top.press("q")
        assert top.ended() == 0
        assert top.is_given_back
        assert "Traceback" not in top.said and "\\u25bc" not in top.said and "CPU?" in top.said


def test_output_that_fails_gives_the_terminal_back_all_the_same(uri):
    code = f"""
        import sys
        from virtsdk import cli
        from virtsdk.cli.top import painting
        def broken(found, choices, **size):
            def fails(*more):
                raise ValueError("of the stream")
            sys.stdout.write = sys.stdout.flush = fails
            return []
        painting.painted = broken
        cli.main(["top", {uri("web1")!r}])
        """
    top = Typed(["-c", textwrap.dedent(code)], 80, 24)
    try:
        assert top.ended() == 1
        assert top.is_given_back
    finally:
        top.close()


@pytest.mark.parametrize("term", ["", "dumb"])
def test_a_terminal_that_cannot_be_drawn_on_gets_one_table(term, uri):
    with typed("top", uri("web1"), "--interval", "0.2", TERM=term) as top:
        assert top.ended() == 0
        assert "web1" in top.said and "\x1b[?1049h" not in top.said


def test_it_can_be_stopped_and_goes_on(uri):
    with typed("top", uri("web1")) as top:
        top.until(lambda top: top.shows("web1") and top.is_taken)
        top.process.send_signal(signal.SIGTSTP)
        stopped = []
        top.until(lambda _: stopped or stopped.extend(_stopped(top.process.pid)))
        top.read()
        assert top.is_given_back
        drawn = top.said.count("\x1b[J")
        top.process.send_signal(signal.SIGCONT)
        top.until(lambda top: top.is_taken and top.said.count("\x1b[J") > drawn)
        top.press("q")
        assert top.ended() == 0
        assert top.is_given_back


def _stopped(pid):
    return [True] if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T" else []


def test_a_terminal_that_is_gone_ends_it(uri):
    top = Typed(["-m", "virtsdk", "top", uri("web1")], 80, 24)
    top.until(lambda top: top.shows("web1"))
    os.close(top._far)
    os.close(top._near)
    assert top.process.wait(60) is not None
