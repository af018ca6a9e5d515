"""Waiting for a guest that is gone, and who is asked for its addresses."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.values import Address

NIC = {"hwaddr": "52:54:00:00:00:01", "addrs": [{"addr": "192.0.2.7", "prefix": 24}]}
LOOPBACK = {"hwaddr": None, "addrs": [{"addr": "127.0.0.1", "prefix": 8}, {"addr": "::1", "prefix": 128}]}
LEASE, AGENT, ARP = range(3)  # libvirt's sources


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """What each source of addresses says: an error, or the nics."""
    said: dict[int, Any] = {LEASE: {}, AGENT: {}, ARP: {}}

    def ask(self: libvirt.virDomain, source: int, flags: int) -> Any:
        if isinstance(said[source], int):
            error = libvirt.libvirtError("no")
            error.err = (said[source], libvirt.VIR_FROM_DOMAIN, "no", 2, None, None, None, -1, -1)
            raise error
        return said[source]

    monkeypatch.setattr(libvirt.virDomain, "interfaceAddresses", ask)
    return said


def test_one_that_was_off_when_it_was_removed_did_not_go_off(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    assert guest.state == "shutoff"
    host.domains["web2"].undefine()
    with pytest.raises(errors.DomainNotFound):
        guest.wait("shutoff", timeout=60)


def test_the_first_source_that_knows_an_address_is_taken(host: virtsdk.Host, answers: dict[int, Any]) -> None:
    guest = host.domains["web1"]
    assert guest.addresses() == []
    answers[ARP] = {"vnet0": NIC}
    assert [one.source for one in guest.addresses()] == ["arp"]
    answers[AGENT] = {"lo": LOOPBACK, "eth0": NIC}
    assert guest.addresses() == [Address("eth0", "52:54:00:00:00:01", "192.0.2.7", 24, "agent")]
    answers[AGENT] = {"lo": LOOPBACK}
    assert [one.source for one in guest.addresses()] == ["arp"]


@pytest.mark.parametrize(
    "code", ["VIR_ERR_NO_SUPPORT", "VIR_ERR_AGENT_UNRESPONSIVE", "VIR_ERR_OPERATION_INVALID"]
)
def test_a_source_that_does_not_know_is_passed_over_unless_it_is_named(
    code: str, host: virtsdk.Host, answers: dict[int, Any]
) -> None:
    guest = host.domains["web1"]
    answers[LEASE] = getattr(libvirt, code)
    answers[ARP] = {"vnet0": NIC}
    assert [one.source for one in guest.addresses()] == ["arp"]
    with pytest.raises(errors.VirtError):
        guest.addresses("lease")
    assert guest.addresses("agent") == []


def test_a_source_that_there_is_not_is_named(host: virtsdk.Host) -> None:
    with pytest.raises(ValueError, match="unknown source 'dhcp'; known are any, lease, agent, arp"):
        host.domains["web1"].addresses("dhcp")


def test_an_address_is_waited_for(host: virtsdk.Host, answers: dict[int, Any]) -> None:
    guest = host.domains["web1"]
    with pytest.raises(errors.TimedOut, match="has no address"):
        guest.wait("address", timeout=0.1)
    answers[LEASE] = {"vnet0": NIC}
    guest.wait("address", timeout=30)


def nic(*words: object, prefix: object = 24) -> dict[str, Any]:
    return {"hwaddr": "52:54:00:00:00:01", "addrs": [{"addr": word, "prefix": prefix} for word in words]}


@pytest.mark.parametrize(
    "word",
    ["", "10.0.0.5/24", "<b>", "0x7f.1", "010.0.0.1", "10.0.0.999", "::1::", None, 7, "0.0.0.0", "ff02::1"],
)
def test_what_a_guest_calls_an_address_and_is_none_hides_no_other(
    word: object, host: virtsdk.Host, answers: dict[int, Any]
) -> None:
    answers[AGENT] = {"eth0": nic(word, "10.0.0.6")}
    assert host.domains["web1"].addresses("agent") == ["10.0.0.6"]


def test_a_prefix_that_is_none_is_that_of_a_host(host: virtsdk.Host, answers: dict[int, Any]) -> None:
    answers[AGENT] = {"eth0": nic("10.0.0.6", prefix=4096), "eth1": nic("fd00::6", prefix=None)}
    assert [one.prefix for one in host.domains["web1"].addresses("agent")] == [32, 128]


def test_an_address_to_use_is_waited_for(host: virtsdk.Host, answers: dict[int, Any]) -> None:
    guest = host.domains["web1"]
    answers[AGENT] = {"eth0": nic("fe80::5054:ff:fe00:1")}
    with pytest.raises(errors.TimedOut, match="has no address to use"):
        guest.wait("address", timeout=0.1)
    assert guest.address() is None
    answers[ARP] = {"vnet0": nic("169.254.3.4")}  # another source knows more
    guest.wait("address", timeout=30)
    assert guest.address() == "169.254.3.4"


def test_the_address_is_the_first_routable_one(host: virtsdk.Host, answers: dict[int, Any]) -> None:
    guest = host.domains["web1"]
    answers[LEASE] = {"vnet0": nic("169.254.3.4", "fe80::1")}
    answers[AGENT] = {"eth0": nic("fd00::7", "10.0.0.7", "10.0.0.8")}
    assert [str(guest.address(family)) for family in (4, 6, None)] == ["10.0.0.7", "fd00::7", "10.0.0.7"]
    answers[AGENT] = {}
    assert guest.address(6) is None
    assert f"{guest.address()}" == "169.254.3.4"
    with pytest.raises(ValueError, match="family must be 4 or 6, or None for either, not 5"):
        guest.address(5)


def test_an_address_is_equal_to_its_text_and_told_from_others() -> None:
    one = Address("eth0", "52:54:00:00:00:01", "10.0.0.7", 24, "agent")
    assert one == "10.0.0.7"
    assert {one: 1}["10.0.0.7"] == 1
    assert one == Address("eth0", "52:54:00:00:00:01", "10.0.0.7", 24, "agent")
    assert one != Address("eth1", "52:54:00:00:00:01", "10.0.0.7", 24, "agent")
    assert one != 7
