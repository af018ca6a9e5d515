"""``virtsdk convert``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import document, written
from virtsdk.cli.command import WELL, Command


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=document, help="XML or JSON, as its content says; - for the standard input"
    )
    parser.add_argument(
        "--to", choices=("json", "xml"), help="what to write (default: json of XML, xml of JSON)"
    )
    parser.add_argument("--output", "-o", type=written, metavar="FILE", help="where to (default: stdout)")
    parser.add_argument(
        "--secrets",
        choices=("refuse", "keep", "drop"),
        default="refuse",
        help="what becomes of passwords and what looks like them: the document is refused, they are written "
        "as they are, or they are left out (default: %(default)s)",
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.convert import convert

    convert(options.file, to=options.to, output=options.output, secrets=options.secrets)
    return WELL


CONVERT = Command(
    "convert",
    "write a definition as JSON, or back as XML",
    "Read one of libvirt's documents and write it in the other form; JSON has the names of the fields that "
    "diff shows. Both ways nothing is lost, also of what libvirt's schema does not know, but for comments "
    "and processing instructions outside <metadata> and the document type declaration, which are counted on "
    "stderr. The exit status is 1 where the document cannot be read, or has secrets and --secrets does not "
    "say what becomes of them.",
    _declare,
    _run,
)
