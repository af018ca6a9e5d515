"""A daemon that is killed, is frozen or does not come back, under handles, reads and events."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libvirt
import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from tests.integration.figures.test_truth import qemu
from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.events.hub import Hub
from virtsdk.binding.protocol import VirConnect
from virtsdk.events import Disconnected, DomainLifecycle, Event, Reconnected


@pytest.fixture(scope="module")
def faulty() -> Iterator[virtsdk.lab.LabHost]:
    """A private daemon with one bare guest."""
    with virtsdk.lab.hosts(1, guests=0, progress=None) as hosts:
        hosts[0].domains.define(BARE).start()
        yield hosts[0]


@pytest.fixture(autouse=True)
def sound(faulty: virtsdk.lab.LabHost) -> Iterator[None]:
    yield
    faulty.start_daemon()
    assert faulty.domains["bare"].state == "running"


def lost(faulty: virtsdk.lab.LabHost) -> None:
    """Kill the daemon, and return once that is noticed: the connection may be back by then."""
    before = faulty.session.generation
    faulty.kill_daemon()
    until(lambda: not faulty.is_alive or faulty.session.generation > before)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_killed_daemon_under_an_event_stream_and_a_read_loop(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["bare"]
    states: list[str] = []
    figures: list[int] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                states.append(guest.state.value)
                figures.append(len(faulty.stats().domains))
            except Exception as error:
                failures.append(error)
            time.sleep(0.01)

    reader = threading.Thread(target=read)
    with faulty.events("domain_lifecycle") as events:
        reader.start()
        until(lambda: states)
        faulty.kill_daemon()
        while not isinstance(gone := events.get(timeout=60), Disconnected):
            pass  # of its start
        back = events.get(timeout=60)
        before = len(states)
        guest.suspend()
        guest.resume()
        after = [events.get(timeout=60), events.get(timeout=60)]
        until(lambda: len(states) > before + 5)
        stop.set()
        reader.join(60)
    assert isinstance(back, Reconnected)
    # both ends are told a moment after they are noted
    assert abs(back.gap_seconds - (back.time - gone.time).total_seconds()) < SLOW
    assert [vars(one)["event"] for one in after] == ["suspended", "resumed"]
    assert failures == []  # what only reads was repeated on the new connection
    assert set(states) <= {"running", "paused"}
    assert set(figures) == {1}


def test_a_change_in_flight_is_not_repeated(
    faulty: virtsdk.lab.LabHost, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    guest = faulty.domains["bare"]
    under_way, suspend = threading.Event(), libvirt.virDomain.suspend

    def unanswered(raw: libvirt.virDomain) -> int:
        faulty.freeze()
        under_way.set()
        return suspend(raw)

    monkeypatch.setattr(libvirt.virDomain, "suspend", unanswered)
    with ThreadPoolExecutor(1) as pool:
        change = pool.submit(guest.suspend)
        assert under_way.wait(60)
        time.sleep(0.2)  # it is sent
        faulty.kill_daemon()
        with pytest.raises(errors.ConnectionLost, match="suspend domain 'bare'"):
            change.result(60)
    until(lambda: faulty.is_alive)
    assert guest.state == "running"
    outcomes = [vars(one)["outcome"] for one in caplog.records if one.name == "virtsdk.audit"]
    assert outcomes == ["ConnectionLost"]


def test_a_change_before_the_connection_is_back_waits_for_it(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["bare"]
    lost(faulty)
    guest.suspend()  # nothing was sent before the reconnect, so nothing is sent twice
    assert guest.state == "paused"
    guest.resume()


def test_what_is_done_right_after_a_reconnect_is_seen(
    faulty: virtsdk.lab.LabHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where subscribing again takes its time."""
    register = Hub._register

    def slow(hub: Hub, conn: VirConnect, kind: str) -> None:
        time.sleep(0.3)
        register(hub, conn, kind)

    guest = faulty.domains["bare"]
    with faulty.events(["domain_lifecycle", "domain_reboot"]) as events:
        monkeypatch.setattr(Hub, "_register", slow)
        lost(faulty)
        guest.suspend()
        guest.resume()
        seen: list[str] = []
        while seen[-1:] != ["resumed"] or "disconnected" not in seen:  # the test before has resumed it, too
            event = events.get(timeout=60)
            seen.append(getattr(event, "event", event.kind))
    assert seen[-4:] == ["disconnected", "reconnected", "suspended", "resumed"]


