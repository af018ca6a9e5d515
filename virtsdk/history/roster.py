"""Hosts by a list that may change while they are recorded: a hosts file, an inventory."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from virtsdk.history.hosts import LateHost
from virtsdk.resources.connect import connect
from virtsdk.resources.host import Host
from virtsdk.resources.hosts_file import HostEntry, read_hosts
from virtsdk.resources.rereading import Rereading


class Roster(Rereading[Host | LateHost]):
    """Reads a list of hosts anew each time that it is called; `record` takes one as its hosts.

    `place` gives one that is opened when it answers, or one that is open.
    """

    def _lasts(self, host: Host | LateHost) -> bool:
        return not (isinstance(host, Host) and host.session.closed)


def hosts_of_file(path: str | os.PathLike[str], *, readonly: bool = True) -> Roster:
    """Return the hosts of a hosts file, each opened when it answers; nobody is asked for a password.

    Raises
    ------
    TypeError
        It is a URI rather than a file.
    """
    text: Any = os.fspath(path)
    if not isinstance(text, str) or "://" in text or not text:
        raise TypeError(
            "hosts must be a Host of virtsdk.connect, several, or a hosts file; a URI is opened first, "
            "virtsdk.connect(uri)"
        )

    def late(name: str, entry: HostEntry) -> LateHost:
        options: dict[str, Any] = {"readonly": readonly, "auth": {}, "programs": False, "name": name}
        return LateHost(entry.uri, partial(connect, entry.uri, **options))

    return Roster(partial(read_hosts, Path(text).absolute()), late)
