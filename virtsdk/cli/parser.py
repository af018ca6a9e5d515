"""The parser of the command line: it says what was meant by a slip, and shows examples as they are typed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

_EXAMPLES = "examples:\n"


class _Help(argparse.HelpFormatter):
    """Help whose examples keep their lines."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(_EXAMPLES) else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """A parser that takes options by their whole names, so that a script goes on to mean what it meant.

    Parameters
    ----------
    examples
        Command lines.
    given
        As of `argparse.ArgumentParser`.
    """

    def __init__(self, *, examples: Sequence[str] = (), **given: Any) -> None:
        if examples:
            given["epilog"] = _EXAMPLES + "\n".join(f"  {one}" for one in examples)
        super().__init__(allow_abbrev=False, formatter_class=_Help, **given)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - it has four forms
        """Read arguments; what is none is an error here, where the usage of this command is told."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            self.refuse_unknown(left)
        return found, left

    def refuse_unknown(self, words: Sequence[str]) -> NoReturn:
        """End with what nobody takes, and what may have been meant."""
        options = re.findall(r"(?<![\w-])--?[a-z][\w-]*", self.format_usage())
        meant = [meant_by(word.partition("=")[0], options) for word in words if word.startswith("-")]
        self.error(f"unrecognized arguments: {' '.join(words)}{next(filter(None, meant), '')}")


def meant_by(word: str, names: Iterable[str]) -> str:
    """Say which of the names a word is like; nothing where it is like none.

    Examples
    --------
    >>> meant_by("recrod", ["record", "report"]), meant_by("x", ["record"])
    ("; did you mean 'record'?", '')
    """
    found = get_close_matches(word, list(names), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
