"""``virtsdk validate``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import document, rules
from virtsdk.cli.command import FOUND, WELL, Command


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="+", type=document, help="a file, or - for the standard input")
    parser.add_argument(
        "--relaxng",
        type=rules,
        metavar="DIRECTORY",
        help="libvirt's RELAX NG files, which decide then (default: the rules of this package)",
    )
    parser.add_argument(
        "--json", action="store_true", help="a list of objects: file, path, message, expected, line"
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.documents import STDIN, validate

    if options.file.count(STDIN) > 1:
        return options.refuse("- can be one of the files: the standard input is read once")
    return WELL if validate(options.file, relaxng=options.relaxng, as_json=options.json) else FOUND


VALIDATE = Command(
    "validate",
    "check definitions against libvirt's schema",
    "Read libvirt's XML documents and write a line for each thing that its schema does not allow. The exit "
    "status is 1 where there is one, or a file cannot be read.",
    _declare,
    _run,
)
