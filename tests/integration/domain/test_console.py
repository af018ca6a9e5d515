"""The console of a guest and a picture of its screen, on real guests and through faults."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import signal
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from tests.waiting import SLOW, until
from virtsdk import errors, xml
from virtsdk.binding import workers
from virtsdk.resources.domain.console.console import Console

PROMPT = "/ # "
SILENT = BARE.replace("bare", "silent").replace("</devices>", "<serial type='pty'/></devices>")


@pytest.fixture(params=["lab_host", "lab_daemon"], ids=["embedded", "daemon"])
def guest(request: pytest.FixtureRequest) -> virtsdk.Domain:
    """A guest with a shell on its console, in this process and behind a daemon."""
    return request.getfixturevalue(request.param).domains["web1"]


@pytest.fixture(scope="module")
def faulty() -> Iterator[virtsdk.lab.LabHost]:
    """A private daemon with a guest that has a console and says nothing on it."""
    with virtsdk.lab.hosts(1, progress=None) as hosts:
        hosts[0].domains.define(SILENT).start()
        yield hosts[0]


def held() -> tuple[int, int]:
    """The threads and the open descriptors of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


# --- a shell --------------------------------------------------------------------------------------------


def test_a_shell_on_the_console(guest: virtsdk.Domain, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with guest.console() as console:
        console.write("stty -echo; echo si''lent\n")  # an older prompt may come first
        console.read_until("silent\r\n" + PROMPT, timeout=60)
        console.write("echo sec''ret $((6 * 7)) é; echo done; echo $?\n")
        assert console.read_until("done", timeout=60).endswith("secret 42 é\r\ndone")
        assert (
            console.read_until(re.compile(r"(\d+)\r\n"), timeout=60) == "\r\n0\r\n"
        )  # what followed was left
        console.write("stty echo; echo lou''der\n")
        console.read_until("louder\r\n" + PROMPT, timeout=60)
        assert repr(console) == "<Console of web1, open>"
    assert repr(console) == "<Console of web1, closed>"
    assert "secret" not in caplog.text
    said = [vars(one)["verb"] for one in caplog.records if one.name == "virtsdk.audit"]
    assert said == ["open the console of"]


def test_the_boot_of_a_guest_from_its_first_word(lab_daemon: virtsdk.lab.LabHost) -> None:
    definition = lab_daemon.domains["web1"].definition()
    definition.name, definition.uuid = "passing", None
    definition.devices.disks, definition.devices.interfaces = [], []
    definition.devices.serials[0].log = None
    definition.vcpu.value = 1
    definition.os.cmdline = "console=ttyS0 panic=-1 lab.name=passing lab.cpu=0"
    # Defined, not transient: libvirt 9 drops the consoles of a transient guest that goes off while its event
    # loop may be at one of them; each then waits for the other, and the daemon answers nobody any more.
    booting = lab_daemon.domains.define(xml.render(definition))
    booting.start(paused=True)
    try:
        with booting.console() as console:
            booting.resume()
            said = console.read_until("passing ready", timeout=120)
            assert "Linux version" in said
            console.write("poweroff -f\n")
            until(lambda: not console.read(timeout=60))  # nothing comes any more
            with pytest.raises(errors.StreamError, match="the guest is off"):
                console.read_until("more", timeout=5)
    finally:
        with contextlib.suppress(errors.InvalidState):  # it has switched itself off
            booting.destroy()
        booting.undefine()


def test_what_came_when_the_time_was_over_is_not_lost(guest: virtsdk.Domain) -> None:
    with guest.console() as console:
        console.write("echo one''two\n")
        console.read_until("echo", timeout=60)
        partial = ""
        for _ in range(60):  # until the guest has said it all
            started = time.monotonic()
            with pytest.raises(
                errors.TimedOut, match="no 'login: ' on the console of 'web1' in 1 s"
            ) as caught:
                console.read_until("login: ", timeout=1)
            assert 1 <= time.monotonic() - started < 1 + SLOW
            assert caught.value.partial.startswith(partial)
            partial = caught.value.partial
            if f"onetwo\r\n{PROMPT}" in partial:
                break
        assert partial.startswith(" one")
        assert console.read(timeout=1).startswith(partial)
        until(lambda: is_empty(console))


def is_empty(console: Console) -> bool:
    """Tell whether nothing is there to read; what asks a terminal for its size may follow a prompt."""
    try:
        console.read(timeout=0)
    except errors.TimedOut:
        return True
    return False


def test_a_console_has_one_client_unless_it_is_taken_over(guest: virtsdk.Domain) -> None:
    with guest.console() as first:
        with pytest.raises(errors.ResourceBusy, match="Active console session") as caught:
            guest.console()
        assert "force=True" in caught.value.__notes__[0]
        with guest.console(force=True) as second:
            with pytest.raises(errors.StreamError, match="another client may have taken it over"):
                first.read_until("nothing of that kind", timeout=60)
            second.write("\n")
            assert second.read_until(PROMPT, timeout=60)


def test_what_cannot_be_a_console(guest: virtsdk.Domain, lab_daemon: virtsdk.lab.LabHost) -> None:
    with pytest.raises(errors.DeviceNotFound, match="nope"):
        guest.console("nope")
    with guest.console("serial0") as console:
        with pytest.raises(TypeError, match="text or bytes"):
            console.write(5)
        with pytest.raises(TypeError, match="pattern of text"):
            console.read_until(re.compile(b"x"))
        with pytest.raises(ValueError, match="something to wait for"):
            console.read_until("")
        for use in (lambda: console.read(timeout="1"), lambda: console.write("x", timeout="1")):
            with pytest.raises(TypeError, match="timeout must be a number of seconds"):
                use()
    for use in (lambda: console.read(timeout=1), lambda: console.write("x", timeout=1)):
        with pytest.raises(errors.StreamError, match="it was closed"):
            use()
    console.close()
    with virtsdk.connect(lab_daemon.uri, readonly=True) as host:
        for verb in (host.domains["web1"].console, host.domains["web1"].screenshot):
            with pytest.raises(errors.ReadOnly):
                verb()


@pytest.mark.skipif(os.geteuid() != 0, reason="containers need root")
def test_the_shell_of_a_container() -> None:
    shell = """<domain type='lxc'><name>shell</name><memory unit='MiB'>32</memory>
    <os><type>exe</type><init>/bin/sh</init></os><devices><console type='pty'/></devices></domain>"""
    with virtsdk.lab.hosts(1, driver="lxc", progress=None) as (host,):
        guest = host.domains.create(shell)
        with guest.console() as console:
            console.write("echo $((6 * 7))\n")
            assert console.read_until(re.compile(r"\b42\r\n"), timeout=60)
            with pytest.raises(errors.NotSupported):
                guest.console(force=True)
            console.write("exit\n")
            with pytest.raises(errors.StreamError, match="the guest is off"):
                console.read_until("more", timeout=60)
        with pytest.raises(errors.NotSupported, match="the lxc driver does not do that"):
            host.domains.define(shell).screenshot()


# --- the screen -----------------------------------------------------------------------------------------


def test_a_picture_of_the_screen(guest: virtsdk.Domain, tmp_path: Path) -> None:
    picture = guest.screenshot()
    assert (picture.width, picture.height) == (720, 400)
    assert repr(picture).startswith("<Screenshot of web1, 720x400, image/")
    saved = picture.save(tmp_path / "web1.png").read_bytes()
    assert saved == picture._repr_png_()
    start = saved.index(b"IDAT")
    length = int.from_bytes(saved[start - 4 : start], "big")
    pixels = zlib.decompressobj().decompress(saved[start + 4 : start + 4 + length])
    assert len(set(pixels)) > 2  # the BIOS wrote something there


def test_a_guest_without_a_screen_or_switched_off(faulty: virtsdk.lab.LabHost) -> None:
    silent = faulty.domains["silent"]
    with pytest.raises(errors.VirtError):
        silent.screenshot(timeout=60)
    off = faulty.domains.define(BARE)
    try:
        for verb in (off.console, off.screenshot):
            with pytest.raises(errors.InvalidState, match="not running"):
                verb()
        off.start()
        with pytest.raises(errors.DeviceNotFound):
            off.console()
    finally:
        off.destroy()
        off.undefine()


# --- faults ---------------------------------------------------------------------------------------------


def test_a_console_ends_with_its_daemon(faulty: virtsdk.lab.LabHost) -> None:
    silent = faulty.domains["silent"]
    console = silent.console()
    raised: list[Exception] = []

    def read() -> None:
        try:
            console.read()
        except errors.VirtError as error:
            raised.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.2)
    faulty.kill_daemon()
    reader.join(60)
    assert [type(error) for error in raised] == [errors.ConnectionLost]
    with pytest.raises(errors.ConnectionLost):
        console.write("x")
    assert not console.is_open
    console.close()
    until(lambda: faulty.is_alive)
    with silent.console() as again, pytest.raises(errors.TimedOut):  # on the connection that came back
        again.read(timeout=0.1)