def test_a_new_connection_that_ends_before_it_is_used_is_noticed(faulty: virtsdk.lab.LabHost) -> None:
    """Nobody makes a call on it that could find out."""

    class Saboteur:
        times = 0

        def restoring(self, conn: VirConnect) -> None:
            self.times += 1
            if self.times == 1:
                faulty.kill_daemon()
                until(lambda: not conn.isAlive())

        def restored(self, gap: float) -> None:
            pass

        lost = closing = lambda self: None

    saboteur = Saboteur()
    with virtsdk.connect(faulty.uri) as host, host.events("domain") as events:
        host.session.watch(saboteur, lambda conn: None)
        faulty.kill_daemon()
        until(lambda: saboteur.times == 2)
        until(lambda: host.is_alive)
        kinds = [event.kind for event in events.drain()]
    assert kinds in (["disconnected", "reconnected"], ["disconnected", "reconnected"] * 2)


def test_guests_that_are_others_after_the_gap(faulty: virtsdk.lab.LabHost) -> None:
    """One is gone, and one has given its name to another."""
    names = ("gone", "replaced")
    gone, replaced = (faulty.domains.define(BARE.replace("bare", name)) for name in names)
    files = [faulty.layout.settings / "qemu" / f"{name}.xml" for name in names]
    faulty.kill_daemon(restart=False)
    files[0].unlink()
    files[1].write_text(files[1].read_text().replace(replaced.uuid, "00000000-0000-4000-8000-0000000000fe"))
    faulty.start_daemon()
    for handle in (gone, replaced):
        with pytest.raises(errors.DomainNotFound, match=repr(handle.name)):
            _ = handle.state
    assert faulty.domains.find("gone") is None
    other = faulty.domains["replaced"]
    assert (other.uuid, other == replaced) == ("00000000-0000-4000-8000-0000000000fe", False)
    other.undefine()


def test_a_host_that_is_down_keeps_nobody_waiting_longer_than_asked(faulty: virtsdk.lab.LabHost) -> None:
    with virtsdk.connect(faulty.uri) as host:
        guest = host.domains["bare"]
        host.session.timeout = 1  # opening takes longer on a busy machine
        faulty.kill_daemon(restart=False)
        for use in (lambda: guest.state, guest.suspend):
            started = time.monotonic()
            with pytest.raises(errors.ConnectionLost, match=r"was lost .* ago; it does not come back"):
                use()
            assert time.monotonic() - started < SLOW


def test_a_frozen_daemon_gives_a_timeout_in_the_time_asked_for(faulty: virtsdk.lab.LabHost) -> None:
    with virtsdk.connect(faulty.uri) as impatient:
        patience = impatient.session.timeout
        guest = impatient.domains["bare"]
        impatient.domains.frame()  # pandas is imported by now
        impatient.session.timeout = 0.5  # opening takes longer on a busy machine
        descriptors = open_descriptors()
        faulty.freeze()
        try:
            for call in (lambda: guest.state, impatient.domains.frame, impatient.node_info):
                started = time.monotonic()
                with pytest.raises(errors.TimedOut, match=r"no answer in 0\.5 s"):
                    call()
                assert 0.5 <= time.monotonic() - started < SLOW
            assert len(impatient.parked_calls) == 3
            assert "3 calls parked" in repr(impatient)
            with pytest.raises(errors.TimedOut):
                virtsdk.connect(faulty.uri, timeout=0.5)
        finally:
            faulty.thaw()
        until(lambda: workers.parked() == [])
        impatient.session.timeout = patience
        assert guest.state == "running"
        until(lambda: open_descriptors() <= descriptors)  # what opened after all was closed


def test_a_frozen_daemon_is_shown_as_it_was_and_asked_once(faulty: virtsdk.lab.LabHost) -> None:
    with virtsdk.connect(faulty.uri) as host:
        list(host.domains)
        faulty.freeze()
        try:
            shown = [host.domains._repr_html_(), str(host.domains), host._repr_html_()]
            assert all("old: read" in one for one in shown)
            assert len(host.parked_calls) == 1, "each display adds a call that hangs"
        finally:
            faulty.thaw()
        until(lambda: "old" not in str(host.domains))


