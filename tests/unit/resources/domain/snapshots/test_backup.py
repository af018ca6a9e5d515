"""Backups: how one ends, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.job import Job
from virtsdk.resources.domain.snapshots import backup, verbs
from virtsdk.resources.domain.snapshots.backup import Backup, wait_for_backup
from virtsdk.resources.domain.snapshots.backup_plan import BackupPlan

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUNNING = {"type": 2, "operation": 9}
OVER = {"type": 0}


@pytest.fixture
def guest() -> Iterator[virtsdk.Domain]:
    with virtsdk.connect("test:///default") as host:
        yield host.domains["test"]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have libvirt give these figures one after the other, and those for a job that has ended."""

    def say(*running: dict[str, Any] | errors.VirtError, ended: dict[str, Any]) -> None:
        left = list(running)

        def read(_: object, *, completed: bool = False, **__: object) -> dict[str, Any]:
            found = ended if completed else left.pop(0)
            if isinstance(found, errors.VirtError):
                raise found
            return found

        monkeypatch.setattr(backup, "read_job", read)

    return say


def test_it_is_waited_for_until_it_is_over(guest: virtsdk.Domain, says: Any) -> None:
    says(RUNNING, RUNNING, OVER, ended={"type": 3, "operation": 9, "disk_processed": 7, "time_elapsed": 500})
    job = wait_for_backup(guest, "back up", None)
    assert (job.kind, job.disk_processed_bytes_total, job.elapsed_seconds) == ("completed", 7, 0.5)


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (4, errors.OperationFailed, "cannot back up domain 'test': disk full; its files hold a part at most"),
        (5, errors.OperationAborted, "cannot back up domain 'test': disk full"),
        (0, errors.OperationFailed, "the guest went off"),
    ],
)
def test_one_that_did_not_end_well_says_why(
    number: int, kind: type[errors.VirtError], message: str, guest: virtsdk.Domain, says: Any
) -> None:
    says(OVER, ended={"type": number, "operation": 9, "errmsg": "disk full"})
    with pytest.raises(errors.OperationFailed, match=message) as caught:
        wait_for_backup(guest, "back up", None)
    assert type(caught.value) is kind


def test_a_guest_that_went_off_has_no_backup(guest: virtsdk.Domain, says: Any) -> None:
    says(RUNNING, errors.InvalidState("domain is not running"), ended={})
    with pytest.raises(errors.OperationFailed, match="the guest went off"):
        wait_for_backup(guest, "back up", None)


def test_the_time_may_be_over_before_it_is(guest: virtsdk.Domain, says: Any) -> None:
    says(RUNNING, ended={})
    with pytest.raises(errors.TimedOut, match=r"not done in time; the backup goes on"):
        wait_for_backup(guest, "back up", 0.0)


@pytest.mark.parametrize("failure", [errors.OperationFailed, errors.OperationAborted, errors.TimedOut])
def test_the_checkpoint_of_one_that_failed_is_no_base_for_the_next(
    failure: type[errors.VirtError], guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(self: virtsdk.Domain, *_: object) -> None:
        self.checkpoints.create("monday")

    def fail(*_: object) -> None:
        raise failure("so it is")

    monkeypatch.setattr(virtsdk.Domain, "_change", change)
    monkeypatch.setattr(verbs, "wait_for_backup", fail)
    with pytest.raises(failure, match="so it is"):
        guest.backup("/backup", checkpoint="monday")
    left = list(guest.checkpoints)
    for one in left:
        one.delete()
    assert bool(left) is (failure is errors.TimedOut)  # it goes on


def done(**given: Any) -> Backup:
    values: dict[str, Any] = {
        "host": "kvm7",
        "domain": "u",
        "name": "web1",
        "files": {"vda": "/b/<a>", "vdb": "/b/b"},
        "format": "qcow2",
        "incremental": None,
        "checkpoint": "monday",
        "copied_bytes": 3 * 2**20,
        "elapsed_seconds": 0.52,
        "time": NOON,
    }
    return Backup(**values | given)


def test_one_that_is_done_says_what_it_is() -> None:
    assert repr(done()) == "<Backup of web1, full, 2 disks, 3 MiB, 0.5 s, checkpoint monday>"
    since = done(incremental="sunday", checkpoint=None, elapsed_seconds=None)
    assert repr(since) == "<Backup of web1, changes since sunday, 2 disks, 3 MiB>"
    page = done()._repr_html_()
    assert "/b/&lt;a&gt;" in page
    assert "3 MiB, less than 0.1 s, checkpoint" in repr(done(elapsed_seconds=0.04))


@pytest.mark.parametrize(("told", "least", "most"), [(500, 0.5, 0.5), (0, 7.0, 60.0)])
def test_one_that_libvirt_never_looked_at_took_as_long_as_was_waited(
    told: int, least: float, most: float, guest: virtsdk.Domain
) -> None:
    plan = BackupPlan.of(guest, "/b", incremental=None, checkpoint=None, disks=None, image_format="qcow2")
    job = Job.of_record({"type": 3, "time_elapsed": told}, host="h", domain="u", name="test")
    took = replace(plan, began=plan.began - 7).done(guest, {"vda": "/b/a"}, job).elapsed_seconds
    assert took is not None
    assert least <= took <= most


def test_its_frame_has_a_row_a_disk() -> None:
    frame = done().frame()
    assert frame["disk"].tolist() == ["vda", "vdb"]
    assert frame["file"].tolist() == ["/b/<a>", "/b/b"]
    assert frame.dtypes.equals(done(incremental="x").frame().dtypes)
    assert frame["time"].tolist() == [NOON, NOON]
    assert done().to_dict()["files"] == {"vda": "/b/<a>", "vdb": "/b/b"}
