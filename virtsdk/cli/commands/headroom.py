"""``virtsdk headroom``: its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from virtsdk.cli.arguments import length, place
from virtsdk.cli.command import FOUND, WELL, Command
from virtsdk.cli.hosts import declare_hosts, hosts_of, is_host
from virtsdk.cli.policies import declare_policy


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_hosts(parser, help="a host, or NAME=URI; or the directory of a recording, or a copy's URL")
    declare_policy(parser)
    parser.add_argument(
        "--timeout", type=length, default="10s", help="how long a host may take (default: %(default)s)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="an object: sentence, recorded, policy, hosts, notes, missing",
    )


def _source(options: argparse.Namespace) -> dict[str, str] | Path | str:
    """Return the hosts, or the one recording, that was given."""
    recordings = [one for one in options.uri if not is_host(one)]
    if not recordings:
        return hosts_of(options)
    if options.hosts is not None or len(options.uri) > 1:
        raise ValueError(f"a recording stands alone: {recordings[0]!r} is no URI of a host")
    given = recordings[0]
    if "://" not in given and not Path(given).exists():
        raise ValueError(
            f"{given!r} must be a URI of a host (qemu+ssh://kvm7/system), or a recording: there is no such "
            "directory"
        )
    return place(given)


def _run(options: argparse.Namespace) -> int:
    try:
        source = _source(options)
    except (ValueError, OSError, argparse.ArgumentTypeError) as error:
        return options.refuse(str(error))

    from virtsdk.cli.headroom import headroom

    well = headroom(source, policy=options.policy, timeout=options.timeout, as_json=options.json)
    return WELL if well else FOUND


HEADROOM = Command(
    "headroom",
    "tell what is left of hosts, or of a recording's",
    "Ask hosts, read-only, how many vCPUs and how much memory may still be promised, and write the answer in "
    "a line, then a table of the hosts; of a recording it is that of its last sample. The exit status is 1 "
    "where a host did not answer, the answer is of the others then, or nothing is known of any.",
    _declare,
    _run,
)
