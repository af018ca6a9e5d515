"""Handles: libvirt's object behind one goes with its connection, and a handle with its last user."""

from __future__ import annotations

import gc
import logging
import pickle
import weakref
from functools import partial

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.binding.upkeep.turns import Turns
from virtsdk.resources.base import raw_of


def test_a_handle_goes_with_its_last_user_and_takes_libvirts_object_along(host: virtsdk.Host) -> None:
    gc.disable()  # nothing that goes in circles
    try:
        for collection in (host.domains, host.networks):
            collection.frame()
        guest = host.domains["web1"]
        raw = weakref.ref(host.session.call("take", "it", partial(raw_of, guest)))
        handle = weakref.ref(guest)
        assert raw() is not None
        del guest
        assert handle() is None
        until(lambda: raw() is None)  # the thread that called libvirt lets go of it
    finally:
        gc.enable()


def test_libvirts_object_goes_with_its_connection_and_is_found_again(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    generation = host.session.generation
    first = host.session.call("take", "it", lambda conn: weakref.ref(raw_of(guest, conn)))
    conn = host.session.call("take", "it", lambda conn: conn)
    host.session.lost(conn, "pulled")
    until(lambda: host.session.generation != generation)
    until(lambda: first() is None)
    assert guest.state == "running"
    found, conn = host.session.call("take", "it", lambda conn: (raw_of(guest, conn), conn))
    assert found.connect() is conn
    assert host.session.call("take", "it", lambda conn: raw_of(guest, conn)) is found  # looked up once


def test_libvirts_object_is_lent_for_a_block(host: virtsdk.Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    guest = host.domains["web1"]
    with guest.native() as raw, host.native() as conn:
        assert (raw.name(), raw.OSType()) == ("web1", "linux")
        assert raw.connect() is conn
        assert guest.state == "running"  # verbs go on meanwhile
    assert caplog.records == []
    with guest.native(changes=True) as raw:
        raw.suspend()
    with pytest.raises(errors.DomainNotFound, match="cannot use host 'te"), host.native(changes=True) as conn:
        conn.lookupByName("nobody")
    assert guest.state == "paused"
    told = [vars(one) for one in caplog.records]
    assert [(one["verb"], one["object"], one["uuid"], one["outcome"]) for one in told] == [
        ("use", "domain 'web1'", guest.uuid, "ok"),
        ("use", f"host '{host.uri}'", None, "DomainNotFound"),
    ]


def test_what_libvirt_says_in_a_block_is_ours_and_other_errors_stay(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    with pytest.raises(errors.InvalidState, match="cannot use domain 'web2'"), guest.native() as raw:
        raw.suspend()
    with pytest.raises(ZeroDivisionError), guest.native():
        _ = 1 / 0
    guest.undefine()
    host.close()
    with pytest.raises(errors.HostClosed), guest.native():
        pytest.fail("there is no connection")


def test_a_change_in_a_block_is_refused_on_a_read_only_connection() -> None:
    with virtsdk.connect("test:///default", readonly=True) as host:
        guest = host.domains["test"]
        for one in (host, guest):
            with pytest.raises(errors.ReadOnly, match="readonly=True"), one.native(changes=True):
                pytest.fail("it was lent")
        with pytest.raises(errors.ReadOnly), guest.native() as raw:
            raw.suspend()
        with guest.native() as raw:
            assert raw.isActive()


def test_a_connection_that_is_lost_in_a_block_stays_until_its_end(host: virtsdk.Host) -> None:
    guest, generation = host.domains["web1"], host.session.generation
    with guest.native() as raw:
        host.session.lost(raw.connect(), "pulled")
        assert raw.name() == "web1"
        until(lambda: host.session.generation > generation)
        assert raw.isActive()
    with guest.native() as again:
        assert again.connect() is not raw.connect()


def test_where_calls_must_take_turns_nothing_is_lent(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.session, "turns_on", lambda _: Turns(needed=True))
    with pytest.raises(errors.NotSupported, match=r"use host\.session\.call"), host.native():
        pytest.fail("it was lent")


LIVE = {
    "host": lambda host: host,
    "session": lambda host: host.session,
    "collection": lambda host: host.domains,
    "volumes": lambda host: host.storage_pools["default-pool"].volumes,
    "guest": lambda host: host.domains["test"],
    "network": lambda host: host.networks["default"],
    "events": lambda host: host.events(),
    "a list of guests": lambda host: list(host.domains),
}


@pytest.mark.parametrize("what", LIVE)
@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL])
def test_what_is_live_says_what_to_pass_on_instead(what: str, protocol: int) -> None:
    with (
        virtsdk.connect("test:///default") as host,
        pytest.raises(
            TypeError, match=r"cannot be pickled or copied: pass on host.uri .* virtsdk.connect\(uri\)"
        ),
    ):
        pickle.dumps(LIVE[what](host), protocol)


def test_values_and_events_can_be_passed_on() -> None:
    with virtsdk.connect("test:///default") as host:
        for value in (host.node_info(), host.domains.frame(), host.domains["test"].last_seen):
            assert type(pickle.loads(pickle.dumps(value))) is type(value)
