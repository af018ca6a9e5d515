"""A network of a real daemon that is changed while it runs: what its DHCP server and its guests have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from virtsdk import errors
from virtsdk.models.network import NetworkDnsHost, NetworkIpDhcpHost, NetworkPortgroup

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="networks need root")

NETWORK = """<network><name>live</name><bridge name='live0'/>
<ip address='198.51.100.1' netmask='255.255.255.0'>
<dhcp><range start='198.51.100.10' end='198.51.100.20'/></dhcp></ip></network>"""
NIC = """<interface type='network'><mac address='52:54:00:00:00:c1'/><source network='live'/>
<model type='virtio'/></interface>"""
WEB1 = NetworkIpDhcpHost(mac="52:54:00:00:00:c1", name="web1", ip="198.51.100.9")


@pytest.fixture(scope="module")
def network(lab_daemon: virtsdk.lab.LabHost) -> Iterator[virtsdk.Network]:
    network = lab_daemon.networks.define(NETWORK, validate=True)
    network.start()
    yield network
    network.destroy()
    network.undefine()


@pytest.fixture(scope="module")
def plugged(network: virtsdk.Network) -> Iterator[virtsdk.Domain]:
    """A guest that runs, with a nic in the network."""
    text = BARE.replace("</devices>", f"{NIC}</devices>").replace("bare", "plugged")
    guest = network.host.domains.define(text)
    guest.start()
    yield guest
    guest.destroy()
    guest.undefine()


def of_dnsmasq(host: virtsdk.lab.LabHost, ending: str) -> str:
    """What libvirt wrote for the network's DHCP server."""
    return (host.layout.home / "lib" / "libvirt" / "dnsmasq" / f"live.{ending}").read_text()


def hosts_of(network: virtsdk.Network, *, persistent: bool = False) -> list[str | None]:
    dhcp = network.definition(persistent=persistent).ips[0].dhcp
    return [] if dhcp is None else [one.ip for one in dhcp.hosts]


def test_the_dhcp_server_has_a_fixed_address_at_once(
    network: virtsdk.Network, lab_daemon: virtsdk.lab.LabHost
) -> None:
    network.update(WEB1)
    assert hosts_of(network) == hosts_of(network, persistent=True) == ["198.51.100.9"]
    assert "52:54:00:00:00:c1,198.51.100.9,web1" in of_dnsmasq(lab_daemon, "hostsfile")
    with pytest.raises(errors.InvalidState):
        network.update(WEB1)
    network.update("<host mac='52:54:00:00:00:c1' ip='198.51.100.8'/>", "modify", scope="live")
    assert (hosts_of(network), hosts_of(network, persistent=True)) == (["198.51.100.8"], ["198.51.100.9"])
    assert "198.51.100.8" in of_dnsmasq(lab_daemon, "hostsfile")
    network.update("<host mac='52:54:00:00:00:c1'/>", "delete")
    assert hosts_of(network) == hosts_of(network, persistent=True) == []
    network.update(NetworkDnsHost(ip="198.51.100.9", hostnames=["web1", "www"]), scope="live")
    assert "198.51.100.9\tweb1\twww" in of_dnsmasq(lab_daemon, "addnhosts")
    network.update(NetworkPortgroup(name="fast"))
    assert [one.name for one in network.definition(persistent=True).portgroups] == ["fast"]
    with pytest.raises(errors.NotSupported):
        network.update("<domain name='example.com'/>")


def test_a_guest_s_nic_is_a_port(network: virtsdk.Network, plugged: virtsdk.Domain) -> None:
    frame = network.ports.frame()
    assert frame[["network_name", "domain", "domain_name", "mac", "plug", "bridge"]].to_numpy().tolist() == [
        ["live", plugged.uuid, "plugged", "52:54:00:00:00:c1", "network", "live0"]
    ]
    port = network.ports[frame.loc[0, "network_port"]]
    assert port.definition().owner.name == "plugged"  # type: ignore[union-attr]
    assert port.network is network
    assert "52:54:00:00:00:c1" in repr(network.ports)
    assert "plugged" in port._repr_html_()
    assert "no limits" in repr(port.bandwidth())
    with pytest.raises(errors.NetworkPortNotFound):
        network.ports["vnet0"]
    with pytest.raises(errors.NetworkPortNotFound):
        network.ports["00000000-0000-4000-8000-0000000000aa"]


