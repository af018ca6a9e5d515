"""Commit and pull: fewer files in the chain behind a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.resources.domain.devices.block_jobs.following import Plan
from virtsdk.resources.domain.devices.block_jobs.job import BlockJobResult
from virtsdk.resources.domain.devices.block_jobs.running import JobRunner
from virtsdk.resources.domain.devices.chain import check_layer, path_of, paths_of
from virtsdk.resources.operation import Operation
from virtsdk.resources.operation.figures import Shown as Progress

if TYPE_CHECKING:
    from virtsdk.models.domain import Disk


class MergingVerbs(JobRunner):
    """The block jobs that do without files of the chain."""

    @overload
    def commit(
        self,
        top: str | None = None,
        base: str | None = None,
        *,
        pivot: bool = True,
        delete: bool = False,
        bandwidth: int | None = None,
        tidy_snapshots: bool = False,
        wait: Literal[True] = True,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> BlockJobResult: ...
    @overload
    def commit(
        self,
        top: str | None = None,
        base: str | None = None,
        *,
        pivot: bool = True,
        delete: bool = False,
        bandwidth: int | None = None,
        tidy_snapshots: bool = False,
        wait: Literal[False],
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> Operation[BlockJobResult]: ...
    def commit(
        self,
        top: str | None = None,
        base: str | None = None,
        *,
        pivot: bool = True,
        delete: bool = False,
        bandwidth: int | None = None,
        tidy_snapshots: bool = False,
        wait: bool = True,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> BlockJobResult | Operation[BlockJobResult]:
        """Write what is in files of the chain into the one below them, and do without them.

        Parameters
        ----------
        top
            The first file that goes, by its path or its place (``"vda[3]"``); None: the one that the guest
            writes to.
        base
            The file that takes it all; None: the last one of the chain.
        pivot
            Where the guest's own file is among them: go on with `base` once all is there. False: stay, and
            end the job; with ``wait=False`` the operation is ``"ready"`` then, until `abort_job`.
        delete
            Remove the files that went.
        bandwidth
            At most so many bytes a second.
        tidy_snapshots
            Remove libvirt's records of external snapshots whose files went: nobody can go back to them.
        wait, progress
            Wait for it, with a bar (``"auto"``) or a function that is told how far it is; ``wait=False``
            gives an `Operation`.
        timeout
            Seconds to wait; it goes on after `TimedOut`. None: as long as it takes.

        Returns
        -------
        BlockJobResult or Operation
            The files that the guest has now, those that it has no more, and the snapshots that are stale.

        Raises
        ------
        ValueError
            `top` or `base` is no file of the disk.
        OperationAborted
            `abort_job` ended it.
        OperationFailed
            The job failed; the disk is as it was.
        ResourceBusy
            The disk has a job already.
        TimedOut
            It goes on: `job` shows how far it is, `abort_job` ends it.
        InvalidState
            The guest is off.
        NotSupported, ReadOnly
            The driver has no block jobs (``host.supports("block_jobs")``); the connection is read-only.
        """
        operation = "commit"
        self._ready_for(operation, bandwidth, pivot)
        self._check_layers(top=top, base=base)

        def begin(disk: Disk) -> Plan:
            chain = paths_of(disk)
            above, below = path_of(disk, top), path_of(disk, base)
            active = top is None or (bool(chain) and above == chain[0])
            first_gone = None if active else top
            chosen = {"ACTIVE": active, "DELETE": delete, "BANDWIDTH_BYTES": bandwidth is not None}
            flags = sum(flag(f"VIR_DOMAIN_BLOCK_COMMIT_{name}") for name, on in chosen.items() if on)
            first = chain.index(above) if above in chain else 0
            last = chain.index(below) if below in chain else len(chain) - 1
            return Plan(
                "active-commit" if active else "commit",
                lambda raw: raw.blockCommit(self._target, base, first_gone, bandwidth or 0, flags),
                chain,
                frozenset(chain[first:last]),
                active,
                pivot if wait or pivot else None,
            )

        return self._run(operation, begin, tidy=tidy_snapshots, wait=wait, progress=progress, timeout=timeout)

    @overload
    def pull(
        self,
        base: str | None = None,
        *,
        bandwidth: int | None = None,
        tidy_snapshots: bool = False,
        wait: Literal[True] = True,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> BlockJobResult: ...
    @overload
    def pull(
        self,
        base: str | None = None,
        *,
        bandwidth: int | None = None,
        tidy_snapshots: bool = False,
        wait: Literal[False],
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> Operation[BlockJobResult]: ...
    def pull(
        self,
        base: str | None = None,
        *,
        bandwidth: int | None = None,
        tidy_snapshots: bool = False,
        wait: bool = True,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> BlockJobResult | Operation[BlockJobResult]:
        """Copy what is in the files below into the one that the guest writes to, and do without them.

        Parameters
        ----------
        base
            The file of the chain that stays below it; None: none.
        bandwidth, tidy_snapshots, wait, progress, timeout
            As of `commit`.

        Returns
        -------
        BlockJobResult or Operation
            As of `commit`.

        Raises
        ------
        ValueError
            `base` is no file of the disk.
        OperationAborted, OperationFailed, ResourceBusy, TimedOut, InvalidState, NotSupported, ReadOnly
            As of `commit`.
        """
        operation = "pull"
        self._ready_for(operation, bandwidth)
        self._check_layers(base=base)
        flags = flag("VIR_DOMAIN_BLOCK_REBASE_BANDWIDTH_BYTES") if bandwidth is not None else 0

        def send(raw: VirDomain) -> object:
            if base is None:
                return raw.blockPull(self._target, bandwidth or 0, flags)
            return raw.blockRebase(self._target, base, bandwidth or 0, flags)

        def begin(disk: Disk) -> Plan:
            chain = paths_of(disk)
            below = path_of(disk, base)
            last = chain.index(below) if below in chain else len(chain)
            return Plan("pull", send, chain, frozenset(chain[1:last]))

        return self._run(operation, begin, tidy=tidy_snapshots, wait=wait, progress=progress, timeout=timeout)

    def _check_layers(self, **layers: str | None) -> None:
        """Refuse files that are not behind the disk, before anything is sent, also where nobody waits."""
        if any(layer is not None for layer in layers.values()):
            chain = paths_of(self.definition())
            for name, layer in layers.items():
                check_layer(name, layer, chain)
