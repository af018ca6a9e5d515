"""A channel: bytes that come and go as they are, whatever they are."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from virtsdk import errors
from virtsdk.resources.domain.console.channel import Channel

EVERY = bytes(range(256))


class Pipe:
    """A stream that hands out pieces, and keeps what is written."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.written = b""
        self.over = threading.Event()

    def poll(self) -> bytes | None:
        return self.pieces.pop(0) if self.pieces else None

    def offer(self, data: bytes, timeout: float | None) -> int:
        self.written += data[:100]
        return len(data[:100])

    def finish(self, timeout: float) -> None: ...

    def end(self) -> None:
        self.over.set()


def channel(*pieces: bytes) -> tuple[Channel, Pipe]:
    pipe: Any = Pipe(*pieces)
    return Channel(pipe, "web1", "org.example.0", None), pipe


def test_bytes_are_read_as_they_came() -> None:
    one, _ = channel(EVERY, b"\xc3", b"\xa9\n", b"rest")
    with one:
        assert one.read_until(b"\xc3\xa9", timeout=30) == EVERY + b"\xc3\xa9"
        assert one.read(timeout=30) == b"\nrest"
        with pytest.raises(errors.TimedOut, match=r"no text from the channel 'org\.example\.0' of 'web1'"):
            one.read(timeout=0)


def test_bytes_are_written_as_they_are() -> None:
    one, pipe = channel()
    one.write(EVERY)
    one.write("é")
    assert pipe.written == EVERY + "é".encode()
    assert repr(one) == "<Channel org.example.0 of web1, open>"
    one.close()
    assert repr(one) == "<Channel org.example.0 of web1, closed>"
    assert not one.is_open


def test_what_is_read_until_is_bytes() -> None:
    one, _ = channel(b"x")
    wrong: Any = "x"
    with pytest.raises(TypeError, match="what to read until must be bytes, not str"):
        one.read_until(wrong)
    with pytest.raises(ValueError, match="needs something to wait for"):
        one.read_until(b"")
    with pytest.raises(TypeError, match="data must be text or bytes, not int"):
        one.write(wrong and 3)
