"""A list of hosts that may change while it is in use: read again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from virtsdk.resources.hosts_file import HostEntry

T = TypeVar("T")

_PAUSE = 0.5  # seconds in which a list that changed is to stay as it is: it may be half written
_TRIES = 10  # after which it is taken as it is


class Rereading(Generic[T]):
    """Reads a list of hosts anew each time that it is called.

    Parameters
    ----------
    read
        Reads the list: hosts by name. What it raises is for the caller.
    place
        Makes of a name and entry what stands for the host.
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
        place: Callable[[str, HostEntry], T],
        *,
        first: Mapping[str, tuple[str, T]] | None = None,
    ) -> None:
        self._read = read
        self._place = place
        self._given = first is None
        self._before = None if first is None else {name: uri for name, (uri, _) in first.items()}
        self._hosts = {name: host for name, (_, host) in (first or {}).items()}

    def __call__(self) -> dict[str, T]:
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
            if before.get(name) == one.uri and self._lasts(self._hosts[name])
            else self._place(name, one)
            for name, one in entries.items()
        }
        self._before = _uris(entries)
        return dict(self._hosts)

    def _lasts(self, host: T) -> bool:
        """Tell whether a host of before can be used still."""
        del host
        return True


def _uris(entries: Mapping[str, HostEntry]) -> dict[str, str]:
    return {name: one.uri for name, one in entries.items()}
