"""Frames of many samples at once are those of each of them, one after the other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from tests.unit.stats.records import DB, WEB, fleet, running
from virtsdk.stats import from_records
from virtsdk.stats.samples.node import RawNode, frames_of_nodes, node_frames
from virtsdk.stats.samples.raw import frames_of, raw_sample

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC")
KEYS = sorted({key for _, _, record in fleet(2, vcpus=2, disks=2, nics=1) for key in record} | set(running()))
ODD = st.one_of(
    st.integers(-(2**70), 2**70), st.integers(0, 9), st.just(-1), st.floats(), st.booleans(), st.none(),
    st.sampled_from(["yes", "12", "1.5", "vda", ""]),
)  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> list[tuple[str, str, dict[str, object]]]:
    """Guests of a few shapes, some with values that fit no column, some with keys that nobody knows."""
    found: list[tuple[str, str, dict[str, object]]] = []
    for uuid, name in draw(
        st.lists(st.sampled_from([(WEB, "web1"), (DB, "db1"), ("u3", "web1")]), unique=True)
    ):
        values: dict[str, object] = draw(
            st.sampled_from([running(), fleet(1, vcpus=2, disks=1, nics=1)[0][2], {}, {"state.state": 5}])
        )
        strange = st.dictionaries(st.sampled_from([*KEYS, "vm.odd.sum", "vcpu.7.time", "x"]), ODD, max_size=4)
        found.append((uuid, name, {**values, **draw(strange)}))
    return found


FACTS = {
    WEB: SimpleNamespace(
        autostart=True, agent_seen=None, nics={},
        disks={"vda": SimpleNamespace(device="disk", bus="virtio", source="/x", backing_path=None)},
    )
}  # fmt: skip
samples = st.tuples(
    records(), st.sampled_from(["kvm7", "kvm8"]), st.integers(0, 3), st.sampled_from([None, (), (WEB,)]),
    st.sampled_from([None, FACTS]),
)  # fmt: skip


@examples(40)
@given(st.lists(samples, min_size=1, max_size=5))
def test_they_are_those_made_one_by_one(taken: list[Any]) -> None:
    one_by_one, raw = [], []
    for given_, host, second, stale, facts in taken:
        about: Any = {
            "host": host,
            "time": NOON + pd.Timedelta(second, unit="s"),
            "stale": stale,
            "facts": facts,
        }
        one_by_one.append(from_records(given_, **about).given)
        raw.append(raw_sample(given_, **about))
    found = frames_of(raw)
    assert list(found) == list(one_by_one[0])
    for name, frame in found.items():
        expected = pd.concat([one[name] for one in one_by_one], ignore_index=True)
        pd.testing.assert_frame_equal(frame, expected)


cpus = st.lists(
    st.fixed_dictionaries(
        {"cpu": st.integers(0, 300)},
        optional=dict.fromkeys(("kernel", "user", "idle", "of_a_newer_libvirt"), ODD),
    ),
    max_size=3,
)


@examples(40)
@given(
    st.lists(st.tuples(cpus, st.sampled_from(["kvm7", "kvm8"]), st.integers(0, 3)), min_size=1, max_size=5)
)
def test_so_are_those_of_machines(taken: list[Any]) -> None:
    one_by_one, raw = [], []
    for rows, host, second in taken:
        time = NOON + pd.Timedelta(second, unit="s")
        figures = {"node.cpus": rows, "node.memory": [{"total": 5, "free": second}], "node.pressure": []}
        one_by_one.append(node_frames(figures, host=host, time=time).given)
        raw.append(RawNode(figures, host, time))
    found = frames_of_nodes(raw)
    assert sorted(found) == sorted(one_by_one[0])
    for name, frame in found.items():
        expected = pd.concat([one[name] for one in one_by_one], ignore_index=True)
        pd.testing.assert_frame_equal(frame, expected)


def test_what_is_wrong_with_a_record_is_said_when_it_is_taken() -> None:
    with pytest.raises(ValueError, match="more than once"):
        raw_sample([(WEB, "web1", {}), (WEB, "web1", {})], host="kvm7", time=NOON)
    with pytest.raises(ValueError, match="no time zone"):
        raw_sample([], host="kvm7", time=NOON.tz_localize(None))
