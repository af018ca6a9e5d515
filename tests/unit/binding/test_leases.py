"""A connection that is closed while another thread is in a call on it."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import virtsdk
from virtsdk.binding.leases import Leases


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_end_waits_for_the_last_call() -> None:
    leases, conn, ended = Leases(), object(), threading.Event()
    used: Any = conn
    leases.take(used)
    leases.take(used)
    leases.end(used, ended.set)
    leases.give_back(used)
    assert not ended.wait(0.1)
    leases.give_back(used)
    assert ended.wait(5)


def test_without_a_call_it_is_now() -> None:
    leases, ended = Leases(), threading.Event()
    conn: Any = object()
    leases.take(conn)
    leases.give_back(conn)
    leases.end(conn, ended.set)
    assert ended.is_set()


def test_a_call_goes_on_when_its_host_is_closed(tmp_path: Path) -> None:
    (tmp_path / "node.xml").write_text("<node/>")
    host = virtsdk.connect(f"test://{tmp_path / 'node.xml'}")
    inside, go_on = threading.Event(), threading.Event()
    answers: list[str] = []
    connection: list[weakref.ref[Any]] = []

    def slow(conn: Any) -> str:
        connection.append(weakref.ref(conn))
        inside.set()
        assert go_on.wait(10)
        return conn.getURI()  # on a connection that was freed this crashes

    caller = threading.Thread(target=lambda: answers.append(host.session.call("read", "it", slow)))
    caller.start()
    assert inside.wait(5)
    host.close()
    go_on.set()
    caller.join(10)
    assert answers == [host.uri]
    until(lambda: connection[0]() is None or connection[0]()._o is None)
