"""Jobs: libvirt's figures in base units, and what a reader sees of them."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.job import Job
from virtsdk.resources.figures.jobs import read_jobs

# as QEMU says it in the middle of a migration
MOVING = {
    "type": 2, "operation": 5, "time_elapsed": 1500, "downtime": 300, "setup_time": 12, "data_total": 400,
    "data_processed": 90, "data_remaining": 300, "memory_total": 300, "memory_processed": 90,
    "memory_remaining": 200, "memory_bps": 1069650, "memory_dirty_rate": 25, "memory_page_size": 4096,
    "memory_iteration": 2, "memory_postcopy_requests": 0, "disk_total": 100, "disk_processed": 0,
    "disk_remaining": 100,
}  # fmt: skip


def job(record: dict[str, object]) -> Job:
    found = Job.of_record(record, host="kvm7", domain="00000000-0000-4000-8000-000000000001", name="web1")
    assert found is not None
    return found


def test_figures_are_in_seconds_and_bytes() -> None:
    moving = job(MOVING)
    assert (moving.operation, moving.kind, moving.is_running) == ("migration-out", "unbounded", True)
    assert (moving.elapsed_seconds, moving.downtime_seconds, moving.setup_seconds) == (1.5, 0.3, 0.012)
    assert moving.remaining_seconds is None
    assert (moving.memory_total_bytes, moving.memory_remaining_bytes) == (300, 200)
    assert (moving.disk_total_bytes, moving.disk_remaining_bytes) == (100, 100)
    assert (moving.data_processed_bytes_total, moving.memory_processed_bytes_total) == (90, 90)
    assert (moving.disk_processed_bytes_total, moving.postcopy_requests_total) == (0, 0)
    assert moving.memory_bytes_per_second == 1069650
    assert moving.memory_dirty_bytes_per_second == 25 * 4096  # libvirt counts pages
    assert moving.progress == 0.25


def test_a_backup_is_as_far_as_its_disks_are() -> None:
    found = job({"type": 2, "operation": 9, "disk_total": 100, "disk_remaining": 25, "disk_processed": 75})
    assert (found.operation, found.progress, found.amount) == ("backup", 0.75, (75, 100))
    assert (found.data_processed_bytes_total, found.disk_total_bytes) == (75, 100)


def test_there_may_be_no_job() -> None:
    assert Job.of_record({"type": 0}, host="kvm7", domain="", name="web1") is None


@pytest.mark.parametrize(
    ("number", "kind"), [(1, "bounded"), (3, "completed"), (4, "failed"), (5, "cancelled")]
)
def test_kinds_have_libvirts_words(number: int, kind: str) -> None:
    found = job({"type": number, "operation": 2})
    assert (found.kind, found.operation, found.progress) == (kind, "save", None)
    assert found.is_running is (kind == "bounded")
    assert job({"type": 99}).kind == "unknown-99"


def test_progress_stays_between_none_and_all() -> None:
    assert job({"type": 2, "data_total": 100, "data_remaining": 150}).progress == 0
    assert job({"type": 2, "data_total": 0, "data_remaining": 0}).progress is None
    assert job(MOVING).amount == (100, 400)
    assert job({"type": 2, "data_total": 100, "data_remaining": 150}).amount == (0, 100)
    assert job({"type": 2, "data_total": 0, "data_remaining": 0}).amount is None


def test_the_frame_is_one_row_with_the_same_columns_and_types_whatever_is_known() -> None:
    full, bare = job(MOVING).frame(), job({"type": 1, "operation": 8}).frame()
    assert len(full) == len(bare) == 1
    assert full.dtypes.equals(bare.dtypes)
    assert full["memory_dirty_bytes_per_second"].item() == 25 * 4096
    assert bare["data_total_bytes"].isna().item()
    assert bare["operation"].item() == "dump"


def test_a_reader_sees_what_matters() -> None:
    text = repr(job(MOVING))
    assert text == (
        "<Job migration-out of web1 running: done 25 % of 400 bytes, memory 1.02 MiB/s, "
        "written by the guest 100 KiB/s, elapsed 1.5 s, expected downtime 300 ms>"
    )
    hostile = Job.of_record(MOVING, host="<b>", domain="", name="<script>\n")
    assert hostile is not None
    assert "<script>" not in hostile._repr_html_()
    assert "\n" not in repr(hostile)
    failed = job({"type": 4, "operation": 9, "errmsg": "no space left"})
    assert repr(failed) == "<Job backup of web1 failed: error no space left>"


def test_a_driver_without_jobs_says_so(host: virtsdk.Host) -> None:
    assert not host.supports("job_stats")
    with pytest.raises(errors.NotSupported, match=r"job of domain 'web1'.*virDomainGetJobStats; the test"):
        host.domains["web1"].job()
    with pytest.raises(errors.NotSupported, match=r"virDomainAbortJob; the test driver"):
        host.domains["web1"].abort_job()
    with pytest.raises(errors.NotSupported):
        read_jobs(host.domains)
