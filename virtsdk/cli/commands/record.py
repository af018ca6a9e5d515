"""``virtsdk record``: its arguments."""

from __future__ import annotations

import argparse

from virtsdk.cli.arguments import directory, keep, length, mode, names
from virtsdk.cli.command import FOUND, WELL, Command, complain
from virtsdk.cli.hosts import declare_hosts, hosts_of


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_hosts(
        parser,
        help="a host, for example qemu+ssh://ana@kvm7/system, or NAME=URI: what the recording calls it",
    )
    parser.add_argument("--directory", "-d", type=directory, required=True, help="where to")
    parser.add_argument(
        "--interval", type=length, default="10s", help="how far apart samples are (default: %(default)s)"
    )
    parser.add_argument(
        "--duration", type=length, help="how long, for example 8h (default: until it is stopped)"
    )
    parser.add_argument(
        "--flush", type=length, default="30s",
        help="how often samples go to the disk, and a hosts file is read again (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--storage", type=length, help="how often to read storage pools too (default: never)")
    parser.add_argument(
        "--include", type=names, metavar="WHAT,...",
        help="also record definitions, events, jobs, filesystems (default: none of them); file systems are "
        "asked of guests' agents, for which the connections are not read-only",
    )  # fmt: skip
    parser.add_argument(
        "--keep", type=keep, metavar="raw=14d,5min=2y",
        help="how long samples are kept, and what they are rolled up to (default: samples, for ever)",
    )  # fmt: skip
    parser.add_argument(
        "--mode", type=mode, default=0o600, help="rights of new files, for example 640 (default: 600)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="write an object a line as it begins, at each --flush and at its end: time, state, directory, "
        "samples, error, hosts",
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.record import record

    try:
        hosts = hosts_of(options)
    except (ValueError, OSError) as error:
        return options.refuse(str(error))
    well = record(
        hosts,
        options.directory,
        interval=options.interval,
        duration=options.duration,
        flush=options.flush,
        storage=options.storage,
        include=options.include,
        keep=options.keep,
        mode=options.mode,
        as_json=options.json,
        again=None if options.hosts is None else lambda: hosts_of(options),
    )
    if well:
        return WELL
    complain("nothing was recorded: no sample could be taken")
    return FOUND


RECORD = Command(
    "record",
    "record the figures of hosts to a directory",
    "Sample hosts, read-only, at a steady beat to a directory of Parquet files, which virtsdk.open_recording "
    "reads without libvirt. It goes on until its time is over, Ctrl-C or SIGTERM; a recording that is there "
    "already is continued. A hosts file is read again while it goes on: hosts that are new in it join, and "
    "those that are gone leave; one that cannot be read changes nothing. The exit status is 1 where no "
    "sample could be taken.",
    _declare,
    _run,
    endless=True,
)
