"""The disks of a guest, on the test driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import virtsdk
from tests.unit.resources.conftest import domain_xml
from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.units import GiB

DEVICES = """<devices>
  <disk type='file'><driver type='qcow2'/><source file='/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
</devices>"""


@pytest.fixture
def guest(node_file: Any) -> Iterator[virtsdk.Domain]:
    with virtsdk.connect(node_file(domain_xml("web1", 1, extra=DEVICES))) as host:
        yield host.domains["web1"]


def test_disks_are_found_by_target_and_by_file(guest: virtsdk.Domain) -> None:
    disks = guest.disks
    assert [one.target for one in disks] == ["vda", "hda"]
    assert len(disks) == 2
    assert disks
    assert disks["vda"] == disks["/a.qcow2"] == disks.find("vda")
    assert {disks["vda"], disks["/a.qcow2"]} == {disks["vda"]}
    assert disks["vda"] != disks["hda"]
    assert "vda" in disks
    assert disks["vda"] in disks
    assert "vdb" not in disks
    assert disks.find("vdb") is None
    with pytest.raises(errors.DeviceNotFound, match="no disk 'vdb' in domain 'web1'; there is 'vda'"):
        disks["vdb"]
    with pytest.raises(TypeError, match="key of a disk must be its target or its file, not int"):
        disks[0]  # type: ignore[index]
    assert disks._ipython_key_completions_() == ["vda", "hda"]


def test_a_frame_has_a_row_a_disk(guest: virtsdk.Domain) -> None:
    frame = guest.disks.frame().set_index("target")
    assert frame.loc["vda", ["source", "format", "bus", "device"]].tolist() == [
        "/a.qcow2",
        "qcow2",
        "virtio",
        "disk",
    ]
    assert frame.loc["hda", "device"] == "cdrom"
    assert frame.loc["hda", ["source", "capacity_bytes", "job"]].isna().all()
    assert frame["backing_depth"].tolist() == [0, 0]
    assert str(frame["capacity_bytes"].dtype) == "Int64"
    assert (frame["name"] == "web1").all()


def test_they_show_themselves(guest: virtsdk.Domain) -> None:
    assert repr(guest.disks) == "<disks of web1, not read yet>"
    assert str(guest.disks).startswith("<2 disks of web1, read ")
    assert "/a.qcow2" in guest.disks._repr_html_()
    disk = guest.disks["vda"]
    assert repr(disk) == "<GuestDisk vda of web1>"
    assert "TiB filled" in str(disk)
    assert "capacity" in disk._repr_html_()


def test_what_a_disk_says(guest: virtsdk.Domain) -> None:
    disk = guest.disks["vda"]
    assert (disk.source, disk.format, disk.bus, disk.domain) == ("/a.qcow2", "qcow2", "virtio", guest)
    assert disk.capacity_bytes == disk.refresh().capacity_bytes > 0
    assert disk.error == guest.disks.errors()["vda"] == "unspecified"
    with pytest.raises(errors.InvalidArgument, match="does not currently have a source"):
        guest.disks["hda"].refresh()
    assert not disk.iotune.is_limited
    assert disk.set_iotune(total_iops=100, total_iops_max=200, scope="live").total_iops == 100
    assert disk.iotune.total_iops_max == 200


@pytest.mark.parametrize(
    ("verb", "arguments", "error", "words"),
    [
        ("resize", {"size": 0}, ValueError, "size must be above 0 bytes, not 0"),
        ("resize", {"size": 1.5}, TypeError, r"size must be a number of bytes, units\.GiB\(40\), not 1\.5"),
        ("resize", {"size": True}, TypeError, "not True"),
        ("set_iotune", {}, ValueError, "give a limit"),
        ("set_iotune", {"group": ""}, ValueError, "group must be a name, not ''"),
        ("set_iotune", {"total_iops": 5, "scope": "now"}, ValueError, 'scope must be "auto"'),
        ("set_threshold", {"size": -1}, ValueError, r"size must be 0 \(no event\) or more"),
        ("peek", {"offset": -1, "size": 1}, ValueError, "offset must be at least 0, not -1"),
        ("peek", {"offset": 0, "size": 0}, ValueError, "size must be at least 1, not 0"),
        ("commit", {"bandwidth": 0}, ValueError, "bandwidth must be at least 1 bytes a second, not 0"),
        ("commit", {"pivot": None}, TypeError, "pivot must be True or False, not None"),
        ("pull", {"bandwidth": 1.0}, TypeError, r"units\.MiB\(100\), not 1\.0"),
        ("copy", {"destination": "copy.img"}, ValueError, "path must be absolute"),
        ("copy", {"destination": 3}, TypeError, "destination must be a path or a Disk, not int"),
        ("copy", {"destination": "/c", "granularity": 1000}, ValueError, "power of two from 512 bytes"),
        ("set_job_bandwidth", {"bandwidth": -1}, ValueError, "bandwidth must be at least 0"),
    ],
)
def test_a_bad_value_raises_before_a_call(
    guest: virtsdk.Domain, verb: str, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        getattr(guest.disks["vda"], verb)(**arguments)


def test_what_a_driver_does_not_do_is_said_before_a_call(guest: virtsdk.Domain) -> None:
    disk = guest.disks["vda"]
    calls: dict[str, Any] = {
        "block_resize": lambda: disk.resize(GiB(40)),
        "block_jobs": disk.commit,
        "block_peek": lambda: disk.peek(0, 1),
        "block_threshold": lambda: disk.set_threshold(GiB(1)),
        "throttle_groups": lambda: guest.disks.set_throttle_group("few", total_iops=5),
    }
    for feature, call in calls.items():
        assert not guest.host.supports(feature)
        with pytest.raises(errors.NotSupported, match=rf"host\.supports\('{feature}'\)"):
            call()
    assert guest.disks.throttle_groups() == ()
    with pytest.raises(ValueError, match="group must be a name, not ''"):
        guest.disks.set_throttle_group("", total_iops=5)


def test_throttle_groups_are_read_of_the_definition(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = "<throttlegroup><total_iops_sec>5</total_iops_sec><group_name>few</group_name></throttlegroup>"
    document = f"<domain><throttlegroups>{group}</throttlegroups></domain>"
    monkeypatch.setattr(virtsdk.Domain, "definition", lambda _: xml.parse(document, DomainDef))
    assert guest.disks.throttle_groups() == ("few",)


def test_a_throttle_group_is_set_in_each_definition_and_read_back(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    import libvirt

    sent: list[object] = []
    monkeypatch.setattr(virtsdk.Host, "supports", lambda *_: True)

    def send(_: object, *given: object) -> None:
        sent.append(given)

    for name in ("setThrottleGroup", "delThrottleGroup"):  # libvirt 11.2
        monkeypatch.setattr(libvirt.virDomain, name, send, raising=False)
    with pytest.raises(errors.NotApplied, match="'few'") as caught:  # this driver keeps none
        guest.disks.set_throttle_group("few", total_iops=5)
    assert caught.value.paths == ("throttlegroups",)
    guest.disks.remove_throttle_group("few", scope="persistent")
    assert sent == [("few", {"total_iops_sec": 5}, 1), ("few", {"total_iops_sec": 5}, 2), ("few", 2)]
