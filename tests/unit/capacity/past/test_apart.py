"""Answers about many guests that workers were asked for are those that one process gives."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from virtsdk import capacity
from virtsdk.capacity.past import apart
from virtsdk.capacity.past.usage import Usage

GIB = 2**30
RULES = ("virtsdk", "aws", "krr", "vpa")


class Workers:
    """Workers that have what they are told by pickle alone."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def map(self, function: Any, arguments: Any, *, pure: bool) -> list[bytes]:
        found = [pickle.dumps((function, one)) for one in arguments]
        self.sent += found
        return found

    def gather(self, sent: Any) -> list[Any]:
        return [function(one) for function, one in map(pickle.loads, sent)]


@pytest.fixture(scope="module")
def usage() -> pd.DataFrame:
    """Nine guests: one that changes its interval, one that moves, one off, one silent, one that is new."""
    dice, frames = np.random.default_rng(7), list[pd.DataFrame]()
    for guest in range(9):
        steps = np.full(900, 300 if guest % 2 else 1800)
        steps[400:] = 60 if guest == 3 else steps[400:]
        start = pd.Timestamp("2026-03-02", tz="UTC") + pd.Timedelta(days=11 if guest == 8 else 0)
        rows = len(steps)
        used = dice.gamma(1 + guest % 4, 0.004 if guest in (1, 5) else 0.5, rows).clip(0, 3.9)
        frames.append(
            pd.DataFrame(
                {
                    "host": np.where(np.arange(rows) > 600, "kvm9", f"kvm{guest % 3}")
                    if guest == 2
                    else "kvm1",
                    "domain": f"u{guest}",
                    "name": f"g{9 - guest}",
                    "time": start + pd.to_timedelta(np.cumsum(steps), unit="s"),
                    "vcpus": 4,
                    "cpu_used_vcpus": np.where(dice.random(rows) < 0.02, np.nan, used),
                    "memory_bytes": 8 * GIB,
                    "memory_used_bytes": np.nan if guest == 6 else dice.uniform(1, 3, rows) * GIB,
                    "net_tx_bytes_per_second": dice.gamma(1, 10, rows),
                    "net_rx_bytes_per_second": dice.gamma(1, 10, rows),
                    "disk_bytes_per_second": 0.0 if guest in (1, 5) else 100.0,
                    "vcpu_delay_seconds_per_second": 0.5 if guest == 4 else 0.0,
                    "agent_seen": guest not in (1, 5),
                    "interrupted": "off" if guest == 7 else None,
                }
            )
        )
    return pd.concat(frames).sample(frac=1, random_state=3)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "TASKS", 4)


def same(found: Any, expected: Any) -> None:
    pd.testing.assert_frame_equal(found.frame(), expected.frame(), check_exact=True)
    assert found.notes == expected.notes
    assert repr(found) == repr(expected)


@pytest.mark.parametrize("rule", RULES)
def test_rightsizing(usage: pd.DataFrame, rule: Any) -> None:
    policy, workers = capacity.Policy(rightsizing=rule, exclude=["g4"], vcpu_price=3.0), Workers()
    same(capacity.rightsizing(usage, policy, client=workers), capacity.rightsizing(usage, policy))
    assert len(workers.sent) > 2


@pytest.mark.parametrize("days", [0, 30])
def test_idle(usage: pd.DataFrame, days: int) -> None:
    policy, workers = capacity.Policy(min_days=2, seasonal_days=days, exclude=["g4"]), Workers()
    found, expected = capacity.idle(usage, policy, client=workers), capacity.idle(usage, policy)
    same(found, expected)
    assert expected.notes
    assert len(workers.sent) > 2


def test_without_a_rule_or_a_guest(usage: pd.DataFrame) -> None:
    none = capacity.Policy(idle_rules=[])
    same(capacity.idle(usage, none, client=Workers()), capacity.idle(usage, none))
    empty = usage.iloc[:0]
    same(capacity.rightsizing(empty, client=Workers()), capacity.rightsizing(empty))
    same(capacity.idle(empty, client=Workers()), capacity.idle(empty))


def test_a_task_is_of_so_many_samples_and_of_all_of_a_guest(
    usage: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Usage.of(usage)
    monkeypatch.setattr(apart, "ROWS", 1000)
    shares = apart.shares(whole)
    assert [name for one in shares for name in one.domains] == list(whole.domains)
    assert max(len(one.time) for one in shares) < 2000
    assert {one.end for one in shares} == {whole.end}
    for one in shares:
        place = list(whole.domains).index(one.domains[0])
        mine = slice(whole.starts[place], whole.starts[place + len(one)])
        np.testing.assert_array_equal(one.cpu, whole.cpu[mine])
        np.testing.assert_array_equal(one.more["agent_seen"], whole.more["agent_seen"][mine])
        assert one.starts[-1] == len(one.time) == len(one.group)


@pytest.mark.parametrize(("maker", "verb"), [("dask.dataframe", "compute"), ("polars.frame", "to_pandas")])
def test_frames_of_others_are_to_be_turned_into_pandas(maker: str, verb: str) -> None:
    other = type("DataFrame", (), {"__module__": maker})()
    with pytest.raises(TypeError, match=rf"not one of {maker.split('.')[0]}: turn it .* \(\.{verb}\(\)\)"):
        capacity.rightsizing(other)


def test_what_is_no_client_is_refused(usage: pd.DataFrame) -> None:
    for ask in (capacity.rightsizing, capacity.idle):
        with pytest.raises(
            ValueError, match=r"client must be 'local' or a distributed\.Client, not 'remote'"
        ):
            ask(usage, client="remote")  # pyright: ignore