def test_a_frozen_daemon_keeps_nobody(faulty: virtsdk.lab.LabHost) -> None:
    silent = faulty.domains["silent"]
    console = silent.console()
    before = held()
    faulty.freeze()
    try:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut, match=r"in 0\.3 s"):
            console.read(timeout=0.3)
        assert time.monotonic() - started < SLOW
        started = time.monotonic()
        console.close()
        assert time.monotonic() - started < SLOW
        assert [what for what, _ in faulty.parked_calls] == ["use the console of 'silent'"]
        with pytest.raises(errors.TimedOut):
            silent.screenshot(timeout=0.3)
    finally:
        faulty.thaw()
    until(lambda: not faulty.parked_calls)
    silent.console().close()  # the host has let go of the first one
    # The workers of what was parked at once, the heartbeat's with it, wait for their next call.
    until(lambda: held()[0] <= before[0] + 3)


def test_a_guest_that_does_not_read(lab_host: virtsdk.Host) -> None:
    guest = lab_host.domains.create(SILENT.replace("silent", "deaf"))
    try:
        guest.suspend()
        too_much = r"is not read by the guest: \d+ bytes .* in 0\.3 s"
        with guest.console() as console, pytest.raises(errors.TimedOut, match=too_much):
            console.write(b"x" * 100_000, timeout=0.3)
        assert guest.state == "paused"
    finally:
        guest.destroy()


