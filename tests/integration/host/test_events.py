"""Events of real guests: each kind that can be brought about here, with what it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import libvirt
import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from virtsdk import events as kinds
from virtsdk.events import Event
from virtsdk.resources.events import EventStream

E = TypeVar("E", bound=Event)
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend><alias name='ua-more'/></rng>"
MIB = 2**20


def on(guest: virtsdk.Domain, call: Callable[[Any], object]) -> None:
    """Make a call of libvirt's that virtsdk has no verb for."""
    guest.host.session.call(
        "try", guest.subject, lambda conn: call(conn.lookupByName(guest.name)), changes=True
    )


def next_of(stream: EventStream, kind: type[E], name: str) -> E:
    while True:
        event = stream.get(timeout=120)
        if isinstance(event, kind) and vars(event)["name"] == name:
            return event


@pytest.fixture
def events(lab_host: virtsdk.Host) -> Iterator[EventStream]:
    with lab_host.events() as stream:
        yield stream


@pytest.fixture
def bare(lab_host: virtsdk.Host) -> Iterator[virtsdk.Domain]:
    guest = lab_host.domains.define(BARE)
    guest.start()
    yield guest
    if guest.is_active:
        guest.destroy()
    guest.undefine()


def test_reset_metadata_and_a_saved_guest(events: EventStream, bare: virtsdk.Domain, tmp_path: Path) -> None:
    while next_of(events, kinds.DomainLifecycle, "bare").event != "defined":
        pass  # that another one of the name was undefined may be told only now
    bare.reset()
    assert next_of(events, kinds.DomainReboot, "bare").domain == bare.uuid
    on(bare, lambda dom: dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "a title", None, None, 0))
    assert next_of(events, kinds.DomainMetadataChange, "bare").part == "title"
    on(bare, lambda dom: dom.save(str(tmp_path / "saved")))
    done = next_of(events, kinds.DomainJobCompleted, "bare")
    assert done.parameters["time_elapsed"]
    while (stopped := next_of(events, kinds.DomainLifecycle, "bare")).event != "stopped":
        pass  # newer libvirt says that QEMU was shut down, too
    assert stopped.detail == "saved"


def test_balloon_limits_and_devices(events: EventStream, lab_host: virtsdk.Host) -> None:
    guest = lab_host.domains["web1"]
    guest.wait("agent", timeout=120)
    on(guest, lambda dom: dom.setMemory(128 * 1024))
    while next_of(events, kinds.DomainBalloonChange, "web1").memory_current_bytes != 128 * MIB:
        pass
    on(guest, lambda dom: dom.setMemory(160 * 1024))
    on(guest, lambda dom: dom.setBlockIoTune("vda", {"total_iops_sec": 5000}, 0))
    tuned = next_of(events, kinds.DomainTunable, "web1")
    assert tuned.parameters["blkdeviotune.total_iops_sec"] == 5000
    on(guest, lambda dom: dom.setBlockIoTune("vda", {"total_iops_sec": 0}, 0))
    on(guest, lambda dom: dom.attachDevice(RNG))
    assert next_of(events, kinds.DomainDeviceAdded, "web1").alias == "ua-more"
    on(guest, lambda dom: dom.detachDeviceAlias("ua-more"))
    assert next_of(events, kinds.DomainDeviceRemoved, "web1").alias == "ua-more"


def test_the_agent_comes_and_goes(events: EventStream, lab_host: virtsdk.Host) -> None:
    guest = lab_host.domains["db1"]
    guest.wait("agent", timeout=120)
    try:
        guest.shutdown(mode="agent")
        gone = []
        while (ended := events.get(timeout=120)) and getattr(ended, "event", None) != "stopped":
            gone += [ended.state] if isinstance(ended, kinds.DomainAgentLifecycle) else []
        assert vars(ended)["detail"] == "shutdown"
        assert gone in ([], ["disconnected"])  # QEMU may be gone before libvirt hears of its channel
        guest.wait("shutoff", timeout=120)
    finally:  # the host is shared
        if not guest.is_active:
            guest.start()
    while next_of(events, kinds.DomainAgentLifecycle, "db1").state != "connected":
        pass
    guest.wait("agent", timeout=120)
