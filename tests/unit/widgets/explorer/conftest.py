"""A host of twenty guests, and an explorer of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import virtsdk
from virtsdk.widgets import Explorer

NODE = "<node>{}</node>"
DOMAIN = (
    """<domain type='test'><name>{}</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>"""
)


def threads_of_explorers() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("virtsdk-explorer")]


def state(explorer: Explorer, name: str) -> object:
    return next(row["state"] for row in explorer.rows.values() if row["name"] == name)


def names(frame: pd.DataFrame) -> list[str]:
    return frame["name"].tolist()


@pytest.fixture
def connect(tmp_path: Path) -> Callable[..., virtsdk.Host]:
    """Connect to a test host with running guests of these names."""

    def open_host(*guests: str) -> virtsdk.Host:
        path = tmp_path / f"{guests[-1]}.xml"
        path.write_text(NODE.format("".join(DOMAIN.format(name) for name in guests)))
        return virtsdk.connect(f"test://{path}")

    return open_host


@pytest.fixture
def host(connect: Callable[..., virtsdk.Host]) -> Iterator[virtsdk.Host]:
    with connect(*(f"web{i}" for i in range(1, 21))) as host:
        yield host


@pytest.fixture
def explorer(host: virtsdk.Host) -> Iterator[Explorer]:
    with host.explore() as explorer:
        yield explorer


@pytest.fixture
def unsampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker shows figures, or that there are none, beside those that a test shows."""

    def sample(self: Explorer, source: object) -> None: ...

    monkeypatch.setattr(Explorer, "_sample", sample)