def test_documents_are_checked_where_that_is_asked_for(lab_daemon: virtsdk.lab.LabHost) -> None:
    host = lab_daemon
    for make, document in (
        (host.networks.define, NETWORK),
        (host.networks.create, NETWORK),
        (
            host.nwfilters.define,
            "<filter name='odd' chain='root'><rule action='accept' direction='in'/></filter>",
        ),
    ):
        with pytest.raises(errors.XmlError, match="failed to validate"):
            make(document.replace("><", "><odd/><", 1), validate=True)
    rules = host.nwfilters.define("<filter name='plain' chain='root'/>", validate=True)
    rules.undefine()
    with pytest.raises(errors.NwFilterNotFound, match="no network filter 'absent' on"):
        host.nwfilters["absent"]
    with pytest.raises(errors.NwFilterBindingNotFound, match="no network filter binding 'absent' on"):
        host.nwfilter_bindings["absent"]


def test_a_port_is_made_and_deleted(network: virtsdk.Network) -> None:
    port = network.ports.create(
        """<networkport><owner><name>other</name><uuid>00000000-0000-4000-8000-0000000000bb</uuid></owner>
        <mac address='52:54:00:00:00:c2'/></networkport>"""
    )
    try:
        assert port in network.ports
        assert port.last_seen == {}
        with pytest.raises(errors.NetworkPortExists, match="Network port with UUID"):
            network.ports.create(port.definition(), reclaim=True)
        with pytest.raises(ValueError, match="changes nothing"):
            port.set_bandwidth()
    finally:
        port.delete()
    assert port not in network.ports
    with pytest.raises(errors.NetworkPortNotFound):
        port.bandwidth()


def test_pools_devices_and_secrets_are_found_by_what_they_are(
    lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    host = lab_daemon
    pool = host.storage_pools.create(
        f"<pool type='dir'><name>here</name><target><path>{tmp_path}</path></target></pool>"
    )
    secret = host.secrets.define("<secret><usage type='ceph'><name>client.admin</name></usage></secret>")
    try:
        assert host.storage_pools.at(tmp_path) == pool
        with pytest.raises(errors.StoragePoolNotFound):
            host.storage_pools.at("/nowhere")
        kinds = {str(one.type): str(one.supported) for one in host.storage_pools.capabilities().pools}
        assert kinds["dir"] == "yes"
        with pytest.raises(errors.NotSupported):
            host.storage_pools.discover("dir")
        assert host.secrets.by_usage("ceph", "client.admin") == secret
        for usage, name in (("volume", "client.admin"), ("ceph", "other")):
            with pytest.raises(errors.SecretNotFound):
                host.secrets.by_usage(usage, name)
    finally:
        pool.destroy()
        secret.undefine()
    assert host.interfaces.by_mac("00:00:00:00:00:00").name == "lo"
    with pytest.raises(errors.NotSupported):  # there is no netcf here
        host.interfaces.transaction()
    computer = host.node_devices["computer"]
    assert (computer.is_active, computer.is_persistent, computer.autostart) == (True, True, True)
    assert {one.name for one in computer.children} <= {one.name for one in host.node_devices}
    frame, tree = host.node_devices.frame().set_index("name"), host.node_devices.tree().frame()
    assert frame.loc["computer", ["active", "persistent"]].tolist() == [True, True]
    assert set(tree["name"]) <= set(frame.index)
    assert tree.set_index("name").loc["computer", "depth"] == 0
    with pytest.raises(errors.InvalidState):
        computer.start()
    for verb in (computer.set_autostart, computer.undefine):  # that is for mediated devices
        with pytest.raises(errors.NotSupported):
            verb()
    with pytest.raises(errors.NodeDeviceNotFound):
        host.node_devices.by_wwn("2000000012341234", "1000000012341234")
