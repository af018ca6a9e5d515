"""A recording with a gap, a reset and a spike, made without a host; and views of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.unit.history.recordings import NS, at, node, write
from tests.unit.stats.records import DB, WEB, running
from tests.waiting import until
from virtsdk.stats import Stats, from_records
from virtsdk.widgets import Timeline

HOSTILE = "  <script>alert(1)</script>\u202egnp.exe"
LATE = "0d5c7a3e-0000-4000-8000-000000000003"


def record(seconds: float, busy: float, **more: object) -> dict[str, object]:
    """A guest that used so many seconds of CPU."""
    grown = {
        "cpu.time": int(busy * NS),
        "vcpu.0.time": int(busy * NS * 0.9),
        "vcpu.2.time": 0,
        "vcpu.2.delay": 0,
        "vcpu.0.delay": int(busy * NS / 10),
        "block.0.rd.bytes": int(seconds * 4096),
        "block.0.wr.bytes": int(seconds * 1024),
        "net.0.rx.bytes": int(seconds * 100),
        "net.0.tx.bytes": int(seconds * 50),
        "balloon.last-update": int(at(seconds).timestamp()),
    }
    return running(**grown | more)


def beat(seconds: float, *, host: str = "kvm7") -> Stats:
    """One sample: db1 at half a CPU; web1 at a quarter, started anew at 450, with a spike of 1.5 at 200."""
    spike = 15 if seconds >= 200 else 0
    web = (seconds / 4 + spike) if seconds < 450 else (seconds - 445) / 4
    guests = [(DB, "db1", record(seconds, seconds / 2)), (WEB, "web1", record(seconds, web))]
    if 470 <= seconds < 530:
        guests.append((LATE, HOSTILE, record(seconds, seconds / 10)))
    return from_records(guests, host=host, time=at(seconds))


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes at 10 s; no samples from 300 to 360; a third guest from 470 to 520."""
    directory = tmp_path_factory.mktemp("recording") / "kvm7"
    seconds = [one for one in range(0, 601, 10) if not 300 < one < 360]
    write(
        directory, [beat(one) for one in seconds], nodes=[node(one) for one in seconds], flush=30, only=None
    )
    return directory


@pytest.fixture
def recording(recorded: Path) -> virtsdk.Recording:
    return virtsdk.open_recording(recorded)


@pytest.fixture
def view(recording: virtsdk.Recording) -> Iterator[Timeline]:
    with recording.view() as view:
        until(lambda: len(view.lines) == 3)  # the third is looked for in the background
        view._pictures.wait(30)
        yield view


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, object], list[bytes]]]:
    """What views send to their pages, beats left out."""
    found: list[tuple[dict[str, object], list[bytes]]] = []

    def send(self: Timeline, content: dict[str, object], buffers: list[bytes] | None = None) -> None:
        if content.get("kind") != "beat":
            found.append((content, list(buffers or [])))

    monkeypatch.setattr(Timeline, "send", send)
    return found


@pytest.fixture
def ask() -> Callable[..., None]:
    """Let a page ask a view for something."""

    def ask(view: Timeline, kind: str, **more: object) -> None:
        view._on_message(view, {"kind": kind, **more}, [])

    return ask
