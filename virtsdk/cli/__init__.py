# PYTHON_ARGCOMPLETE_OK
"""The command ``virtsdk``: a module of `virtsdk.cli.commands` for each of its commands.

Also ``python -m virtsdk``. Exit status: 0 when it worked, 1 for an error that is explained on stderr, or
where something was found; 2 for a wrong argument, or where ``diff`` could not compare; 130 after Ctrl-C, 141
where nobody reads its output to the end (as in ``virtsdk report DIR | head``).
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is imported here comes before main(), where nobody catches Ctrl-C
    import argparse
    from collections.abc import Sequence

    from virtsdk.cli.command import Command
    from virtsdk.cli.output.streams import Output
    from virtsdk.cli.parser import Parser

_FOUND = 1
_INTERRUPTED = 130
_UNREAD = 141  # 128 and SIGPIPE's number, as of any other command in a pipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        What follows ``virtsdk``; the process's own when left out. Nothing: the commands are listed.
    """
    if arguments is None:  # the process's own: most of what it makes as it starts are modules, which stay
        gc.set_threshold(50_000)
        arguments = sys.argv[1:]
    try:
        from virtsdk.cli.output.streams import streams

        with streams() as output:
            return _told(arguments, output)
    except KeyboardInterrupt:
        return _interrupted(arguments)
    except BrokenPipeError:
        if not _unread():
            raise
        return _UNREAD


def _told(arguments: Sequence[str], output: Output) -> int:
    """Run a command; what it wrote is at its place at the end, or it is said why not."""
    from virtsdk.cli.command import complain
    from virtsdk.cli.output.streams import OutputFailed

    try:
        try:
            return _run(arguments)
        finally:
            output.flush()  # here, not at the interpreter's end, where an error could not be caught
    except OutputFailed as error:
        complain(error)
        command = _command(arguments)
        return _FOUND if command is None else command.failed


def _command(arguments: Sequence[str]) -> Command | None:
    """Return the command that is meant."""
    from virtsdk.cli.commands import COMMANDS

    return next((one for one in COMMANDS if one.name in arguments[:1]), None)


def _interrupted(arguments: Sequence[str]) -> int:
    from virtsdk.cli.command import WELL, complain

    command = _command(arguments)
    if command is not None and command.endless:
        return WELL
    complain("interrupted")
    return _INTERRUPTED


def _unread() -> bool:
    """Tell whether stdout or stderr has no reader any more; what is left for such a one goes nowhere."""
    import select

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


def _run(arguments: Sequence[str]) -> int:
    from virtsdk.cli.command import complain
    from virtsdk.cli.output.streams import OutputFailed
    from virtsdk.errors import VirtError

    parser = parser_of_all()
    _complete(parser)
    _check_command(parser, arguments)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except OutputFailed:
        raise
    except VirtError as error:
        complain(error)
        return _FOUND


def parser_of_all() -> Parser:
    """Make the parser of the command line, with one below it for each of `COMMANDS`."""
    from virtsdk import __version__
    from virtsdk.cli.commands import COMMANDS
    from virtsdk.cli.commands.examples import EXAMPLES
    from virtsdk.cli.parser import Parser

    parser = Parser(
        prog="virtsdk",
        description="Jupyter-friendly SDK over libvirt.",
        epilog="virtsdk COMMAND --help tells more of each.",
    )
    parser.add_argument("--version", action="version", version=f"virtsdk {__version__}")
    parser.set_defaults(run=_listed, listing=parser.print_help)
    below = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        one = below.add_parser(
            command.name,
            help=command.help,
            description=command.description,
            examples=EXAMPLES[command.name],
        )
        command.declare(one)
        one.set_defaults(run=command.run, refuse=one.error)
    return parser


def _check_command(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """End where the first word is no command; argparse would list them all, and not say which is like it."""
    if arguments and not arguments[0].startswith("-") and _command(arguments) is None:
        from virtsdk.cli.commands import COMMANDS
        from virtsdk.cli.parser import meant_by

        meant = meant_by(arguments[0], [one.name for one in COMMANDS])
        parser.error(f"there is no command {arguments[0]!r}{meant or '; virtsdk --help lists them'}")


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell where it asks for completions (extra ``[terminal]``), and end; else do nothing."""
    if "_ARGCOMPLETE" in os.environ:
        try:
            import argcomplete
        except ModuleNotFoundError:
            sys.exit(_FOUND)  # the shell reads no answer; nothing is run for it
        argcomplete.autocomplete(parser)


def _listed(options: argparse.Namespace) -> int:
    options.listing()
    return 0
