"""``virtsdk diff``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import document
from virtsdk.cli.command import FOUND, WELL, WRONG, Command, complain
from virtsdk.errors import VirtError


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=document, help="a file, or - for the standard input")
    parser.add_argument("after", type=document, help="another one")
    parser.add_argument(
        "--only-said",
        action="store_true",
        help="what the second one leaves to libvirt is no difference",
    )
    parser.add_argument("--json", action="store_true", help="a list of objects: path, item, before, after")


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.documents import STDIN, diff
    from virtsdk.cli.output.streams import OutputFailed

    if options.before == STDIN == options.after:
        return options.refuse("- can be one of the two: the standard input is read once")
    try:
        differs = diff(options.before, options.after, only_said=options.only_said, as_json=options.json)
    except OutputFailed:
        raise
    except VirtError as error:
        complain(error)
        return WRONG
    return FOUND if differs else WELL


DIFF = Command(
    "diff",
    "tell what differs between two definitions",
    "Read two of libvirt's XML documents and write a line for each difference in meaning: order and spelling "
    "that libvirt reads alike are none. The exit status is that of diff: 0 where they say the same, 1 where "
    "they differ, 2 where they could not be compared.",
    _declare,
    _run,
    failed=WRONG,
)
