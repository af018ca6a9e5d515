"""Transfers to and from a storage volume: `upload`, `download`, `read`."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Literal, overload

from virtsdk import errors
from virtsdk.binding.deadlines import Patience
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirStorageVol, VirStream
from virtsdk.binding.streams import Stream
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.listed import Listable
from virtsdk.resources.operation import Operation, Tally, started
from virtsdk.resources.operation.figures import Shown, check_progress
from virtsdk.resources.storage_volume import pieces as transfer
from virtsdk.resources.storage_volume import source as upload_source
from virtsdk.resources.storage_volume.users import Wanted, users
from virtsdk.resources.storage_volume.values import VolumeFacts


class TransferVerbs(Listable[VirStorageVol]):
    """A storage volume, as far as its data goes; what people use is `StorageVolume`."""

    @overload
    def upload(
        self,
        source: str | PathLike[str] | bytes | BinaryIO,
        *,
        offset: int = 0,
        length: int | None = None,
        sparse: bool = False,
        in_use: bool = False,
        timeout: float | None = None,
        progress: Shown | None = None,
        wait: Literal[True] = True,
    ) -> int: ...
    @overload
    def upload(
        self,
        source: str | PathLike[str] | bytes | BinaryIO,
        *,
        offset: int = 0,
        length: int | None = None,
        sparse: bool = False,
        in_use: bool = False,
        timeout: float | None = None,
        progress: Shown | None = None,
        wait: Literal[False],
    ) -> Operation[int]: ...
    def upload(
        self,
        source: str | PathLike[str] | bytes | BinaryIO,
        *,
        offset: int = 0,
        length: int | None = None,
        sparse: bool = False,
        in_use: bool = False,
        timeout: float | None = None,
        progress: Shown | None = None,
        wait: bool = True,
    ) -> int | Operation[int]:
        """Write data into it.

        Parameters
        ----------
        source
            The path of a file here, the bytes themselves, or a binary file, from where it is.
        offset
            Where in the volume, in bytes.
        length
            How many bytes of the source; None for all.
        sparse
            Do not send the holes of a file that is given by its path; they become holes in a volume that
            takes no space yet. Elsewhere they are sent as zero bytes, as libvirt would leave old data there.
        in_use
            Write also while a running guest has it as a disk, which corrupts what the guest sees.
        timeout
            Seconds for all of it. None for no limit to the whole, but where the connection has a timeout, a
            host that is silent for longer than that is given up on.
        progress
            ``"auto"`` draws a bar; a function is called ten times a second with the bytes sent, and of how
            many (None where that is not known).
        wait
            False: do not wait, and give an `Operation`; cancelled, it leaves what had arrived by then.

        Returns
        -------
        int or Operation
            The bytes that the volume has got, holes included; with ``wait=False`` an operation whose result
            that is.

        Raises
        ------
        ValueError
            The source is larger than a raw volume has room for (libvirt would let it grow), or shorter than
            `length`.
        TimedOut
            It took too long; what had arrived by then is in the volume.
        ConnectionLost, StreamError
            It broke off; it is not repeated.
        ResourceBusy
            A running guest of this host has it as a disk, and `in_use` was not said.
        NotSupported
            The driver does not do that.
        ReadOnly
            The connection was opened read-only.
        """
        operation = "upload to"
        _check_range(offset, length)
        self._session.refuse_readonly(operation, self.subject)
        if sparse and (offset, length) != (0, None):
            raise ValueError("a sparse upload is one of all the file: leave offset and length out")

        def run(seconds: float | None, told: transfer.Progress | None) -> int:
            patience = Patience(seconds, self._session.timeout)
            return self._upload(operation, source, offset, length, sparse, in_use, patience, told)

        return _moved(run, f"{operation} {self.subject}", wait, progress, timeout)

    def _upload(
        self,
        operation: str,
        source: str | PathLike[str] | bytes | BinaryIO,
        offset: int,
        length: int | None,
        sparse: bool,
        in_use: bool,
        patience: Patience,
        progress: transfer.Progress | None,
    ) -> int:
        with (
            upload_source.opened(source, sparse=sparse) as file,
            self._session.audited(operation, self.subject, lambda: self.about),
            patience.told(operation, self.subject),
        ):
            wanted = file.size if length is None else length
            if file.size is not None and wanted is not None and wanted > file.size:
                raise ValueError(f"the source has {file.size} bytes, fewer than the {wanted} asked for")
            facts = self._facts(patience)
            if not in_use:
                self._call(
                    operation, lambda raw: self._refuse_in_use(operation, raw), timeout=patience.next()
                )
            self._check_room(facts, offset, wanted)
            pieces: Iterator[bytes | int] = file.pieces(wanted)
            flags = behind = 0
            if sparse and not (facts.is_raw and facts.allocation_bytes):
                flags = flag("VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM")
                pieces = file.pieces_and_holes(0 if facts.is_raw else facts.physical_bytes or 0)
                behind = (facts.capacity_bytes or 0) - (wanted or 0) if facts.is_raw else 0
            meter = transfer.Meter(progress, wanted)
            with self._stream(
                operation,
                lambda raw, st: raw.upload(st, offset, (wanted or 0) + behind, flags),
                patience.next(),
            ) as stream:
                transfer.push(stream, pieces, patience, meter)
                if behind:  # libvirt cuts a file off at a hole
                    stream.send([behind], patience.next())
                stream.finish(patience.next())
            meter.end()
        return meter.moved

    @overload
    def download(
        self,
        target: str | PathLike[str] | BinaryIO,
        *,
        offset: int = 0,
        length: int | None = None,
        sparse: bool = False,
        timeout: float | None = None,
        progress: Shown | None = None,
        wait: Literal[True] = True,
    ) -> int: ...
    @overload
    def download(
        self,
        target: str | PathLike[str] | BinaryIO,
        *,
        offset: int = 0,
        length: int | None = None,
        sparse: bool = False,
        timeout: float | None = None,
        progress: Shown | None = None,
        wait: Literal[False],
    ) -> Operation[int]: ...
    def download(
        self,
        target: str | PathLike[str] | BinaryIO,
        *,
        offset: int = 0,
        length: int | None = None,
        sparse: bool = False,
        timeout: float | None = None,
        progress: Shown | None = None,
        wait: bool = True,
    ) -> int | Operation[int]:
        """Copy what it holds to a file here.

        Parameters
        ----------
        target
            A path, or a binary file to write to. What has that path is replaced once all is there; until then
            it is written beside it, under a hidden name that ends in ``.part``.
        offset
            From where in the volume, in bytes.
        length
            How many bytes; None for all from there on.
        sparse
            Do not send its holes, but make holes in the file; a file that was opened has to be seekable, and
            to end where it is.
        timeout, progress, wait
            As for `upload`; cancelled, it leaves no file.

        Returns
        -------
        int or Operation
            The bytes that were copied, holes included: fewer than `length` where the volume ends before. With
            ``wait=False`` an operation whose result that is.

        Raises
        ------
        TimedOut
            It took too long; there is no file then.
        ConnectionLost, StreamError
            It broke off; it is not repeated.
        NotSupported
            The driver does not do that.
        ReadOnly
            The connection was opened read-only: libvirt gives volumes only to those who may change them.
        """
        operation = "download"
        _check_range(offset, length)
        self._session.refuse_readonly(operation, self.subject)

        def run(seconds: float | None, told: transfer.Progress | None) -> int:
            patience = Patience(seconds, self._session.timeout)
            return self._download(operation, target, offset, length, sparse, patience, told)

        return _moved(run, f"{operation} {self.subject}", wait, progress, timeout)

    def _download(
        self,
        operation: str,
        target: str | PathLike[str] | BinaryIO,
        offset: int,
        length: int | None,
        sparse: bool,
        patience: Patience,
        progress: transfer.Progress | None,
    ) -> int:
        flags = flag("VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM") if sparse else 0

        def begin(start: int, count: int, seconds: float | None) -> Stream:
            return self._stream(
                operation, lambda raw, st: raw.download(st, start, count, flags), seconds, holes=sparse
            )

        with _opened_to_write(target, sparse=sparse) as file, patience.told(operation, self.subject):
            total = length
            if progress is not None:
                total = max(0, self._physical_bytes(patience) - offset)
                total = total if length is None else min(total, length)
            meter = transfer.Meter(progress, total)
            transfer.fetch(begin, file, offset, length, patience, meter)
        meter.end()
        return meter.moved

    def read(self, offset: int = 0, length: int | None = None, *, timeout: float | None = None) -> bytes:
        """Give the bytes that it holds; see `download`.

        Parameters
        ----------
        offset, length
            Which; None for all from there on.
        timeout
            As for `upload`.
        """
        file = io.BytesIO()
        self.download(file, offset=offset, length=length, timeout=timeout)
        return file.getvalue()

    def _stream(
        self,
        operation: str,
        begin: Callable[[VirStorageVol, VirStream], object],
        timeout: float | None,
        *,
        holes: bool = False,
    ) -> Stream:
        def open_on(conn: VirConnect) -> Stream:
            return Stream(
                self._session,
                conn,
                operation,
                self.subject,
                lambda stream: begin(self._bound(conn), stream),
                holes=holes,
            )

        return self._session.call(operation, self.subject, open_on, timeout=timeout)

    def _refuse_in_use(self, operation: str, raw: VirStorageVol) -> None:
        """Raise `ResourceBusy` where a running guest of this host uses it; called within a call."""
        conn = raw.connect()
        try:
            with self._session.translated(conn, "find the users of", self.subject):
                guests = users(self._session, conn, [self._wanted(raw)], active=True)
        except errors.NotSupported:  # there are no guests there
            return
        if guests:
            names = ", ".join(repr(one.name()) for one in guests[:3])
            more = f" and {len(guests) - 3} more" if len(guests) > 3 else ""
            raise errors.ResourceBusy(
                f"cannot {operation} {self.subject}: a running guest uses it ({names}{more}), which it would "
                "corrupt; in_use=True does it all the same",
                operation=operation,
                subject=self.subject,
            )

    @abstractmethod
    def _wanted(self, raw: VirStorageVol) -> Wanted:
        """Say how definitions may name it."""

    def _physical_bytes(self, patience: Patience) -> int:
        physical = flag("VIR_STORAGE_VOL_GET_PHYSICAL")
        return self._call("read the size of", lambda raw: raw.infoFlags(physical)[2], timeout=patience.next())

    def _facts(self, patience: Patience) -> VolumeFacts:
        return VolumeFacts.of(
            self._call("read the definition of", lambda raw: decoded(raw.XMLDesc, 0), timeout=patience.next())
        )

    def _check_room(self, facts: VolumeFacts, offset: int, wanted: int | None) -> None:
        room = (facts.capacity_bytes or 0) - offset
        if facts.is_raw and room < (wanted or 0):
            raise ValueError(
                f"the source has {wanted} bytes and {self.subject} has room for {max(room, 0)} from {offset} "
                "on: resize() it first"
            )


def _moved(
    run: Callable[[float | None, transfer.Progress | None], int],
    what: str,
    wait: bool,
    progress: Shown | None,
    timeout: float | None,
) -> int | Operation[int]:
    """Move data as ``wait=`` and ``progress=`` say; a function is told by the thread that moves them."""
    check_progress(progress)
    if wait is True and progress != "auto":
        return run(timeout, progress)
    tally = Tally(what)
    return started(
        lambda _: run(timeout if wait else None, tally),  # a silent host is given up on also behind
        what=what,
        figures=tally.figures,
        cancel=tally.stop,
        wait=wait,
        progress=progress,
        timeout=timeout,
    )


def _check_range(offset: object, length: object) -> None:
    for word, number, least in (("offset", offset, 0), ("length", length, 1)):
        if number is None and word == "length":
            continue
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"{word} must be a number of bytes, not {number!r}")
        if number < least:
            raise ValueError(f"{word} must be at least {least}, not {number}")


@contextmanager
def _opened_to_write(target: str | PathLike[str] | BinaryIO, *, sparse: bool) -> Generator[BinaryIO]:
    if isinstance(target, str | PathLike):
        with transfer.new_file(Path(target)) as file:
            yield file
        return
    if not hasattr(target, "write") or isinstance(target, io.TextIOBase):
        raise TypeError(f"target must be a path or a binary file, not {type(target).__name__}")
    if sparse and not transfer.at_its_end(target):
        raise ValueError("holes are left out by seeking: the file has to be seekable and to end where it is")
    yield target
