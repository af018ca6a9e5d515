"""What guests are busy with, as frames."""

from __future__ import annotations

from datetime import UTC, datetime

import libvirt
import pandas as pd
import pytest

import virtsdk
from tests.unit.stats.records import DB, WEB
from virtsdk import errors
from virtsdk.stats import catalogue
from virtsdk.stats.samples.jobs import job_frames

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MOVING = {
    "type": 2, "operation": 5, "time_elapsed": 1500, "downtime": 300, "setup_time": 2,
    "data_total": 4096, "data_processed": 1000, "data_remaining": 1024, "memory_total": 4096,
    "memory_remaining": 1024, "memory_bps": 8192, "memory_dirty_rate": 3, "memory_page_size": 4096,
    "memory_iteration": 2, "auto_converge_throttle": 20,
}  # fmt: skip


def frames(record):
    return job_frames([(WEB, "web1", record)], {}, host="kvm7", time=NOON)


def test_a_job_in_base_units():
    job = frames(MOVING).jobs.iloc[0]
    assert job[["host", "domain", "name", "kind", "operation"]].tolist() == [
        "kvm7", WEB, "web1", "unbounded", "migration-out",
    ]  # fmt: skip
    assert job["time"] == pd.Timestamp(NOON)
    assert (job["elapsed_seconds"], job["downtime_seconds"], job["setup_seconds"]) == (1.5, 0.3, 0.002)
    assert (job["data_processed_bytes_total"], job["data_remaining_bytes"]) == (1000, 1024)
    assert (job["progress_percent"], job["memory_dirty_bytes_per_second"]) == (75, 3 * 4096)
    assert (job["memory_bytes_per_second"], job["auto_converge_percent"]) == (8192, 20)
    assert job[["disk_total_bytes", "remaining_seconds", "success", "error"]].isna().all()


def test_no_job_is_no_row_and_no_answer_is_a_reason():
    stats = job_frames([(WEB, "web1", {"type": 0})], {DB: ("db1", "it hangs")}, host="kvm7", time=NOON)
    assert stats.jobs.empty
    assert stats.trust[["name", "reason"]].to_numpy().tolist() == [["db1", "it hangs"]]
    for shown in (repr(stats), stats._repr_html_()):
        assert "0 jobs, 1 without an answer" in shown


def test_a_job_that_ended_says_how():
    failed = {"type": 4, "operation": 9, "success": False, "errmsg": "no space left"}
    job = frames(failed).jobs.iloc[0]
    assert (job["kind"], job["operation"], job["success"]) == ("failed", "backup", False)
    assert job["error"] == "no space left"


def test_what_has_no_column_or_does_not_fit_is_kept():
    odd = {"type": 1, "operation": 99, "newer_key": 7, "memory_remaining": 2**64 - 1, "errmsg": 3}
    stats = frames(odd)
    assert stats.jobs["kind"].tolist() == ["bounded"]
    assert stats.jobs[["operation", "memory_remaining_bytes"]].isna().all(axis=None)
    other = stats.other.set_index("key")
    assert other.loc[["operation", "newer_key", "errmsg"], "value"].tolist() == [99, 7, 3]
    assert other.loc["memory_remaining", "text"] == str(2**64 - 1)
    assert other["domain"].tolist() == [WEB] * 4


def test_a_total_of_nothing_is_no_progress():
    assert frames({"type": 1, "data_total": 0, "data_remaining": 0}).jobs["progress_percent"].isna().all()


@pytest.mark.parametrize("stats", [frames(MOVING), frames({"type": 0})])
def test_the_columns_are_those_of_the_catalogue(stats):
    table = catalogue()
    rows = table[table["frame"] == "domain.jobs"]
    assert set(rows["column"]) == set(stats.jobs.columns) - {"host", "domain", "name", "time"}
    for row in rows.itertuples():
        assert str(stats.jobs[row.column].dtype) == row.dtype, row.column


def test_it_shows_the_headlines():
    stats = frames(MOVING)
    for shown in (repr(stats), stats._repr_html_()):
        for word in ("1 job", "web1", "migration-out", "1.5 s", "75 %", "1 KiB", "8 KiB/s"):
            assert word in shown, word


KINDS = ("bounded", "unbounded", "completed", "failed", "cancelled")
OPERATIONS = [name for name in dir(libvirt) if name.startswith("VIR_DOMAIN_JOB_OPERATION_")]


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_of_the_installed_libvirt_has_its_name(name):
    words = name.removeprefix("VIR_DOMAIN_JOB_OPERATION_").lower().replace("_", "-")
    assert frames({"type": 1, "operation": getattr(libvirt, name)}).jobs["operation"].tolist() == [words]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_job_has_its_name(kind):
    number = getattr(libvirt, f"VIR_DOMAIN_JOB_{kind.upper()}")
    assert frames({"type": number}).jobs["kind"].tolist() == [kind]


def test_a_driver_without_jobs_says_so():
    with virtsdk.connect("test:///default") as host, pytest.raises(errors.NotSupported, match="'test'"):
        host.job_stats()
