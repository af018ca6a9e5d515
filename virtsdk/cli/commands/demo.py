"""``virtsdk demo``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from virtsdk.cli.arguments import file, guests, uri
from virtsdk.cli.command import FOUND, WELL, Command, complain


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--uri", type=uri, help="look at this host instead of a lab; the connection is read-only"
    )
    parser.add_argument(
        "--output", type=file, default=Path("demo/first_look.html"), help="the page (default: %(default)s)"
    )
    parser.add_argument(
        "--guests", type=guests, default=4, help="how many guests the lab has (default: %(default)s)"
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.demo.notebook import NotebookFailed
    from virtsdk.cli.demo.run import demo

    try:
        demo(options.output, uri=options.uri, guests=options.guests)
    except NotebookFailed as error:
        complain(error, lines=True)
        return FOUND
    return WELL


DEMO = Command(
    "demo",
    "run the first notebook on real guests and leave its page",
    "Start a throwaway lab of QEMU guests, run the first notebook on it, print the capacity table, write the "
    "executed notebook as one HTML page that needs no network, and take the lab down.",
    _declare,
    _run,
)
