"""``virtsdk exporter``: its arguments."""

from __future__ import annotations

import argparse
from functools import partial

from virtsdk.cli.arguments import length, listen
from virtsdk.cli.command import WELL, Command
from virtsdk.cli.hosts import declare_hosts, hosts_of


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_hosts(parser, help="a host, or NAME=URI: what its figures call it")
    parser.add_argument(
        "--listen",
        type=listen,
        default="127.0.0.1:9177",
        metavar="ADDRESS:PORT",
        help="where to serve (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout", type=length, default="5s", help="how long a host may take (default: %(default)s)"
    )


def _run(options: argparse.Namespace) -> int:
    from virtsdk.cli.exporter import export

    try:
        export(partial(hosts_of, options), listen=options.listen, timeout=options.timeout)
    except (ValueError, OSError) as error:
        return options.refuse(str(error))
    return WELL


EXPORTER = Command(
    "exporter",
    "serve the figures of hosts to Prometheus",
    "Ask hosts, read-only, whenever Prometheus scrapes, and serve their figures by the names of the "
    "catalogue, with its words as help. A host that is slow or down holds no scrape up; one that did not "
    "answer is virtsdk_host_up 0, and has no figures. The hosts file is read again at each scrape; one that "
    "cannot be read changes nothing. It goes on until Ctrl-C or SIGTERM. There is no password: listen where "
    "only Prometheus gets.",
    _declare,
    _run,
    endless=True,
)
