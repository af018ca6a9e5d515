"""Networks in place: parts, sections, metadata, what a driver does not have."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.models.network import (
    NetworkDnsHost,
    NetworkDnsTxt,
    NetworkForwardInterface,
    NetworkIpDhcpHost,
    NetworkIpDhcpRange,
    NetworkPortgroup,
)
from virtsdk.resources.network.sections import CONSTANTS, SECTIONS, section_of

NETWORK = """<network><name>blue</name><uuid>00000000-0000-4000-8000-0000000000b1</uuid>
<bridge name='blue0'/><ip address='192.0.2.1' netmask='255.255.255.0'>
<dhcp><range start='192.0.2.10' end='192.0.2.20'/></dhcp></ip></network>"""
WEB1 = NetworkIpDhcpHost(mac="52:54:00:00:00:01", ip="192.0.2.50")


@pytest.fixture
def blue(host: virtsdk.Host) -> virtsdk.Network:
    network = host.networks.define(NETWORK)
    network.start()
    return network


def addresses(network: virtsdk.Network) -> list[str | None]:
    ips = network.definition().ips
    assert ips[0].dhcp is not None
    return [one.ip for one in ips[0].dhcp.hosts]


def test_a_fixed_address_comes_changes_and_goes(blue: virtsdk.Network) -> None:
    blue.update(WEB1)
    blue.update(NetworkIpDhcpHost(mac="52:54:00:00:00:02", ip="192.0.2.51"), "add-first")
    assert addresses(blue) == ["192.0.2.51", "192.0.2.50"]
    blue.update("<host mac='52:54:00:00:00:01' ip='192.0.2.60'/>", "modify")
    assert addresses(blue) == ["192.0.2.51", "192.0.2.60"]
    blue.update("<host mac='52:54:00:00:00:01'/>", "delete")
    assert addresses(blue) == ["192.0.2.51"]
    assert blue.last_seen == {}
    with pytest.raises(errors.InvalidState):
        blue.update(WEB1, "delete")


@pytest.mark.parametrize(
    ("part", "section"),
    [
        (WEB1, "dhcp-host"),
        (NetworkIpDhcpRange(start="192.0.2.90", end="192.0.2.99"), "dhcp-range"),
        (NetworkDnsHost(ip="192.0.2.50", hostnames=["web1"]), "dns-host"),
        (NetworkDnsTxt(name="a", value="b"), "dns-txt"),
        ("<srv service='ldap' protocol='tcp'/>", "dns-srv"),
        (NetworkPortgroup(name="fast"), "portgroup"),
        (NetworkForwardInterface(dev="eth9"), "forward-interface"),
    ],
)
def test_the_section_is_told_from_the_part(part: object, section: str, blue: virtsdk.Network) -> None:
    from virtsdk.resources.documents import as_document

    assert section_of(as_document(part)) == section  # type: ignore[arg-type]
    if section in {"dhcp-host", "dhcp-range", "portgroup", "dns-host"}:
        blue.update(part, scope="persistent")  # type: ignore[arg-type]
        with pytest.raises(errors.VirtError):
            blue.update(part, scope="persistent")  # type: ignore[arg-type]  # it is there


def test_every_section_and_command_is_one_of_libvirt_s() -> None:
    import libvirt

    numbers = [getattr(libvirt, name) for name in CONSTANTS.values()]
    assert len(SECTIONS) == 12
    assert len(set(numbers[4:])) == len(SECTIONS)


def test_what_is_no_update_is_refused_before_a_call(blue: virtsdk.Network) -> None:
    blue.host.close()
    with pytest.raises(ValueError, match="command must be 'add'"):
        blue.update(WEB1, "insert")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"section must be 'dhcp-host'.* not 'dhcp'"):
        blue.update(WEB1, section="dhcp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"section must be .* not None"):
        blue.update("<disk/>")
    with pytest.raises(ValueError, match="parent must be"):
        blue.update(WEB1, parent=-2)
    with pytest.raises(ValueError, match="scope must be"):
        blue.update(WEB1, scope="config")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a definition must be"):
        blue.update(3)  # type: ignore[arg-type]


def test_a_scope_that_does_not_fit_says_which_does(host: virtsdk.Host) -> None:
    off = host.networks.define(NETWORK)
    with pytest.raises(errors.InvalidState, match="scope='persistent'"):
        off.update(WEB1, scope="live")
    passing = host.networks.create(NETWORK.replace("blue", "red").replace("b1<", "b2<"))
    with pytest.raises(errors.InvalidState, match="scope='live'"):
        passing.update(WEB1, scope="persistent")
    passing.update(WEB1)
    assert addresses(passing) == ["192.0.2.50"]


def test_what_libvirt_accepts_and_ignores_is_an_error(
    blue: virtsdk.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    import libvirt

    monkeypatch.setattr(libvirt.virNetwork, "update", lambda *_: 0)
    with pytest.raises(errors.NotApplied, match="what runs is as before") as caught:
        blue.update(WEB1)
    assert caught.value.paths == ("dhcp-host",)


def test_a_document_is_checked_where_that_is_asked_for(host: virtsdk.Host) -> None:
    strange = NETWORK.replace("<bridge", "<odd/><bridge")
    for make in (host.networks.define, host.networks.create):
        with pytest.raises(errors.XmlError, match="failed to validate"):
            make(strange, validate=True)
    assert host.networks.define(NETWORK, validate=True).name == "blue"


def test_metadata_is_kept_or_said_to_need_a_newer_libvirt(blue: virtsdk.Network) -> None:
    import libvirt

    if hasattr(libvirt, "VIR_NETWORK_METADATA_ELEMENT"):
        blue.set_metadata("http://example.com/own", "<own rack='7'/>")
        assert blue.metadata("http://example.com/own").get("rack") == "7"
        blue.set_title("blue net")
        assert blue.definition().title == "blue net"
        blue.set_metadata("http://example.com/own", None)
        with pytest.raises(errors.MetadataNotFound):
            blue.metadata("http://example.com/own")
    else:
        for verb in (
            lambda: blue.metadata("http://example.com/own"),
            lambda: blue.set_metadata("http://example.com/own", "<own/>"),
            lambda: blue.set_title("t"),
            lambda: blue.set_description("t"),
        ):
            with pytest.raises(errors.NotSupported, match=r"before 9\.7"):
                verb()
    with pytest.raises(ValueError, match="title must be one line"):
        blue.set_title("a\nb")


def test_this_driver_has_no_ports(blue: virtsdk.Network) -> None:
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        blue.ports.frame()
    assert repr(blue.ports).startswith("<network ports on ")
