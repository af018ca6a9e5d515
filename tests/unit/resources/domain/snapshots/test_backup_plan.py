"""Backups that are asked for: what makes no sense, the files, the document."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import pytest

import virtsdk
from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.snapshots.backup_plan import BackupPlan, scratch_of, taking_part

GUEST = xml.parse(
    """<domain><name>web1</name><devices>
    <disk type='file' device='disk'><source file='/images/a'/><target dev='vda'/></disk>
    <disk type='file' device='cdrom'><source file='/images/cd'/><target dev='sda'/><readonly/></disk>
    <disk type='file' device='cdrom'><target dev='sdb'/></disk>
    <disk type='file' device='disk'><source file='/images/ro'/><target dev='vdc'/><readonly/></disk>
    <disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vdb'/></disk>
    </devices></domain>""",
    DomainDef,
)


@pytest.fixture
def guest() -> Any:
    with virtsdk.connect("test:///default") as host:
        yield host.domains["test"]


def plan(guest: virtsdk.Domain, target: Any, **given: Any) -> BackupPlan:
    arguments = {"incremental": None, "checkpoint": None, "disks": None, "image_format": "qcow2"} | given
    return BackupPlan.of(guest, target, **arguments)


def test_a_folder_gets_a_file_for_each_disk_that_is_written_to(guest: virtsdk.Domain) -> None:
    files = plan(guest, PurePosixPath("/backup"), checkpoint="monday").files_of(GUEST, "back up", "it")
    assert files == {"vda": "/backup/web1-vda-monday.qcow2", "vdb": "/backup/web1-vdb-monday.qcow2"}
    timed = plan(guest, "/", disks=["vda"], image_format="raw").files_of(GUEST, "back up", "it")
    assert re.fullmatch(r"/web1-vda-\d{8}T\d{6}Z\.raw", timed["vda"])


def test_a_mapping_names_disks_and_files(guest: virtsdk.Domain) -> None:
    chosen = plan(guest, {"vda": "/b/a.qcow2"}, incremental="monday")
    files = chosen.files_of(GUEST, "back up", "it")
    document = xml.render(chosen.document(files))
    assert '<domainbackup mode="push">' in document
    assert "<incremental>monday</incremental>" in document
    assert '<target file="/b/a.qcow2"/>' in document
    assert '<driver type="qcow2"/>' in document
    assert 'name="vdb"' not in document
    with pytest.raises(errors.DeviceNotFound, match="no disk 'vdz'"):
        plan(guest, {"vdz": "/b/a.qcow2"}).files_of(GUEST, "back up", "it")


def test_a_guest_without_disks_has_no_backup() -> None:
    with pytest.raises(errors.DeviceNotFound, match="cannot back up it: it has no disk that is written to"):
        taking_part(DomainDef(name="x"), None, "back up", "it")


def test_what_is_overwritten_meanwhile_goes_to_a_folder_or_beside_the_disk() -> None:
    assert re.fullmatch(r"/images/a\.scratch-\d+", scratch_of(GUEST, ["vda"], None, "serve", "it")["vda"])
    found = scratch_of(GUEST, ["vda", "vdb"], "/scratch", "serve", "it")
    assert re.fullmatch(r"/scratch/web1-vdb\.scratch-\d+", found["vdb"])
    with pytest.raises(errors.InvalidArgument, match=r"disk 'vdb' is no file; scratch= must be a folder"):
        scratch_of(GUEST, ["vda", "vdb"], None, "serve", "it")


WRONG: dict[str, tuple[type[Exception], Any, dict[str, Any], str]] = {
    "relative": (ValueError, "backup", {}, "path must be absolute"),
    "a relative file": (ValueError, {"vda": "x"}, {}, "path must be absolute"),
    "no file": (ValueError, {}, {}, "the file of one disk at least"),
    "a number": (TypeError, {3: "/x"}, {}, "targets of disks"),
    "both": (ValueError, {"vda": "/x"}, {"disks": ["vda"]}, "disks are for a folder"),
    "changes in raw": (ValueError, "/b", {"incremental": "m", "image_format": "raw"}, "for full backups"),
    "a format": (ValueError, "/b", {"image_format": "vmdk"}, 'image_format must be "qcow2" or "raw"'),
    "a checkpoint": (ValueError, "/b", {"checkpoint": "a/b"}, "name must be a line of text"),
    "since what": (TypeError, "/b", {"incremental": 3}, "incremental must be a checkpoint or its name"),
    "since nothing": (ValueError, "/b", {"incremental": ""}, "incremental must name a checkpoint"),
    "progress": (ValueError, "/b", {"progress": "bar"}, "progress must be"),
    "wait": (TypeError, "/b", {"wait": "yes"}, "wait must be True or False"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_makes_no_sense_is_refused_before_a_call(wrong: str, guest: virtsdk.Domain) -> None:
    kind, target, arguments, message = WRONG[wrong]
    before = guest.refresh().time
    with pytest.raises(kind, match=message):
        guest.backup(target, **arguments)
    assert guest.last_seen is not None
    assert guest.last_seen.time == before


def test_a_checkpoint_of_another_guest_is_refused(guest: virtsdk.Domain) -> None:
    made = guest.checkpoints.create("monday")
    try:
        assert plan(guest, "/b", incremental=made).incremental == "monday"
        with (
            virtsdk.connect("test:///default") as other,
            pytest.raises(ValueError, match="incremental must be a checkpoint of domain 'test'"),
        ):
            plan(other.domains["test"], "/b", incremental=made)
    finally:
        made.delete()


def test_a_driver_without_backups_says_so(guest: virtsdk.Domain) -> None:
    assert not guest.host.supports("backup")
    with pytest.raises(errors.NotSupported, match=r"cannot back up domain 'test'.*test driver"):
        guest.backup("/backup")
    with pytest.raises(errors.NotSupported, match=r"cannot serve a backup of domain 'test'.*test driver"):
        guest.backup_server("/nowhere/socket")
