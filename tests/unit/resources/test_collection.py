"""What a collection shows: what was last read of it, unless something was changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding.session import Session

NETWORK = "<network><name>blue</name></network>"
POOL = "<pool type='dir'><name>fast</name><target><path>/fast</path></target></pool>"
VOLUME = "<volume><name>disk</name><capacity unit='GiB'>1</capacity></volume>"
INTERFACE = "<interface type='ethernet' name='eth7'><start mode='none'/></interface>"
DOMAIN = "<domain type='test'><name>new</name><memory>1024</memory><os><type>hvm</type></os></domain>"


def pool_of(host: virtsdk.Host) -> Any:
    pool = host.storage_pools.find("fast") or host.storage_pools.define(POOL)
    if not pool.is_active:
        pool.start()
    return pool


# a collection, the call that makes something for it to show, one that changes that, what is shown then
CHANGES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any], str, str]] = {
    "networks": (
        lambda host: host.networks,
        lambda host: host.networks.define(NETWORK),
        lambda blue: blue.undefine(),
        "blue",
        "0 networks",
    ),
    "storage_pools": (
        lambda host: host.storage_pools,
        lambda host: host.storage_pools.define(POOL),
        lambda pool: pool.start(),
        "inactive",
        "running",
    ),
    "interfaces": (
        lambda host: host.interfaces,
        lambda host: host.interfaces.define(INTERFACE),
        lambda eth: eth.start(),
        "eth7",
        "yes",
    ),
    "volumes": (
        lambda host: pool_of(host).volumes,
        lambda host: pool_of(host).volumes.create(VOLUME),
        lambda volume: volume.delete(),
        "1 GiB",
        "0 storage volumes",
    ),
    "domains": (
        lambda host: host.domains,
        lambda host: host.domains.define(DOMAIN),
        lambda guest: guest.start(),
        "shutoff",
        "running",
    ),
}


@pytest.fixture
def empty(node_file: Callable[..., str]) -> Iterator[virtsdk.Host]:
    with virtsdk.connect(node_file()) as host:
        yield host


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls to the host."""
    made: list[str] = []
    real = Session.call

    def call(self: Session, operation: str, *args: Any, **options: Any) -> Any:
        made.append(operation)
        return real(self, operation, *args, **options)

    monkeypatch.setattr(Session, "call", call)
    return made


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_shown_and_nothing_is_asked_without_one(
    name: str, empty: virtsdk.Host, calls: list[str]
) -> None:
    collection, make, change, first, then = CHANGES[name]
    shown = collection(empty)
    assert "<0 " in repr(shown)
    one = make(empty)
    assert first in repr(shown)
    change(one)
    assert then in repr(shown)
    assert then in shown._repr_html_()
    before = len(calls)
    assert (repr(shown), shown._repr_html_()) == (repr(shown), shown._repr_html_())
    assert len(calls) == before


def test_a_change_by_a_call_without_a_verb_is_shown(empty: virtsdk.Host) -> None:
    assert "<0 networks" in repr(empty.networks)
    empty.session.call("define", "a network", lambda conn: conn.networkDefineXML(NETWORK), changes=True)
    assert "blue" in repr(empty.networks)


def test_a_change_that_fails_may_have_changed_something(empty: virtsdk.Host) -> None:
    assert "<0 networks" in repr(empty.networks)

    def half(conn: Any) -> None:
        conn.networkDefineXML(NETWORK)
        raise errors.TimedOut("no answer in 5 s; the call itself goes on")

    with pytest.raises(errors.TimedOut):
        empty.session.call("define", "a network", half, changes=True)
    assert "blue" in repr(empty.networks)


def test_a_change_while_a_list_is_read_is_not_missed(
    empty: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = empty.networks
    real = networks._list

    def overtaken() -> list[Any]:
        found = real()
        monkeypatch.undo()
        networks.define(NETWORK)
        return found

    monkeypatch.setattr(networks, "_list", overtaken)
    assert "<0 networks" in repr(networks)
    assert "blue" in repr(networks)


def test_what_was_last_seen_asks_nobody(host: virtsdk.Host, calls: list[str]) -> None:
    assert host.domains.last_seen is None
    names = [guest.name for guest in host.domains]
    before = len(calls)
    assert host.domains.last_seen is not None
    assert [guest.name for guest in host.domains.last_seen] == names
    host.domains.last_seen.clear()
    assert len(host.domains.last_seen) == 3
    assert len(calls) == before


def test_a_handle_of_a_list_keeps_what_the_list_said_until_it_changes(empty: virtsdk.Host) -> None:
    empty.networks.define(NETWORK)
    (blue,) = empty.networks
    assert blue.last_seen == {"active": False, "persistent": True, "autostart": False}
    blue.start()
    assert blue.last_seen == {}
    assert "active" not in repr(blue)
