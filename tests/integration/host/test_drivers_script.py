"""One script on every driver that runs here: the same objects, frames and events, with what each knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd
import pytest

import virtsdk
from tests.integration import private
from tests.unit.binding.test_features import PROBES, does
from tests.waiting import until
from virtsdk import errors
from virtsdk.events import DomainLifecycle
from virtsdk.lab import capabilities
from virtsdk.lab.daemon_conf import write_libvirtd_conf
from virtsdk.lab.keeper import Keeper
from virtsdk.lab.layout import Layout

TEST = """<domain type='test'><name>script</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
  <os><type arch='i686'>hvm</type></os></domain>"""
QEMU = """<domain type='qemu'><name>script</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>
  <memballoon model='virtio'/></devices></domain>"""
LXC = """<domain type='lxc'><name>script</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
  <os><type>exe</type><init>/bin/busybox</init><initarg>sleep</initarg><initarg>1000</initarg></os>
  <devices><emulator>/usr/lib/libvirt/libvirt_lxc</emulator><console type='pty'/>
  <interface type='ethernet'><mac address='52:54:00:00:00:77'/></interface></devices></domain>"""


@dataclass
class Driver:
    """A guest for a driver, and what the driver knows of it while it runs."""

    name: str
    guest: str
    bulk: bool
    known: dict[str, object] = field(default_factory=dict)
    nics: int = 0


MEMORY = 64 * 1024 * 1024
CPU = {"vcpus": 2, "vcpus_max": 2, "memory_bytes": MEMORY, "memory_current_bytes": MEMORY}
DRIVERS = {
    "test": Driver("test", TEST, bulk=True),
    "qemu_embedded": Driver("qemu", QEMU, bulk=True, known=CPU),
    "qemu_session": Driver("qemu", QEMU, bulk=True, known=CPU),
    "qemu_system": Driver("qemu", QEMU, bulk=True, known=CPU),
    "lxc": Driver("lxc", LXC, bulk=False, known=CPU, nics=1),
}


@pytest.fixture(scope="module")
def daemons() -> Iterator[dict[str, str]]:
    """URIs of private daemons: a system one with QEMU and LXC, and one of a user without rights."""
    if os.geteuid() != 0:
        pytest.skip("a system daemon, containers and a daemon of another user need root")
    keeper = Keeper()
    keeper.folder.chmod(0o711)
    session = Layout(keeper.folder / "session")
    session.make()
    write_libvirtd_conf(session.settings, "00000000-0000-4000-9000-0000000005c1", session.log)
    capabilities.seed(session.cache)
    (session.settings / "qemu.conf").write_text('stdio_handler = "file"\n')
    private.start(keeper, {session.home: private.as_nobody(session)})
    with virtsdk.lab.hosts(1, progress=None) as (system,):
        yield {
            "qemu_system": system.layout.uri,
            "qemu_session": f"qemu+unix:///session?socket={session.socket}",
            "lxc": system.layout.uri_of("lxc"),
        }
    keeper.end()


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> Iterator[tuple[Driver, virtsdk.Host]]:
    name = request.param
    if name == "qemu_embedded":
        yield DRIVERS[name], request.getfixturevalue("lab_host")
    else:
        uri = "test:///default" if name == "test" else request.getfixturevalue("daemons")[name]
        with virtsdk.connect(uri) as host:
            yield DRIVERS[name], host


def test_the_script(driver: tuple[Driver, virtsdk.Host]) -> None:
    about, host = driver
    assert (host.driver, host.supports("bulk_stats")) == (about.name, about.bulk)
    before = {guest.name for guest in host.domains}
    with host.events("domain_lifecycle") as events:
        guest = host.domains.define(about.guest)
        try:
            assert {one.name for one in host.domains} == before | {"script"}
            definition = guest.definition()
            assert definition.memory is not None
            assert (definition.name, definition.memory.bytes) == ("script", MEMORY)
            guest.start()
            assert guest.state == "running"
            look_at_frames(host, about)
            guest.suspend()
            guest.resume()
            guest.destroy()
            assert not guest.is_active
            assert host.stats(domains=["script"]).domains["state"].tolist() == ["shutoff"]
        finally:
            if guest.is_active:
                guest.destroy()
            guest.undefine()
        seen: list[str] = []
        while "undefined" not in seen:
            event = events.get(timeout=60)
            assert isinstance(event, DomainLifecycle)
            if event.name == "script":
                seen.append(event.event)
    # QEMU says more: its processors resume while it starts, and it shuts down before it has stopped
    told = iter(seen)
    in_order = ("defined", "started", "suspended", "resumed", "stopped", "undefined")
    assert all(word in told for word in in_order), seen
    assert {guest.name for guest in host.domains} == before
    with pytest.raises(errors.DomainNotFound):
        host.domains["script"]


def enforced(guest: virtsdk.Domain) -> list[bool] | None:
    """What its labels say; None for a container whose init is being started yet."""
    try:
        return [one.enforcing for one in guest.security_labels()]
    except errors.InvalidState:
        return None


def look_at_frames(host: virtsdk.Host, about: Driver) -> None:
    row = host.domains.frame().set_index("name").loc["script"]
    assert (row["state"], row["vcpus"]) == ("running", 2)
    assert (row["memory_bytes"], row["memory_current_bytes"]) == (MEMORY, MEMORY)
    assert bool(row["persistent"])
    if host.driver == "lxc":  # QEMU's are read elsewhere
        until(lambda: enforced(host.domains["script"]) == [False])
    stats = host.stats()
    figures = stats.domains.set_index("name").loc["script"]
    assert figures["state"] == "running"
    for column, value in about.known.items():
        assert figures[column] == value, column
    if about.known:
        assert figures["cpu_time_seconds_total"] > 0
        assert figures["memory_rss_bytes"] > 0
        # no guest has swapped: QEMU's says nothing yet, and what LXC gives under that name is something else
        assert pd.isna(figures["memory_swap_in_bytes_total"])
    nics = stats.nics[stats.nics["name"] == "script"]
    assert len(nics) == about.nics
    assert nics["rx_bytes_total"].notna().all()
    chosen = host.stats(["state"], ["script"])
    assert chosen.domains["name"].tolist() == ["script"]
    assert chosen.domains["cpu_time_seconds_total"].isna().all()


def test_the_frames_have_the_same_columns_on_every_driver(
    daemons: dict[str, str], lab_host: virtsdk.Host
) -> None:
    frames: list[tuple[pd.DataFrame, dict[str, pd.DataFrame]]] = []
    frames.append((lab_host.domains.frame(), lab_host.stats().frames))
    for uri in ("test:///default", *daemons.values()):
        with virtsdk.connect(uri) as host:
            frames.append((host.domains.frame(), host.stats().frames))
    (listed, measured), *others = frames
    for other, others_measured in others:
        pd.testing.assert_series_equal(other.dtypes, listed.dtypes)
        assert list(others_measured) == list(measured)
        for name, frame in measured.items():
            pd.testing.assert_series_equal(others_measured[name].dtypes, frame.dtypes)


@pytest.mark.parametrize("name", ["qemu_system", "lxc"])
def test_the_feature_table_says_what_the_driver_does(name: str, daemons: dict[str, str]) -> None:
    with virtsdk.connect(daemons[name]) as host:
        guest = host.domains.define(DRIVERS[name].guest)
        guest.start()
        try:
            wrong = [one for one, probe in PROBES.items() if host.supports(one) != does(host, probe)]
        finally:
            guest.destroy()
            guest.undefine()
    assert wrong == []


def test_what_a_driver_does_not_do_names_driver_and_call(daemons: dict[str, str]) -> None:
    with virtsdk.connect(daemons["lxc"]) as host:
        for feature, supported in host.features().set_index("feature")["supported"].items():
            assert host.supports(str(feature)) == supported
        with pytest.raises(errors.NotSupported, match=r"domain capabilities.*the lxc driver"):
            host.domain_capabilities()
