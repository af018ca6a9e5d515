"""Streams: the bytes of a console, an upload, a download, a screenshot.

A stream holds a lease on its connection until it ends, and it ends on every way out: by `Stream.finish`, by
`Stream.end`, with its connection, and when nobody refers to it any more. What may block runs in a worker, a
short while at a time, so that whoever waits can stop waiting; a call that has not returned by then ends the
stream itself, as soon as it does.

libvirt's stream callbacks are not used: libvirt-python does not free a stream that ever had one, and they say
nothing when the connection is lost or another client takes a console over.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.calls import nothing_kept
from virtsdk.binding.events import loop as eventloop
from virtsdk.binding.library import flag, library
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirConnect, VirStream
from virtsdk.binding.session import Session

T = TypeVar("T")

_log = logging.getLogger(__name__)

PACKET = 262_120  # bytes: what fits into one message of libvirt's protocol
_WHILE = 0.1  # seconds that one call in a worker takes, about
_AT_ONCE = 1 << 20  # bytes that one call in a worker receives, about
_HOLE = -3
_FAREWELL = 1.0  # seconds for telling a host that a stream ends

_streams: weakref.WeakSet[Stream] = weakref.WeakSet()


class Stream(Live):
    """A ``virStream``, from its opening to its end.

    Parameters
    ----------
    session, conn
        Where it is opened, in a call on that connection.
    operation, subject
        What it is for, in the words of messages: ``"download"``, ``"storage volume 'disk.qcow2'"``.
    begin
        Gives the stream its meaning: calls ``openConsole``, ``upload`` ... with it. What it refers to outside
        of itself is kept by a traceback, so that should be no libvirt object.
    blocking
        False: `poll` and `offer` return at once where there is nothing to do; True: the others wait.
    holes
        It was opened for sparse data: `receive` tells of holes rather than give zero bytes.
    """

    operation: str
    subject: str
    over: threading.Event

    def __init__(
        self,
        session: Session,
        conn: VirConnect,
        operation: str,
        subject: str,
        begin: Callable[[VirStream], object],
        *,
        blocking: bool = True,
        holes: bool = False,
    ) -> None:
        self._holes = holes
        self.operation, self.subject = operation, subject
        self._session, self._conn = session, conn
        self._lock = threading.Lock()
        self._users = 0
        self._finished = False
        self.over = threading.Event()
        self._raw = [conn.newStream(0 if blocking else flag("VIR_STREAM_NONBLOCK"))]
        session.hold(conn)
        self._claim = weakref.finalize(self, _end_later, self._raw, session, conn)
        self._claim.atexit = False
        session.adopt(self)
        _streams.add(self)
        try:
            with nothing_kept():
                begin(self._raw[0])
        except BaseException:
            self._finished = True  # it never began: there is nothing to abort
            self.end()
            raise

    # --- ending ------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def finish(self, timeout: float | None = None) -> None:
        """Wait until the other side has got all, and end it; this is where late errors come out.

        Raises
        ------
        StreamError, ConnectionLost, TimedOut
            It did not get all, as far as is known.
        """

        def finish(raw: VirStream) -> None:
            raw.finish()
            self._finished = True

        self._in_worker(finish, timeout)
        self.end()

    def end(self) -> None:
        """End it, if need be before its time; what is under way in it ends it when that returns."""
        if workers.ending():
            self.abandon()
            return
        with self._lock:
            self.over.set()
            if self._users:
                return
        self._end()

    def _end(self) -> None:
        if self._claim.detach() is None:
            return
        try:
            workers.run(
                self._end_now, f"end to {self.operation} {self.subject}", _FAREWELL, id(self._session)
            )
        except workers.Waited:
            _log.debug("the end of a stream (%s %s) takes its time", self.operation, self.subject)

    def _end_now(self) -> None:
        _end(self._raw, self._session, self._conn, aborting=not self._finished)

    def forget(self) -> None:
        """Learn that its connection ends, and end with it."""
        self.end()

    def abandon(self) -> None:
        """Leave it to the system, or to the process that this one was forked from."""
        self._lock, self.over = threading.Lock(), threading.Event()  # whoever held them is not here
        self.over.set()
        if self._claim.detach() is not None:
            for one in self._raw:
                raw: Any = one
                raw._o = None  # what libvirt's object frees when it goes

    # --- moving bytes ------------------------------------------------------------

    def receive(self, timeout: float | None = None) -> list[bytes | int]:
        """Wait for what comes next: some bytes, and lengths of holes where the stream was opened for them.

        Returns
        -------
        list of bytes or int
            Empty at the end.
        """

        def receive(raw: VirStream) -> list[bytes | int]:
            pieces: list[bytes | int] = []
            size, until = 0, time.monotonic() + _WHILE
            while size < _AT_ONCE and not self.over.is_set():
                piece = self._next(raw)
                if not piece:
                    break
                pieces.append(piece)
                size += piece if isinstance(piece, int) else len(piece)
                if time.monotonic() > until:
                    break
            return pieces

        return self._in_worker(receive, timeout)

    def _next(self, raw: VirStream) -> bytes | int:
        if not self._holes:
            return raw.recv(PACKET)
        piece = raw.recvFlags(PACKET, flag("VIR_STREAM_RECV_STOP_AT_HOLE"))
        return raw.recvHole(0) if piece == _HOLE else piece

    def send(self, pieces: Sequence[bytes | int], timeout: float | None = None) -> int:
        """Send bytes, of `PACKET` at most, and lengths of holes for a short while.

        Returns
        -------
        int
            How many of the pieces were sent.
        """

        def send(raw: VirStream) -> int:
            until = time.monotonic() + _WHILE
            for sent, piece in enumerate(pieces):
                if self.over.is_set() or time.monotonic() > until:
                    return sent
                if isinstance(piece, int):
                    raw.sendHole(piece, 0)
                else:
                    _send_all(raw, piece)
            return len(pieces)

        return self._in_worker(send, timeout)

    def poll(self) -> bytes | None:
        """Take what has come, at once; None where nothing has, empty at the end."""
        got = self._used(lambda raw: raw.recv(PACKET))
        return got if isinstance(got, bytes) else None

    def offer(self, data: bytes, timeout: float | None = None) -> int:
        """Send what the other side takes now; returns how many bytes that were."""
        return max(0, self._in_worker(lambda raw: raw.send(data), timeout))

    # --- using it ------------------------------------------------------------

    def _in_worker(self, function: Callable[[VirStream], T], timeout: float | None) -> T:
        what = f"{self.operation} {self.subject}"
        if timeout is not None and timeout <= 0:
            raise errors.TimedOut(
                f"cannot {what}: no time was left for it", operation=self.operation, subject=self.subject
            )

        def use() -> T:
            with self._session.nudges.under_way():
                return self._used(function)

        try:
            return self._session.attend(self._conn, use, what, timeout)
        except workers.Abandoned as abandoned:
            raise self._why_over() from abandoned
        except workers.Waited as waited:
            raise errors.TimedOut(
                f"cannot {what}: no answer in {timeout:g} s",
                operation=self.operation,
                subject=self.subject,
            ) from waited

    def _used(self, function: Callable[[VirStream], T]) -> T:
        with self._lock:
            if self.over.is_set():
                raise self._why_over()
            self._users += 1
        try:
            with self._translated(), nothing_kept():
                return function(self._raw[0])
        finally:
            with self._lock:
                self._users -= 1
                ends = self.over.is_set() and not self._users
            if ends and self._claim.detach() is not None:
                self._end_now()

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            with self._session.translated(self._conn, self.operation, self.subject):
                yield
        except (errors.InternalError, errors.OperationFailed) as error:
            raise errors.StreamError(error.message, **error.details) from error.__cause__

    def _why_over(self) -> errors.VirtError:
        kind: type[errors.VirtError] = errors.StreamError
        reason = "it was closed"
        if eventloop.forked() or workers.ending():
            kind, reason = errors.HostClosed, workers.ENDING if workers.ending() else eventloop.FORKED
        elif self._session.closed:
            kind, reason = errors.HostClosed, f"the connection to {self._session.uri} was closed"
        elif not self._session.is_current(self._conn):
            kind, reason = errors.ConnectionLost, f"the connection to {self._session.uri} was lost"
        return kind(
            f"cannot {self.operation} {self.subject}: {reason}",
            operation=self.operation,
            subject=self.subject,
        )


def _send_all(raw: VirStream, data: bytes) -> None:
    while data:
        data = data[raw.send(data) :]


def _end(raw: list[VirStream], session: Session, conn: VirConnect, *, aborting: bool) -> None:
    try:
        if aborting:
            with nothing_kept():
                raw[0].abort()
    except library().libvirtError as error:  # broken, or at its end already
        _log.debug("ending a stream: %s", error)
    finally:
        raw.clear()  # libvirt's stream is freed here
        session.give_back(conn)


def _end_later(raw: list[VirStream], session: Session, conn: VirConnect) -> None:
    """End what nobody refers to any more; the garbage collector may be at work in any thread: not here."""
    if workers.ending():
        return
    threading.Thread(
        target=_end, args=(raw, session, conn), kwargs={"aborting": True}, name="virtsdk-stream", daemon=True
    ).start()


def _abandon_all() -> None:
    for stream in list(_streams):
        stream.abandon()


os.register_at_fork(after_in_child=_abandon_all)
