"""Hosts by a list that may change while they are recorded: a hosts file, an inventory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from virtsdk.history.hosts import LateHost
from virtsdk.resources.connect import connect
from virtsdk.resources.host import Host
from virtsdk.resources.hosts_file import HostEntry, read_hosts

_PAUSE = 0.5  # seconds in which a list that changed is to stay as it is: it may be half written
_TRIES = 10  # after which it is taken as it is


class Roster:
    """Reads a list of hosts anew each time that it is called; `record` takes one as its hosts.

    Parameters
    ----------
    read
        Reads the list: hosts by name. What it raises is for the caller.
    place
        Gives the host of a name and entry: one that is opened when it answers, or one that is open.
    first
        URIs and hosts by name that are given the first time, without reading the list.

    Notes
    -----
    A host stays the same one for as long as it is in the list with the same URI. A list that changed is read
    again until it reads the same twice: an editor or a copy may be at it.
    """

    def __init__(
        self,
        read: Callable[[], Mapping[str, HostEntry]],
        place: Callable[[str, HostEntry], Host | LateHost],
        *,
        first: Mapping[str, tuple[str, Host | LateHost]] | None = None,
    ) -> None:
        self._read = read
        self._place = place
        self._given = first is None
        self._before = None if first is None else {name: uri for name, (uri, _) in first.items()}
        self._hosts = {name: host for name, (_, host) in (first or {}).items()}

    def __call__(self) -> dict[str, Host | LateHost]:
        """Return the hosts that the list has now, by name."""
        if not self._given:
            self._given = True
            return dict(self._hosts)
        entries, before = dict(self._read()), self._before
        for _ in range(0 if before is None or _uris(entries) == before else _TRIES):
            time.sleep(_PAUSE)
            found, entries = entries, dict(self._read())
            if _uris(found) == _uris(entries):
                break
        before = before or {}
        self._hosts = {
            name: self._hosts[name]
            if before.get(name) == one.uri and not _is_closed(self._hosts[name])
            else self._place(name, one)
            for name, one in entries.items()
        }
        self._before = _uris(entries)
        return dict(self._hosts)


def _is_closed(host: Host | LateHost) -> bool:
    return isinstance(host, Host) and host.session.closed


def _uris(entries: Mapping[str, HostEntry]) -> dict[str, str]:
    return {name: one.uri for name, one in entries.items()}


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
