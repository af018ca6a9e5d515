"""Handles: libvirt's object behind one goes with its connection, and a handle with its last user."""

from __future__ import annotations

import gc
import pickle
import time
import weakref
from functools import partial

import pytest

import virtsdk
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
        assert (handle(), raw()) == (None, None)
    finally:
        gc.enable()


def test_libvirts_object_goes_with_its_connection_and_is_found_again(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    generation = host.session.generation
    first = host.session.call("take", "it", lambda conn: weakref.ref(raw_of(guest, conn)))
    conn = host.session.call("take", "it", lambda conn: conn)
    host.session.lost(conn, "pulled")
    until = time.monotonic() + 10
    while host.session.generation == generation:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert first() is None
    assert guest.state == "running"
    found, conn = host.session.call("take", "it", lambda conn: (raw_of(guest, conn), conn))
    assert found.connect() is conn
    assert host.session.call("take", "it", lambda conn: raw_of(guest, conn)) is found  # looked up once


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
