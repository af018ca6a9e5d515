"""Calls while the connection is lost: what reads is asked again, what changes something is not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "node.xml").write_text("<node/>")
    with virtsdk.connect(f"test://{tmp_path}/node.xml") as host:
        yield host.session


def lost_during_the_first(session: Session) -> tuple[Callable[[Any], str], list[Any]]:
    """A call during which the connection is lost, but only the first time; and the connections it got."""
    seen: list[Any] = []

    def call(conn: Any) -> str:
        seen.append(conn)
        if len(seen) == 1:
            session.lost(conn, "pulled")
            raise errors.ConnectionLost("the connection was lost")
        return conn.getURI()

    return call, seen


def test_a_reading_call_is_repeated_on_the_next_connection(session: Session) -> None:
    call, seen = lost_during_the_first(session)
    assert session.call("read", "it", call) == session.uri
    assert len(seen) == 2
    assert seen[0] is not seen[1]


def test_a_changing_call_is_not_repeated_as_it_may_have_been_done(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    call, seen = lost_during_the_first(session)
    with pytest.raises(errors.ConnectionLost):
        session.call("change", "it", call, changes=True)
    assert len(seen) == 1
    audited = [vars(one)["outcome"] for one in caplog.records if one.name == "virtsdk.audit"]
    assert audited == ["ConnectionLost"]
    assert session.call("change", "it", call, changes=True) == session.uri  # the next one goes through


def test_a_change_of_two_connections_is_not_repeated(session: Session, tmp_path: Path) -> None:
    call, seen = lost_during_the_first(session)
    with (
        virtsdk.connect(f"test://{tmp_path}/node.xml") as other,
        pytest.raises(errors.ConnectionLost),
    ):
        session.call_with(other.session, "move", "it", lambda conn, _: call(conn))
    assert len(seen) == 1


def test_a_second_loss_is_told(session: Session) -> None:
    calls = 0

    def call(conn: Any) -> None:
        nonlocal calls
        calls += 1
        session.lost(conn, "pulled")
        raise errors.ConnectionLost("the connection was lost")

    with pytest.raises(errors.ConnectionLost):
        session.call("read", "it", call)
    assert calls == 2


def test_without_reconnecting_a_reading_call_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "node.xml").write_text("<node/>")
    with virtsdk.connect(f"test://{tmp_path}/node.xml", reconnect=False) as host:
        call, seen = lost_during_the_first(host.session)
        with pytest.raises(errors.ConnectionLost):
            host.session.call("read", "it", call)
        assert len(seen) == 1


def test_each_change_has_a_token_of_its_own_and_reading_has_none(session: Session) -> None:
    tokens = [session.last_change]
    for changes in (False, True, True):
        session.call("use", "it", lambda conn: conn.getURI(), changes=changes)
        tokens.append(session.last_change)
    assert tokens[0] is tokens[1]
    assert len({id(one) for one in tokens[1:]}) == 3
