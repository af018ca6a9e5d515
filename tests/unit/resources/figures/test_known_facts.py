"""Definitions are read once, and again when an event says so; counted in calls to libvirt itself."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import libvirt
import pytest

import virtsdk
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors
from virtsdk.events import DomainAgentLifecycle, DomainLifecycle, DomainTrayChange, Reconnected
from virtsdk.resources.figures import known_facts
from virtsdk.resources.figures.facts import facts_of

# calls that libvirt answers by itself, without asking the host
LOCAL = {
    "virConnectIsAlive",
    "virDomainFree",
    "virDomainGetID",
    "virDomainGetName",
    "virDomainGetUUIDString",
}
NIC = "<interface type='network'><mac address='52:54:00:00:00:{:02x}'/><source network='{}'/></interface>"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often libvirt was asked for definitions and for lists."""
    made: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counted(self: Any, *args: Any) -> Any:
            made[name] += 1
            return real(self, *args)

        monkeypatch.setattr(owner, name, counted)

    count(libvirt.virDomain, "XMLDesc")
    count(libvirt.virConnect, "listAllDomains")
    return made


@pytest.fixture
def crowd(node_file: NodeFile) -> Iterator[virtsdk.Host]:
    with virtsdk.connect(node_file(*(domain_xml(f"guest{n}", n) for n in range(1, 101)))) as host:
        yield host


def redefine(host: virtsdk.Host, number: int, network: str) -> None:
    """Define anew; return when the event of it has arrived."""
    devices = f"<devices>{NIC.format(number, network)}</devices>"
    with host.events("domain_lifecycle") as events:
        host.domains.define(domain_xml(f"guest{number}", number, extra=devices))
        assert events.get(timeout=30).event == "defined"


def test_definitions_are_read_once_and_one_more_after_an_event(
    crowd: virtsdk.Host, calls: Counter[str]
) -> None:
    for _ in range(50):
        stats = crowd.stats()
    assert len(stats.domains) == 100
    assert stats.domains["autostart"].tolist() == [False] * 100
    assert calls["XMLDesc"] == 100
    assert calls["listAllDomains"] <= 3  # who starts by itself: once, and again every minute
    redefine(crowd, 7, "blue")
    for _ in range(5):
        crowd.stats()
    assert calls["XMLDesc"] == 101


