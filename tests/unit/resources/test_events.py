"""Events of the test driver: every way to read them, and subscribers that misbehave."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta

import libvirt
import pytest

import virtsdk
from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.binding.events import sources as event_sources
from virtsdk.events import DomainLifecycle, DomainReboot, Event, Overflow
from virtsdk.resources.events import EventStream


def toggle(host: virtsdk.Host, times: int, name: str = "web1") -> None:
    guest = host.domains[name]
    for _ in range(times):
        guest.suspend()
        guest.resume()


def seen(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.event, event.detail) for event in events if isinstance(event, DomainLifecycle)]


def test_events_are_frozen_and_typed(host: virtsdk.Host) -> None:
    with host.events("domain_lifecycle") as events:
        before = datetime.now(UTC)
        host.domains["web2"].start()
        event = events.get(timeout=30)
    assert isinstance(event, DomainLifecycle)
    assert (event.name, event.domain) == ("web2", host.domains["web2"].uuid)
    assert (event.event, event.detail, event.host) == ("started", "booted", host.name)
    assert before <= event.time <= datetime.now(UTC)
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.name = "other"  # type: ignore[misc]


def test_iterating_waits_for_the_next_and_ends_when_closed(host: virtsdk.Host) -> None:
    events = host.events("domain")
    found: list[Event] = []
    reader = threading.Thread(target=lambda: found.extend(events))
    reader.start()
    toggle(host, 3)
    until(lambda: len(found) == 6)
    events.close()
    reader.join(30)
    assert not reader.is_alive()
    assert seen(found) == [("suspended", "paused"), ("resumed", "unpaused")] * 3


def test_async_for(host: virtsdk.Host) -> None:
    async def read() -> list[Event]:
        found: list[Event] = []
        with host.events(DomainLifecycle) as events:
            changing = asyncio.get_running_loop().run_in_executor(None, toggle, host, 5)
            async for event in events:
                found.append(event)
                if len(found) == 10:
                    break
            await changing
        return found

    assert len(seen(asyncio.run(asyncio.wait_for(read(), 60)))) == 10


def test_an_async_reader_ends_when_the_host_is_closed(host: virtsdk.Host) -> None:
    async def read() -> int:
        events = host.events("domain")
        asyncio.get_running_loop().call_later(0.1, host.close)
        return len([event async for event in events])

    assert asyncio.run(asyncio.wait_for(read(), 60)) == 0


def test_a_callback_that_raises_or_dawdles_disturbs_nobody(host: virtsdk.Host) -> None:
    release = threading.Event()

    def raises(event: Event) -> None:
        raise RuntimeError(f"cannot stand {event.kind}")

    broken = host.events("domain", callback=raises)
    slow = host.events("domain", callback=lambda _: release.wait(20), limit=2)
    with host.events("domain") as good:
        toggle(host, 10)
        found = [good.get(timeout=30) for _ in range(20)]
        assert good.dropped == 0
    assert seen(found) == [("suspended", "paused"), ("resumed", "unpaused")] * 10
    release.set()
    until(lambda: broken.failures == 20)
    assert "20 failures" in repr(broken)
    assert slow.dropped >= 17
    broken.close()
    slow.close()


def test_overflow_is_counted_and_visible(host: virtsdk.Host) -> None:
    with host.events("domain", limit=4) as events:
        toggle(host, 5)
        until(lambda: events.dropped == 6)
        assert "6 dropped" in repr(events)
        first, *rest = events.drain()
        assert isinstance(first, Overflow)
        assert first.dropped == 6
        assert seen(rest) == [("suspended", "paused"), ("resumed", "unpaused")] * 2
        assert events.drain() == []


def test_a_frame_has_one_row_an_event_and_takes_nothing_away(host: virtsdk.Host) -> None:
    with host.events() as events:
        assert events.frame().columns.tolist() == ["time", "kind", "host"]
        toggle(host, 2)
        until(lambda: len(events.frame()) == 4)
        frame = events.frame()
        assert frame["event"].tolist() == ["suspended", "resumed"] * 2
        assert frame["name"].unique().tolist() == ["web1"]
        assert str(frame["time"].dtype).endswith("UTC]")
        assert frame["time"].is_monotonic_increasing
        assert len(events.drain()) == 4
        assert "domain_lifecycle" in events._repr_html_()


def test_no_event_in_time(host: virtsdk.Host) -> None:
    with host.events("domain") as events:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut):
            events.get(timeout=0.1)
        assert time.monotonic() - started < SLOW
    with pytest.raises(errors.HostClosed):
        events.get(timeout=1)
    assert list(events) == []


def test_only_the_kinds_that_were_asked_for(host: virtsdk.Host) -> None:
    with host.events("network") as networks, host.events("domain_reboot") as reboots:
        toggle(host, 1)
        host.session.call("define", "a network", define_network, changes=True)
        event = networks.get(timeout=30)
        assert (event.kind, vars(event)["name"], vars(event)["event"]) == (
            "network_lifecycle",
            "n1",
            "defined",
        )
        assert reboots.drain() == []
    with pytest.raises(ValueError, match=r"unknown kind of event 'moods'.*domain_lifecycle"):
        host.events("moods")


def define_network(conn: libvirt.virConnect) -> None:
    conn.networkDefineXML("<network><name>n1</name></network>")


def test_pool_and_device_and_secret_kinds_have_the_names_of_their_family() -> None:
    for kind, source in event_sources.SOURCES.items():
        assert kind.startswith(source.family + "_")
        assert source.event.kind == kind


def test_every_event_id_of_libvirt_is_offered() -> None:
    ours = {(one.family, one.constant) for one in event_sources.SOURCES.values()}
    superseded = {("domain", "BLOCK_JOB"), ("domain", "IO_ERROR")}  # by BLOCK_JOB_2 and IO_ERROR_REASON
    theirs = {
        (family, name.removeprefix(prefix))
        for family in ("domain", "network", "storage_pool", "node_device", "secret")
        for prefix in [f"VIR_{family.upper()}_EVENT_ID_"]
        for name in dir(libvirt)
        if name.startswith(prefix)
    }
    assert theirs - ours - superseded == set()


def test_closing_unsubscribes_and_a_forgotten_stream_is_forgotten(host: virtsdk.Host) -> None:
    hub = host._hub
    first, second = host.events("domain_lifecycle"), host.events("domain")
    assert "domain_reboot" in hub._registered
    second.close()
    second.close()
    assert set(hub._registered) == {"domain_lifecycle"}
    del first
    gc.collect()
    host.events("network_lifecycle").close()
    assert set(hub._registered) == set()


def test_many_subscribers_in_many_threads_each_see_everything(host: virtsdk.Host) -> None:
    counts: dict[int, int] = {}
    ready = threading.Barrier(9)

    def subscribe(number: int) -> None:
        with host.events("domain_lifecycle") as events:
            ready.wait(60)
            counts[number] = len([events.get(timeout=30) for _ in range(100)])

    threads = [threading.Thread(target=subscribe, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    ready.wait(60)
    toggle(host, 50)
    for thread in threads:
        thread.join(120)
    assert counts == dict.fromkeys(range(8), 100)


def test_a_limit_below_one_is_a_bad_argument(host: virtsdk.Host) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        EventStream(host._hub, host.name, limit=0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"limit": "many"}, TypeError, "a number of events"),
        ({"callback": 5}, TypeError, "callback must be .* not 5"),
        ({"kinds": 5}, TypeError, "names or classes"),
        ({"kinds": [5]}, TypeError, "a name or a class, not 5"),
        ({"kinds": int}, ValueError, "unknown kind"),
        ({"kinds": []}, ValueError, "at least one kind"),
    ],
)
def test_bad_arguments(
    options: dict[str, object], error: type[Exception], message: str, host: virtsdk.Host
) -> None:
    with pytest.raises(error, match=message):
        host.events(**options)  # type: ignore[arg-type]


def test_a_callback_that_gives_up_does_not_end_its_subscription(host: virtsdk.Host) -> None:
    told: list[Event] = []

    def leaves(event: Event) -> None:
        told.append(event)
        raise SystemExit

    with host.events("domain_lifecycle", callback=leaves) as events:
        toggle(host, 2)
        until(lambda: events.failures == 4)
    assert len(seen(told)) == events.failures == 4


def test_a_subscriber_that_blocks_for_ever_does_not_keep_its_host_from_closing(host: virtsdk.Host) -> None:
    go_on, inside = threading.Event(), threading.Event()

    def blocks(_: Event) -> None:
        inside.set()
        go_on.wait(30)

    events = host.events("domain_lifecycle", callback=blocks)
    toggle(host, 1)
    assert inside.wait(30)
    started = time.monotonic()
    events.close()
    host.close()
    assert time.monotonic() - started < SLOW
    go_on.set()


def test_an_await_that_is_cancelled_takes_no_event_with_it(host: virtsdk.Host) -> None:
    async def read() -> Event:
        async with host.events("domain_lifecycle") as events:
            waiting = asyncio.ensure_future(events.__anext__())
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await asyncio.to_thread(host.domains["web1"].suspend)
            return await events.__anext__()

    assert vars(asyncio.run(asyncio.wait_for(read(), 60)))["event"] == "suspended"


def test_events_of_a_read_only_connection() -> None:
    with virtsdk.connect("test:///default", readonly=True) as reader, reader.events("domain") as events:
        with virtsdk.connect("test:///default") as writer:
            toggle(writer, 1, "test")
        assert seen([events.get(timeout=30), events.get(timeout=30)]) == [
            ("suspended", "paused"),
            ("resumed", "unpaused"),
        ]


def test_a_notebooks_interrupt_ends_an_async_for() -> None:
    """It cancels the cell's task from a signal's handler, which does not wake the loop up."""
    script = """
        import asyncio, os, signal, threading, time, virtsdk

        async def cell():
            async for event in host.events("domain_lifecycle"):
                print(event)

        host = virtsdk.connect("test:///default")
        loop = asyncio.new_event_loop()
        task = loop.create_task(cell())
        signal.signal(signal.SIGINT, lambda *_: task.cancel())
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            print("ended")
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("ended\n", "")


