"""What a console printed: plain text, bounded, whatever pieces it comes in."""

from __future__ import annotations

import pytest

from virtsdk.widgets.explorer.pane.transcript import KEPT, Transcript

PRINTED = (
    "\x1b[2J\x1b[1;31mred\x1b[0m\r\n\x1b]0;title\x07two\x1b(B\x1b=\rthree\x07\x00 \u202eé日\r\n\x1b[?25h$ "
)
PLAIN = "red\ntwo\nthree é日\n$ "


def test_sequences_are_left_out_and_lines_end_as_lines() -> None:
    transcript = Transcript()
    assert transcript.feed(PRINTED) == PLAIN
    assert transcript.text == PLAIN


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_it_does_not_matter_in_which_pieces_it_comes(size: int) -> None:
    transcript = Transcript()
    added = [transcript.feed(PRINTED[at : at + size]) for at in range(0, len(PRINTED), size)]
    assert "".join(added) == transcript.text == PLAIN


def test_the_oldest_lines_go_first() -> None:
    transcript = Transcript()
    for number in range(5000):
        transcript.feed(f"line {number}\n")
    assert len(transcript.text) <= KEPT
    assert transcript.text.endswith("line 4999\n")
    assert transcript.text.startswith("line ")  # whole ones
    assert transcript.feed("x" * (2 * KEPT)) == "x" * KEPT
    assert transcript.text == "x" * KEPT


def test_a_sequence_without_an_end_does_not_hold_up_what_follows() -> None:
    transcript = Transcript()
    transcript.feed("\x1b]0;" + "t" * 400)
    assert transcript.feed("after").endswith("after")
