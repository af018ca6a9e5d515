"""A guest's life on real QEMU, in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import libvirt
import pytest

import virtsdk
from virtsdk import errors

BARE = """<domain type='qemu'><name>bare</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>
  <memballoon model='none'/></devices></domain>"""


@pytest.fixture
def bare(lab_host: virtsdk.Host) -> Iterator[virtsdk.Domain]:
    """A guest without a system on it: it starts at once and does nothing."""
    guest = lab_host.domains.define(BARE)
    yield guest
    if lab_host.domains.find("bare") is not None:
        if guest.is_active:
            guest.destroy()
        guest.undefine()


def test_the_lifecycle(bare: virtsdk.Domain) -> None:
    assert (bare.state, bare.is_active) == ("shutoff", False)
    bare.start()
    assert repr(bare) == "<Domain bare running 1 vCPU 16 MiB>"
    bare.suspend()
    assert bare.state == "paused"
    bare.resume()
    assert bare.state == "running"
    bare.reset()
    bare.destroy()
    assert bare.state == "shutoff"
    bare.start(paused=True)
    assert bare.state == "paused"
    bare.destroy(graceful=True)


def test_a_verb_at_the_wrong_time_is_an_invalid_state(bare: virtsdk.Domain) -> None:
    for verb in (bare.suspend, bare.resume, bare.shutdown, bare.reboot, bare.reset, bare.destroy):
        with pytest.raises(errors.InvalidState, match="'bare'"):
            verb()
    bare.start()
    with pytest.raises(errors.InvalidState, match="start domain 'bare'"):
        bare.start()


def test_names_and_uuids_that_are_taken(lab_host: virtsdk.Host, bare: virtsdk.Domain) -> None:
    web1 = lab_host.domains["web1"]
    with pytest.raises(errors.DomainExists):
        lab_host.domains.define(BARE.replace("<name>bare</name>", f"<name>x</name><uuid>{web1.uuid}</uuid>"))
    with pytest.raises(errors.DomainExists):
        lab_host.domains.define(
            BARE.replace("</name>", "</name><uuid>00000000-0000-4000-8000-00000000beef</uuid>")
        )
    assert bare.state == "shutoff"


def test_what_qemu_cannot_do_is_refused_with_its_reason(lab_host: virtsdk.Host) -> None:
    impossible = BARE.replace("machine='pc'", "machine='vax'")
    with pytest.raises(errors.ConfigNotSupported, match="vax"):
        lab_host.domains.define(impossible)
    with pytest.raises(errors.XmlError):
        lab_host.domains.define(BARE.replace("<vcpu>1</vcpu>", "<vcpu>many</vcpu>"))


def test_a_transient_guest_is_gone_once_it_stops(lab_host: virtsdk.Host) -> None:
    guest = lab_host.domains.create(BARE, paused=True)
    assert (guest.state, guest.is_persistent) == ("paused", False)
    frame = lab_host.domains.frame().set_index("name")
    assert frame["persistent"].to_dict() == {"web1": True, "db1": True, "bare": False}
    guest.destroy()
    assert repr(guest) == "<Domain bare>"
    with pytest.raises(errors.DomainNotFound):
        _ = guest.state


def test_the_frame_of_real_guests(lab_host: virtsdk.Host) -> None:
    frame = lab_host.domains.frame().set_index("name")
    assert frame["state"].to_dict() == {"web1": "running", "db1": "running"}
    for name, row in frame.iterrows():
        definition = lab_host.domains[str(name)].definition()
        assert definition.memory is not None
        assert row["memory_bytes"] == definition.memory.bytes
        assert definition.vcpu is not None
        assert row["vcpus"] == definition.vcpu.value
        assert row["domain"] == definition.uuid


def test_the_frame_asks_no_guest(
    lab_host: virtsdk.Host, bare: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: Counter[str] = Counter()

    def counted(name: str, original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            called[name] += 1
            return original(*arguments)

        return call

    # without an answer of the host's; and what heartbeats of other hosts in this process ask meanwhile
    left_out = {"name", "UUIDString", "ID", "connect", "c_pointer", "isAlive", "getLibVersion"}
    for cls in (libvirt.virConnect, libvirt.virDomain):
        for name, value in list(vars(cls).items()):
            if callable(value) and not name.startswith("_") and name not in left_out:
                monkeypatch.setattr(cls, name, counted(name, value))
    assert len(lab_host.domains.frame()) == 3
    assert called == {"getAllDomainStats": 1, "listAllDomains": 2, "info": 3}  # the first for reasons alone
    assert bare.name == "bare"


def test_waiting_for_an_address_that_the_agent_knows(lab_host: virtsdk.Host) -> None:
    guest = lab_host.domains["web1"]
    guest.wait("address", timeout=120)
    addresses = guest.addresses()  # and one of IPv6 after a while
    devices = guest.definition().devices
    assert devices is not None
    assert devices.interfaces[0].mac is not None
    assert {(one.source, one.mac) for one in addresses} == {("agent", devices.interfaces[0].mac.address)}
    assert any(one.address.startswith("169.254.") for one in addresses)


def test_shutdown_through_the_guest_agent_and_acpi(lab_host: virtsdk.Host) -> None:
    guest = lab_host.domains["db1"]
    guest.wait("agent", timeout=120)
    guest.shutdown(mode="agent")
    guest.wait("shutoff", timeout=120)
    guest.start()
    guest.wait("agent", timeout=120)
    assert guest.state == "running"
