"""One command of the command line: its words, its arguments, and what it does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

WELL = 0
FOUND = 1
"""Something was found, or failed and is explained on stderr."""
WRONG = 2
"""A wrong argument; of ``diff`` also what could not be compared."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Parameters
    ----------
    name
        Its word after ``virtsdk``.
    help
        A line in the list of commands.
    description
        The first lines of its own help; it says the exit status.
    declare
        Adds its arguments to its parser. What is dear to import is imported by `run`: the help of any command
        makes the parsers of all.
    run
        Does it with the arguments that were read, and returns the exit status. ``options.refuse`` ends it
        with a wrong argument.
    endless
        Whether it goes on until it is told to end: Ctrl-C is no error then, however early it comes.
    failed
        The exit status where its output cannot be written.
    """

    name: str
    help: str
    description: str
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    endless: bool = False
    failed: int = FOUND


def complain(error: object, *, lines: bool = False) -> None:
    """Write what is wrong to stderr, beginning with the command's name.

    Parameters
    ----------
    error
        An error, or words.
    lines
        Its lines stay, as those of a cell of a notebook; else it is one.
    """
    from virtsdk.display.text import printable

    parts = [printable(line.rstrip()) for line in str(error).splitlines() if line.strip()]
    text = "\n".join(parts) if lines else "; ".join(part.strip() for part in parts)
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison] - it was closed: 2>&-
        return
    try:
        sys.stderr.write(f"virtsdk: {text or type(error).__name__}\n")
    except BrokenPipeError:
        raise
    except OSError:  # there is nowhere to say it
        pass
