"""Real guests: keys that they read, channels, screens, memory, and what QEMU says of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from tests.waiting import until
from virtsdk import errors, xml
from virtsdk.units import MiB

CHANNEL = "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.example.0'/></channel>"


@pytest.fixture(scope="module")
def guest(lab_daemon: virtsdk.lab.LabHost) -> virtsdk.Domain:
    found = lab_daemon.domains["web1"]
    found.wait("agent", timeout=120)
    return found


@pytest.fixture
def bare(lab_daemon: virtsdk.lab.LabHost) -> Iterator[virtsdk.Domain]:
    """A guest without a system on it."""
    found = lab_daemon.domains.define(BARE.replace("bare", "plain"))
    yield found
    if found.is_active:
        found.destroy()
    found.undefine(managed_save=True)


def test_keys_are_typed_at_a_shell_and_seen_on_the_console(guest: virtsdk.Domain) -> None:
    shell = (
        "setsid sh -c 'exec sh -i </dev/tty1 >/dev/tty1 2>&1'"  # on the screen; the console is a serial line
    )
    number = guest.agent.command("guest-exec", path="/bin/sh", arg=["-c", shell])["pid"]
    said = "the Quick brown Fox; jumps over 13 lazy dogs (aa bb) !@#$%^&*-_=+:,.?/<>~|{}[]"
    try:
        with guest.console() as console:
            until(lambda: in_proc(guest, "ls -l /proc/[0-9]*/fd/0", "/dev/tty1"))  # the shell is there
            guest.type_text(f"echo '{said}' >/dev/ttyS0\n")
            assert console.read_until("[]", timeout=60).endswith(said)
            guest.type_text("sleep 1000; echo slept >/dev/ttyS0\n")
            until(lambda: in_proc(guest, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '", "sleep 1000 "))
            guest.send_keys("ctrl", "c")
            guest.type_text("echo $((6 * 7)) >/dev/ttyS0\n")
            assert console.read_until("42", timeout=60).strip() == "42"  # and no "slept"
            guest.type_text("exit\n")
    finally:
        until(lambda: guest.agent.command("guest-exec-status", pid=number)["exited"], 60)


def in_proc(guest: virtsdk.Domain, command: str, words: str) -> bool:
    """Whether a look at what runs in the guest shows something."""
    return words in guest.agent.run(["sh", "-c", f"{command} 2>/dev/null"], timeout=60).text


def test_a_channel_to_a_program(guest: virtsdk.Domain, lab_daemon: virtsdk.lab.LabHost) -> None:
    def each(change: str, device: str) -> None:
        def do(conn: Any) -> None:
            getattr(conn.lookupByName("web1"), change)(device, 1)

        lab_daemon.session.call(change, guest.subject, do, changes=True)

    with pytest.raises(errors.VirtError):
        guest.channel("org.example.0")
    each("attachDeviceFlags", CHANNEL)
    try:
        port = "grep -l org.example.0 /sys/class/virtio-ports/*/name | sed 's|.*ports/||; s|/name||'"
        until(lambda: guest.agent.run(["sh", "-c", port], timeout=60).stdout)
        # What is written before the other side is there is lost: the program says that it is, and again.
        ready = "{ while :; do printf r >&3; sleep 1; done; } & saying=$!"
        # And until then it reads nothing, at once.
        got = "rm -f /tmp/got; until [ -s /tmp/got ]; do head -c 4 <&3 >/tmp/got; sleep 1; done; kill $saying"
        answer = f"exec 3<>/dev/$({port}); {ready}; {got}; cat /tmp/got >&3"
        number = guest.agent.command("guest-exec", path="/bin/sh", arg=["-c", answer])["pid"]
        with guest.channel("org.example.0") as channel:
            assert channel.read_until(b"r", timeout=60) == b"r"
            channel.write(b"\0\xffab")
            assert channel.read_until(b"\0\xffab", timeout=60).strip(b"r") == b"\0\xffab"
            with pytest.raises(errors.ResourceBusy) as caught:
                guest.channel("org.example.0")
            assert "force=True" in caught.value.__notes__[0]
        until(lambda: guest.agent.command("guest-exec-status", pid=number)["exited"], 60)
    finally:
        added = [one for one in guest.definition().devices.channels if one.target.name == "org.example.0"]
        each("detachDeviceFlags", xml.render(added[0]))
    with pytest.raises(errors.DeviceNotFound):
        guest.channel("nope")


def test_a_screen_its_memory_and_its_monitor(guest: virtsdk.Domain) -> None:
    with guest.graphics_socket(skip_authentication=True) as screen:
        screen.settimeout(60)
        assert screen.recv(12) == b"RFB 003.008\n"
    with pytest.raises(errors.DeviceNotFound, match="No graphics backend"):
        guest.graphics_socket(9)
    assert guest.peek_memory(0xFFFF0, 16)[5:16].count(b"/"[0]) == 2  # the date of the BIOS: 04/01/14
    assert len(guest.peek_memory(0, MiB(3))) == MiB(3)
    assert guest.monitor("query-status")["status"] == "running"
    assert guest.monitor("info status", human=True).strip() == "VM status: running"
    assert guest.monitor("qom-get", path="/machine", property="type").startswith("pc-i440fx")
    with pytest.raises(errors.OperationFailed, match="The command nope has not been found"):
        guest.monitor("nope")
    assert any("monitor" in one for one in guest.messages("tainting"))
    assert guest.messages("deprecation") == []
    assert (guest.control().state, guest.launch_security()) == ("ok", None)
    assert guest.security_labels().frame()["name"].unique().tolist() in (["web1"], [])
    with pytest.raises(errors.NotSupported):
        guest.send_signal("term")


def test_limits_of_a_migration(guest: virtsdk.Domain) -> None:
    before = guest.migration_limits()
    assert before.max_downtime_seconds is not None
    limits = guest.set_migration_limits(
        bandwidth=MiB(64), postcopy_bandwidth=MiB(32), max_downtime_seconds=0.5, compression_cache=MiB(128)
    )
    assert limits.to_dict() == {
        "bandwidth_bytes_per_second": MiB(64),
        "postcopy_bandwidth_bytes_per_second": MiB(32),
        "max_downtime_seconds": 0.5,
        "compression_cache_bytes": MiB(128),
    }
    guest.set_migration_limits(
        bandwidth=2**62,
        max_downtime_seconds=before.max_downtime_seconds,
        compression_cache=before.compression_cache_bytes,
    )


def test_what_is_said_of_a_guest_and_what_follows_its_end(bare: virtsdk.Domain) -> None:
    bare.start()
    bare.set_title("front", scope="live")
    bare.set_title("back", scope="persistent")
    bare.set_metadata("urn:a", "<rack xmlns='urn:a'><at>7</at></rack>", key="x")
    bare.set_lifecycle_action("crash", "preserve")
    assert (bare.title, bare.metadata("urn:a")[0].text) == ("front", "7")
    assert isinstance(bare.is_updated, bool)  # libvirt 9.0 says so of little, and of none of these
    assert (bare.definition().on_crash, bare.definition(persistent=True).on_crash) == ("preserve", "preserve")
    with pytest.raises(errors.ConfigNotSupported):
        bare.set_lifecycle_action("poweroff", "preserve")
    with pytest.raises(errors.InvalidState):
        bare.managed_save_definition()
    bare.managed_save()
    kept = bare.managed_save_definition(secure=True)
    assert (kept.title, bare.title) == ("front", "back")
    kept.title = "moved"
    bare.set_managed_save_definition(kept, paused=True)
    assert bare.managed_save_definition().title == "moved"
    bare.start()
    assert (bare.state, bare.title) == ("paused", "moved")


@pytest.mark.skipif(os.geteuid() != 0, reason="containers need root")
def test_a_signal_ends_a_container() -> None:
    shell = """<domain type='lxc'><name>shell</name><memory unit='MiB'>32</memory>
    <os><type>exe</type><init>/bin/sh</init></os><devices><console type='pty'/></devices></domain>"""
    with virtsdk.lab.hosts(1, driver="lxc", progress=None) as (host,):
        guest = host.domains.define(shell)
        guest.start()
        until(lambda: has_begun(guest))
        assert guest.is_active
        guest.send_signal("kill")
        guest.wait("shutoff", timeout=120)


def has_begun(container: virtsdk.Domain) -> bool:
    try:
        container.send_signal(0)
    except errors.InvalidState:  # its first process is not there yet
        return False
    return True
