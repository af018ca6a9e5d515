"""Losses of a connection while threads use it: here the test driver's, lost as often as it takes."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.binding import restoring
from virtsdk.binding.restoring import RestoringConnection
from virtsdk.binding.way_in import door

NODE = "<node>{}</node>".format(
    "".join(
        f"<domain type='test'><name>g{number}</name><uuid>00000000-0000-4000-8000-{number:012}</uuid>"
        "<memory>1024</memory><os><type>hvm</type></os></domain>"
        for number in range(30)
    )
)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_losses_while_threads_make_handles_and_subscribe(tmp_path: Path) -> None:
    (tmp_path / "node.xml").write_text(NODE)
    failures: list[BaseException] = []
    stop = threading.Event()

    with virtsdk.connect(f"test://{tmp_path / 'node.xml'}") as host, host.events("domain") as events:

        def make() -> None:
            guests = host.domains["g7"], host.domains["g8"]
            kept: deque[list[virtsdk.Domain]] = deque(maxlen=40)  # a loss has many handles to tell
            while not stop.is_set():
                kept.append(list(host.domains))
                assert len(kept[-1]) == 30
                assert [guest.state.value for guest in guests] == ["running", "running"]

        def subscribe() -> None:
            while not stop.is_set():
                host.events("network").close()

        def use(job: Callable[[], None]) -> None:
            try:
                job()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=use, args=(job,)) for job in (make, make, subscribe)]
        for thread in threads:
            thread.start()
        for _ in range(100):
            generation = host.session.generation
            conn = host.session.call("take", "it", lambda conn: conn)
            host.session.lost(conn, "pulled")
            until(lambda generation=generation: host.session.generation > generation)
        stop.set()
        for thread in threads:
            thread.join(60)
        told = [event.kind for event in events.drain()]
    assert failures == []
    assert told == ["disconnected", "reconnected"] * 100


def lose(host: virtsdk.Host) -> None:
    host.session.lost(host.session.call("take", "it", lambda conn: conn), "pulled")


def test_a_lost_connection_that_is_hurried_is_tried_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "_LONGEST_PAUSE", 600.0)
    file = tmp_path / "node.xml"
    file.write_text(NODE)
    with virtsdk.connect(f"test://{file}") as host:
        session = host.session
        assert session.hurry(30)  # it is there
        file.unlink()
        lose(host)
        until(lambda: session._tries >= 3)
        monkeypatch.setattr(session, "pause", lambda _: RestoringConnection.pause(session, 600))
        tries = session._tries
        until(lambda: session._tries > tries)  # from now on it pauses for long
        assert not session.hurry(30)
        error = session.while_lost("ask", "host 'kvm7'")
        assert str(error).startswith("cannot ask host 'kvm7': the connection to test://")
        assert "it does not come back: cannot open" in str(error)
        assert isinstance(error.__cause__, errors.ConnectError)
        file.write_text(NODE)
        assert session.hurry(30)
        assert len(host.domains) == 30
    assert not session.hurry(30)  # closed


def test_tries_to_reconnect_that_hang_do_not_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a host accepts connections and never answers."""
    end = threading.Event()
    file = tmp_path / "node.xml"
    file.write_text(NODE)
    with virtsdk.connect(f"test://{file}") as host:
        session = host.session
        session.timeout = 0.05
        monkeypatch.setattr(session._door, "_check", lambda conn: end.wait())
        monkeypatch.setattr(restoring, "_LONGEST_PAUSE", 0.01)
        lose(host)
        until(lambda: session._tries >= 20)
        assert len(session._door._under_way) == door._MOST_HANGING
        assert "tries, which still wait" in str(session.while_lost("ask", "it"))
        end.set()
        session.timeout = 20
        until(lambda: session.hurry(1))
        until(lambda: not session._door._under_way)
