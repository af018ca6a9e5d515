"""What a collection shows: what is there now to a person, what was last read to a debugger."""

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
def test_a_person_sees_what_is_there_now(name: str, empty: virtsdk.Host) -> None:
    collection, make, change, first, then = CHANGES[name]
    shown = collection(empty)
    assert str(shown).startswith("<0 ")
    one = make(empty)
    assert first in str(shown)
    change(one)
    assert then in str(shown)
    assert then in shown._repr_html_()


def test_what_another_program_changes_is_shown(empty: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0 networks" in empty.networks._repr_html_()
    before = empty.session.last_change
    empty.networks.define(NETWORK)
    monkeypatch.setattr(empty.session, "last_change", before)  # as if this program had done nothing
    assert "blue" in empty.networks._repr_html_()
    assert "blue" in empty.networks._repr_mimebundle_()["text/plain"]


@pytest.mark.parametrize("show", [repr, lambda shown: f"{shown!r}"], ids=["repr", "format"])
def test_repr_is_the_last_reading_and_asks_nobody(
    empty: virtsdk.Host, calls: list[str], show: Callable[[object], str]
) -> None:
    networks = empty.networks
    assert "not read yet" in show(networks)
    list(networks)
    networks.define(NETWORK)
    calls.clear()
    assert show(networks).startswith("<0 networks on ")
    assert "read 0 s ago, changed since" in show(networks)
    assert calls == []


def test_both_forms_for_a_notebook_are_of_one_reading(empty: virtsdk.Host, calls: list[str]) -> None:
    bundle = empty.domains._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert calls == ["list the"]


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


def test_a_lookup_displayed_later_shows_its_state_of_then(empty: virtsdk.Host) -> None:
    empty.networks.define(NETWORK)
    seen, other = empty.networks["blue"], empty.networks["blue"]
    other.start()
    assert str(seen) == "<Network blue active persistent>"
    other.destroy()
    other.undefine()
    assert "old: read 0 s ago" in str(seen)
    assert "is no longer on" in seen._repr_html_()


# a collection, the call that makes its member, a name that is nearly its own, the words about it
NEAR = {
    "domains": (lambda host: host.domains, "New ", "no domain 'New ' on {}; there is 'new'"),
    "networks": (lambda host: host.networks, "bleu", "no network 'bleu' on {}; there is 'blue'"),
    "storage_pools": (
        lambda host: host.storage_pools,
        "fats",
        "no storage pool 'fats' on {}; there is 'fast'",
    ),
    "interfaces": (lambda host: host.interfaces, "eht7", "no interface 'eht7' on {}; there is 'eth7'"),
    "volumes": (
        lambda host: pool_of(host).volumes,
        "disc",
        "no storage volume 'disc' on {} in fast; there is 'disk'",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_near_miss_is_named_and_names_are_offered(name: str, empty: virtsdk.Host) -> None:
    collection, typed, words = NEAR[name]
    CHANGES[name][1](empty)
    shown = collection(empty)
    with pytest.raises(errors.NotFound) as caught:
        shown[typed]
    assert str(caught.value) == words.format(empty.name)
    assert caught.value.code_name is not None
    assert typed not in shown
    assert shown._ipython_key_completions_() == [one.name for one in shown] != []


def test_what_is_not_there_says_what_is(host: virtsdk.Host) -> None:
    with pytest.raises(errors.DomainNotFound, match=r"there are 'db1', 'web1', 'web2'$"):
        host.domains["mail"]
    with pytest.raises(errors.DomainNotFound, match=r"there are 'web1', 'web2'$"):
        host.domains["WEB"]
    with pytest.raises(errors.DomainNotFound, match="with UUID 6695eb01-f6a4-8304-79aa-97f2502e1931 on"):
        host.domains["6695eb01-f6a4-8304-79aa-97f2502e1931"]


def test_only_an_error_asks_for_all_names(host: virtsdk.Host, calls: list[str]) -> None:
    assert host.domains.find("mail") is None
    assert "mail" not in host.domains
    assert calls == ["find", "find"]


def test_names_are_offered_of_a_host_that_does_not_answer(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(host.domains)

    def silent(*_: object) -> list[Any]:
        raise errors.TimedOut("no answer in 2 s")

    monkeypatch.setattr(host.domains, "_list", silent)
    assert host.domains._ipython_key_completions_() == ["db1", "web1", "web2"]
    monkeypatch.setattr(host.networks, "_list", silent)
    assert host.networks._ipython_key_completions_() == []


@pytest.mark.parametrize("key", ["a\0b", "caf\udce9"], ids=["NUL", "surrogate"])
def test_a_name_that_c_cannot_take_is_not_there(key: str, host: virtsdk.Host) -> None:
    for collection in (host.domains, host.networks, host.storage_pools):
        assert key not in collection
        with pytest.raises(errors.NotFound) as caught:
            collection[key]
        assert f" {key!r} on " in str(caught.value)
    with pytest.raises(errors.StorageVolumeNotFound):
        pool_of(host).volumes[key]
