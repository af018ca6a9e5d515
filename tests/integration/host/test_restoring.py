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
            thread.join(30)
        told = [event.kind for event in events.drain()]
    assert failures == []
    assert told == ["disconnected", "reconnected"] * 100
