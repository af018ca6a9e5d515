"""The command line: ``python -m virtsdk demo``.

Exit status: 0 when it worked, 1 for an error that is explained on stderr, 2 for a wrong argument, 130 after
Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from virtsdk import __version__
from virtsdk.errors import VirtError

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        What follows ``python -m virtsdk``; the process's own when left out.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except VirtError as error:
        sys.stderr.write(f"virtsdk: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("virtsdk: interrupted\n")
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m virtsdk", description="Jupyter-friendly SDK over libvirt."
    )
    parser.add_argument("--version", action="version", version=f"virtsdk {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser(
        "demo",
        help="run the first notebook on real guests and leave its page",
        description="Start a throwaway lab of QEMU guests, run notebooks/01_first_look on it, print the "
        "capacity table, write the executed notebook as one HTML page that needs no network, and take the "
        "lab down.",
    )
    demo.add_argument("--uri", help="look at this host instead of a lab; the connection is read-only")
    demo.add_argument(
        "--output", type=Path, default=Path("demo/first_look.html"), help="the page (default: %(default)s)"
    )
    demo.add_argument(
        "--guests", type=int, default=4, help="how many guests the lab has (default: %(default)s)"
    )
    demo.set_defaults(run=_demo)
    return parser


def _demo(options: argparse.Namespace) -> int:
    from virtsdk.cli.demo import demo

    demo(options.output, uri=options.uri, guests=options.guests)
    return 0
