"""``virtsdk top``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import length, positive
from virtsdk.cli.command import FOUND, WELL, Command
from virtsdk.cli.hosts import declare_hosts, hosts_of

SORTS = ("name", "host", "state", "cpu", "mem", "used", "disk", "net", "steal", "vcpus")
"""The columns of `virtsdk.tables`, which is dear to import."""


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_hosts(parser, help="a host, or NAME=URI: what the table calls it")
    parser.add_argument(
        "--interval", type=length, default="2s", help="how far apart samples are (default: %(default)s)"
    )
    parser.add_argument(
        "--sort",
        choices=SORTS,
        default="cpu",
        metavar="COLUMN",
        help=f"{', '.join(SORTS)}: numbers the largest first, text from A to Z (default: %(default)s)",
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument(
        "--filter",
        default="",
        metavar="WORDS",
        help="the guests that match, as in the explorer: 'state:running cpu>50%% web' (default: all)",
    )
    several = parser.add_mutually_exclusive_group()
    several.add_argument("--once", action="store_true", help="write one table, and end")
    several.add_argument(
        "--count", type=positive, metavar="N", help="write so many tables, one below the other, and end"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="write an object a line at each interval: time, hosts, guests; without an end unless told",
    )
    parser.add_argument(
        "--timeout", type=length, default="10s", help="how long a host may take (default: %(default)s)"
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.top.choices import Choices

    try:
        hosts = hosts_of(options)
        choices = Choices(options.sort, options.reverse, options.filter)
    except (ValueError, OSError) as error:
        return options.refuse(str(error))

    from virtsdk.cli.top.run import top

    well = top(
        hosts,
        choices,
        every=options.interval,
        timeout=options.timeout,
        number=1 if options.once else options.count,
        as_json=options.json,
    )
    return WELL if well else FOUND


TOP = Command(
    "top",
    "show the guests of hosts as a live table in the terminal",
    "Watch hosts, read-only: a table of their guests with CPU, memory, disk, network and steal over the last "
    "interval, the figures of host.explore(). Keys: q quits, / filters, r reverses the order, a column's "
    "letter orders by it, space pauses, the arrows scroll. A host that is lost is said, and comes back by "
    "itself. To a pipe, or with --once, it writes one table and ends; the exit status is 1 then where a host "
    "did not answer.",
    _declare,
    _run,
    endless=True,
)
