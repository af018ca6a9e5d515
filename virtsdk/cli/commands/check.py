"""``virtsdk check``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import place
from virtsdk.cli.command import FOUND, WELL, Command


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="+", type=place, help="that of a recording, or a copy's URL")
    parser.add_argument(
        "--json", action="store_true", help="a list of objects: directory, file, problem, what"
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.check import check

    return WELL if check(options.directory, as_json=options.json) else FOUND


CHECK = Command(
    "check",
    "read a recording whole and tell what is wrong with it",
    "Read all files of recordings and write a line for each thing that is wrong. Nothing is changed; it may "
    "be recorded to meanwhile. The exit status is 1 where something is damaged or missing, or a recorder "
    "cannot read its hosts file; what a recorder writes now, or has left unfinished, is told and no damage.",
    _declare,
    _run,
)
