"""The hosts of a recording: which they may be, and the rows that describe them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any, cast

import pandas as pd

from virtsdk import errors
from virtsdk.history.columns import HOSTS, own_frame
from virtsdk.history.sampler import DEADLINE
from virtsdk.resources.host import Host
from virtsdk.resources.host.node import read_node_info

_log = logging.getLogger(__name__)


def open_hosts(given: Any) -> list[Host]:
    """Return the hosts that `record` was given, one or several.

    Raises
    ------
    TypeError, ValueError
        They are no hosts, none, or two of one name.
    HostClosed
        One of them was closed.
    """
    if not isinstance(given, Host | Iterable) or isinstance(given, str):
        raise TypeError(f"hosts must be a Host of virtsdk.connect, or several, not {type(given).__name__}")
    chosen: list[Any] = [given] if isinstance(given, Host) else list(cast("Iterable[Any]", given))
    if not chosen:
        raise ValueError("hosts must be a host or a list of them, not an empty list")
    names: set[str] = set()
    for one in chosen:
        if not isinstance(one, Host):
            raise TypeError(f"hosts must be a Host of virtsdk.connect, or several, not {type(one).__name__}")
        if one.session.closed:
            raise errors.HostClosed(
                f"cannot record {one.name!r}: it was closed; open it again with virtsdk.connect({one.uri!r})",
                operation="record",
                subject=f"host {one.name!r}",
            )
        if one.name in names:
            raise ValueError(
                f"two hosts are called {one.name!r}: their figures could not be told apart; record them to "
                "two directories"
            )
        names.add(one.name)
    return chosen


def about_hosts(hosts: Iterable[Host], since: pd.Timestamp, interval: float) -> pd.DataFrame:
    """Describe hosts: one row per host with its URI, driver, version and, where it answers, its node info."""
    rows: list[dict[str, object]] = []
    for host in hosts:
        row: dict[str, object] = {
            "host": host.name,
            "time": since,
            "uri": host.uri,
            "driver": host.driver,
            "libvirt_version": str(host.libvirt_version),
            "interval_seconds": interval,
        }
        try:
            row |= asdict(
                host.session.call(
                    "read the node info of",
                    f"host {host.name!r}",
                    partial(read_node_info, host.session, host=host.name),
                    timeout=DEADLINE,
                )
            )
        except errors.VirtError as error:
            _log.warning("what %s has is not recorded: %s", host.name, error)
        rows.append(row)
    return own_frame(HOSTS, rows)