def test_an_event_is_one_line_with_its_time() -> None:
    event = DomainReboot(host="kvm7", time=datetime(2026, 3, 1, 12, tzinfo=UTC), domain="u", name="a\n")
    assert repr(event) == "<DomainReboot 2026-03-01 12:00:00 UTC host='kvm7' domain='u' name='a\\n'>"


def test_a_frame_without_events_has_the_types_of_one_with_some() -> None:
    with virtsdk.connect("test:///default") as host, host.events("domain_lifecycle") as events:
        empty = events.frame()
        host.domains["test"].suspend()
        events.get(timeout=30)
        host.domains["test"].resume()
        full = events.frame()
    assert dict(empty.dtypes) == dict(full.dtypes[list(empty.columns)])


def test_a_subscription_ends_by_itself(host: virtsdk.Host) -> None:
    seen: list[Event] = []
    assert list(host.events("domain").until("0.02s")) == []
    watching = host.events("domain_lifecycle", callback=seen.append).until(timedelta(hours=1))
    assert host.subscriptions == [watching]
    host.domains["web2"].start()
    until(lambda: len(seen) == 1)
    watching.until(datetime.now(UTC))
    until(lambda: not watching.is_open)
    host.domains["web2"].suspend()
    assert (len(seen), host.subscriptions) == (1, [])

    async def read() -> list[Event]:
        return [event async for event in host.events("domain").until(0.02)]

    assert asyncio.run(read()) == []


