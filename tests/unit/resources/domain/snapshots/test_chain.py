"""Guests restored from backups: what goes on top of what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.snapshots.backup import Backup

GUEST = xml.parse(
    """<domain><name>web1</name><devices>
    <disk type='block' device='disk'><driver name='qemu' type='raw' cache='none'/><source dev='/dev/sdz'/>
    <target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><source file='/cd.iso'/><target dev='sda'/></disk>
    </devices></domain>""",
    DomainDef,
)


def backup(name: str, since: str | None, *disks: str, domain: str = "u") -> Backup:
    files = {disk: f"/b/{disk}-{name}" for disk in disks or ("vda",)}
    when = datetime(2026, 3, 1, tzinfo=UTC)
    return Backup("kvm7", domain, "web1", files, "qcow2", since, name, 0, None, when)


FULL, TUESDAY, WEDNESDAY = backup("mo", None), backup("tu", "mo"), backup("we", "tu")


def test_each_names_what_is_below_it() -> None:
    made = WEDNESDAY.restored(GUEST, TUESDAY, FULL)
    assert made.devices is not None
    disk, drive = made.devices.disks
    assert xml.render(disk).replace("\n", "").replace("  ", "") == (
        '<disk type="file" device="disk"><driver name="qemu" type="qcow2" cache="none"/>'
        '<source file="/b/vda-we"/><backingStore type="file"><source file="/b/vda-tu"/>'
        '<backingStore type="file"><source file="/b/vda-mo"/><backingStore/><format type="qcow2"/>'
        '</backingStore><format type="qcow2"/></backingStore>'
        '<target dev="vda" bus="virtio"/></disk>'
    )
    assert drive.source is not None
    assert drive.source.file == "/cd.iso"
    assert "/dev/sdz" in xml.render(GUEST)  # which stays as it was
    assert "<backingStore/>" in xml.render(FULL.restored(GUEST))


@pytest.mark.parametrize(
    ("newest", "below", "message"),
    [
        (TUESDAY, [], "the changes since 'mo' alone: a full backup goes below"),
        (WEDNESDAY, [TUESDAY], "the changes since 'mo' alone"),
        (WEDNESDAY, [FULL], "changes since 'tu' goes on top of the backup that made that checkpoint"),
        (FULL, [FULL], "nothing goes below a full backup"),
        (TUESDAY, [backup("mo", None, domain="other")], "different guests"),
        (backup("tu", "mo", "vda", "vdb"), [FULL], "the backup below has no vdb"),
    ],
)
def test_what_does_not_make_a_whole_is_refused(newest: Backup, below: list[Backup], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        newest.restored(GUEST, *below)


def test_a_definition_without_the_disk_is_refused() -> None:
    with pytest.raises(errors.DeviceNotFound, match="no disk 'vdq'"):
        backup("mo", None, "vdq").restored(GUEST)
