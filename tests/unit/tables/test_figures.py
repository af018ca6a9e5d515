"""Figures of the explorer: of two samples, and what goes to the page of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats import Stats, from_records
from virtsdk.tables.columns import FIGURES
from virtsdk.tables.figures import Slots, figures_of

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
GIB_IN_KIB = 2**20


def record(seconds: float, *, state: int = 1, delay: int = 1) -> dict[str, Any]:
    """Give what libvirt says of a guest that keeps one of two vCPUs busy, after some seconds."""
    ns = int(seconds * 1e9)
    return {
        "state.state": state,
        "cpu.time": ns,
        "vcpu.current": 2,
        "vcpu.0.state": 1,
        "vcpu.0.time": ns,
        "vcpu.0.delay": delay + ns // 10,
        "vcpu.1.state": 1,
        "vcpu.1.time": 0,
        "vcpu.1.delay": 0,
        "balloon.maximum": 4 * GIB_IN_KIB,
        "balloon.current": 4 * GIB_IN_KIB,
        "balloon.available": 4 * GIB_IN_KIB,
        "balloon.usable": 3 * GIB_IN_KIB,
        "balloon.unused": 3 * GIB_IN_KIB,
        "balloon.last-update": int(START.timestamp()),
        "block.count": 1,
        "block.0.name": "vda",
        "block.0.rd.reqs": 0,
        "block.0.rd.bytes": int(1000 * seconds),
        "block.0.wr.reqs": 0,
        "block.0.wr.bytes": int(500 * seconds),
        "net.count": 1,
        "net.0.name": "vnet0",
        "net.0.rx.bytes": int(200 * seconds),
        "net.0.tx.bytes": int(100 * seconds),
    }


def sample(seconds: float, *records: tuple[str, dict[str, Any]]) -> Stats:
    named = [(uuid, uuid, one) for uuid, one in records]
    return from_records(named, host="kvm1", time=START + pd.Timedelta(seconds=seconds))


def test_figures_are_those_between_two_samples() -> None:
    earlier, later = sample(10, ("u1", record(10))), sample(14, ("u1", record(14)))
    found = figures_of(earlier, later).loc["u1"]
    assert found["cpu_percent"] == pytest.approx(50)  # one of two
    assert found["disk_bytes_per_second"] == pytest.approx(1500)
    assert found["net_bytes_per_second"] == pytest.approx(300)
    assert found["steal_percent"] == pytest.approx(5)  # 10 % of one of two
    assert found["memory_used_bytes"] == pytest.approx(2**30)


def test_a_guest_that_is_off_has_no_figures_and_steal_needs_a_kernel_that_counts() -> None:
    off = {"state.state": 5, "cpu.time": 0}
    quiet = {**record(10, delay=0), "vcpu.0.delay": 0}
    still = {**record(14, delay=0), "vcpu.0.delay": 0}
    found = figures_of(sample(10, ("u1", quiet), ("u2", off)), sample(14, ("u1", still), ("u2", off)))
    assert "u2" not in found.index or found.loc["u2"].isna().all()
    assert np.isnan(found.loc["u1", "steal_percent"])
    assert found.loc["u1", "cpu_percent"] == pytest.approx(50)


def test_a_guest_that_came_between_two_samples_has_no_rates() -> None:
    found = figures_of(sample(10, ("u1", record(10))), sample(14, ("u1", record(14)), ("u2", record(14))))
    assert found.reindex(["u2"])[["cpu_percent", "disk_bytes_per_second"]].isna().all(axis=None)


def figures(**rows: float) -> pd.DataFrame:
    return pd.DataFrame(
        [[value] * len(FIGURES) for value in rows.values()], index=list(rows), columns=list(FIGURES)
    )


def read(sent: tuple[bytes, bytes]) -> dict[int, list[float]]:
    places = np.frombuffer(sent[0], dtype=np.uint32)
    values = np.frombuffer(sent[1], dtype=np.float32).reshape(-1, len(FIGURES))
    return {int(place): row.tolist() for place, row in zip(places, values, strict=True)}


def test_only_what_changed_is_sent() -> None:
    slots = Slots()
    places = dict(slots.keep(["a", "b", "c"]))
    assert read(slots.update(pd.Index(["a", "b", "c"]), figures(a=1, b=2))) == {
        places["a"]: [1.0] * 5,
        places["b"]: [2.0] * 5,
    }
    assert slots.update(pd.Index(["a", "b", "c"]), figures(a=1, b=2)) == (b"", b"")
    sent = read(slots.update(pd.Index(["a", "b", "c"]), figures(a=1, b=3)))
    assert sent == {places["b"]: [3.0] * 5}
    (gone,) = read(
        slots.update(pd.Index(["a", "b"]), figures(b=3))
    ).values()  # c is not among those that were read
    assert np.isnan(gone).all()
    assert slots.listed()[places["a"]] == [None] * 5


def test_one_figure_that_changed_is_a_change() -> None:
    slots = Slots()
    (place,) = slots.keep(["a"]).values()
    before = figures(a=1)
    slots.update(pd.Index(["a"]), before)
    sent = read(slots.update(pd.Index(["a"]), before.assign(cpu_percent=2.0)))
    assert sent == {place: [2.0, 1.0, 1.0, 1.0, 1.0]}


def test_a_row_keeps_its_place_and_a_free_one_begins_anew() -> None:
    slots = Slots()
    first = dict(slots.keep(["a", "b"]))
    slots.update(pd.Index(["a", "b"]), figures(a=1, b=2))
    second = dict(slots.keep(["b", "c"]))
    assert second["b"] == first["b"]
    assert second["c"] == first["a"]
    assert slots.listed()[second["c"]] == [None] * 5
    assert len(slots) == 2


def test_places_travel_as_bits() -> None:
    slots = Slots()
    slots.keep([f"d{i}" for i in range(10)])
    assert slots.bits(slots.places([])) == "0000"
    assert slots.bits(slots.places(["d0", "d9"])) == "8040"
    assert slots.bits(slots.places([f"d{i}" for i in range(10)])) == "ffc0"


def test_five_hundred_rows_that_changed_are_at_most_20_kb() -> None:
    slots = Slots()
    keys = [f"d{i}" for i in range(5000)]
    slots.keep(keys)
    slots.update(pd.Index(keys), figures(**dict.fromkeys(keys, 1.0)))
    after = figures(**{key: float(i < 500) * (i + 2) or 1.0 for i, key in enumerate(keys)})
    sent = slots.update(pd.Index(keys), after)
    assert len(read(sent)) == 500
    assert sum(map(len, sent)) <= 20_000