@pytest.mark.parametrize(
    ("end", "message"),
    [("soon", "end must be .*, not 'soon'"), (0, "0"), (datetime(2026, 1, 1), "a time zone")],  # noqa: DTZ001
)
def test_an_end_that_is_none(end: object, message: str, host: virtsdk.Host) -> None:
    with host.events() as events, pytest.raises(ValueError, match=message):
        events.until(end)


def test_a_subscription_takes_the_place_of_the_one_of_its_name(host: virtsdk.Host) -> None:
    first: list[Event] = []
    second: list[Event] = []
    former = host.events("domain_lifecycle", callback=first.append, name="watch")
    other = host.events("domain_lifecycle", name="other")
    now = host.events("domain_lifecycle", callback=second.append, name="watch")
    assert (former.is_open, host.subscriptions) == (False, [other, now])
    host.domains["web1"].suspend()
    until(lambda: len(second) == 1)
    assert (first, other.get(timeout=30).event) == ([], "suspended")
    with pytest.raises(TypeError, match="name must be text, not 3"):
        host.events(name=3)
    assert host.subscriptions == [other, now]


def test_a_subscription_that_nobody_has_any_more_is_none(host: virtsdk.Host) -> None:
    kept = host.events("domain")
    host.events("domain")
    gc.collect()
    assert host.subscriptions == [kept]
    host.close()
    assert host.subscriptions == []