def test_waiting_for_a_guest_of_a_frozen_daemon_ends_in_time(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["bare"]
    faulty.freeze()
    try:
        for what in ("shutoff", "agent", "address"):
            started = time.monotonic()
            with pytest.raises(errors.TimedOut):
                guest.wait(what, timeout=0.5)
            assert time.monotonic() - started < SLOW
    finally:
        faulty.thaw()
    until(lambda: faulty.parked_calls == [])


def test_a_daemon_that_is_frozen_for_long_is_a_lost_connection(faulty: virtsdk.lab.LabHost) -> None:
    with virtsdk.connect(faulty.uri, keepalive=(1, 2)) as host, host.events("domain") as events:
        faulty.freeze()
        try:
            assert isinstance(events.get(timeout=60), Disconnected)
        finally:
            faulty.thaw()
        assert isinstance(events.get(timeout=60), Reconnected)
        assert host.domains["bare"].state == "running"


def test_many_calls_on_a_daemon_that_is_frozen_for_long_all_end(faulty: virtsdk.lab.LabHost) -> None:
    # in a process of their own: libvirt's client crashes where its own keepalive ends several calls
    python = [sys.executable, "-X", "faulthandler", "-m", "tests.integration.host.many_calls", faulty.uri]
    with subprocess.Popen(python, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        faulty.freeze()
        try:
            started = time.monotonic()
            print(file=child.stdin, flush=True)
            assert child.stdout.readline() == "ConnectionLost\n"
            assert child.stdout.readline() == "4 True 5\n"
            assert time.monotonic() - started < 2 * SLOW
        finally:
            faulty.thaw()
        print(file=child.stdin, flush=True)
        assert child.stdout.readline() == "0\n"
        assert child.wait(timeout=60) == 0
    faulty.domains["bare"].wait("paused", timeout=60)  # what was sent happens all the same
    faulty.domains["bare"].resume()


def test_what_a_frozen_daemon_reports_late_is_told_once(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["bare"]
    with virtsdk.connect(faulty.uri, keepalive=(1, 4)) as host, host.events("domain_lifecycle") as events:
        faulty.freeze()
        try:
            assert isinstance(events.get(timeout=60), Disconnected)
        finally:
            faulty.thaw()
        assert isinstance(events.get(timeout=60), Reconnected)
        guest.suspend()
        guest.resume()
        told = [vars(events.get(timeout=60))["event"] for _ in range(2)]
        assert told == ["suspended", "resumed"]
        time.sleep(0.5)
        assert events.drain() == []
    until(lambda: workers.parked() == [])


def test_without_reconnect_a_lost_connection_stays_lost(faulty: virtsdk.lab.LabHost) -> None:
    with virtsdk.connect(faulty.uri, reconnect=False) as host, host.events("domain") as events:
        guest = host.domains["bare"]
        faulty.kill_daemon()
        assert isinstance(events.get(timeout=60), Disconnected)
        started = time.monotonic()
        with pytest.raises(errors.ConnectionLost, match=r"open a new one with virtsdk\.connect"):
            _ = guest.state
        assert time.monotonic() - started < SLOW
        assert not host.is_alive
        assert "not connected" in repr(host)
        assert "bare" in repr(guest)


def test_closing_a_host_whose_daemon_is_frozen_does_not_hang(faulty: virtsdk.lab.LabHost) -> None:
    host = virtsdk.connect(faulty.uri)
    faulty.freeze()
    try:
        started = time.monotonic()
        host.close()
        assert time.monotonic() - started < 2 * SLOW
    finally:
        faulty.thaw()
    until(lambda: workers.parked() == [])


def test_a_killed_guest_is_an_event(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["bare"]
    with faulty.events("domain_lifecycle") as events:
        faulty.kill_guest("bare")
        while getattr(event := events.get(timeout=60), "event", "") != "stopped":
            pass  # what was done to it before
    assert isinstance(event, DomainLifecycle)
    assert (event.name, event.event, event.detail) == ("bare", "stopped", "failed")
    guest.wait("shutoff", timeout=120)
    guest.start()


def test_a_guest_whose_qemu_is_stopped_times_out_and_the_others_go_on(
    faulty: virtsdk.lab.LabHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = faulty.domains["bare"]
    other = faulty.domains.create(BARE.replace("bare", "other"))
    process = int(qemu(faulty, "bare").name)
    os.kill(process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut, match="suspend domain 'bare'"):
            guest.suspend(timeout=0.5)
        assert time.monotonic() - started < SLOW
        assert [what for what, _ in faulty.parked_calls] == ["suspend domain 'bare'"]
        other.suspend(timeout=20)
        assert other.state == "paused"
        monkeypatch.setattr(faulty.session, "timeout", 20)  # libvirt answers for a guest that does not
        assert (guest.state, guest.state_reason) == ("running", "booted")
        assert {"bare", "other"} <= {one.name for one in faulty.domains}
        assert len(faulty.domains) == len(faulty.domains.definitions()) == len(faulty.domains.frame())
    finally:
        os.kill(process, signal.SIGCONT)
    until(lambda: faulty.parked_calls == [])
    guest.wait("paused", timeout=60)  # the parked call was made all the same
    guest.resume()
    other.destroy()


def test_reconnects_leave_no_thread_and_no_descriptor(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["bare"]

    def once() -> None:
        lost(faulty)
        until(lambda: faulty.is_alive)
        assert guest.state == "running"

    with faulty.events("domain") as events:
        once()
        time.sleep(0.5)
        threads, descriptors = threading.active_count(), open_descriptors()
        for _ in range(3):
            once()
        # a worker more may be waiting for its next call
        until(lambda: threading.active_count() <= threads + 1 and open_descriptors() <= descriptors)
        kinds: list[type[Event]] = [type(event) for event in events.drain()]
    assert kinds.count(Reconnected) == kinds.count(Disconnected) == 4
