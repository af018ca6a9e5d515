"""``virtsdk report``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import every, place, written
from virtsdk.cli.command import WELL, Command
from virtsdk.cli.policies import declare_policy


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=place, help="that of a recording, or a copy's URL")
    parser.add_argument(
        "--html", type=written, metavar="FILE", help="the page (default: none, the text alone)"
    )
    declare_policy(parser)
    parser.add_argument(
        "--every",
        type=every,
        metavar="LENGTH",
        help="average use over so long, 1s to 1d, such as 5min or 2h: the samples that peaks, quantiles and "
        "trends are of (default: 5min, or two intervals of the recording where they are longer)",
    )
    parser.add_argument(
        "--json", action="store_true", help="an object, as CapacityReport.to_dict gives it, not the text"
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.report import report

    report(
        options.directory,
        html=options.html,
        policy=options.policy,
        every=options.every,
        as_json=options.json,
    )
    return WELL


REPORT = Command(
    "report",
    "review the capacity of what was recorded, as a page",
    "Read a recording, print the answer in a sentence, and write a page with all of it: room, failures, what "
    "runs out and when, guests to stop, shrink or grow, overcommit, contention. The page needs no network "
    "and no script. Hosts that are not there any more are left out.",
    _declare,
    _run,
)