def test_ctrl_c_ends_the_waiting(faulty: virtsdk.lab.LabHost) -> None:
    with faulty.domains["silent"].console() as console:
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            console.read(timeout=60)
        assert time.monotonic() - started < SLOW
        with pytest.raises(errors.TimedOut):
            console.read(timeout=0)  # and is as good as before


def test_a_console_ends_with_its_host_and_with_its_last_name(faulty: virtsdk.lab.LabHost) -> None:
    before = held()
    kept: list[BaseException] = []  # as a notebook keeps the last error, and its frames with it
    host = virtsdk.connect(faulty.uri)
    console = host.domains["silent"].console()
    with pytest.raises(errors.ResourceBusy) as caught:
        host.domains["silent"].console()
    kept.append(caught.value)
    host.close()
    with pytest.raises(errors.HostClosed) as closed:
        console.read()
    kept.append(closed.value)
    until(lambda: held()[1] <= before[1])
    with virtsdk.connect(faulty.uri) as host:
        host.domains["silent"].console()
        gc.collect()
        until(lambda: opens(host.domains["silent"]))
    until(lambda: held()[1] <= before[1])
    until(lambda: workers.parked() == [])
    assert len(kept) == 2


def opens(guest: virtsdk.Domain) -> bool:
    """Tell whether its console is free again."""
    try:
        guest.console().close()
    except errors.ResourceBusy:
        return False
    return True