def test_a_sample_is_one_call(crowd: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd.stats()
    sent: list[str] = []
    for name in dir(libvirt.libvirtmod):
        call = getattr(libvirt.libvirtmod, name)
        if not name.startswith("virEvent") and callable(call):

            def counted(*args: Any, call: Any = call, name: str = name) -> Any:
                sent.append(name)
                return call(*args)

            monkeypatch.setattr(libvirt.libvirtmod, name, counted)
    for _ in range(10):
        crowd.stats()
    asked = [name for name in sent if name not in LOCAL]
    assert asked == ["virConnectGetAllDomainStats"] * 10


def test_what_does_not_concern_the_devices_reads_nothing(host: virtsdk.Host, calls: Counter[str]) -> None:
    host.stats()
    before = calls["XMLDesc"]
    with host.events("domain_lifecycle") as events:
        other = host.session.call("suspend", "web1", lambda conn: conn.lookupByName("web1").suspend())
        assert other == 0
        assert events.get(timeout=30).event == "suspended"
    host.stats()
    assert calls["XMLDesc"] == before


def test_a_new_domain_is_read_and_one_that_is_gone_is_left_out(host: virtsdk.Host) -> None:
    host.stats()
    host.domains.define(domain_xml("new", 9))
    host.domains["web2"].undefine()
    domains = host.stats().domains.set_index("name")
    assert not domains.loc["new", "autostart"]
    assert "web2" not in domains.index


def test_what_this_program_changes_without_an_event_is_seen_at_once(host: virtsdk.Host) -> None:
    assert not host.stats().domains.set_index("name").loc["web1", "autostart"]
    host.domains["web1"].set_autostart()
    assert host.stats().domains.set_index("name").loc["web1", "autostart"]


def test_what_others_set_to_start_by_itself_is_seen_when_that_is_listed_again(
    host: virtsdk.Host, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host.stats()
    read = calls["XMLDesc"]
    host.session.call("set", "autostart", lambda conn: conn.lookupByName("db1").setAutostart(1))
    assert not host.stats().domains["autostart"].any()
    moment = time.monotonic() + known_facts.FRESH
    monkeypatch.setattr(known_facts, "monotonic", lambda: moment)
    assert host.stats().domains.set_index("name").loc["db1", "autostart"]
    assert calls["XMLDesc"] == read


def test_in_the_long_run_each_definition_is_read_again_but_never_all_at_once(
    crowd: virtsdk.Host, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start, now = time.monotonic(), 0.0
    monkeypatch.setattr(known_facts, "monotonic", lambda: start + now)
    crowd.stats()
    reads = []
    while now < 2 * known_facts.RECHECK:
        before = calls["XMLDesc"]
        now += 10
        crowd.stats()
        reads.append(calls["XMLDesc"] - before)
    assert 200 <= sum(reads) <= 400
    assert max(reads) <= 20


def test_after_a_gap_all_are_read_again(host: virtsdk.Host, calls: Counter[str]) -> None:
    host.stats()
    before = calls["XMLDesc"]
    known_facts.facts_about(host).put(Reconnected(host=host.name, time=datetime.now(UTC), gap_seconds=2.0))
    host.stats()
    host.stats()
    assert calls["XMLDesc"] == before + 3


@pytest.mark.parametrize(
    ("event", "reads"),
    [("started", 1), ("stopped", 1), ("defined", 1), ("suspended", 0), ("resumed", 0), ("crashed", 0)],
)
def test_an_event_that_may_bring_other_devices_has_the_definition_read(
    event: str, reads: int, host: virtsdk.Host, calls: Counter[str]
) -> None:
    uuid = host.domains["web1"].uuid
    facts = known_facts.facts_about(host)
    facts.look({uuid: 1})
    before = calls["XMLDesc"]
    now = datetime.now(UTC)
    facts.put(DomainLifecycle(host=host.name, time=now, domain=uuid, name="web1", event=event, detail=""))
    facts.look({uuid: 1})
    assert calls["XMLDesc"] == before + reads


class Silent:
    """The events of a driver that has none."""

    def subscribe(self, sink: object, required: frozenset[str]) -> None:
        raise errors.NotSupported("this driver reports no events")


def test_a_driver_without_events_has_its_definitions_read_by_the_clock(
    host: virtsdk.Host, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts: Any = known_facts.KnownFacts(host.session, Silent(), host.name)  # type: ignore[arg-type]
    signs = {one.uuid: None for one in host.domains}
    calls.clear()
    facts.look(signs)
    facts.look(signs)
    assert calls["XMLDesc"] == 3
    moment = time.monotonic() + known_facts.FRESH
    monkeypatch.setattr(known_facts, "monotonic", lambda: moment)
    facts.look(signs)
    assert calls["XMLDesc"] == 6


def test_an_event_while_its_domain_is_read_is_not_lost(host: virtsdk.Host, calls: Counter[str]) -> None:
    facts = known_facts.facts_about(host)
    uuid = host.domains["web1"].uuid
    change = DomainTrayChange(
        host=host.name, time=datetime.now(UTC), domain=uuid, name="web1", alias="ide0-0-0", reason="open"
    )
    real = host.session.call

    def call(operation: str, *args: Any, **options: Any) -> Any:
        answer = real(operation, *args, **options)
        if operation == "read the definitions of":
            facts.put(change)
        return answer

    facts._session = SimpleNamespace(call=call)  # type: ignore[assignment]
    assert uuid in facts.look({uuid: 1})
    facts._session = host.session
    before = calls["XMLDesc"]
    facts.look({uuid: 1})
    facts.look({uuid: 1})
    assert calls["XMLDesc"] == before + 1


def test_the_sign_of_a_domain_that_hangs_tells_nothing_but_an_event_does(
    host: virtsdk.Host, calls: Counter[str]
) -> None:
    facts, uuid, other = known_facts.facts_about(host), host.domains["web1"].uuid, host.domains["db1"].uuid
    facts.look({uuid: 1, other: 1})
    before = calls["XMLDesc"]
    assert set(facts.look({uuid: 2, other: 1}, unsure={uuid})) == {uuid, other}
    facts.look({uuid: 1, other: 1})
    assert calls["XMLDesc"] == before
    facts.forget(uuid)
    assert set(facts.look({uuid: 2}, unsure={uuid})) == {uuid}
    assert calls["XMLDesc"] == before + 1


def test_definitions_that_take_too_long_come_with_later_samples(
    crowd: virtsdk.Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(known_facts, "_BATCH", 30)
    real = crowd.session.call
    asked: list[str] = []

    def call(operation: str, *args: Any, **options: Any) -> Any:
        if operation == "read the definitions of":
            asked.append(operation)
            if len(asked) == 3:
                raise errors.TimedOut("no answer")
        return real(operation, *args, **options)

    monkeypatch.setattr(crowd.session, "call", call)
    assert int(crowd.stats().domains["autostart"].notna().sum()) == 60
    assert "no answer" in caplog.text
    assert int(crowd.stats().domains["autostart"].notna().sum()) == 100


def test_facts_cost_no_thread_and_end_with_the_host(node_file: NodeFile) -> None:
    hosts = [virtsdk.connect(node_file(domain_xml("web1", 1))) for _ in range(5)]
    before = threading.active_count()
    for one in hosts:
        one.stats()
    assert threading.active_count() < before + len(hosts)
    for one in hosts:
        one.close()
        assert not one._hub._registered


AGENT = "<channel type='unix'><target type='virtio' name='{}'{}/></channel>"


@pytest.mark.parametrize(
    ("kind", "run", "channel", "seen"),
    [
        ("kvm", " id='3'", AGENT.format("org.qemu.guest_agent.0", " state='connected'"), True),
        ("kvm", " id='3'", AGENT.format("org.qemu.guest_agent.0", " state='disconnected'"), False),
        ("qemu", " id='3'", AGENT.format("org.qemu.guest_agent.0", ""), None),  # libvirt does not tell
        ("qemu", " id='3'", AGENT.format("com.redhat.spice.0", " state='connected'"), False),
        ("qemu", " id='3'", "", False),
        ("kvm", "", AGENT.format("org.qemu.guest_agent.0", ""), False),  # off
        ("lxc", " id='3'", "", None),
    ],
)
def test_an_agent_is_seen_where_its_channel_is_open(
    kind: str, run: str, channel: str, seen: bool | None
) -> None:
    document = f"<domain type='{kind}'{run}><name>g</name><devices>{channel}</devices></domain>"
    assert facts_of(document, False).agent_seen is seen


def test_an_agent_that_connects_is_seen_without_reading_the_definition(
    host: virtsdk.Host, calls: Counter[str]
) -> None:
    assert host.stats().domains["agent_seen"].isna().all()
    before = calls["XMLDesc"]
    facts, uuid = known_facts.facts_about(host), host.domains["web1"].uuid
    for state, seen in (("connected", True), ("disconnected", False)):
        now = datetime.now(UTC)
        about = {"host": host.name, "time": now, "domain": uuid, "name": "web1", "reason": "channel"}
        facts.put(DomainAgentLifecycle(**about, state=state))
        assert host.stats().domains.set_index("name").loc["web1", "agent_seen"] == seen
    assert calls["XMLDesc"] == before
