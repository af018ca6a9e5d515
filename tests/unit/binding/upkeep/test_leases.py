"""A connection that is closed while another thread is in a call on it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import weakref
from pathlib import Path
from typing import Any

import virtsdk
from tests.waiting import until
from virtsdk.binding.upkeep.leases import Leases


def test_the_end_waits_for_the_last_call() -> None:
    leases, conn, ended = Leases(), object(), threading.Event()
    used: Any = conn
    leases.take(used)
    leases.take(used)
    leases.end(used, ended.set)
    leases.give_back(used)
    assert not ended.wait(0.1)
    leases.give_back(used)
    assert ended.wait(30)


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
        assert go_on.wait(30)
        return conn.getURI()  # on a connection that was freed this crashes

    caller = threading.Thread(target=lambda: answers.append(host.session.call("read", "it", slow)))
    caller.start()
    assert inside.wait(30)
    host.close()
    go_on.set()
    caller.join(30)
    assert answers == [host.uri]
    until(lambda: connection[0]() is None or connection[0]()._o is None)


def test_ctrl_c_at_any_moment_leaves_no_connection_in_use(tmp_path: Path) -> None:
    (tmp_path / "node.xml").write_text("<node/>")
    script = f"""
        import os, random, signal, threading, time, virtsdk
        host, calm, hit, armed = virtsdk.connect("test://{tmp_path}/node.xml"), threading.Event(), 0, False

        def press():
            while not calm.wait(random.random() * 0.003):
                os.kill(os.getpid(), signal.SIGINT)

        def pressed(*_):
            global armed
            if armed:
                armed = False
                raise KeyboardInterrupt

        signal.signal(signal.SIGINT, pressed)
        keyboard = threading.Thread(target=press)
        keyboard.start()
        while hit < 300:
            try:
                armed = True
                with host.events("domain_lifecycle"):
                    len(host.domains)
                armed = False
            except KeyboardInterrupt:
                hit += 1
        calm.set()
        keyboard.join()
        while host.parked_calls:
            time.sleep(0.01)
        print(dict(host.session._leases._calls), len(host.domains))
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["{}", "0"], "")
