"""Networks, pools, devices, interfaces: what the test driver has beside its domains."""

from __future__ import annotations

import logging

import libvirt
import pytest

import virtsdk
from virtsdk import errors

from .conftest import NodeFile

NETWORK = "<network><name>blue</name><uuid>00000000-0000-4000-8000-0000000000b1</uuid></network>"
POOL = """<pool type='dir'><name>fast</name><uuid>00000000-0000-4000-8000-0000000000f1</uuid>
<target><path>/fast</path></target></pool>"""
INTERFACE = """<interface type='ethernet' name='eth7'><start mode='none'/>
<mac address='52:54:00:00:00:07'/><mtu size='1492'/></interface>"""


@pytest.fixture
def default() -> virtsdk.Host:
    """libvirt's built-in node; shared by the process, so tests put back what they change."""
    return virtsdk.connect("test:///default")


def test_networks(host: virtsdk.Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    assert len(host.networks) == 0
    blue = host.networks.define(NETWORK)
    assert (blue.name, blue.uuid) == ("blue", "00000000-0000-4000-8000-0000000000b1")
    assert (blue.is_active, blue.is_persistent, blue.autostart) == (False, True, False)
    blue.start()
    blue.set_autostart()
    assert host.networks["blue"] == host.networks[blue.uuid] == blue
    frame = host.networks.frame()
    assert frame.columns.tolist() == ["host", "network", "name", "active", "persistent", "autostart"]
    assert frame.drop(columns="host").to_numpy().tolist() == [[blue.uuid, "blue", True, True, True]]
    assert blue.definition().name == "blue"
    passing = host.networks.create(NETWORK.replace("blue", "red").replace("b1", "b2"))
    assert host.networks.frame()["persistent"].tolist() == [True, False]
    assert repr(next(iter(host.networks))) == "<Network blue active persistent autostart>"
    passing.destroy()
    blue.destroy()
    blue.undefine()
    assert host.networks.find("blue") is None
    with pytest.raises(errors.NetworkNotFound, match="'blue'"):
        host.networks["blue"]
    with pytest.raises(errors.NetworkNotFound):
        blue.start()
    verbs = [vars(record)["verb"] for record in caplog.records if record.name == "virtsdk.audit"]
    assert verbs[:3] == ["define", "start", "set the autostart of"]


def test_storage_pools_with_sizes(host: virtsdk.Host) -> None:
    pool = host.storage_pools.define(POOL)
    frame = host.storage_pools.frame()
    assert frame.columns.tolist() == [
        "host",
        "storage_pool",
        "name",
        "state",
        "persistent",
        "autostart",
        "capacity_bytes",
        "allocation_bytes",
        "available_bytes",
    ]
    assert frame.loc[0, "state"] == "inactive"
    assert frame["capacity_bytes"].isna().tolist() == [True]
    pool.start()
    row = host.storage_pools.frame().loc[0]
    assert row["state"] == "running"
    assert row["capacity_bytes"] == 100 * 2**30
    assert row["capacity_bytes"] == row["allocation_bytes"] + row["available_bytes"]
    pool.refresh()
    assert "100 GiB" in repr(host.storage_pools)
    assert "100 GiB" in host.storage_pools._repr_html_()
    assert pool.definition().name == "fast"
    pool.destroy()
    pool.undefine()
    with pytest.raises(errors.StoragePoolNotFound):
        host.storage_pools["fast"]


def test_node_devices(default: virtsdk.Host) -> None:
    with default as host:
        devices = host.node_devices
        computer = devices["computer"]
        assert computer.parent is None
        frame = devices.frame().set_index("name")
        assert frame.loc["computer", "capabilities"] == "system"
        assert frame.loc["scsi_host1", "capabilities"].split(",") == [
            "scsi-host",
            "vports",
        ] or "scsi-host" in str(frame.loc["scsi_host1", "capabilities"])
        assert devices["scsi_host1"].parent == "computer"
        assert devices["scsi_host1"].definition().name == "scsi_host1"
        assert "computer" in repr(devices)
        with pytest.raises(errors.NodeDeviceNotFound):
            devices["00000000-0000-4000-8000-0000000000f1"]


def test_interfaces(default: virtsdk.Host) -> None:
    with default as host:
        eth = host.interfaces.define(INTERFACE)
        try:
            assert not eth.is_active
            eth.start()
            frame = host.interfaces.frame().set_index("name")
            assert frame.loc["eth7", "mac"] == "52:54:00:00:00:07"
            assert frame.loc["eth7", "active"]
            assert eth.definition().name == "eth7"
            eth.destroy()
        finally:
            eth.undefine()
        with pytest.raises(errors.InterfaceNotFound):
            host.interfaces["eth7"]


@pytest.mark.parametrize("name", ["nwfilters", "nwfilter_bindings", "secrets"])
def test_what_the_driver_does_not_have_is_not_supported(name: str, host: virtsdk.Host) -> None:
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        getattr(host, name).frame()
    if name != "nwfilter_bindings":
        assert host.supports(name) is False


def test_readonly_collections_refuse_before_anything_is_sent(node_file: NodeFile) -> None:
    with virtsdk.connect(node_file(), readonly=True) as host:
        for refused in (
            lambda: host.networks.define(NETWORK),
            lambda: host.networks.create(NETWORK),
            lambda: host.storage_pools.define(POOL),
            lambda: host.interfaces.define(INTERFACE),
            lambda: host.secrets.define("<secret/>"),
            lambda: host.nwfilters.define("<filter/>"),
        ):
            with pytest.raises(errors.ReadOnly):
                refused()


def test_a_hostile_name_in_a_collection_is_escaped(host: virtsdk.Host) -> None:
    name = "<img src=x onerror=alert(1)>"
    pool = host.storage_pools.define(POOL.replace(">fast<", f">{name.replace('<', '&lt;')}<"))
    assert pool.name == name
    for html in (pool._repr_html_(), host.storage_pools._repr_html_()):
        assert "<img" not in html
        assert "&lt;img" in html
    pool.undefine()


def test_events_of_networks_and_pools(host: virtsdk.Host) -> None:
    with host.events(["network", "storage_pool"]) as events:
        blue = host.networks.define(NETWORK)
        blue.start()
        pool = host.storage_pools.define(POOL)
        seen = [events.get(timeout=30) for _ in range(3)]
    assert [(event.kind, vars(event)["name"], vars(event)["event"]) for event in seen] == [
        ("network_lifecycle", "blue", "defined"),
        ("network_lifecycle", "blue", "started"),
        ("storage_pool_lifecycle", "fast", "defined"),
    ]
    assert vars(seen[0])["network"] == blue.uuid
    assert vars(seen[2])["storage_pool"] == pool.uuid


def test_a_single_handle_says_what_was_read_when_it_was_looked_up(default: virtsdk.Host) -> None:
    with default as host:
        assert repr(host.networks["default"]) == "<Network default active>"
        assert repr(host.storage_pools["default-pool"]) == "<StoragePool default-pool running>"
        assert repr(host.interfaces["eth1"]) == "<HostInterface eth1 active>"
        page = host.storage_pools["default-pool"]._repr_html_()
        assert '<th scope="row">capacity</th><td>100 GiB</td>' in page


HBA = """<device><parent>scsi_host1</parent><capability type='scsi_host'><capability type='fc_host'>
<wwnn>2000000012341234</wwnn><wwpn>1000000012341234</wwpn></capability></capability></device>"""


def test_events_of_node_devices_and_of_a_pool_that_looks_again(default: virtsdk.Host) -> None:
    with default as host, host.events(["node_device", "storage_pool"]) as events:
        device = host.node_devices.create(HBA)
        device.destroy()
        host.storage_pools["default-pool"].refresh()
        seen = [events.get(timeout=30) for _ in range(3)]
    assert [(event.kind, vars(event)["name"], vars(event).get("event")) for event in seen] == [
        ("node_device_lifecycle", device.name, "created"),
        ("node_device_lifecycle", device.name, "deleted"),
        ("storage_pool_refresh", "default-pool", None),
    ]


BODY = "<memory>1024</memory><os><type>hvm</type></os>"


@pytest.mark.parametrize(
    "named",
    [
        "<!-- <name>innocent</name> --><name>real</name>",
        "<metadata><a:b xmlns:a='u' name='innocent'/></metadata><name>real</name>",
        "<metadata><a:name xmlns:a='u'>innocent</a:name></metadata><name>real</name>",
        "<name>re&#97;l</name>",
        "<name><![CDATA[real]]></name>",
        "<name>real</name><title>&lt;name&gt;innocent&lt;/name&gt;</title>",
        "<name> real </name>",
    ],
)
def test_the_audit_log_has_what_was_made_and_messages_what_was_meant(
    named: str, host: virtsdk.Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    made = host.domains.define(f"<domain type='test'>{named}{BODY}</domain>")
    told = vars(caplog.records[-1])
    assert (told["object"], told["uuid"], told["outcome"]) == (f"domain {made.name!r}", made.uuid, "ok")
    assert made.uuid in told["message"]
    with pytest.raises(errors.XmlError, match="cannot define domain 'real':"):
        host.domains.define(f"<domain type='test'>{named}<memory>1024</memory></domain>")
    told = vars(caplog.records[-1])
    assert (told["object"], told["uuid"], told["outcome"]) == ("domain 'real'", None, "XmlError")


def test_the_audit_log_names_each_kind_by_its_handle(
    host: virtsdk.Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    network = host.networks.define("<network><bridge name='virbr9'/><name>blue</name></network>")
    pool = host.storage_pools.create(POOL)
    pool.volumes.create(
        "<volume><target><path name='x'/></target><name>disk</name><capacity>1</capacity></volume>"
    )
    host.interfaces.define("<interface type='ethernet' name='eth7'><start mode='none'/></interface>")
    told = [(vars(one)["object"], vars(one)["uuid"]) for one in caplog.records]
    assert told == [
        ("network 'blue'", network.uuid),
        (f"storage pool {pool.name!r}", pool.uuid),
        ("storage volume 'disk'", None),
        ("interface 'eth7'", None),
    ]


def test_the_audit_log_has_the_name_that_someone_else_gave_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    with virtsdk.connect("test:///default") as one, virtsdk.connect("test:///default") as other:
        guest = one.domains.define(f"<domain type='test'><name>before</name>{BODY}</domain>")
        other.domains["before"].rename("after")
        guest.undefine()
    told = vars(caplog.records[-1])
    assert (told["verb"], told["object"], guest.name) == ("undefine", "domain 'after'", "after")


LEASE = {
    "iface": "virbr0",
    "expirytime": 1_700_000_000,
    "type": 0,
    "mac": "52:54:00:00:00:01",
    "iaid": None,
    "ipaddr": "192.0.2.11",
    "prefix": 24,
    "hostname": None,
    "clientid": None,
}


def test_leases(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, object]] = []
    monkeypatch.setattr(libvirt.virNetwork, "DHCPLeases", lambda *_: given)  # which the test driver lacks
    network = host.networks.define(NETWORK)
    empty = network.dhcp_leases()
    given += [LEASE, {**LEASE, "expirytime": 0}, {**LEASE, "expirytime": 2**62}]
    leases = network.dhcp_leases()
    assert dict(leases.dtypes) == dict(empty.dtypes)
    assert [str(one) for one in leases["expires"]] == ["2023-11-14 22:13:20+00:00", "NaT", "NaT"]
    assert leases["hostname"].isna().all()


def test_nothing_is_made_whose_name_has_a_line_break(host: virtsdk.Host) -> None:
    pool = host.storage_pools.create(POOL)
    for make, document in (
        (host.domains.define, f"<domain type='test'><name>a&#10;b</name>{BODY}</domain>"),
        (host.networks.define, "<network><name>a\nb</name></network>"),
        (pool.volumes.create, "<volume><name>a\nb</name><capacity>1</capacity></volume>"),
        (
            host.interfaces.define,
            "<interface type='ethernet' name='a&#10;b'><start mode='none'/></interface>",
        ),
    ):
        with pytest.raises(errors.XmlError, match=r"'a\\nb': its name has a line break"):
            make(document)
    assert len(pool.volumes) == 0
