"""Long verbs of a guest: calls that are a job of libvirt's, waited for or followed as an `Operation`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from virtsdk import errors
from virtsdk.resources.domain.core import abortable
from virtsdk.resources.domain.job import Job, JobVerbs
from virtsdk.resources.operation import Operation, followed, patience_with, started
from virtsdk.resources.operation.figures import Shown

T = TypeVar("T")
_GLANCE = 5.0  # seconds that reading how far a job is may take


class LongVerbs(JobVerbs):
    """The way of a verb that is one call with a job of libvirt's."""

    def _as_job(
        self,
        operation: str,
        run: Callable[[float | None], T],
        *,
        job: str,
        outcome: Callable[[], T],
        wait: bool,
        progress: Shown | None,
        timeout: float | None,
        subject: str | None = None,
        proof: Callable[[], bool] | None = None,
    ) -> T | Operation[T]:
        """Make a call with a job as its ``wait=`` and ``progress=`` say; see `operation.started`.

        Parameters
        ----------
        operation, subject
            In words, as for ``_call``; the subject is the guest's own where it is left out.
        run
            Makes the call, in the seconds that it is given.
        job
            libvirt's word for what the guest is busy with meanwhile: ``"save"``; see `Job.operation`.
        outcome
            Gives the result after a lost connection, once it is known that the job was done.
        wait, progress, timeout
            As the verb was given them.
        proof
            Tells after a lost connection whether it was done, where libvirt does not know the job any more:
            its daemon was restarted.
        """
        self._session.refuse_readonly(operation, self.subject if subject is None else subject)
        what = f"{operation} {self.subject if subject is None else subject}"
        before: list[Job | None] = []

        def begin(seconds: float | None) -> T:
            if not wait:
                before.append(self._last_job())
            with abortable():
                return run(seconds)

        def again(lost: errors.ConnectionLost) -> T:
            def ended() -> T:
                self._check_done(what, job, before, proof, lost)
                return outcome()

            patience = patience_with(self._session)
            return followed(lost, lambda: self._busy_with(job), ended, patience=patience)

        return started(
            begin,
            what=what,
            figures=lambda: self._busy_with(job),
            cancel=lambda: self._abort(what, job),
            wait=wait,
            progress=progress,
            timeout=timeout,
            again=again,
        )

    def _busy_with(self, job: str) -> Job | None:
        """Read the job that it is busy with, where that is of a kind."""
        try:
            found = self.job(timeout=_GLANCE)
        except errors.NotFound:  # it is gone, and with it the job
            return None
        # a libvirt before 3.3 does not say what it is
        return found if found is not None and found.operation in {job, "unknown"} else None

    def _abort(self, what: str, job: str) -> None:
        """End the job that it is busy with, where that is the one that is meant and not somebody else's.

        Raises
        ------
        InvalidState
            It is not that.
        """
        if self._busy_with(job) is None:
            raise errors.InvalidState(f"cannot cancel: there is no job yet, or no more, to {what}")
        self.abort_job()

    def _last_job(self) -> Job | None:
        """Read the last job that ended; None where libvirt does not know."""
        try:
            return self.job(completed=True, timeout=_GLANCE)
        except errors.ConnectionLost:
            raise
        except errors.VirtError:  # the test driver has none
            return None

    def _check_done(
        self,
        what: str,
        job: str,
        before: list[Job | None],
        proof: Callable[[], bool] | None,
        lost: errors.ConnectionLost,
    ) -> None:
        """Raise what became of a job that was followed over a loss, where it was not done.

        Raises
        ------
        OperationAborted, OperationFailed
            libvirt knows that it was.
        ConnectionLost
            Nobody knows, or it was not done.
        """
        last = self._last_job()
        if last is not None and last.operation == job and [last] != before:
            if last.kind == "completed":
                return
            kind = errors.OperationAborted if last.kind == "cancelled" else errors.OperationFailed
            raise kind(f"cannot {what}: {last.error or last.kind}", **lost.details) from lost
        if proof is not None and proof():
            return
        raise errors.ConnectionLost(
            f"{lost}; the job is over, and nothing shows that it was done", **lost.details
        ) from lost
