# PYTHON_ARGCOMPLETE_OK
"""The command ``virtsdk``: a module of `virtsdk.cli.commands` for each of its commands.

Also ``python -m virtsdk``. Exit status: 0 when it worked, 1 for an error that is explained on stderr, or
where something was found; 2 for a wrong argument, or where ``diff`` could not compare; 130 after Ctrl-C, 141
where nobody reads its output to the end (as in ``virtsdk report DIR | head``).
"""

from __future__ import annotations

import argparse
import os
import select
import sys
from collections.abc import Sequence

from virtsdk import __version__
from virtsdk.cli.command import FOUND, complain
from virtsdk.cli.commands import COMMANDS
from virtsdk.errors import VirtError

_INTERRUPTED = 130
_UNREAD = 141  # 128 and SIGPIPE's number, as of any other command in a pipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        What follows ``virtsdk``; the process's own when left out. Nothing: the commands are listed.
    """
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()  # here, not at the interpreter's end, where an error could not be caught
    except BrokenPipeError:
        if not _unread():
            raise
        return _UNREAD


def _unread() -> bool:
    """Tell whether stdout or stderr has no reader any more; what is left for such a one goes nowhere."""
    found = False
    for output in (1, 2):
        ask = select.poll()
        ask.register(output, 0)  # an error is told in any case
        if any(said & (select.POLLERR | select.POLLHUP) for _, said in ask.poll(0)):
            found = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, output)
            os.close(nowhere)
    return found


def _run(arguments: Sequence[str] | None) -> int:
    parser = parser_of_all()
    _complete(parser)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except VirtError as error:
        complain(error)
        return FOUND
    except KeyboardInterrupt:
        complain("interrupted")
        return _INTERRUPTED


def parser_of_all() -> argparse.ArgumentParser:
    """Make the parser of the command line, with one below it for each of `COMMANDS`."""
    parser = argparse.ArgumentParser(
        prog="virtsdk",
        description="Jupyter-friendly SDK over libvirt.",
        epilog="virtsdk COMMAND --help tells more of each.",
    )
    parser.add_argument("--version", action="version", version=f"virtsdk {__version__}")
    parser.set_defaults(run=_listed, listing=parser.print_help)
    below = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        one = below.add_parser(command.name, help=command.help, description=command.description)
        command.declare(one)
        one.set_defaults(run=command.run, refuse=one.error)
    return parser


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell where it asks for completions (extra ``[terminal]``), and end; else do nothing."""
    if "_ARGCOMPLETE" in os.environ:
        try:
            import argcomplete
        except ModuleNotFoundError:
            sys.exit(FOUND)  # the shell reads no answer; nothing is run for it
        argcomplete.autocomplete(parser)


def _listed(options: argparse.Namespace) -> int:
    options.listing()
    return 0
