"""The pane of one guest: what is read of it, and what it says where that fails."""

from __future__ import annotations

import json

import pytest

import virtsdk
from tests.unit.widgets.explorer.conftest import threads_of_explorers
from tests.waiting import until
from virtsdk.models.domain import DomainDef
from virtsdk.widgets import Explorer
from virtsdk.widgets.explorer.pane.pane import disks_of, nics_of

DEVICES = """
<domain type='kvm'><name>a</name><devices>
<disk type='file' device='disk'><source file='/a/b.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='network'><source protocol='rbd' name='pool/img'/><target dev='vdb'/></disk>
<disk type='volume'><source pool='p' volume='v'/><target dev='vdc'/></disk>
<disk type='block'><source dev='/dev/sda'/><target dev='vdd'/></disk>
<disk type='file' device='cdrom'><target dev='sda'/></disk>
<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/>
<model type='virtio'/></interface>
<interface type='bridge'><source bridge='br0'/><target dev='vnet0'/></interface>
<interface type='user'/>
</devices></domain>"""


def test_disks_and_nics_say_where_they_come_from() -> None:
    definition = virtsdk.xml.parse(DEVICES, DomainDef)
    assert disks_of(definition) == [
        ["vda", "virtio", "disk", "/a/b.qcow2"],
        ["vdb", "—", "disk", "rbd/pool/img"],
        ["vdc", "—", "disk", "p/v"],
        ["vdd", "—", "disk", "/dev/sda"],
        ["sda", "—", "cdrom", "—"],
    ]
    assert nics_of(definition) == [
        ["—", "52:54:00:00:00:01", "virtio", "default"],
        ["vnet0", "—", "—", "br0"],
        ["—", "—", "—", "user"],
    ]
    assert disks_of(DomainDef()) == nics_of(DomainDef()) == []


def tables(explorer: Explorer) -> dict[str, list[list[str]]]:
    return {title: lines for title, _, lines in explorer.pane["tables"]}


def test_the_pane_has_what_libvirt_says_and_goes_with_its_domain() -> None:
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        with pytest.raises(virtsdk.errors.InvalidState, match="0 domains are selected: details are of one"):
            explorer.details()
        explorer.suspend("test")
        until(lambda: explorer._happened)
        explorer.details("test")
        found = tables(explorer)
        assert ["vda", "virtio", "disk", "/guest/diskimage1"] in found["Disks"]
        assert "192.168.122.3" in found["Addresses"][0][0]
        assert ["vCPUs", "2"] in found["Facts"]
        assert any("suspended" in words for _, words in found["Events seen here"])
        assert json.loads(json.dumps(explorer.pane)) == explorer.pane
        explorer.close_details()
        assert explorer.pane == {}
        uuid = host.domains["test"].uuid
        explorer._on_message(explorer, {"kind": "details", "keys": [uuid]}, [])
        until(lambda: explorer.pane)
        explorer.destroy("test")
        host.domains["test"].undefine()
        until(lambda: explorer.pane == {} and not explorer._happened)
    until(lambda: not threads_of_explorers())


def test_what_cannot_be_read_is_on_the_status_line(explorer: Explorer, host: virtsdk.Host) -> None:
    uuid = host.domains["web1"].uuid
    host.close()
    explorer._on_message(explorer, {"kind": "details", "keys": [uuid]}, [])
    until(lambda: explorer.status_level == "error")
    assert explorer.pane == {}
