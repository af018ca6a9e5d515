"""The hosts of a recording: which they may be, how they are named, and the rows that describe them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast

import pandas as pd

from virtsdk import errors
from virtsdk.history.columns import HOSTS, own_frame
from virtsdk.resources.connect import require_libvirt
from virtsdk.resources.host import Host
from virtsdk.resources.host.node import NodeInfo, read_node_info

DEADLINE = 5.0  # seconds for what a host has
_APART = 5.0  # seconds between two attempts to open a host, at the least
_PATIENCE = 60.0  # seconds after which an attempt that hangs gets another one beside it
_MOST_ATTEMPTS = 2  # that hang, each in a thread


class LateHost:
    """A host that is opened when it answers, for as long as nobody ends it.

    Parameters
    ----------
    uri
        For people: without a password.
    open
        Opens it; may hang, and may be called again.

    Raises
    ------
    MissingDependency
        libvirt-python is not installed: no host would ever answer.
    """

    def __init__(self, uri: str, open: Callable[[], Host]) -> None:  # noqa: A002
        require_libvirt()
        self.uri = uri
        self._open = open
        self._lock = threading.Condition()
        self._begun: dict[threading.Thread, float] = {}
        self._last = -math.inf
        self._host: Host | None = None
        self._error: Exception | None = None
        self._ended = False

    def get(self, timeout: float) -> Host:
        """Return the host; where it is not open, try to open it.

        Parameters
        ----------
        timeout
            Seconds to wait. An attempt that takes longer goes on, and counts the next time.

        Raises
        ------
        TimedOut
            There is no answer yet.
        Exception
            What the last attempt ended with.
        """
        with self._lock:
            if self._host is None:
                self._try()
                self._lock.wait_for(lambda: self._host or self._error or not self._begun, timeout)
            if self._host is not None:
                return self._host
            if self._error is not None:
                raise self._error
            waited = time.monotonic() - min(self._begun.values(), default=time.monotonic())
            raise errors.TimedOut(
                f"cannot open {self.uri}: no answer for {waited:.0f} s; it is tried again",
                operation="open",
                subject=self.uri,
            )

    def _try(self) -> None:
        now = time.monotonic()
        hangs = [now - begun for begun in self._begun.values()]
        patience = _PATIENCE if hangs else _APART
        if now - self._last < patience or len(hangs) >= _MOST_ATTEMPTS:
            return
        self._last, self._error = now, None
        attempt = threading.Thread(target=self._attempt, name="virtsdk-opener", daemon=True)
        self._begun[attempt] = now
        attempt.start()

    def _attempt(self) -> None:
        host, error = None, None
        try:
            host = self._open()
        except Exception as raised:  # noqa: BLE001 - the sampler raises it
            error = raised
        with self._lock:
            self._begun.pop(threading.current_thread(), None)
            late = self._ended or self._host is not None
            if not late and host is not None:
                self._host, self._error = host, None
            elif not late:
                self._error = error
            self._lock.notify_all()
        if late and host is not None:
            host.close()

    def close(self) -> None:
        """Close it, now or when an attempt that hangs comes to its end."""
        with self._lock:
            self._ended = True
            host = self._host
        if host is not None:
            host.close()


@dataclass(frozen=True, slots=True)
class Place:
    """A host to record, and its name in the recording."""

    name: str
    host: Host | LateHost


def places_of(given: Any) -> list[Place]:
    """Return the hosts that `record` was given, one or several, by their names in the recording.

    Raises
    ------
    TypeError, ValueError
        They are no hosts, none, or two of one name.
    HostClosed
        One of them was closed.
    """
    if not isinstance(given, Host | Iterable) or isinstance(given, str):
        raise TypeError(f"hosts must be a Host of virtsdk.connect, or several, not {type(given).__name__}")
    named: list[tuple[Any, Any]]
    if isinstance(given, Mapping):
        named = list(cast("Mapping[Any, Any]", given).items())
    else:
        chosen: list[Any] = [given] if isinstance(given, Host) else list(cast("Iterable[Any]", given))
        named = [(one.name if isinstance(one, Host) else None, one) for one in chosen]
    if not named:
        raise ValueError("hosts must be a host or a list of them, not an empty list")
    found: dict[str, Place] = {}
    for name, one in named:
        if not isinstance(one, Host | LateHost):
            raise TypeError(f"hosts must be a Host of virtsdk.connect, or several, not {type(one).__name__}")
        if not isinstance(name, str) or not name:
            raise TypeError(f"hosts must be named by text, {{'kvm7': host}}, not {name!r}")
        if "\0" in name or name != name.encode(errors="replace").decode():
            raise ValueError(f"hosts must have names that can be written as UTF-8, not {name!r}")
        if isinstance(one, Host) and one.session.closed:
            raise errors.HostClosed(
                f"cannot record {name!r}: it was closed; open it again with virtsdk.connect({one.uri!r})",
                operation="record",
                subject=f"host {name!r}",
            )
        if name in found:
            raise ValueError(
                f"two hosts are called {name!r}: their figures could not be told apart; name them yourself, "
                "virtsdk.record({'kvm7': one, 'kvm8': another}, ...)"
            )
        found[name] = Place(name, one)
    return list(found.values())


def named(frames: Mapping[str, pd.DataFrame], name: str) -> dict[str, pd.DataFrame]:
    """Give the rows of some frames the name that their host has in the recording."""
    return {key: frame.assign(host=name) if len(frame) else frame for key, frame in frames.items()}


def about_places(places: Iterable[Place], since: pd.Timestamp, interval: float) -> pd.DataFrame:
    """Describe hosts without asking them: one row per host."""
    return own_frame(HOSTS, [_row(one.name, one.host, since, interval) for one in places])


def about_host(name: str, host: Host, interval: float) -> pd.DataFrame:
    """Describe a host that answers: one row with its URI, driver, version and node info.

    Raises
    ------
    VirtError
        It does not say what it has.
    """
    info: NodeInfo = host.session.call(
        "read the node info of",
        f"host {host.name!r}",
        partial(read_node_info, host.session, host=name),
        timeout=DEADLINE,
    )
    now = pd.Timestamp.now(tz="UTC").as_unit("us")
    return own_frame(HOSTS, [{**_row(name, host, now, interval), **asdict(info)}])


def _row(name: str, host: Host | LateHost, time: pd.Timestamp, interval: float) -> dict[str, object]:
    known = {} if isinstance(host, LateHost) else _known(host)
    return {"host": name, "time": time, "uri": host.uri, "interval_seconds": interval, **known}


def _known(host: Host) -> dict[str, object]:
    return {"driver": host.driver, "libvirt_version": str(host.libvirt_version)}
