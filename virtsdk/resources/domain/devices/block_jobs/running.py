"""Running a block job of a disk, and the verbs on one that runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from virtsdk.binding.deadlines import seconds
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.resources.domain.devices.block_jobs import stale
from virtsdk.resources.domain.devices.block_jobs.following import Following, Plan, end_job
from virtsdk.resources.domain.devices.block_jobs.job import BlockJobResult, Ending
from virtsdk.resources.domain.devices.chain import paths_of
from virtsdk.resources.domain.devices.disk_core import DiskCore
from virtsdk.resources.operation import Operation, started
from virtsdk.resources.operation.figures import Shown as Progress

if TYPE_CHECKING:
    from virtsdk.models.domain import Disk


class JobRunner(DiskCore):
    """A disk, as far as a block job on it goes, whichever it is."""

    def abort_job(self, *, pivot: bool = False, timeout: float | None = None) -> None:
        """End the block job on it.

        Parameters
        ----------
        pivot
            Of a job that is ready: go on with the other file. False: stay with the present one; a copy that
            was not ready is of no use then.
        timeout
            Seconds to wait; None for the connection's own.

        Raises
        ------
        InvalidState
            There is no job.
        ResourceBusy
            It is not ready, and `pivot` was said.
        NotSupported, ReadOnly
            As of `commit`.
        """
        self._session.refuse_readonly("end the job of", self.subject)
        self._require("block_jobs", "end the job of")
        end_job(self, pivot=pivot, timeout=timeout)

    def set_job_bandwidth(self, bandwidth: int, *, timeout: float | None = None) -> None:
        """Limit how fast the block job on it goes.

        Parameters
        ----------
        bandwidth
            Bytes a second; 0 for no limit.
        timeout
            Seconds to wait; None for the connection's own.

        Raises
        ------
        InvalidState
            There is no job.
        NotSupported, ReadOnly
            As of `commit`.
        """
        _check_bandwidth(bandwidth, least=0)
        operation, flags = "limit the job of", flag("VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES")
        self._session.refuse_readonly(operation, self.subject)
        self._require("block_jobs", operation)
        self._call(
            operation,
            lambda raw: raw.blockJobSetSpeed(self._target, int(bandwidth), flags),
            changes=True,
            timeout=timeout,
        )

    def _ready_for(self, operation: str, bandwidth: object, pivot: object = False) -> None:
        if bandwidth is not None:
            _check_bandwidth(bandwidth)
        if not isinstance(pivot, bool):
            raise TypeError(f"pivot must be True or False, not {pivot!r}")
        self._session.refuse_readonly(operation, self.subject)
        self._require("block_jobs", operation)

    def _run(
        self,
        operation: str,
        begin: Callable[[Disk], Plan],
        *,
        tidy: bool = False,
        wait: bool,
        progress: Progress | None,
        timeout: float | None,
    ) -> BlockJobResult | Operation[BlockJobResult]:
        """Begin a job with a function that is given the disk as it is, and follow it."""

        def run(limit: float | None) -> BlockJobResult:
            began = time.monotonic()
            left = seconds(limit)
            deadline = math.inf if left is None else began + left
            with Following(self, operation) as job:
                plan, ending = job.follow(partial(self._begin, operation, begin, left), deadline)
            return self._result(plan, ending, time.monotonic() - began, tidy)

        return started(
            run,
            what=f"{operation} {self.subject}",
            figures=self.job,
            cancel=self.abort_job,
            ready=self._is_ready,
            wait=wait,
            progress=progress,
            timeout=timeout,
        )

    def _begin(
        self,
        operation: str,
        begin: Callable[[Disk], Plan],
        left: float | None,
        planned: Callable[[Plan], object],
    ) -> None:
        def on_what_it_is(raw: VirDomain) -> None:
            plan = begin(self._disk_of(raw))
            planned(plan)
            plan.send(raw)

        timeout = None if left is None or math.isinf(left) else left
        self._call(operation, on_what_it_is, changes=True, timeout=timeout)

    def _is_ready(self) -> bool:
        job = self.job()
        return job is not None and job.is_ready

    def _result(self, plan: Plan, ending: Ending, took: float, tidy: bool) -> BlockJobResult:
        chain = paths_of(self.definition())
        removed = tuple(path for path in plan.chain if path not in chain)
        names = stale.snapshots_on(self._domain, self._target, removed) if removed else ()
        tidied = bool(tidy and names)
        if tidied:
            stale.forget(self._domain, names)
        return BlockJobResult(
            host=self._domain.host.name,
            domain=self._domain.key,
            name=self._domain.name,
            disk=self._target,
            kind=plan.kind,
            ending=ending,
            seconds=took,
            chain=chain,
            destination=plan.destination,
            removed=removed,
            stale_snapshots=names,
            tidied=tidied,
        )


def _check_bandwidth(bandwidth: object, least: int = 1) -> None:
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, int):
        raise TypeError(f"bandwidth must be a number of bytes a second, units.MiB(100), not {bandwidth!r}")
    if bandwidth < least:
        raise ValueError(f"bandwidth must be at least {least} bytes a second, not {bandwidth}")
