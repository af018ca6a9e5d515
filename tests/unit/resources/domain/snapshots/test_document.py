"""Arguments of snapshots and checkpoints, and the order of their documents."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.models.domain_snapshot import DomainSnapshotDef, SnapshotParent
from virtsdk.resources.domain.snapshots import document


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "a\nb", "a\0"])
def test_a_name_that_libvirt_does_not_take(name: str) -> None:
    with pytest.raises(ValueError, match="name must be a line of text"):
        document.checked_name(name)


def test_without_a_name_it_is_the_time() -> None:
    assert document.checked_name(None).isdigit()
    with pytest.raises(TypeError, match="name must be text, not 5"):
        document.checked_name(5)
    with pytest.raises(TypeError, match="description must be text"):
        document.checked_description(5)


def test_disks_are_targets() -> None:
    for wrong in ("vda", {"vda": True}, 3, [3]):
        with pytest.raises(TypeError, match="disks must be targets"):
            document.checked_targets(wrong)
    with pytest.raises(ValueError, match="one disk at least"):
        document.checked_targets([])


def test_an_overlay_has_an_absolute_path() -> None:
    given = {"vda": PurePosixPath("/images/a"), "vdb": True, "vdc": False}
    assert document.checked_overlays(given) == {"vda": "/images/a", "vdb": True, "vdc": False}
    with pytest.raises(ValueError, match="path must be absolute"):
        document.checked_overlays({"vda": "a.qcow2"})
    with pytest.raises(TypeError, match="named by target"):
        document.checked_overlays({3: True})


def test_a_disk_that_is_not_there_is_named_with_those_that_are() -> None:
    guest = xml.parse(
        "<domain><devices><disk><target dev='vda'/></disk>"
        "<disk><target dev='vdb'/></disk></devices></domain>",
        DomainDef,
    )
    document.check_there(["vdb"], guest, "create", "it")
    with pytest.raises(
        errors.DeviceNotFound, match=r"cannot create it: no disk 'xyz'; there are 'vda', 'vdb'"
    ):
        document.check_there(["vda", "xyz"], guest, "create", "it")


def snapshot(name: str, parent: str | None = None) -> DomainSnapshotDef:
    return DomainSnapshotDef(name=name, parent=SnapshotParent(name=parent) if parent else None)


def test_parents_come_first() -> None:
    given = [snapshot("d", "c"), snapshot("c", "b"), xml.render(snapshot("b", "elsewhere")), snapshot("a")]
    assert [name for name, _ in document.in_order(given, "d")] == ["b", "a", "c", "d"]


def test_documents_that_make_no_tree() -> None:
    with pytest.raises(ValueError, match="two are called 'a'"):
        document.in_order([snapshot("a"), snapshot("a")], None)
    with pytest.raises(ValueError, match="current must be the name of one of definitions, not 'x'"):
        document.in_order([snapshot("a")], "x")
    with pytest.raises(ValueError, match="in a circle: a, b"):
        document.in_order([snapshot("a", "b"), snapshot("b", "a")], None)
    for wrong in ("<domainsnapshot/>", 5):
        with pytest.raises(TypeError, match="definitions must be several documents"):
            document.in_order(wrong, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "connected"),
    [
        ("name='org.qemu.guest_agent.0' state='connected'", True),
        ("name='org.qemu.guest_agent.0' state='disconnected'", False),
        ("name='org.qemu.guest_agent.0'", False),
        ("name='com.redhat.spice.0' state='connected'", False),
    ],
)
def test_an_agent_is_connected_where_its_channel_is_open(target: str, connected: bool) -> None:
    guest = f"<domain><devices><channel><target {target}/></channel></devices></domain>"
    assert document.agent_is_connected(guest) is connected


def test_no_file_of_the_guest_is_overwritten() -> None:
    guest = """<domain><os><kernel>/boot/vmlinuz</kernel></os><devices><disk>
      <source file='/images/top'/><backingStore><source file='/images/below'/></backingStore></disk>
      <disk><source dev='/dev/sdz'/></disk></devices></domain>"""
    for file in ("/boot/vmlinuz", "/images/top", "/images/below", "/dev/sdz", "/images/../images//top"):
        with pytest.raises(errors.InvalidArgument, match="cannot create it: memory must be a file of"):
            document.refuse_overwriting(guest, file, "memory", "create", "it")
    document.refuse_overwriting(guest, "/images/other", "memory", "create", "it")
