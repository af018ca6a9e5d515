"""Devices of the node by what hangs on what."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.base import Lasting
from virtsdk.resources.node_device.tree import tree_of

PARENTS = {
    "computer": None,
    "pci1": "computer",
    "net2": "pci1",
    "pci3": "computer",
    "sd4": "gone",
    "net1": "pci1",
}
DRAWN = """computer
├── pci1
│   ├── net1
│   └── net2
└── pci3
sd4"""


def test_a_tree_is_drawn_and_is_a_frame() -> None:
    tree = tree_of("kvm7", PARENTS, None)
    assert repr(tree) == DRAWN
    assert DRAWN in tree._repr_html_()
    frame = tree.frame()
    assert frame["name"].tolist() == ["computer", "pci1", "net1", "net2", "pci3", "sd4"]
    assert frame["depth"].tolist() == [0, 1, 2, 2, 1, 0]
    assert frame["parent"].isna().tolist() == [True, False, False, False, False, True]
    assert frame["host"].unique().tolist() == ["kvm7"]


def test_a_part_of_a_tree_and_none() -> None:
    assert repr(tree_of("kvm7", PARENTS, "pci1")) == "pci1\n├── net1\n└── net2"
    assert repr(tree_of("kvm7", {}, None)) == "<no node devices>"
    assert "name" in tree_of("kvm7", {}, None).frame()


def test_a_name_that_is_markup_is_escaped() -> None:
    tree = tree_of("kvm7", {"<b>\n": None}, None)
    assert repr(tree) == "<b>\\n"
    assert "<b>" not in tree._repr_html_()


def test_a_circle_ends() -> None:
    assert tree_of("kvm7", {"a": "b", "b": "a"}, None).rows == ()


def test_children_and_the_tree_of_the_test_driver() -> None:
    with virtsdk.connect("test:///default") as host:
        devices = host.node_devices
        assert [one.name for one in devices["computer"].children] == ["scsi_host1", "scsi_host2"]
        assert devices["computer"].children[0].children == [devices["scsi_host11"]]
        assert repr(devices.tree()).splitlines()[0] == "computer"
        assert [row[0] for row in devices["scsi_host1"].tree().rows] == ["scsi_host1", "scsi_host11"]
        frame = devices.frame()
        assert frame[["active", "persistent"]].isna().all(axis=None)  # this driver does not tell
        for wrong in ("2000", "x" * 16):
            with pytest.raises(ValueError, match="wwpn must be 16 hexadecimal digits"):
                devices.by_wwn("2000000012341234", wrong)
        with pytest.raises(errors.NotSupported):
            devices.by_wwn("2000000012341234", "1000000012341234")
        computer = devices["computer"]
        assert isinstance(computer, Lasting)
        assert not hasattr(computer, "uuid")  # libvirt gives them none
        assert computer.about.uuid is None
        for verb in (computer.start, computer.undefine, computer.set_autostart):
            with pytest.raises(errors.NotSupported):
                verb()
