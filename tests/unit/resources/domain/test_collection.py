"""The collection of a host's guests."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import libvirt
import pandas as pd
import pytest

import virtsdk
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors
from virtsdk.binding.session import Session

UUIDS = {name: f"00000000-0000-4000-8000-00000000000{i}" for i, name in enumerate(("web1", "web2", "db1"), 1)}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count what is called on libvirt's connections and domains."""
    counted: Counter[str] = Counter()

    def counting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            counted[name] += 1
            return original(*arguments, **options)

        return call

    local = {"name", "UUIDString", "ID", "connect", "c_pointer", "isAlive"}  # answered without the host
    for cls in (libvirt.virConnect, libvirt.virDomain):
        for name, value in list(vars(cls).items()):
            if callable(value) and not name.startswith("_") and name not in local:
                monkeypatch.setattr(cls, name, counting(name, value))
    yield counted


def test_iterate_count_and_contain(host: virtsdk.Host) -> None:
    assert [guest.name for guest in host.domains] == ["db1", "web1", "web2"]
    assert len(host.domains) == 3
    assert "web1" in host.domains
    assert UUIDS["web1"] in host.domains
    assert "none" not in host.domains
    assert None not in host.domains
    assert host.domains["web1"] in host.domains


def test_look_up_by_name_and_by_uuid(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    assert guest.uuid == UUIDS["web1"]
    assert host.domains[UUIDS["web1"]] == guest
    assert host.domains[uuid.UUID(UUIDS["web1"])] == guest
    assert host.domains[UUIDS["web1"].upper()] == guest
    assert host.domains.get("web1") == guest
    assert len({guest, host.domains["web1"]}) == 1
    assert guest != host.domains["web2"]


def test_look_up_by_the_id_of_a_run_as_virsh_lists_it(host: virtsdk.Host) -> None:
    ids = host.domains.frame().set_index("name")["run_id"].dropna()
    assert {host.domains[number].name for number in ids} == {"web1", "db1"}
    assert host.domains.find(int(ids["web1"])) == host.domains["web1"]
    assert int(ids["web1"]) in host.domains


def test_all_definitions_are_read_in_one_call_of_the_session(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = Session.call

    def counted(self: Session, operation: str, *rest: Any, **options: Any) -> Any:
        asked.append(operation)
        return call(self, operation, *rest, **options)

    monkeypatch.setattr(Session, "call", counted)
    found = host.domains.definitions()
    assert [one.name for one in found] == ["db1", "web1", "web2"]
    assert asked == ["read the definitions of the"]
    assert host.domains.definitions(persistent=True) == [
        host.domains[one.name].definition(persistent=True) for one in found
    ]


def test_a_domain_that_goes_away_meanwhile_hides_no_other(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = libvirt.virDomain.XMLDesc

    def gone(self: libvirt.virDomain, flags: int = 0) -> str:
        if self.name() == "web1":
            return self.connect().lookupByName("none")
        return read(self, flags)

    monkeypatch.setattr(libvirt.virDomain, "XMLDesc", gone)
    assert [one.name for one in host.domains.definitions()] == ["db1", "web2"]


def test_what_is_not_there(host: virtsdk.Host) -> None:
    for missing in ("none", "", "00000000-0000-4000-8000-0000000000ff"):
        assert host.domains.find(missing) is None
        with pytest.raises(errors.DomainNotFound) as caught:
            host.domains[missing]
        assert missing in str(caught.value)
    with pytest.raises(LookupError):
        host.domains["none"]
    with pytest.raises(TypeError, match="not float"):
        host.domains[1.0]  # type: ignore[index]
    with pytest.raises(TypeError, match="not bool"):
        host.domains[True]
    for number in (-1, 4096, 2**40):
        assert number not in host.domains
        with pytest.raises(errors.DomainNotFound, match=f"no domain with id {number} on"):
            host.domains[number]


def test_a_name_that_looks_like_a_uuid_wins(node_file: NodeFile) -> None:
    uri = node_file(domain_xml("web1", 1), domain_xml(UUIDS["web1"], 2))
    with virtsdk.connect(uri) as host:
        assert host.domains[UUIDS["web1"]].uuid == UUIDS["web2"]
        assert host.domains[uuid.UUID(UUIDS["web1"])].name == "web1"


def test_the_frame_has_one_row_a_domain_in_base_units(host: virtsdk.Host) -> None:
    frame = host.domains.frame().set_index("name")
    assert frame.columns.tolist() == [
        "host",
        "domain",
        "state",
        "state_reason",
        "run_id",
        "vcpus",
        "memory_bytes",
        "memory_current_bytes",
        "persistent",
        "autostart",
    ]
    assert frame["host"].unique().tolist() == [host.name]
    assert frame["domain"].to_dict() == UUIDS
    assert frame["state"].to_dict() == {"web1": "running", "web2": "shutoff", "db1": "paused"}
    assert frame["vcpus"].to_dict() == {"web1": 1, "web2": 2, "db1": 3}
    assert frame["memory_bytes"].to_dict() == {"web1": 2**30, "web2": 2 * 2**30, "db1": 3 * 2**30}
    assert frame["memory_current_bytes"].tolist() == [512 * 2**20] * 3
    assert frame["persistent"].tolist() == [True] * 3
    assert frame["state_reason"].to_dict() == dict.fromkeys(UUIDS, "unknown")
    assert frame["run_id"].notna().to_dict() == {"web1": True, "web2": False, "db1": True}


def test_the_frame_of_an_empty_host_has_the_same_columns_and_types(
    host: virtsdk.Host, node_file: NodeFile
) -> None:
    full = host.domains.frame()
    with virtsdk.connect(node_file()) as empty_host:
        empty = empty_host.domains.frame()
        assert empty_host.domains
        assert len(empty_host.domains) == 0
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_transient_and_autostart_are_told_apart(host: virtsdk.Host) -> None:
    host.domains["web1"].set_autostart()
    host.domains.create(domain_xml("guest", 9).replace("<test:runstate>1</test:runstate>", ""))
    frame = host.domains.frame().set_index("name")
    assert frame["autostart"].to_dict() == {"web1": True, "web2": False, "db1": False, "guest": False}
    assert frame["persistent"].to_dict() == {"web1": True, "web2": True, "db1": True, "guest": False}


def test_a_thousand_domains_are_framed_without_a_call_a_domain_where_there_is_a_bulk_form(
    node_file: NodeFile, calls: Counter[str]
) -> None:
    with virtsdk.connect(node_file(*(domain_xml(f"g{i}", i) for i in range(1, 1001)))) as host:
        calls.clear()
        assert len(host.domains.frame()) == 1000
        # a bulk call would ask each QEMU for vCPUs and memory; libvirt itself is asked one by one
        assert calls.pop("info") == 1000
        assert calls == {"getAllDomainStats": 1, "listAllDomains": 2}
        calls.clear()
        assert len(host.domains) == 1000
        assert calls == {"listAllDomains": 1}


def test_a_host_that_is_far_is_asked_for_several_at_once(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = host.domains.frame()
    threads: set[str] = set()
    read = libvirt.virDomain.info

    def info(self: libvirt.virDomain) -> list[int]:
        threads.add(threading.current_thread().name)
        return read(self)

    monkeypatch.setattr(libvirt.virDomain, "info", info)
    monkeypatch.setattr(Session, "wired", True)
    monkeypatch.setattr("virtsdk.resources.domain.collection._FAR", 0)
    pd.testing.assert_frame_equal(host.domains.frame(), near)
    assert "virtsdk-each" in threads


def test_define_create_and_undefine(host: virtsdk.Host) -> None:
    text = "<domain type='test'><name>new</name><memory>1024</memory><os><type>hvm</type></os></domain>"
    new = host.domains.define(text)
    assert (new.name, new.state, new.is_persistent) == ("new", "shutoff", True)
    changed = new.definition()
    changed.title = "a title"
    assert host.domains.define(changed) == new
    assert new.definition(persistent=True).title == "a title"
    new.undefine()
    assert "new" not in host.domains
    passing = host.domains.create(text)
    assert (passing.state, passing.is_persistent) == ("running", False)
    passing.destroy()
    assert "new" not in host.domains


def test_who_is_defined_is_in_the_audit_log_and_in_the_message(
    host: virtsdk.Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="virtsdk.audit")
    host.domains.define(domain_xml("a & b", 8, state=5)).undefine()
    with pytest.raises(errors.XmlError, match="cannot define domain 'short'"):
        host.domains.define("<domain type='test'><name> short </name></domain>")
    logged = [(vars(one)["verb"], vars(one)["object"]) for one in caplog.records]
    assert logged == [
        ("define", "domain 'a & b'"),
        ("undefine", "domain 'a & b'"),
        ("define", "domain 'short'"),
    ]


def test_a_definition_that_libvirt_does_not_take(host: virtsdk.Host) -> None:
    with pytest.raises(errors.XmlError):
        host.domains.define("<domain")
    with pytest.raises(errors.ConfigNotSupported):
        host.domains.define(domain_xml("x", 8).replace("i686", "nope"))
    with pytest.raises(errors.DomainExists):
        host.domains.define(domain_xml("web1", 77))


def test_a_collection_shows_what_is_there_now(host: virtsdk.Host, calls: Counter[str]) -> None:
    first = str(host.domains)
    assert "3 domains on" in first
    assert [line.split() for line in first.splitlines()[1:]][:3] == [
        ["name", "state", "vCPUs", "memory"],
        ["db1", "paused", "3", "3", "GiB"],
        ["web1", "running", "1", "1", "GiB"],
    ]
    assert '<td class="few">paused</td>' in host.domains._repr_html_()
    calls.clear()
    assert repr(host.domains).splitlines()[1:] == first.splitlines()[1:]
    assert calls == {}
    host.domains["db1"].resume()
    assert [line.split()[:2] for line in str(host.domains).splitlines()[2:]] == [
        ["db1", "running"],
        ["web1", "running"],
        ["web2", "shutoff"],
    ]


def test_a_long_collection_shows_its_size_and_stops(node_file: NodeFile) -> None:
    with virtsdk.connect(node_file(*(domain_xml(f"g{i}", i) for i in range(1, 201)))) as host:
        assert "200 domains" in str(host.domains)
        assert "… and 180 more" in str(host.domains)
        html = host.domains._repr_html_()
        assert "… and 180 more" in html
        assert len(html) < 10_000
