"""What a console printed, as plain text of a bounded length."""

from __future__ import annotations

import re

KEPT = 20_000
"""Characters; the oldest lines go first."""

# ECMA-48: CSI sequences, OSC and other strings up to their end, and the two-character ones
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^_`-~]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z|\r\Z")
_UNSEEN = re.compile(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]|[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LONGEST = 256  # of a sequence that is not at its end; a longer one is text


class Transcript:
    r"""Text of a console without its terminal sequences; nothing moves the cursor back.

    Examples
    --------
    >>> transcript = Transcript()
    >>> transcript.feed("\x1b[32mok\x1b[0m\r\nlog") + transcript.feed("in: ")
    'ok\nlogin: '
    """

    def __init__(self) -> None:
        self.text = ""
        self._left: str = ""  # the begin of a sequence

    def feed(self, printed: str) -> str:
        """Take what came; return what it adds to the text."""
        came = self._left + printed
        cut = _UNFINISHED.search(came)
        at = cut.start() if cut and len(came) - cut.start() <= _LONGEST else len(came)
        self._left = came[at:]
        plain = _SEQUENCE.sub("", came[:at]).replace("\r\n", "\n").replace("\r", "\n")
        added = _UNSEEN.sub("", plain)[-KEPT:]
        self.text = shortened(self.text + added)
        return added


def shortened(text: str) -> str:
    """Return the end of a text: whole lines where there are some."""
    if len(text) <= KEPT:
        return text
    end = text[-KEPT:]
    return end[end.find("\n") + 1 :]
