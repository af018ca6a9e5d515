"""``virtsdk compact``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import directory, url
from virtsdk.cli.command import FOUND, WELL, Command


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="+", type=directory, help="that of a recording")
    parser.add_argument(
        "--to", type=url, metavar="URL",
        help="also bring a copy up to date, for example s3://bucket/history (default: no copy)",
    )  # fmt: skip
    parser.add_argument(
        "--json",
        action="store_true",
        help="a list of objects: directory, files_before, files, bytes_before, bytes, to, copied",
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.compact import compact

    if options.to is not None and len(options.directory) > 1:
        return options.refuse("--to is for one recording at a time")
    return WELL if compact(options.directory, options.to, as_json=options.json) else FOUND


COMPACT = Command(
    "compact",
    "bring a recording to today's format, its days together",
    "Rewrite recordings in today's format, the files of each day together by groups of hosts, so that a "
    "question about one host reads its own part. No row is lost or doubled, whenever it is killed. A "
    "recording that is being recorded to is left alone. The exit status is 1 where one could not be.",
    _declare,
    _run,
)
