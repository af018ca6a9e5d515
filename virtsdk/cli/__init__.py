"""The command ``virtsdk``: demo, record, compact, check, report, exporter, diff and validate.

Also ``python -m virtsdk``. Exit status: 0 when it worked, 1 for an error that is explained on stderr, or
where a check found something; 2 for a wrong argument, or where ``diff`` could not compare, 130 after Ctrl-C,
141 where nobody reads its output to the end (as in ``virtsdk report DIR | head``).
"""

from __future__ import annotations

import argparse
import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path

from virtsdk import __version__
from virtsdk.cli.arguments import directory, keep, length, listen, mode, names, place, url
from virtsdk.errors import VirtError

_INTERRUPTED = 130
_UNREAD = 141  # 128 and SIGPIPE's number, as of any other command in a pipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        What follows ``virtsdk``; the process's own when left out. Nothing: the commands are listed.
    """
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()  # here, not at the interpreter's end, where an error could not be caught
    except BrokenPipeError:
        if not _unread():
            raise
        return _UNREAD


def _unread() -> bool:
    """Tell whether stdout or stderr has no reader any more; what is left for such a one goes nowhere."""
    found = False
    for output in (1, 2):
        ask = select.poll()
        ask.register(output, 0)  # an error is told in any case
        if any(said & (select.POLLERR | select.POLLHUP) for _, said in ask.poll(0)):
            found = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, output)
            os.close(nowhere)
    return found


def _run(arguments: Sequence[str] | None) -> int:
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
        prog="virtsdk",
        description="Jupyter-friendly SDK over libvirt.",
        epilog="virtsdk COMMAND --help tells more of each.",
    )
    parser.add_argument("--version", action="version", version=f"virtsdk {__version__}")
    parser.set_defaults(run=_listed, listing=parser.print_help)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    demo = commands.add_parser(
        "demo",
        help="run the first notebook on real guests and leave its page",
        description="Start a throwaway lab of QEMU guests, run the first notebook on it, print the "
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

    record = commands.add_parser(
        "record",
        help="record the figures of hosts to a directory",
        description="Sample hosts, read-only, at a steady beat to a directory of Parquet files, which "
        "virtsdk.open_recording reads without libvirt. It goes on until its time is over, Ctrl-C or SIGTERM; "
        "a recording that is there already is continued. A hosts file is read again while it goes on: hosts "
        "that are new in it join, and those that are gone leave; one that cannot be read changes nothing.",
    )
    record.add_argument(
        "uri",
        nargs="*",
        help="a host, for example qemu+ssh://ana@kvm7/system, or NAME=URI: what the recording calls it",
    )
    record.add_argument(
        "--hosts", type=Path, metavar="FILE", help="hosts by name, as TOML: [hosts.NAME] uri=..."
    )
    record.add_argument("--directory", "-d", type=directory, required=True, help="where to")
    record.add_argument(
        "--interval",
        type=length,
        default="10s",
        help="how far apart samples are (default: %(default)s)",
    )
    record.add_argument(
        "--duration", type=length, help="how long, for example 8h (default: until it is stopped)"
    )
    record.add_argument(
        "--flush", type=length, default="30s",
        help="how often samples go to the disk, and a hosts file is read again (default: %(default)s)",
    )  # fmt: skip
    record.add_argument("--storage", type=length, help="how often to read storage pools too (default: never)")
    record.add_argument(
        "--include", type=names, metavar="WHAT,...",
        help="also record definitions, events, jobs, filesystems (default: none of them); file systems are "
        "asked of guests' agents, for which the connections are not read-only",
    )  # fmt: skip
    record.add_argument(
        "--keep", type=keep, metavar="raw=14d,5min=2y",
        help="how long samples are kept, and what they are rolled up to (default: samples, for ever)",
    )  # fmt: skip
    record.add_argument(
        "--mode",
        type=mode,
        default=0o600,
        help="rights of new files, for example 640 (default: 600)",
    )
    record.set_defaults(run=_record, refuse=record.error)

    exporter = commands.add_parser(
        "exporter",
        help="serve the figures of hosts to Prometheus",
        description="Ask hosts, read-only, whenever Prometheus scrapes, and serve their figures by the names "
        "of the catalogue, with its words as help. A host that is slow or down holds no scrape up; one that "
        "did not answer is virtsdk_host_up 0, and has no figures. The hosts file is read once. It goes on "
        "until Ctrl-C or SIGTERM. There is no password: listen where only Prometheus gets.",
    )
    exporter.add_argument("uri", nargs="*", help="a host, or NAME=URI: what its figures call it")
    exporter.add_argument(
        "--hosts", type=Path, metavar="FILE", help="hosts by name, as TOML: [hosts.NAME] uri=..."
    )
    exporter.add_argument(
        "--listen",
        type=listen,
        default="127.0.0.1:9177",
        metavar="ADDRESS:PORT",
        help="where to serve (default: %(default)s)",
    )
    exporter.add_argument(
        "--timeout",
        type=length,
        default="5s",
        help="how long a host may take (default: %(default)s)",
    )
    exporter.set_defaults(run=_export, refuse=exporter.error)

    check = commands.add_parser(
        "check",
        help="read a recording whole and tell what is wrong with it",
        description="Read all files of recordings and write a line for each thing that is wrong. Nothing is "
        "changed; it may be recorded to meanwhile. The exit status is 1 where something is damaged or "
        "missing, or a recorder cannot read its hosts file; what a recorder writes now, or has left "
        "unfinished, is told and is no damage.",
    )
    check.add_argument("directory", nargs="+", type=place, help="that of a recording, or a copy's URL")
    check.set_defaults(run=_check)

    compact = commands.add_parser(
        "compact",
        help="bring a recording to today's format, its days together",
        description="Rewrite recordings in today's format, the files of each day together by groups of "
        "hosts, so that a question about one host reads its own part. No row is lost or doubled, whenever it "
        "is killed. A recording that is being recorded to is left alone.",
    )
    compact.add_argument("directory", nargs="+", type=directory, help="that of a recording")
    compact.add_argument(
        "--to", type=url, metavar="URL",
        help="also bring a copy up to date, for example s3://bucket/history (default: no copy)",
    )  # fmt: skip
    compact.set_defaults(run=_compact, refuse=compact.error)

    report = commands.add_parser(
        "report",
        help="review the capacity of what was recorded, as a page",
        description="Read a recording, print the answer in a sentence, and write a page with all of it: "
        "room, failures, what runs out and when, guests to stop, shrink or grow, overcommit, contention. The "
        "page needs no network and no script. Hosts that are not there any more are left out.",
    )
    report.add_argument("directory", type=place, help="that of a recording, or a copy's URL")
    report.add_argument("--html", type=Path, metavar="FILE", help="the page (default: none, the text alone)")
    report.add_argument(
        "--policy", type=Path, metavar="FILE", help="ratios, reserves, rules, as Policy.to_yaml writes them"
    )
    report.add_argument(
        "--every",
        type=length,
        help="average use over so long (default: 5min, or two intervals of the recording)",
    )
    report.set_defaults(run=_report)

    diff = commands.add_parser(
        "diff",
        help="tell what differs between two definitions",
        description="Read two of libvirt's XML documents and write a line for each difference in meaning: "
        "order and spelling that libvirt reads alike are none. The exit status is that of diff: 0 where they "
        "say the same, 1 where they differ, 2 where they could not be compared.",
    )
    diff.add_argument("before", type=Path, help="a file, or - for the standard input")
    diff.add_argument("after", type=Path, help="another one")
    diff.add_argument(
        "--only-said",
        action="store_true",
        help="what the second one leaves to libvirt is no difference",
    )
    diff.add_argument("--json", action="store_true", help="a list of objects: path, item, before, after")
    diff.set_defaults(run=_diff)

    validate = commands.add_parser(
        "validate",
        help="check definitions against libvirt's schema",
        description="Read libvirt's XML documents and write a line for each thing that its schema does not "
        "allow. The exit status is 1 where there is one, or a file cannot be read.",
    )
    validate.add_argument("file", nargs="+", type=Path, help="a file, or - for the standard input")
    validate.add_argument(
        "--relaxng",
        type=Path,
        metavar="DIRECTORY",
        help="libvirt's RELAX NG files, which decide then (default: the rules of this package)",
    )
    validate.add_argument(
        "--json", action="store_true", help="a list of objects: file, path, message, expected, line"
    )
    validate.set_defaults(run=_validate)
    return parser


def _listed(options: argparse.Namespace) -> int:
    options.listing()
    return 0


def _demo(options: argparse.Namespace) -> int:
    from virtsdk.cli.demo import demo

    demo(options.output, uri=options.uri, guests=options.guests)
    return 0


def _hosts(options: argparse.Namespace) -> dict[str, str]:
    """Return the URIs that were given, and those of a hosts file, by name.

    Raises
    ------
    ValueError, OSError
        One is no URI, two are of one name, there are none, or the file cannot be read.
    """
    from virtsdk.cli.record import names_of
    from virtsdk.resources.hosts_file import read_hosts

    given = names_of(options.uri)
    file = {} if options.hosts is None else read_hosts(options.hosts)
    twice = given.keys() & file.keys()
    if twice:
        raise ValueError(f"hosts must differ: {min(twice)!r} is in {options.hosts}, too")
    found = {**{name: one.uri for name, one in file.items()}, **given}
    if not found:
        raise ValueError("give a host at least: a URI, or --hosts FILE")
    return found


def _export(options: argparse.Namespace) -> int:
    from virtsdk.cli.exporter import export

    try:
        export(_hosts(options), listen=options.listen, timeout=options.timeout)
    except (ValueError, OSError) as error:
        return options.refuse(str(error))
    return 0


def _record(options: argparse.Namespace) -> int:
    from virtsdk.cli.record import record

    try:
        hosts = _hosts(options)
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
        again=None if options.hosts is None else lambda: _hosts(options),
    )
    if well:
        return 0
    sys.stderr.write("virtsdk: nothing was recorded: no sample could be taken\n")
    return 1


def _check(options: argparse.Namespace) -> int:
    from virtsdk.cli.check import check

    well = True
    for one in options.directory:  # that one is none does not hide the others
        try:
            well &= check(one)
        except VirtError as error:
            sys.stderr.write(f"virtsdk: {error}\n")
            well = False
    return 0 if well else 1


def _compact(options: argparse.Namespace) -> int:
    from virtsdk.cli.compact import compact

    if options.to is not None and len(options.directory) > 1:
        return options.refuse("--to is for one recording at a time")
    return 0 if compact(options.directory, options.to) else 1


def _report(options: argparse.Namespace) -> int:
    from virtsdk.cli.report import report

    report(options.directory, html=options.html, policy=options.policy, every=options.every)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from virtsdk.cli.documents import diff

    try:
        return int(diff(options.before, options.after, only_said=options.only_said, as_json=options.json))
    except VirtError as error:
        sys.stderr.write(f"virtsdk: {error}\n")
        return 2


def _validate(options: argparse.Namespace) -> int:
    from virtsdk.cli.documents import validate

    return 0 if validate(options.file, relaxng=options.relaxng, as_json=options.json) else 1
