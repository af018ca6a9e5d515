"""Keeping the memory of a guest in a file: save, managed save, core dump."""

from __future__ import annotations

from numbers import Integral
from os import PathLike, fspath
from typing import TYPE_CHECKING, Literal, get_args, overload

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.documents import as_document
from virtsdk.resources.domain.long import LongVerbs
from virtsdk.resources.operation import Operation
from virtsdk.resources.operation.figures import Shown

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.resources.host import Host

ImageFormat = Literal["raw", "sparse", "gzip", "bzip2", "xz", "lzop", "zstd"]
DumpFormat = Literal["raw", "kdump-zlib", "kdump-lzo", "kdump-snappy", "win-dmp"]


class SavingVerbs(LongVerbs):
    """Saving the memory of a guest: to a file, with libvirt, as a core dump."""

    @overload
    def save(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        image_format: ImageFormat | None = None,
        parallel: int | None = None,
        timeout: float | None = None,
        wait: Literal[True] = True,
        progress: Shown | None = None,
    ) -> None: ...
    @overload
    def save(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        image_format: ImageFormat | None = None,
        parallel: int | None = None,
        timeout: float | None = None,
        wait: Literal[False],
        progress: Shown | None = None,
    ) -> Operation[None]: ...
    @shows_no_variables
    def save(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        image_format: ImageFormat | None = None,
        parallel: int | None = None,
        timeout: float | None = None,
        wait: bool = True,
        progress: Shown | None = None,
    ) -> Operation[None] | None:
        """Stop it and write its memory to a file on its host; ``host.domains.restore(path)`` brings it back.

        A transient domain is gone afterwards.

        Parameters
        ----------
        path
            The file, as the host sees it; absolute. One that is there is overwritten.
        paused
            Whether it comes back paused; None for as it is now.
        bypass_cache
            Keep the file out of the host's page cache.
        definition
            A `DomainDef`, or XML text, to be restored in place of its own: ``definition(migratable=True)``
            with other paths, say. It has to look the same to the guest.
        image_format
            How the file is written; None for what the host is configured for (``save_image_format``). Needs
            libvirt 11.2: see ``host.supports("save_format")``.
        parallel
            Write through this many channels at once; needs that, too, and ``image_format="sparse"``.
        timeout
            Seconds to wait; None for the connection's own. It goes on after `TimedOut`; `abort_job` ends it.
        wait
            False: do not wait, and give an `Operation`; `timeout` is that of its `wait` then.
        progress
            ``"auto"`` draws a bar; a function is told the bytes that are done, and of how many.

        Returns
        -------
        None or Operation
            The operation with ``wait=False``: its figures are those of `job`.

        Raises
        ------
        InvalidState
            It does not run.
        OperationFailed
            The file cannot be written.
        OperationAborted
            `abort_job`, or `Operation.cancel`, ended it: it runs on.

        Examples
        --------
        >>> import tempfile, virtsdk
        >>> with tempfile.TemporaryDirectory() as folder, virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     with guest.save(f"{folder}/test.save", wait=False) as saving:
        ...         pass  # something else meanwhile; leaving the block waits for it
        ...     print(saving.state, guest.state)
        ...     print(host.domains.restore(f"{folder}/test.save"))
        done shutoff
        <Domain test running 2 vCPU 8 GiB>
        """
        flags = resumed(paused) | (flag("VIR_DOMAIN_SAVE_BYPASS_CACHE") if bypass_cache else 0)
        document, file = None if definition is None else as_document(definition), on_host(path)
        more = format_parameters("save", self.subject, self._host, image_format, parallel)
        parameters = None if more is None else file_parameters(file, document) | more

        def send(raw: VirDomain) -> object:
            if parameters is None:
                return raw.saveFlags(file, document, flags)
            return raw.saveParams(parameters, flags)

        return self._as_job(
            "save",
            lambda seconds: self._change("save", send, seconds),
            job="save",
            outcome=lambda: None,
            proof=self._is_saved,
            wait=wait,
            progress=progress,
            timeout=timeout,
        )

    def _is_saved(self) -> bool:
        return self.state == "shutoff" and self.state_reason == "saved"

    @overload
    def managed_save(
        self,
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        timeout: float | None = None,
        wait: Literal[True] = True,
        progress: Shown | None = None,
    ) -> None: ...
    @overload
    def managed_save(
        self,
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        timeout: float | None = None,
        wait: Literal[False],
        progress: Shown | None = None,
    ) -> Operation[None]: ...
    def managed_save(
        self,
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        timeout: float | None = None,
        wait: bool = True,
        progress: Shown | None = None,
    ) -> Operation[None] | None:
        """Stop it and have libvirt keep its memory: its next `start` goes on where it was.

        Parameters
        ----------
        paused, bypass_cache, timeout, wait, progress
            As for `save`.

        Raises
        ------
        InvalidState
            It does not run, or it is transient.
        """
        flags = resumed(paused) | (flag("VIR_DOMAIN_SAVE_BYPASS_CACHE") if bypass_cache else 0)
        return self._as_job(
            "save",
            lambda seconds: self._change("save", lambda raw: raw.managedSave(flags), seconds),
            job="save",
            outcome=lambda: None,
            proof=lambda: self.has_managed_save,
            wait=wait,
            progress=progress,
            timeout=timeout,
        )

    @property
    def has_managed_save(self) -> bool:
        """True where its next start goes on from a managed save; asks the host."""
        return bool(self._call("read the managed save of", lambda raw: raw.hasManagedSaveImage(0)))

    def remove_managed_save(self) -> None:
        """Forget its managed save: its next start boots it, and what was in its memory is lost.

        Nothing happens where there is none.
        """
        self._change("remove the managed save of", lambda raw: raw.managedSaveRemove(0))

    @overload
    def core_dump(
        self,
        path: str | PathLike[str],
        *,
        memory_only: bool = False,
        live: bool = False,
        crash: bool = False,
        reset: bool = False,
        bypass_cache: bool = False,
        dump_format: DumpFormat = "raw",
        timeout: float | None = None,
        wait: Literal[True] = True,
        progress: Shown | None = None,
    ) -> None: ...
    @overload
    def core_dump(
        self,
        path: str | PathLike[str],
        *,
        memory_only: bool = False,
        live: bool = False,
        crash: bool = False,
        reset: bool = False,
        bypass_cache: bool = False,
        dump_format: DumpFormat = "raw",
        timeout: float | None = None,
        wait: Literal[False],
        progress: Shown | None = None,
    ) -> Operation[None]: ...
    def core_dump(
        self,
        path: str | PathLike[str],
        *,
        memory_only: bool = False,
        live: bool = False,
        crash: bool = False,
        reset: bool = False,
        bypass_cache: bool = False,
        dump_format: DumpFormat = "raw",
        timeout: float | None = None,
        wait: bool = True,
        progress: Shown | None = None,
    ) -> Operation[None] | None:
        """Write its memory to a file on its host, to be looked at with a debugger.

        It stands still meanwhile and goes on afterwards, unless told otherwise.

        Parameters
        ----------
        path
            The file, as the host sees it; absolute. One that is there is overwritten.
        memory_only
            Memory and registers as a core file (ELF) that ``crash`` and ``gdb`` read, rather than all of the
            machine's state as QEMU would migrate it.
        live
            Let it run meanwhile; what is written is of no single moment.
        crash, reset
            Leave it crashed, or reset it, afterwards; not both.
        bypass_cache
            Keep the file out of the host's page cache.
        dump_format
            How it is written; all but ``"raw"`` are for `memory_only`.
        timeout
            Seconds to wait; None for the connection's own. It goes on after `TimedOut`; `abort_job` ends it.
        wait
            False: do not wait, and give an `Operation`; `timeout` is that of its `wait` then.
        progress
            ``"auto"`` draws a bar; a function is told the bytes that are done, and of how many.

        Returns
        -------
        None or Operation
            The operation with ``wait=False``.

        Raises
        ------
        InvalidState
            It does not run.
        OperationFailed
            The file cannot be written.
        NotSupported
            The driver does not have that.
        """
        file = on_host(path)
        if dump_format not in get_args(DumpFormat):
            raise ValueError(f"unknown format {dump_format!r}; libvirt has {', '.join(get_args(DumpFormat))}")
        if dump_format != "raw" and not memory_only:
            raise ValueError(f"dump_format={dump_format!r} is for memory_only=True")
        if crash and reset:
            raise ValueError("crash or reset it afterwards, not both")
        chosen = {
            "MEMORY_ONLY": memory_only,
            "LIVE": live,
            "CRASH": crash,
            "RESET": reset,
            "BYPASS_CACHE": bypass_cache,
        }
        flags = sum(flag(f"VIR_DUMP_{name}") for name, on in chosen.items() if on)
        number = flag(f"VIR_DOMAIN_CORE_DUMP_FORMAT_{dump_format.upper().replace('-', '_')}")

        def dump(seconds: float | None) -> None:
            self._change("dump", lambda raw: raw.coreDumpWithFormat(file, number, flags), seconds)

        return self._as_job(
            "dump",
            dump,
            job="dump",
            outcome=lambda: None,
            wait=wait,
            progress=progress,
            timeout=timeout,
        )


