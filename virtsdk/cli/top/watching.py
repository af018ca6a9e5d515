"""Hosts that are watched: each is asked by a thread of its own, and what it said is kept in one table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import virtsdk
from virtsdk.binding.uri import parameters, without_password
from virtsdk.display.text import one_line, printable
from virtsdk.history.hosts import LateHost
from virtsdk.tables.kinds import GUESTS
from virtsdk.tables.sheet import Sheet
from virtsdk.tables.source import Source

if TYPE_CHECKING:
    from virtsdk.events import Event
    from virtsdk.resources.host import Host

FIRST = 0.5
"""Seconds from the first sample to the second, at the most: people wait for figures."""
_SHARE = 4  # at most 1/4 of the time is spent on asking
_SILENT = 3.0  # seconds after which a host that was asked is said not to answer


@dataclass(frozen=True, slots=True)
class HostState:
    """Whether a host answers.

    Attributes
    ----------
    name, uri
        Its name here, and its URI as people may see it.
    number
        That of its rows.
    up
        Whether its last beat was answered, and the one under way does not hang.
    error
        Why it is not, in a line; empty while it is, or is asked for the first time.
    since
        Seconds since it last answered; None where it never did.
    """

    name: str
    uri: str
    number: int
    up: bool
    error: str
    since: float | None


class Watched:
    """One host: opened when it answers, and asked at a steady beat.

    Parameters
    ----------
    name, uri
        What it is called, and where it is.
    number, mark
        As of `Source`.
    late
        Opens it.
    """

    def __init__(self, name: str, uri: str, number: int, mark: str, late: LateHost) -> None:
        self.name = name
        self.uri = uri
        self.number = number
        self.beats = 0  # that ended, well or not
        self.news = False  # a beat with figures, or a failure, since it was last looked at
        self._mark = mark
        self._late = late
        self._source: Source | None = None
        self._read_at = 0.0
        self._answered: float | None = None
        self._asked: float | None = None
        self._error = ""

    def beat(self, timeout: float, longest: float) -> tuple[Any, Any]:
        """Ask it once.

        Parameters
        ----------
        timeout
            Seconds to wait for it to open.
        longest
            Seconds; a sample older than this gives no figures.

        Returns
        -------
        tuple
            Frame and rows as of `Source.read`, None where none are due; the figures, None for none.

        Raises
        ------
        VirtError
            It does not answer.
        """
        self._asked = time.monotonic()
        host = self._late.get(timeout)
        if self._source is None:
            self._source = Source(host, self.number, self._mark)
        source = self._source
        read = source.read() if self._is_due(source.events.drain()) else None
        if read is not None:
            self._read_at = time.monotonic()
        return read, source.sample(longest)

    def _is_due(self, heard: list[Event]) -> bool:
        """Tell whether the rows are to be read: something happened, or it is a while ago."""
        old = time.monotonic() - self._read_at >= GUESTS.beat
        return old or any(one.kind.startswith(("domain", "reconnected", "overflow")) for one in heard)

    def unread(self) -> None:
        """Have the next beat read the rows: those of this one are not kept."""
        self._read_at = 0.0

    def ended(self, error: Exception | None, *, figures: bool) -> None:
        """Take note that a beat ended, well or not."""
        self._asked = None
        self._error = "" if error is None else one_line(printable(str(error) or type(error).__name__))
        if error is None:
            self._answered = time.monotonic()
        else:
            self._read_at = 0.0
            if self._source is not None:
                self._source.forget()  # figures over a gap would be taken for those of now
        self.beats += 1
        self.news |= figures or error is not None

    def is_news(self, patience: float) -> bool:
        """Tell whether a beat ended, or there is no use in waiting for one."""
        return self.news or (self._asked is not None and time.monotonic() - self._asked > patience)

    def state(self) -> HostState:
        """Say whether it answers."""
        now, asked = time.monotonic(), self._asked
        hangs = asked is not None and now - asked > _SILENT and not self._error
        error = f"no answer for {now - asked:.0f} s" if hangs and asked is not None else self._error
        up = not error and self.beats > 0
        since = None if self._answered is None else now - self._answered
        return HostState(self.name, self.uri, self.number, up, error, since)

    def close(self) -> None:
        """Let go of it; what hangs is left behind."""
        self._late.close()


class Watch:
    """The guests of hosts, kept current.

    Parameters
    ----------
    hosts
        URIs by name; the connections are read-only, and nobody is asked for a password.
    every
        Seconds between two beats of a host; longer where it needs long to answer.
    timeout
        Seconds that opening a host and each call may take.
    told
        Called, in any thread, when there is something new.
    first
        Seconds from the first sample to the second, at the most.

    Attributes
    ----------
    sheet
        Rows and figures of all hosts; under `lock`.
    paused
        Since when it stays as it is; None while it follows the hosts.
    """

    def __init__(
        self,
        hosts: Mapping[str, str],
        *,
        every: float,
        timeout: float,
        told: Callable[[], object],
        first: float = FIRST,
    ) -> None:
        self.lock = threading.RLock()
        self.every = every
        self._timeout = timeout
        self._first = first
        self._told = told
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self.paused: datetime | None = None
        self.sheet = Sheet(GUESTS, range(len(hosts)))
        self._hosts = [
            Watched(
                name,
                without_password(uri),
                number,
                f"@{number}" if len(hosts) > 1 else "",
                LateHost(without_password(uri), partial(_open, name, uri, timeout)),
            )
            for number, (name, uri) in enumerate(hosts.items())
        ]
        for one in self._hosts:
            threading.Thread(target=self._work, args=(one,), name="virtsdk-top", daemon=True).start()

    def pause(self, paused: bool) -> None:
        """Leave the table as it is, whatever the hosts say; or follow them again from their next beat on."""
        with self.lock:
            self.paused = (self.paused or datetime.now(UTC)) if paused else None

    def hosts(self) -> list[HostState]:
        """Say of each host whether it answers."""
        return [one.state() for one in self._hosts]

    def wait(self, stopped: threading.Event) -> None:
        """Wait until each host has ended a beat with figures since the last time, or failed, or `stopped`.

        A host that hangs is waited for as long as two calls may take.
        """
        with self._changed:
            while not stopped.is_set() and not all(one.is_news(2 * self._timeout) for one in self._hosts):
                self._changed.wait(0.2)  # a signal that another thread of the process took is noticed by then
            for one in self._hosts:
                one.news = False

    def _work(self, one: Watched) -> None:
        while not self._stopped.is_set():
            begin = time.monotonic()
            error: Exception | None = None
            read = figures = None
            try:
                read, figures = one.beat(self._timeout, max(10 * self.every, 30.0))
            except Exception as raised:  # noqa: BLE001 - the table says it, of whatever kind
                error = raised
            with self.lock:
                if self.paused is not None:
                    one.unread()
                else:
                    if read is not None:
                        self.sheet.put(one.number, *read)
                    self.sheet.put_figures(one.number, figures)
            with self._changed:
                one.ended(error, figures=figures is not None)
                self._changed.notify_all()
            self._told()
            took = time.monotonic() - begin
            first = error is None and figures is None
            pause = min(self.every, self._first) if first else self.every
            self._stopped.wait(max(pause - took, (_SHARE - 1) * took if error is None else pause))

    def close(self) -> None:
        """End it; nobody waits for a host that hangs."""
        self._stopped.set()
        for one in self._hosts:
            threading.Thread(target=one.close, name="virtsdk-top-close", daemon=True).start()


def _open(name: str, uri: str, timeout: float) -> Host:
    return virtsdk.connect(_silent(uri), readonly=True, auth={}, timeout=timeout, name=name)


def _silent(uri: str) -> str:
    """Have ssh not ask anybody: the screen is the table's.

    Examples
    --------
    >>> _silent("qemu+ssh://kvm7/system"), _silent("qemu:///system")
    ('qemu+ssh://kvm7/system?no_tty=1', 'qemu:///system')
    """
    parts = urlsplit(uri)
    if not parts.scheme.endswith("+ssh") or any(name == "no_tty" for name, _ in parameters(uri)):
        return uri
    return parts._replace(query=f"{parts.query}&no_tty=1" if parts.query else "no_tty=1").geturl()
