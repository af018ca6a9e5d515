"""What a live object shows: now to a person, within 2 s, or why not; its last reading to a debugger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.resources import sight
from virtsdk.resources.sight import Look
from virtsdk.resources.sight import look as look_at
from virtsdk.resources.storage_volume.values import VolumeSizes


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "words", "line"),
    [
        (None, "not read yet", "<Domain a>"),
        (220, "read 3 min ago", "<Domain a, read 3 min ago>"),
        (7300, "read 2 h ago", "<Domain a, read 2 h ago>"),
    ],
    ids=["never", "minutes", "hours"],
)
def test_a_reading_says_how_old_it_is(seconds: float | None, words: str, line: str) -> None:
    look = Look(None if seconds is None else ago(seconds))
    assert (look.words, look.marked("<Domain a>")) == (words, line)


def test_what_was_never_read_and_could_not_be_says_so() -> None:
    look = Look(None, "no answer", True)
    assert (look.words, look.marked("<Domain a>")) == ("not read yet", "<Domain a, not read yet: no answer>")


def test_a_handle_that_was_just_read_says_no_age() -> None:
    assert Look(ago(0)).marked("<Domain a>") == "<Domain a>"


def test_what_could_not_be_read_again_is_marked_old() -> None:
    found = Look(ago(220), "no answer in 2 s", tried=True)
    assert found.words.startswith("old: read 3 min ago, at ")
    assert found.marked("<Domain a running>").endswith(": no answer in 2 s>")


class Frozen:
    """A host whose calls hang until they are let go; they are counted."""

    def __init__(self, host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.begun = threading.Event(), 0
        real = host.domains._read_all

        def read_all(conn: Any) -> Any:
            self.begun += 1
            self.go.wait(60)
            return real(conn)

        monkeypatch.setattr(host.domains, "_read_all", read_all)


@pytest.fixture
def frozen(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Frozen]:
    list(host.domains)
    monkeypatch.setattr(sight, "LOOK_SECONDS", 0.05)
    stopped = Frozen(host, monkeypatch)
    yield stopped
    stopped.go.set()


def test_a_host_that_hangs_has_its_last_reading_shown(
    host: virtsdk.Host, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for shown in (str(host.domains), host.domains._repr_html_()):
        assert "web1" in shown
        assert "old: read" in shown
    assert "no answer in 0.05 s" in host.domains._repr_html_() or "has not answered" in str(host.domains)
    assert frozen.begun == 1, "each display adds a call that hangs"
    frozen.go.set()
    monkeypatch.setattr(sight, "LOOK_SECONDS", 30.0)
    until(lambda: "old" not in str(host.domains))


def test_a_closed_host_shows_what_was_read(node_file: Callable[..., str]) -> None:
    host = virtsdk.connect(node_file())
    domains, networks = host.domains, host.networks
    list(domains)
    host.close()
    for shown in (str(domains), domains._repr_html_()):
        assert "0 domains on" in shown
        assert "was closed" in shown
    assert str(networks).startswith("<networks on ")
    assert "\n" not in str(networks)
    assert "closed" in host._repr_html_()


def test_what_a_driver_lacks_is_one_line(host: virtsdk.Host) -> None:
    assert str(host.secrets).count("\n") == 0
    assert "does not do that" in str(host.secrets)
    assert "does not do that" in host.secrets._repr_html_()


def test_a_guest_is_shown_as_it_is_now(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    host.domains["web2"].start()
    assert repr(guest) == "<Domain web2 shutoff 2 vCPU 2 GiB>"
    assert str(guest) == repr(guest) == "<Domain web2 running 2 vCPU 2 GiB>"
    host.domains["web2"].destroy()
    assert "shutoff, read" in guest._repr_html_()
    host.domains["web2"].undefine()
    assert "shutoff, old: read" in guest._repr_html_()
    assert "'web2'" in str(guest)


def test_what_was_read_is_written_in_units(host: virtsdk.Host) -> None:
    seen = repr(host.domains["web2"].last_seen)
    assert seen.startswith("<Glance shutoff, 2 vCPU, 2 GiB, 512 MiB of it now, read ")
    assert repr(VolumeSizes("file", 100 * 2**30, 0)) == "<VolumeSizes file, 100 GiB, 0 bytes taken>"
    assert repr(host.session).endswith(" open>")


def test_the_machine_says_how_many_guests_there_are_now(host: virtsdk.Host) -> None:
    assert "3, 2 of them active" in host._repr_html_()
    host.domains["web1"].destroy()
    assert "3, 1 of them active" in host._repr_html_()
    assert look_at(host.domains).trouble is None


def test_the_reason_is_one_line(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(timeout: float) -> None:
        raise errors.InternalError("first line\nsecond line")

    monkeypatch.setattr(host.domains, "_read_again", broken)
    assert str(host.domains) == f"<domains on {host.name}: first line second line>"