def on_host(path: str | PathLike[str]) -> str:
    """Give the path of a file on the host, for which nobody but the host has a working directory.

    Raises
    ------
    ValueError
        It is not absolute.
    """
    text = fspath(path)
    if not text.startswith("/"):
        raise ValueError(f"path must be absolute, as it is one on the host, not {text!r}")
    return text


def resumed(paused: bool | None) -> int:
    """Give the flag for whether a saved guest comes back paused."""
    if paused is None:
        return 0
    return flag("VIR_DOMAIN_SAVE_PAUSED" if paused else "VIR_DOMAIN_SAVE_RUNNING")


def file_parameters(file: str, document: str | None) -> Record:
    """Give libvirt's typed parameters for a file with a saved guest, and a definition in place of its own."""
    return {"file": file} | ({} if document is None else {"dxml": document})


def format_parameters(
    operation: str, subject: str, host: Host, image_format: str | None, parallel: int | None
) -> Record | None:
    """Give libvirt's typed parameters for how such a file is written or read; None where none are needed.

    Raises
    ------
    TypeError, ValueError, NotSupported
        They are no such thing, do not go together, or the host's libvirt does not have them.
    """
    if image_format is None and parallel is None:
        return None
    if image_format is not None and image_format not in get_args(ImageFormat):
        raise ValueError(f"image_format must be {', '.join(get_args(ImageFormat))}, not {image_format!r}")
    if parallel is not None and (isinstance(parallel, bool) or not isinstance(parallel, Integral)):
        raise TypeError(f"parallel must be a number of channels, not {parallel!r}")
    if parallel is not None and parallel < 1:
        raise ValueError(f"parallel must be at least 1, not {parallel}")
    if parallel is not None and image_format not in {None, "sparse"}:
        raise ValueError(f"parallel channels need image_format='sparse', not {image_format!r}")
    if not host.supports("save_format"):
        raise errors.NotSupported(
            f"cannot {operation} {subject} with image_format or parallel: the qemu driver has them from "
            f"libvirt 11.2 on, and this is {host.driver} of {host.libvirt_version}",
            operation=operation,
            subject=subject,
        )
    given = {"image_format": image_format, "parallel.channels": parallel}
    return {name: value for name, value in given.items() if value is not None}
