"""One host of a fleet: opened when it answers, and asked no more while it does not."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.live import Live
from virtsdk.resources.host import Host

T = TypeVar("T")

_APART = 1.0  # seconds from an attempt to open it that failed to the next one
_AFTER_REFUSAL = 60.0  # where the credentials did not work: accounts get locked
_BESIDE = 60.0  # an attempt that hangs for so long gets another one beside it
_MOST_ATTEMPTS = 5  # that hang, each in a thread
_MOST_PARKED = 5  # calls that hang, each in a thread
_GLANCE = 1.0  # seconds that a host has for a small call, or for coming back


class Member(Live):
    """A host by its name in a fleet.

    Parameters
    ----------
    name
        Its name.
    uri
        Its URI, as people may see it.
    tags
        Words about it, by name.
    opens
        Opens it; may hang.
    """

    name: str
    uri: str
    tags: dict[str, str]
    guests: int | None  #: as they were last counted

    def __init__(self, name: str, uri: str, tags: Mapping[str, str], opens: Callable[[], Host]) -> None:
        self.name = name
        self.uri = uri
        self.tags = dict(tags)
        self.guests = None
        self._opens = opens
        self._lock = threading.Condition()
        self._host: Host | None = None
        self._closed = False
        self._attempts: dict[object, float] = {}  # under way, and since when
        self._in_vain = -math.inf  # when the newest attempt began that was waited for in vain
        self._failed: tuple[float, Exception] | None = None  # when the last attempt did, and how
        self._left: list[workers.Call] = []  # calls that nobody waits for any more
        self._probe: workers.Call | None = None
        self._probed = 0  # the generation of the connection that was

    @property
    def subject(self) -> str:
        """Its name in messages."""
        return f"host {self.name!r}"

    @property
    def seen(self) -> Host | None:
        """The host, where it was opened; it may be lost, or closed, since."""
        return self._host

    @property
    def is_closed(self) -> bool:
        """True once its fleet closed it: it is opened no more."""
        return self._closed

    @property
    def is_up(self) -> bool:
        """True while it is open, not lost and not silent, as far as is known without asking it."""
        host, probe = self._host, self._probe
        silent = probe is not None and not probe.done.is_set() and time.monotonic() - probe.started > _GLANCE
        return host is not None and host.is_alive and not (silent and self._hanging(host))

    @property
    def obstacle(self) -> Exception | None:
        """The error that the last attempt to open it ended with; None where it is open."""
        failed = self._failed
        return failed[1] if self._host is None and failed is not None else None

    # --- asking it ------------------------------------------------------------

    def ask(self, function: Callable[[Host], T], timeout: float) -> T:
        """Call a function with the host, in this thread, unless it is known not to answer.

        Parameters
        ----------
        function
            Asks the host; may hang.
        timeout
            Seconds that the caller waits: past these nothing is begun.

        Raises
        ------
        TimedOut, ConnectionLost, ConnectError
            It is known not to answer, is lost, or cannot be opened.
        Exception
            What the function raises.
        """
        deadline = time.monotonic() + timeout
        host = self.opened(timeout)
        self._check_that_it_answers(host)
        if not host.session.hurry(min(_GLANCE, timeout)):
            raise host.session.while_lost("ask", self.subject)
        if time.monotonic() >= deadline:
            raise errors.TimedOut(
                f"cannot ask {self.subject}: it was opened after {timeout:g} s, too late for this round",
                operation="ask",
                subject=self.subject,
            )
        return function(host)

    def leave(self, call: workers.Call) -> None:
        """Take note of a call that nobody waits for any more, and begin to find out whether it answers."""
        with self._lock:
            self._in_vain = max([self._in_vain, *self._attempts.values()])
            self._left.append(call)
        self.look()

    def look(self) -> None:
        """Begin a small call where others hang, so that the next round knows whether the host answers."""
        host = self._host
        if host is not None and self._hanging(host):
            self._answers(host, wait=0.0)

    def _hanging(self, host: Host) -> int:
        with self._lock:
            self._left = [call for call in self._left if not call.done.is_set()]
            waiting = len(self._left)
        return waiting + len(host.parked_calls)

    def _check_that_it_answers(self, host: Host) -> None:
        hanging = self._hanging(host)
        if not hanging or (hanging < _MOST_PARKED and self._answers(host, wait=_GLANCE)):
            return
        since = [time.monotonic() - call.started for call in self._left]
        waited = max([*since, *(seconds for _, seconds in host.parked_calls)], default=0.0)
        raise errors.TimedOut(
            f"{self.subject} does not answer since {waited:.0f} s: not asked again before a call that waits "
            "has returned",
            operation="ask",
            subject=self.subject,
        )

    def _answers(self, host: Host, *, wait: float) -> bool:
        """Tell whether the host has answered a small call lately; there is never more than one that hangs."""
        with self._lock:
            probe, generation, now = self._probe, host.session.generation, time.monotonic()
            old = probe is not None and probe.done.is_set() and now - probe.started > _GLANCE
            if probe is None or old or generation != self._probed:
                probe = self._probe = workers.Call(
                    host.session.nudge, f"ask {self.subject} whether it is there"
                )
                self._probed = generation
                workers.submit(probe)
        return probe.done.wait(max(0.0, probe.started + wait - now))

    # --- opening it ------------------------------------------------------------

    def opened(self, timeout: float) -> Host:
        """Return the host; where it is not open, try to open it.

        Parameters
        ----------
        timeout
            Seconds to wait. An attempt that takes longer goes on, is not waited for again, and counts when it
            comes to its end.

        Raises
        ------
        HostClosed
            The fleet was closed.
        TimedOut
            There is no answer yet.
        Exception
            What the last attempt ended with.
        """
        with self._lock:
            if self._closed:
                raise errors.HostClosed(f"cannot ask {self.subject}: its fleet was closed")
            if self._host is not None and self._host.session.closed:  # by someone who was given it
                self._host = None
            if self._host is not None:
                return self._host
            before = self._failed
            newest = self._try(timeout)
            worth = newest is not None and newest > self._in_vain
            patience = (
                max(0.0, timeout - (time.monotonic() - newest)) if newest is not None and worth else 0.0
            )
            self._lock.wait_for(lambda: self._host or self._closed or self._failed is not before, patience)
            if self._host is not None:
                return self._host
            if self._failed is not None and (newest is None or self._failed is not before):
                raise self._failed[1].with_traceback(None)
            self._in_vain = max(self._in_vain, newest or self._in_vain)
            waited = time.monotonic() - min(self._attempts.values(), default=time.monotonic())
            raise errors.TimedOut(
                f"cannot open {self.subject} ({self.uri}): no answer in {waited:.1f} s; it goes on",
                operation="open",
                subject=self.subject,
            )

    def _try(self, timeout: float) -> float | None:
        """Begin an attempt where one is due; return when the newest one that is worth waiting for began."""
        now = time.monotonic()
        newest = max(self._attempts.values(), default=-math.inf)
        if self._attempts:
            if now - newest < _BESIDE or len(self._attempts) >= _MOST_ATTEMPTS:
                return newest
        elif self._failed is not None:
            refused = isinstance(self._failed[1], errors.AuthenticationFailed)
            if now - self._failed[0] < (_AFTER_REFUSAL if refused else _APART):
                return None
        token = object()
        self._attempts[token] = now
        threading.Thread(target=self._attempt, args=(token,), name="virtsdk-open", daemon=True).start()
        return now

    def _attempt(self, token: object) -> None:
        host: Host | None = None
        error: Exception | None = None
        try:
            host = self._opens()
        except Exception as raised:  # noqa: BLE001 - whoever asks is told
            error = raised
        with self._lock:
            del self._attempts[token]
            late = self._closed or (self._host is not None and not self._host.session.closed)
            if host is not None and not late:
                self._host, self._failed = host, None
            elif error is not None and self._host is None:
                self._failed = (time.monotonic(), error)
            self._lock.notify_all()
        if host is not None and late:
            host.close()

    def separate(self) -> Host:
        """Open another connection to the host, which is whoever's asks for it."""
        return self._opens()

    def close(self) -> None:
        """Close it, now or when an attempt that hangs comes to its end."""
        with self._lock:
            self._closed = True
            host = self._host
            self._lock.notify_all()
        if host is not None:
            host.close()
