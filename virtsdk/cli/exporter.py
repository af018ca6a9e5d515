"""``virtsdk exporter``: the figures of hosts for Prometheus to scrape."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import virtsdk
from virtsdk.cli.stopping import told_to_stop

_BEAT = 0.5  # seconds; a signal that another thread of the process took is noticed by then


def export(hosts: Callable[[], Mapping[str, str]], *, listen: tuple[str, int], timeout: float) -> None:
    """Serve until SIGINT or SIGTERM; both are an end like any other.

    Parameters
    ----------
    hosts
        Gives URIs by name, and is asked again at each scrape; the connections are read-only.
    listen
        Address and port.
    timeout
        Seconds that each host has.

    Raises
    ------
    MissingDependency
        libvirt-python is not installed.
    """
    from virtsdk.fleet.exporter import serve

    with (
        told_to_stop() as told,
        virtsdk.connect_fleet(hosts, readonly=True, timeout=timeout, programs=True) as fleet,
        serve(fleet, host=listen[0], port=listen[1]) as server,
    ):
        where = "{}:{}".format(*server.address)
        sys.stdout.write(f"serving {fleet!r} at http://{where}/metrics, Ctrl-C ends it\n")
        sys.stdout.flush()
        while not told.wait(_BEAT):
            pass
