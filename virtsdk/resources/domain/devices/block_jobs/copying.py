"""Copy: a disk's content in another file, while the guest writes to it."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, overload

from virtsdk.binding.library import flag
from virtsdk.resources.domain.devices.block_jobs.following import Plan
from virtsdk.resources.domain.devices.block_jobs.job import BlockJobResult
from virtsdk.resources.domain.devices.block_jobs.running import JobRunner
from virtsdk.resources.domain.devices.chain import paths_of
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.operation import Operation
from virtsdk.resources.operation.figures import Shown as Progress

if TYPE_CHECKING:
    from virtsdk.models.domain import Disk

_LEAST_GRANULARITY, _MOST_GRANULARITY = 512, 64 * 2**20


class CopyingVerbs(JobRunner):
    """The block job that copies a disk."""

    @overload
    def copy(
        self,
        destination: str | PathLike[str] | Disk,
        *,
        pivot: bool = False,
        shallow: bool = False,
        reuse: bool = False,
        image_format: str | None = None,
        granularity: int | None = None,
        bandwidth: int | None = None,
        wait: Literal[True] = True,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> BlockJobResult: ...
    @overload
    def copy(
        self,
        destination: str | PathLike[str] | Disk,
        *,
        pivot: bool = False,
        shallow: bool = False,
        reuse: bool = False,
        image_format: str | None = None,
        granularity: int | None = None,
        bandwidth: int | None = None,
        wait: Literal[False],
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> Operation[BlockJobResult]: ...
    def copy(
        self,
        destination: str | PathLike[str] | Disk,
        *,
        pivot: bool = False,
        shallow: bool = False,
        reuse: bool = False,
        image_format: str | None = None,
        granularity: int | None = None,
        bandwidth: int | None = None,
        wait: bool = True,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> BlockJobResult | Operation[BlockJobResult]:
        """Copy it to another file while the guest writes to it.

        Parameters
        ----------
        destination
            The path of a file on the host that is not there yet, or a `Disk` with the ``source`` and
            ``driver.type`` of what it is to be.
        pivot
            Go on with the copy once all is there. False: the copy is left as the disk is at that moment; with
            ``wait=False`` it follows the guest's writes then (the operation is ``"ready"``), until
            ``abort_job(pivot=...)``.
        shallow
            Copy the guest's own file alone; the copy has those below it in common with the disk.
        reuse
            Write into a file that is there and was made for it.
        image_format
            ``"qcow2"``, ``"raw"`` ...; None: as the disk has it.
        granularity
            Bytes that are copied at once where the guest wrote: a power of two from 512 to 64 MiB.
        bandwidth, wait, progress, timeout
            As of `commit`.

        Returns
        -------
        BlockJobResult or Operation
            As of `commit`.

        Raises
        ------
        ValueError
            The path is not absolute, the granularity is no such number.
        OperationFailed
            The file is there already, or the job failed.
        OperationAborted, ResourceBusy, TimedOut, InvalidState, NotSupported, ReadOnly
            As of `commit`.
        """
        text = None if isinstance(destination, str | PathLike) else _document(destination)
        path = on_host(destination) if isinstance(destination, str | PathLike) else None
        if granularity is not None:
            _check_granularity(granularity)
        operation = "copy"
        self._ready_for(operation, bandwidth, pivot)
        given = {"granularity": granularity, "bandwidth": bandwidth}
        parameters = {name: value for name, value in given.items() if value is not None}
        chosen = {"SHALLOW": shallow, "REUSE_EXT": reuse, "TRANSIENT_JOB": True}
        flags = sum(flag(f"VIR_DOMAIN_BLOCK_COPY_{name}") for name, on in chosen.items() if on)

        def begin(disk: Disk) -> Plan:
            kind = image_format or (None if disk.driver is None else disk.driver.type) or "raw"
            document = text or _file(path or "", kind)
            chain = paths_of(disk)
            return Plan(
                "copy",
                lambda raw: raw.blockCopy(self._target, document, parameters, flags),
                chain,
                frozenset(chain[:1]),
                True,
                pivot if wait or pivot else None,
                path,
            )

        return self._run(operation, begin, wait=wait, progress=progress, timeout=timeout)


def _check_granularity(granularity: object) -> None:
    if isinstance(granularity, bool) or not isinstance(granularity, int):
        raise TypeError(f"granularity must be a number of bytes, not {granularity!r}")
    if not _LEAST_GRANULARITY <= granularity <= _MOST_GRANULARITY or granularity & (granularity - 1):
        raise ValueError(f"granularity must be a power of two from 512 bytes to 64 MiB, not {granularity}")


def _document(disk: object) -> str:
    from virtsdk import xml
    from virtsdk.models.domain import Disk

    if not isinstance(disk, Disk):
        raise TypeError(f"destination must be a path or a Disk, not {type(disk).__name__}")
    return xml.render(disk)


def _file(path: str, driver: Any) -> str:
    from virtsdk import xml
    from virtsdk.models.domain import Disk, DiskDriver, DiskSource

    return xml.render(Disk(type="file", source=DiskSource(file=path), driver=DiskDriver(type=driver)))
