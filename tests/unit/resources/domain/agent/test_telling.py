"""What an agent tells becomes values and frames, with its units and its gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import libvirt
import pandas as pd
import pytest

import virtsdk
from tests.unit.resources.domain.agent.conftest import AgentHere
from virtsdk import errors
from virtsdk.resources.domain.agent.agent import Agent
from virtsdk.resources.domain.agent.values import AgentResult, FileSystem, GuestOs, GuestTimezone
from virtsdk.resources.host.core import HostCore

# as libvirt 9.0 and qemu-guest-agent 7.2 told of a guest
SAID: dict[str, Any] = {
    "user.count": 1, "user.0.name": "ana", "user.0.domain": "LAB", "user.0.login-time": 1795847242321,
    "os.id": "debian", "os.pretty-name": "Debian GNU/Linux 12", "os.kernel-release": "6.1.0",
    "os.machine": "x86_64",
    "timezone.name": "CET", "timezone.offset": 3600,
    "fs.count": 2,
    "fs.0.name": "vda1", "fs.0.mountpoint": "/srv", "fs.0.fstype": "ext4", "fs.0.total-bytes": 2**40,
    "fs.0.used-bytes": 3521536, "fs.0.disk.count": 2, "fs.0.disk.0.alias": "vda",
    "fs.0.disk.0.device": "/dev/vda",
    "fs.0.disk.1.alias": "vdb",
    "fs.1.name": "tmp", "fs.1.mountpoint": "/", "fs.1.fstype": "tmpfs",
    "disk.count": 2, "disk.0.name": "/dev/vda", "disk.0.partition": False, "disk.0.alias": "vda",
    "disk.1.name": "/dev/vda1", "disk.1.partition": True, "disk.1.dependency.count": 1,
    "disk.1.dependency.0.name": "/dev/vda", "disk.1.serial": "S1",
    "if.count": 2, "if.0.name": "lo", "if.0.addr.count": 1, "if.0.addr.0.type": "ipv4",
    "if.0.addr.0.addr": "127.0.0.1", "if.0.addr.0.prefix": 8,
    "if.1.name": "eth0", "if.1.hwaddr": "52:54:00:01:00:01",
}  # fmt: skip


@pytest.fixture
def telling(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> Agent:
    """An agent of a driver that has one, and says this."""
    monkeypatch.setattr(libvirt.virDomain, "guestInfo", lambda self, types, flags: SAID)
    monkeypatch.setattr(HostCore, "supports", lambda self, feature: True)
    return agent


def test_file_systems(telling: Agent) -> None:
    root, srv = telling.filesystems()
    assert srv == FileSystem("/srv", "ext4", "vda1", ("vda", "vdb"), 2**40, 3521536)
    assert (root.disk, root.total_bytes, root.used_bytes) == (None, None, None)
    frame = telling.filesystems().frame()
    assert frame.columns.tolist() == [
        "host", "domain", "name", "mountpoint", "fstype", "device", "disk", "total_bytes", "used_bytes",
    ]  # fmt: skip
    assert frame["name"].tolist() == ["test", "test"]
    assert frame["total_bytes"].isna().tolist() == [True, False]
    assert frame["used_bytes"].dtype == "Int64"
    page = telling.filesystems()._repr_html_()
    assert '<th scope="col" class="num">used</th>' in page
    assert '<td class="num">3.36 MiB</td>' in page


def test_disks_users_and_interfaces(telling: Agent) -> None:
    whole, part = telling.disks()
    assert (whole.device, whole.partition, whole.disk, whole.serial) == ("/dev/vda", False, "vda", None)
    assert (part.partition, part.disk, part.dependencies, part.serial) == (True, None, ("/dev/vda",), "S1")
    (user,) = telling.users()
    assert (user.user, user.user_domain) == ("ana", "LAB")
    assert user.logged_in == datetime(2026, 11, 28, 6, 27, 22, 321000, tzinfo=UTC)
    loopback, nic = telling.interfaces()
    assert (loopback.interface, loopback.mac, loopback.addresses) == ("lo", None, ("127.0.0.1/8",))
    assert (nic.mac, nic.addresses) == ("52:54:00:01:00:01", ())
    assert telling.users().frame()["logged_in"].dt.tz is not None
    assert telling.disks().frame()["partition"].tolist() == [False, True]
    assert telling.interfaces().frame()["addresses"].tolist() == ["127.0.0.1/8", ""]


def test_system_and_time_zone(telling: Agent) -> None:
    assert telling.os() == GuestOs(
        id="debian", pretty_name="Debian GNU/Linux 12", kernel_release="6.1.0", machine="x86_64"
    )
    assert telling.os().to_dict()["version"] is None
    zone = telling.timezone()
    assert (zone.zone, zone.offset_seconds) == ("CET", 3600)


def test_nothing_to_tell_is_an_empty_frame_with_its_columns(
    telling: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libvirt.virDomain, "guestInfo", lambda self, types, flags: {"user.count": 0})
    frame = telling.users().frame()
    assert len(frame) == 0
    assert frame.columns.tolist() == ["host", "domain", "name", "user", "user_domain", "logged_in"]


def test_a_driver_without_sizes_tells_the_file_systems_without_them(guest: virtsdk.Domain) -> None:
    found = guest.agent.filesystems()
    assert [(one.mountpoint, one.disks, one.total_bytes) for one in found] == [
        ("/", ("vda",), None),
        ("/boot", ("vda",), None),
    ]


def test_the_agents_commands(agent: Agent, here: AgentHere) -> None:
    commands = [
        {"name": "guest-ping", "enabled": True},
        {"name": "guest-exec", "enabled": False, "success-response": True},
    ]
    here.instead["guest-info"] = {"version": "7.2.22", "supported_commands": commands}
    info = agent.info()
    assert (info.version, [one.command for one in info.commands]) == ("7.2.22", ["guest-exec", "guest-ping"])
    assert (info.can("guest-ping"), info.can("guest-exec"), info.can("guest-fly")) == (True, False, False)
    assert repr(info) == "<AgentInfo agent 7.2.22, 2 commands, 1 of them off>"
    assert info.frame()["enabled"].tolist() == [False, True]
    assert "2 commands, 1 of them off" in info._repr_html_()
    assert "guest-exec" in info.commands._repr_html_()


def test_a_value_says_what_it_is_of_in_words() -> None:
    page = GuestOs(kernel_release="6.1.0")._repr_html_()
    assert "<strong>operating system of a guest</strong>" in page
    assert '<th scope="row">kernel release</th>' in page
    assert "<td>3600 s</td>" in GuestTimezone("CET", 3600)._repr_html_()
    assert "<strong>program in a guest</strong>" in AgentResult(0, b"", b"")._repr_html_()


def test_a_system_and_a_time_zone_read_as_one_line() -> None:
    system = GuestOs(name="Debian", pretty_name="Debian 12\n", kernel_release="6.1.0")
    assert repr(system) == r"<GuestOs Debian 12\n, kernel 6.1.0>"
    assert repr(GuestOs(id="debian")) == "<GuestOs debian>"
    assert repr(GuestOs()) == "<GuestOs of no name>"
    assert repr(GuestTimezone("CET", 3600)) == "<GuestTimezone CET, UTC+01:00>"
    assert repr(GuestTimezone(None, -12600)) == "<GuestTimezone UTC-03:30>"


# --- the clock ------------------------------------------------------------------------------------------


def test_the_clock_has_a_time_zone_and_microseconds(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"seconds": 1795847242, "nseconds": 321636999}
    monkeypatch.setattr(libvirt.virDomain, "getTime", lambda self, flags: said)
    assert guest.agent.time() == datetime(2026, 11, 28, 6, 27, 22, 321636, tzinfo=UTC)


def test_the_clock_is_set_to_a_moment_wherever_it_is_named(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(libvirt.virDomain, "setTime", lambda self, time, flags: sent.append((time, flags)))
    here = timezone(timedelta(hours=5, minutes=30))
    guest.agent.set_time(datetime(2026, 11, 28, 11, 57, 22, 321636, tzinfo=here))
    guest.agent.set_time(pd.Timestamp("2026-11-28 06:27:22.321636", tz="UTC"))
    guest.agent.set_time("host")
    exact = {"seconds": 1795847242, "nseconds": 321636000}
    assert sent == [(exact, 0), (exact, 0), (None, libvirt.VIR_DOMAIN_TIME_SYNC)]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2026, 1, 1), "must have a time zone"),  # noqa: DTZ001 - that is it
        ("now", "must be a datetime or 'host', not 'now'"),
        (3, "must be a datetime or 'host', not 3"),
        (datetime(1969, 1, 1, tzinfo=UTC), "must be 1970 or later"),
    ],
)
def test_a_moment_that_is_none(guest: virtsdk.Domain, when: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        guest.agent.set_time(when)


# --- trimming -------------------------------------------------------------------------------------------


def test_what_was_trimmed_and_what_could_not_be(telling: Agent, here: AgentHere) -> None:
    paths = [
        {"path": "/srv", "trimmed": 4096, "minimum": 0},
        {"path": "/", "error": "trimming is not supported on this file system"},
    ]
    here.instead["guest-fstrim"] = {"paths": paths}
    done, failed = telling.trim(minimum_bytes=4096)
    assert (done.mountpoint, done.trimmed_bytes, done.error) == ("/srv", 4096, None)
    assert (failed.trimmed_bytes, failed.error) == (None, "trimming is not supported on this file system")
    assert telling.trim().frame()["trimmed_bytes"].isna().tolist() == [False, True]
    here.instead["guest-fstrim"] = {"paths": paths[1:]}
    with pytest.raises(errors.AgentError, match="none of them could be: trimming is not supported"):
        telling.trim()


def test_a_driver_that_does_not_say_trims_all_the_same(guest: virtsdk.Domain) -> None:
    assert guest.agent.trim() == []
    with pytest.raises(ValueError, match="minimum_bytes must be a number of bytes, not -1"):
        guest.agent.trim(minimum_bytes=-1)
