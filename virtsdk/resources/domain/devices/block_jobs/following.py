"""Following a block job to its end: running, ready, and told how it ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.events import DomainBlockJob
from virtsdk.resources.domain.devices.block_jobs.job import BlockJob, Ending
from virtsdk.resources.domain.devices.chain import paths_of
from virtsdk.resources.domain.devices.disk_core import DiskCore, calling

if TYPE_CHECKING:
    from virtsdk.resources.events import EventStream

T = TypeVar("T")
_log = logging.getLogger(__name__)
_LONGEST_PAUSE = 0.5
_SETTLES = 5.0  # seconds in which an event may come after the job is gone
_AWAY = 60.0  # seconds that a host may be away before its job is given up


@dataclass(frozen=True)
class Plan:
    """What a block job is to do with a disk as it is.

    Attributes
    ----------
    kind
        ``"commit"``, ``"active-commit"``, ``"pull"``, ``"copy"``.
    send
        Begins it.
    chain
        The files behind the disk.
    gone
        Those that the guest has no more once it is done: how that is told where no event told it.
    waits
        It follows the guest's writes once all is copied, and waits to be told how it ends.
    pivot
        How a job that waits ends: True, the guest goes on with the other file; False, it stays; None, whoever
        asked for the job will say.
    destination
        Where a copy goes.
    """

    kind: str
    send: Callable[[VirDomain], object]
    chain: tuple[str, ...]
    gone: frozenset[str]
    waits: bool = False
    pivot: bool | None = None
    destination: str | None = None


class Following:
    """A block job, from before it begins to its end."""

    def __init__(self, disk: DiskCore, operation: str) -> None:
        self._disk = disk
        self._operation = operation
        self._plans: list[Plan] = []
        self._events: EventStream | None = None
        self._said: list[str] = []

    def __enter__(self) -> Self:
        with suppress(errors.VirtError):  # without events, the definition tells
            self._events = self._disk.domain.host.events(DomainBlockJob.kind)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._events is not None:
            self._events.close()

    def follow(
        self, begin: Callable[[Callable[[Plan], object]], object], deadline: float
    ) -> tuple[Plan, Ending]:
        """Begin the job and follow it.

        Parameters
        ----------
        begin
            Begins it; says what it is to do, to the function that it is given, before that.
        deadline
            When there is no more time.

        Raises
        ------
        TimedOut
            It goes on.
        OperationAborted, OperationFailed
            It was ended, or failed.
        ConnectionLost
            The host did not come back.
        """
        try:
            begin(self._plans.append)
        except errors.ConnectionLost:  # it may have begun all the same
            if not self._plans or (self._patiently(self._disk.job) is None and not self._is_done()):
                raise
        return self._plan, self._follow(deadline)

    @property
    def _plan(self) -> Plan:
        return self._plans[-1]

    def _follow(self, deadline: float) -> Ending:
        pause = 0.02
        while True:
            job = self._patiently(self._job)
            if job is None:
                return self._ended(told=None)
            if job.is_ready:
                if self._plan.pivot is None:
                    return "ready"
                if self._tell():
                    return self._ended(told=self._plan.pivot)
            left = deadline - time.monotonic()
            if left <= 0:
                raise errors.TimedOut(
                    f"cannot {self._operation} {self._disk.subject} in time; it goes on: job() shows "
                    "how far it is, abort_job() ends it",
                    operation=self._operation,
                    subject=self._disk.subject,
                )
            self._listen(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _job(self) -> BlockJob | None:
        try:
            return self._disk.job()
        except (errors.InvalidState, errors.DomainNotFound) as error:
            raise errors.OperationFailed(
                f"cannot {self._operation} {self._disk.subject}: the guest stopped before it was done",
                operation=self._operation,
                subject=self._disk.subject,
            ) from error

    def _tell(self) -> bool:
        """Tell a job that is ready how it ends; False where it is not that far after all."""
        pivot = bool(self._plan.pivot)
        try:
            end_job(self._disk, pivot=pivot)
        except errors.ResourceBusy as error:  # "not ready for pivot yet"
            _log.debug("%s", error)
            return False
        except errors.ConnectionLost:
            if self._patiently(self._disk.job) is not None:
                return False  # the host was away before it heard of it
        except errors.InvalidState as error:  # it ended in this moment, by someone else's word
            if self._patiently(self._disk.job) is not None:
                raise
            _log.debug("%s", error)
        return True

    def _ended(self, *, told: bool | None) -> Ending:
        """Say how a job ended that is not there any more."""
        if told is False:
            return "left"
        end = time.monotonic() + _SETTLES
        while not self._patiently(lambda: self._is_done(told)):
            self._hear(0.05)
            if time.monotonic() > end or not {"canceled", "failed"}.isdisjoint(self._said):
                self._say_why()
        return "pivoted" if self._plan.waits else "done"

    def _say_why(self) -> None:
        subject, operation = self._disk.subject, self._operation
        if "failed" in self._said:
            raise errors.OperationFailed(
                f"cannot {operation} {subject}: the job failed; the host's log of the guest may say why",
                operation=operation,
                subject=subject,
            )
        raise errors.OperationAborted(
            f"cannot {operation} {subject}: the job was ended before it was done",
            operation=operation,
            subject=subject,
        )

    def _is_done(self, told: bool | None = None) -> bool:
        """Tell whether the job did all: the files are gone; where those have no path, it was told."""
        gone = self._plan.gone
        if gone:  # an event may be of the job before this one
            return not gone & set(paths_of(self._disk.definition()))
        return bool(told) or "completed" in self._said

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask, and ask again while the host is away."""
        away = time.monotonic()
        patience = _AWAY if self._disk.domain.host.session.reconnects else 0.0
        while True:
            try:
                return ask()
            except errors.ConnectionLost as error:
                if time.monotonic() - away >= patience:
                    raise
                _log.debug("%s is looked for again: %s", self._operation, error)
                time.sleep(0.2)

    def _listen(self, seconds: float) -> None:
        if self._events is None:
            time.sleep(seconds)
        else:
            self._hear(seconds)

    def _hear(self, seconds: float) -> None:
        """Take the events about this disk that come in that time; the first one ends it."""
        if self._events is None:
            time.sleep(seconds)
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left)
            except errors.TimedOut:
                return
            if isinstance(event, DomainBlockJob) and self._is_ours(event):
                self._said.append(event.status)
                return

    def _is_ours(self, event: DomainBlockJob) -> bool:
        return (event.domain, event.disk) == (self._disk.domain.key, self._disk.target)


def end_job(disk: DiskCore, *, pivot: bool, timeout: float | None = None) -> None:
    """End the job of a disk: the guest goes on with the other file, or stays."""
    flags = flag("VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT") if pivot else 0
    calling(
        disk.domain,
        f"end the job of {disk.target!r} of",
        lambda raw: raw.blockJobAbort(disk.target, flags),
        changes=True,
        timeout=timeout,
    )
