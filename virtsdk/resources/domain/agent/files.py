"""Files in a guest, through its agent."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Generator
from contextlib import contextmanager
from os import PathLike
from typing import Any, Final

from virtsdk import errors
from virtsdk.binding.deadlines import Patience
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.agent.asking import PIECE, AgentCore, in_guest
from virtsdk.units import MiB

_READ: Final = int(MiB(1))  # bytes at once: in base64 they fit a message of libvirt's, which holds 4 MiB


class FileVerbs(AgentCore):
    """Reading and writing files in a guest."""

    @shows_no_variables
    def read_file(self, path: str | PathLike[str], *, timeout: float | None = None) -> bytes:
        """Read a file in the guest, as its agent's user.

        Parameters
        ----------
        path
            The file; absolute.
        timeout
            Seconds for all of it; None for the connection's own for each piece of 1 MiB.

        Returns
        -------
        bytes
            All of it. One that grows is read for as long as it grows.

        Raises
        ------
        AgentError
            It is not there, or the agent may not read it; the message has the agent's words.
        TimedOut
            It was not read in time.
        AgentMissing, AgentUnresponsive, InvalidState, ReadOnly
            As for `run`.
        """
        file = in_guest(path)
        operation = f"read {file!r} in"
        patience = Patience(timeout, self._limit(None))
        pieces: list[bytes] = []
        with (
            patience.told(operation, self._guest.subject),
            self._opened(operation, file, "rb", patience, changes=False) as handle,
        ):
            while True:
                said = self._ask(
                    operation, "guest-file-read", {"handle": handle, "count": _READ}, timeout=patience.next()
                )
                pieces.append(b64decode(said["buf-b64"]))
                if said["eof"] or not said["count"]:
                    return b"".join(pieces)

    @shows_no_variables
    def write_file(
        self,
        path: str | PathLike[str],
        data: bytes | str,
        append: bool = False,
        *,
        timeout: float | None = None,
    ) -> None:
        """Write a file in the guest, as its agent's user; it is made where there is none.

        It is emptied first, so whoever reads it meanwhile, or an error on the way, finds a part of it: write
        beside it, and ``run(["mv", ...])``, where that matters.

        Parameters
        ----------
        path
            The file; absolute. Its folder has to be there.
        data
            Text is written as UTF-8. None of it is logged.
        append
            Write behind what is there.
        timeout
            Seconds for all of it; None for the connection's own for each piece of 96 KiB.

        Raises
        ------
        AgentError
            The agent may not write there; the message has its words.
        OperationFailed
            The guest took a part of it: it has no room left, say.
        TimedOut
            It was not written in time.
        AgentMissing, AgentUnresponsive, InvalidState, ReadOnly
            As for `run`.
        """
        if not isinstance(data, str | bytes | bytearray):
            raise TypeError(f"data must be text or bytes, not {type(data).__name__}")
        left = memoryview(data.encode() if isinstance(data, str) else bytes(data))
        file = in_guest(path)
        operation = f"write {file!r} in"
        patience = Patience(timeout, self._limit(None))
        with (
            patience.told(operation, self._guest.subject),
            self._opened(operation, file, "ab" if append else "wb", patience, changes=True) as handle,
        ):
            while left:
                piece = b64encode(left[:PIECE]).decode()
                given: dict[str, Any] = {"handle": handle, "buf-b64": piece}
                said = self._ask(operation, "guest-file-write", given, timeout=patience.next())
                if said["count"] <= 0:
                    raise self._failed(operation, f"the guest did not take the last {len(left)} bytes")
                left = left[said["count"] :]
            self._ask(operation, "guest-file-flush", {"handle": handle}, timeout=patience.next())

    @contextmanager
    def _opened(
        self, operation: str, path: str, mode: str, patience: Patience, *, changes: bool
    ) -> Generator[int]:
        """Open a file for the block, and close it: the agent keeps it open for as long as nobody does."""
        given = {"path": path, "mode": mode}
        handle: int = self._ask(operation, "guest-file-open", given, changes=changes, timeout=patience.next())
        try:
            yield handle
        except BaseException as error:
            try:
                self._ask(operation, "guest-file-close", {"handle": handle})
            except errors.VirtError as again:
                error.add_note(f"the guest's agent may keep {path!r} open: {again}")
            raise
        self._ask(operation, "guest-file-close", {"handle": handle}, timeout=patience.next())
