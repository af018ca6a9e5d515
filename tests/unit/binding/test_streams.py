"""A stream over a connection that takes and gives bytes as libvirt does: a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding.session import Session
from virtsdk.binding.streams import Stream


class Raw:
    """libvirt's stream, as far as bytes go: it takes three at a time, and tells how it was ended."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.ended: list[str] = []

    def send(self, data: bytes) -> int:
        self.got += data[:3]
        return len(data[:3])

    def sendHole(self, length: int, flags: int) -> None:  # noqa: N802
        self.got += b"." * length

    def recv(self, size: int) -> bytes:
        piece, self.got = bytes(self.got[:3]), self.got[3:]
        return piece

    def finish(self) -> None:
        self.ended.append("finish")

    def abort(self) -> None:
        self.ended.append("abort")


class Conn:
    """A connection that gives out one stream."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def newStream(self, flags: int) -> Raw:  # noqa: N802
        return self.raw

    def isAlive(self) -> int:  # noqa: N802
        return 1


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    with virtsdk.connect("test:///default") as host:
        monkeypatch.setattr(host.session, "is_current", lambda conn: True)
        yield host.session


def stream(session: Session, raw: Raw) -> Stream:
    conn: Any = Conn(raw)
    return Stream(session, conn, "upload to", "storage volume 'a'", lambda _: None)


def test_all_bytes_are_sent_however_few_libvirt_takes_at_a_time(session: Session) -> None:
    raw = Raw()
    with stream(session, raw) as open_stream:
        assert open_stream.send([b"0123456789", 2, b"ab"]) == 3
        open_stream.finish()
    assert raw.got == b"0123456789..ab"
    assert raw.ended == ["finish"]


def test_all_bytes_are_received_up_to_the_end(session: Session) -> None:
    raw = Raw()
    raw.got += b"0123456789"
    with stream(session, raw) as open_stream:
        assert b"".join(open_stream.receive()) == b"0123456789"
        assert open_stream.receive() == []


def test_one_that_is_left_before_its_end_is_aborted(session: Session) -> None:
    raw = Raw()
    with stream(session, raw) as open_stream:
        open_stream.send([b"01"])
    assert raw.ended == ["abort"]
    with pytest.raises(errors.StreamError, match="cannot upload to storage volume 'a': it was closed"):
        open_stream.send([b"2"])


def test_no_time_left_sends_nothing(session: Session) -> None:
    raw = Raw()
    with stream(session, raw) as open_stream, pytest.raises(errors.TimedOut, match="no time was left"):
        open_stream.send([b"01"], timeout=0)
    assert raw.got == b""
