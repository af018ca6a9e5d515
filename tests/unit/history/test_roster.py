"""Hosts of a file, as a recorder has them: opened when they answer, and anew where they were closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk.history.hosts import LateHost
from virtsdk.history.roster import Roster, hosts_of_file
from virtsdk.resources import rereading
from virtsdk.resources.hosts_file import HostEntry
from virtsdk.resources.rereading import Rereading


def test_one_that_was_closed_is_opened_anew() -> None:
    def opened(name: str, entry: HostEntry) -> virtsdk.Host:
        return virtsdk.connect(entry.uri, name=name)

    given = Roster(lambda: {"a": HostEntry("test:///default"), "b": HostEntry("test:///default")}, opened)
    before = given()
    before["a"].close()
    after = given()
    assert after["b"] is before["b"] and after["a"] is not before["a"]
    for host in after.values():
        host.close()


def test_a_hosts_file_is_found_from_another_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hosts.toml").write_text("[hosts]\nkvm7 = 'test:///default'\n")
    monkeypatch.chdir(tmp_path)
    given = hosts_of_file("hosts.toml"), hosts_of_file("hosts.toml", readonly=False)
    monkeypatch.chdir("/")
    for roster_of, readonly in zip(given, (True, False), strict=True):
        (late,) = roster_of().values()
        assert isinstance(late, LateHost)
        host = late.get(30)
        assert (late.uri, host.name, host.readonly) == ("test:///default", "kvm7", readonly)
        late.close()


@pytest.mark.parametrize("given", ["qemu:///system", "", b"hosts.toml"])
def test_what_is_no_file_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"hosts must be .*hosts file"):
        hosts_of_file(given)


# --- the list itself ----------------------------------------------------------------------------------


def entries(**uris: str) -> dict[str, HostEntry]:
    return {name: HostEntry(uri) for name, uri in uris.items()}


def made(name: str, entry: HostEntry) -> Any:
    return [name, entry.uri]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "_PAUSE", 0.001)


def of(*readings: dict[str, HostEntry] | Exception) -> tuple[Rereading[Any], Iterator[Any]]:
    """A list that reads one after the other."""
    left = iter(readings)

    def read() -> dict[str, HostEntry]:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return Rereading(read, made), left


def test_whoever_stays_is_the_same_host_and_whoever_moved_is_another() -> None:
    then, now = entries(a="x", b="y", d="w"), entries(c="v", b="z", a="x")
    given, _ = of(then, now, now)
    before, after = given(), given()
    assert list(before) == ["a", "b", "d"]
    assert list(after) == ["c", "b", "a"]
    assert after["a"] is before["a"]
    assert (before["b"], after["b"]) == (["b", "y"], ["b", "z"])


def test_one_that_comes_back_is_opened_anew() -> None:
    both, one = entries(a="x", b="y"), entries(a="x")
    given, _ = of(both, one, one, both, both)
    before, _, after = given(), given(), given()
    assert after["b"] == before["b"] and after["b"] is not before["b"]


def test_half_a_file_is_not_taken_for_all_of_it() -> None:
    whole, half = entries(a="x", b="y"), entries(a="x")
    given, left = of(whole, half, whole, whole, half)
    before = given()
    assert given() == before  # read while it was written
    assert list(left) == [half]


def test_one_that_never_rests_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "_TRIES", 3)
    readings = [entries(a=str(number)) for number in range(9)]
    given, left = of(*readings)
    given()
    assert given() == {"a": ["a", "4"]}
    assert len(list(left)) == 4


def test_what_cannot_be_read_is_the_callers_and_forgets_nothing() -> None:
    there = entries(a="x")
    given, _ = of(there, ValueError("no TOML"), there)
    before = given()
    with pytest.raises(ValueError, match="no TOML"):
        given()
    assert given()["a"] is before["a"]


def test_the_hosts_of_the_first_time_may_be_there_already() -> None:
    host: Any = object()
    given = Rereading(lambda: entries(a="x", b="y"), made, first={"a": ("x", host)})
    assert given() == {"a": host}
    assert given() == {"a": host, "b": ["b", "y"]}
