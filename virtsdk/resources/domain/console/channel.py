"""A channel to a program in a guest, as bytes."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Self

from virtsdk.binding.live import Live
from virtsdk.binding.streams import Stream
from virtsdk.display import text
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.console.console import Console

_BYTES = "latin-1"  # a character for each byte, and back


class Channel(Live):
    r"""An open channel of a guest, to read and to write bytes; made by ``domain.channel(name)``.

    What the program in the guest writes is kept until it is read. Nothing of it is logged.

    For example, with a program in the guest at ``/dev/virtio-ports/org.example.0``::

        with guest.channel("org.example.0") as channel:
            channel.write(b"ping\n")
            channel.read_until(b"\n", timeout=10)
    """

    def __init__(self, stream: Stream, name: str, channel: str, patience: float | None) -> None:
        self._name, self._channel = name, channel
        self._line = Console(stream, name, patience, what=f"channel {channel!r}", encoding=_BYTES)

    def read(self, *, timeout: float | None = None) -> bytes:
        """Read what has come; wait until there is something.

        Parameters
        ----------
        timeout
            Seconds; 0 to look without waiting. None for the connection's own, where that has none for as long
            as it takes.

        Returns
        -------
        bytes
            Empty only where nothing comes any more: the guest is off.

        Raises
        ------
        TimedOut
            Nothing came in time.
        ConnectionLost, HostClosed
            The connection ended.
        StreamError
            The channel was closed, here or by another client that took it over.
        """
        return self._line.read(timeout=timeout).encode(_BYTES)

    def read_until(self, what: bytes, *, timeout: float | None = None) -> bytes:
        r"""Read up to some bytes, those included; what follows them is left for the next read.

        Parameters
        ----------
        what
            Such as ``b"\n"``.
        timeout
            As for `read`.

        Returns
        -------
        bytes
            All up to their end.

        Raises
        ------
        TimedOut
            They did not come in time; what came is still there to be read.
        ConnectionLost, HostClosed, StreamError
            As for `read`.
        """
        if not isinstance(what, bytes | bytearray):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"what to read until must be bytes, not {type(what).__name__}")
        if not what:
            raise ValueError("read_until needs something to wait for; read() takes what there is")
        pattern = re.compile(re.escape(bytes(what).decode(_BYTES)))
        return self._line.read_until(pattern, timeout=timeout).encode(_BYTES)

    @shows_no_variables
    def write(self, data: bytes | str, *, timeout: float | None = None) -> None:
        """Send something; it returns when the host has taken it.

        Parameters
        ----------
        data
            Bytes; text is sent as UTF-8.
        timeout
            As for `read`.

        Raises
        ------
        TimedOut
            The host did not take all of it in time: no program in the guest reads it, say.
        ConnectionLost, HostClosed, StreamError
            As for `read`.
        """
        self._line.write(data, timeout=timeout)

    def close(self) -> None:
        """Close it, after what was written got through; a second call does nothing."""
        self._line.close()

    @property
    def is_open(self) -> bool:
        """True until it is closed, here or with its connection; asks nobody."""
        return self._line.is_open

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<Channel {text.printable(self._channel)} of {text.printable(self._name)}, {state}>"
