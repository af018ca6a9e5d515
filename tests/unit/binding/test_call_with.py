"""A change that takes two connections: both allow it, both are held, both have it in their audit log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.binding.session import Session

Pair = tuple[virtsdk.Host, virtsdk.Host]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    for name in ("a", "b"):
        (tmp_path / f"{name}.xml").write_text("<node/>")
    with (
        virtsdk.connect(f"test://{tmp_path}/a.xml") as first,
        virtsdk.connect(f"test://{tmp_path}/b.xml") as second,
    ):
        yield first, second


def move(first: Session, second: Session, function: Callable[[Any, Any], object], **options: Any) -> object:
    return first.call_with(second, "move", "a thing", function, **options)


def test_it_gets_both_connections(two: Pair) -> None:
    here, there = two
    assert move(here.session, there.session, lambda a, b: (a.getURI(), b.getURI())) == (here.uri, there.uri)


def test_both_hosts_have_it_in_the_audit_log(two: Pair, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    here, there = two
    move(here.session, there.session, lambda a, b: None)
    with pytest.raises(errors.DomainNotFound, match="cannot move a thing"):
        move(here.session, there.session, lambda a, b: b.lookupByName("none"))
    told = [vars(one) for one in caplog.records if one.name == "virtsdk.audit"]
    said = [(one["host"], one["verb"], one["outcome"]) for one in told]
    assert sorted(said) == sorted(
        (host.uri, "move", outcome) for host in two for outcome in ("ok", "DomainNotFound")
    )


@pytest.mark.parametrize("which", [0, 1])
def test_a_read_only_one_is_enough_to_refuse(which: int, two: Pair) -> None:
    with virtsdk.connect(two[which].uri, readonly=True) as reader:
        pair = [host.session for host in two]
        pair[which] = reader.session
        with pytest.raises(errors.ReadOnly, match="cannot move a thing"):
            move(pair[0], pair[1], lambda a, b: pytest.fail("it was called"))


@pytest.mark.parametrize("which", [0, 1])
def test_a_closed_one_is_enough_to_refuse_and_leaves_the_other_free(which: int, two: Pair) -> None:
    two[which].close()
    with pytest.raises(errors.HostClosed, match="cannot move a thing"):
        move(two[0].session, two[1].session, lambda a, b: pytest.fail("it was called"))
    other = two[1 - which]
    assert other.is_alive
    other.close()  # at once, as no call holds it


def test_neither_connection_is_closed_under_the_call_even_when_nobody_waits_for_it(two: Pair) -> None:
    inside, go_on = threading.Event(), threading.Event()
    answers: list[str] = []

    def slow(a: Any, b: Any) -> None:
        inside.set()
        assert go_on.wait(30)
        answers.extend((a.getURI(), b.getURI()))  # on connections that were freed this crashes

    here, there = two
    with pytest.raises(errors.TimedOut, match=r"no answer in 0\.5 s; the call itself goes on"):
        move(here.session, there.session, slow, timeout=0.5)
    assert inside.wait(30)
    assert [what for what, _ in here.parked_calls] == ["move a thing"]
    uris = [here.uri, there.uri]
    for host in two:
        host.close()
    go_on.set()
    until(lambda: here.parked_calls == [])
    assert answers == uris
