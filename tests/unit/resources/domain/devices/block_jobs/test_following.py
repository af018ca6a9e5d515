"""Following a block job: by figures, by events, by the definition, past a host that is away."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from virtsdk import errors
from virtsdk.events import DomainBlockJob
from virtsdk.models.domain import Disk, DiskSource
from virtsdk.resources.domain.devices.block_jobs import following
from virtsdk.resources.domain.devices.block_jobs.following import Following, Plan
from virtsdk.resources.domain.devices.block_jobs.job import BlockJob

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Host:
    """A host whose events are given beforehand."""

    def __init__(self, *said: tuple[str, str], reconnects: bool = True) -> None:
        self.said = list(said)
        self.session, self.reconnects = self, reconnects

    def events(self, kind: str) -> Host:
        return self

    def get(self, timeout: float) -> DomainBlockJob:
        if not self.said:
            time.sleep(min(timeout, 0.001))
            raise errors.TimedOut("none")
        disk, status = self.said.pop(0)
        return DomainBlockJob(
            host="kvm7", time=NOW, domain="u1", name="web1", disk=disk, job="copy", status=status
        )

    def close(self) -> None: ...


class Drive:
    """A disk whose job goes as it is told; a part that is an error is raised."""

    target, subject = "vda", "disk 'vda' of domain 'web1'"

    def __init__(
        self, *figures: Any, file: str = "/old", after: str = "/new", host: Host | None = None
    ) -> None:
        self.figures, self.file, self.after = list(figures), file, after
        self.domain: Any = type("Guest", (), {"key": "u1", "host": host or Host()})()
        self.ended: list[bool] = []

    def job(self) -> BlockJob | None:
        one = self.figures.pop(0) if self.figures else None
        if isinstance(one, Exception):
            raise one
        if one is None:
            if not self.ended:
                self.file = self.after
            return None
        return BlockJob("kvm7", "u1", "web1", "vda", "copy", one, 100, None, one == 100)

    def definition(self) -> Disk:
        return Disk(type="file", source=DiskSource(file=self.file))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_SETTLES", 0.1)
    monkeypatch.setattr(following, "_AWAY", 0.5)

    def end(drive: Drive, *, pivot: bool, timeout: float | None = None) -> None:
        drive.ended.append(pivot)
        drive.figures = []
        drive.file = drive.after if pivot else drive.file

    monkeypatch.setattr(following, "end_job", end)


def follow(
    drive: Drive, *, pivot: bool | None, waits: bool = True, seconds: float = 30, begin: Any = None
) -> str:
    disk: Any = drive
    plan = Plan("copy", lambda raw: None, ("/old",), frozenset({"/old"}), waits, pivot)

    def begun(planned: Any) -> None:
        planned(plan)
        if begin is not None:
            raise begin

    with Following(disk, "copy") as job:
        return job.follow(begun, time.monotonic() + seconds)[1]


def test_a_job_that_is_ready_is_told_how_it_ends() -> None:
    drive = Drive(10, 50, 100)
    assert (follow(drive, pivot=True), drive.ended) == ("pivoted", [True])
    drive = Drive(10, 100)
    assert (follow(drive, pivot=False), drive.ended, drive.file) == ("left", [False], "/old")
    drive = Drive(10, 100)
    assert (follow(drive, pivot=None), drive.ended) == ("ready", [])


def test_a_job_that_does_not_wait_ends_by_itself() -> None:
    assert follow(Drive(10, 99), pivot=None, waits=False) == "done"
    assert follow(Drive(), pivot=None, waits=False) == "done"  # before anyone looked


def test_a_job_that_someone_else_ended_was_aborted_and_one_that_broke_failed() -> None:
    with pytest.raises(errors.OperationAborted, match="ended before it was done"):
        follow(Drive(10, after="/old"), pivot=True)
    host = Host(("vdb", "canceled"), ("vda", "failed"))
    with pytest.raises(errors.OperationFailed, match="the job failed"):
        follow(Drive(10, 20, 30, after="/old", host=host), pivot=True)


def test_a_guest_that_stops_has_no_job_any_more() -> None:
    with pytest.raises(errors.OperationFailed, match="the guest stopped before it was done"):
        follow(Drive(10, errors.InvalidState("domain is not running")), pivot=True)


def test_time_that_runs_out_leaves_it_going() -> None:
    drive = Drive(*[10] * 1000)
    with pytest.raises(errors.TimedOut, match=r"it goes on: job\(\) shows how far it is, abort_job\(\) ends"):
        follow(drive, pivot=True, seconds=0.05)
    assert drive.ended == []


def test_a_host_that_was_away_has_the_job_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_AWAY", 30.0)
    lost = errors.ConnectionLost("gone")
    assert follow(Drive(10, lost, lost, 50, 100), pivot=True) == "pivoted"
    assert follow(Drive(10, 50, 100), pivot=True, begin=lost) == "pivoted"  # it began before the loss
    monkeypatch.setattr(following, "_AWAY", 0.5)
    with pytest.raises(errors.ConnectionLost):
        follow(Drive(None, after="/old"), pivot=True, begin=lost)  # it never did
    with pytest.raises(errors.ConnectionLost):
        follow(Drive(10, *[lost] * 1000), pivot=True)


def test_a_connection_that_does_not_come_back_is_not_waited_for() -> None:
    drive = Drive(10, errors.ConnectionLost("gone"), 50, 100, host=Host(reconnects=False))
    with pytest.raises(errors.ConnectionLost):
        follow(drive, pivot=True)
    assert drive.figures == [50, 100]


def test_one_that_is_not_ready_after_all_is_followed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Exception | None] = [errors.ResourceBusy("not ready for pivot yet"), None]

    def end(drive: Drive, *, pivot: bool, timeout: float | None = None) -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        drive.figures, drive.file = [], drive.after

    monkeypatch.setattr(following, "end_job", end)
    assert follow(Drive(100, 100), pivot=True) == "pivoted"
    assert answers == []
