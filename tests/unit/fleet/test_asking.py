"""A round: who answered is in the answers, who did not is a row of errors."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from tests.unit.fleet.members import Door, fleet_of, member
from virtsdk import errors
from virtsdk.fleet import asking
from virtsdk.fleet.asking import AT_ONCE


def test_who_answered_and_who_did_not() -> None:
    refuses = Door("kvm8", errors.ConnectError("nothing listens"))
    hangs = Door("kvm9", hangs=True)
    there = [member("kvm7"), member("kvm6")]
    for one in there:
        one.opened(60)  # in two seconds a busy machine may not
    fleet = fleet_of(there[0], member("kvm8", refuses), member("kvm9", hangs), there[1])
    assert fleet.map(lambda host: host.name, timeout=2) == {"kvm7": "kvm7", "kvm6": "kvm6"}
    found = fleet.errors
    assert found[["host", "operation", "error"]].to_dict("records") == [
        {"host": "kvm8", "operation": "open", "error": "ConnectError"},
        {"host": "kvm9", "operation": "open", "error": "TimedOut"},
    ]
    assert found["message"][0] == "nothing listens"
    assert found["message"][1].startswith("cannot open host 'kvm9'")
    assert found["seconds"][1] >= 2
    assert dict(found.dtypes.astype(str)) == {
        "host": "str",
        "operation": "str",
        "error": "str",
        "message": "str",
        "seconds": "Float64",
    }
    with pytest.raises(errors.FleetError, match=r"2 of 4 hosts did not answer: kvm8, kvm9; kvm8: nothing"):
        fleet.raise_errors()
    hangs.let.set()
    fleet.close()


def test_the_log_says_once_who_does_not_answer_and_who_does_again(caplog: pytest.LogCaptureFixture) -> None:
    fails = {"kvm8"}

    def ask(host: object) -> None:
        if host.name in fails:  # type: ignore[attr-defined]
            raise errors.TimedOut("no answer")

    fleet = fleet_of(member("kvm7"), member("kvm8"))
    for _ in range(3):
        fleet.map(ask)
    fails.clear()
    fleet.map(ask)
    assert [one.getMessage() for one in caplog.records if one.name == "virtsdk.fleet.asking"] == [
        "1 of 2 hosts did not answer (kvm8); .errors says why",
        "kvm8 answered again",
    ]
    fleet.close()


def test_errors_are_those_of_the_last_round() -> None:
    fleet = fleet_of(member("kvm7"), member("kvm8"))

    def fails(host: object) -> int:
        if host.name == "kvm8":  # type: ignore[attr-defined]
            raise errors.NotFound("no such thing")
        return 7

    assert fleet.map(fails) == {"kvm7": 7}
    assert fleet.errors["operation"].tolist() == ["map"]
    with pytest.raises(errors.NotFound, match="no such thing"):
        fleet.raise_errors()
    assert len(fleet.domains.frame()) == 2
    assert fleet.errors.empty
    fleet.raise_errors()
    fleet.close()


def test_a_slip_in_a_function_is_no_fault_of_the_hosts() -> None:
    fleet = fleet_of(member("kvm7"), member("kvm8"))
    with pytest.raises(AttributeError, match="nme"):
        fleet.map(lambda host: host.nme)  # type: ignore[attr-defined]
    assert len(fleet.errors) == 2
    assert fleet.map(lambda host: 1 // (host.name == "kvm7")) == {"kvm7": 1}  # of one host it may be
    assert fleet.errors["error"].tolist() == ["ZeroDivisionError"]
    with pytest.raises(ValueError, match="timeout must be a number of seconds above 0"):
        fleet.map(len, timeout=0)
    with pytest.raises(TypeError, match="function must be called with a host"):
        fleet.map("domains")  # type: ignore[arg-type]
    fleet.close()


def test_more_hosts_hang_than_are_asked_at_a_time_and_the_others_answer() -> None:
    doors = [Door(f"kvm{n}", hangs=True) for n in range(AT_ONCE + 3)]
    fleet = fleet_of(*(member(door.name, door) for door in doors), *(member(f"up{n}") for n in range(20)))
    assert len(fleet.map(lambda host: host.name, timeout=3)) == 20
    threads = threading.active_count()
    for _ in range(3):
        assert len(fleet.map(lambda host: host.name, timeout=10)) == 20
        assert (fleet.errors["seconds"] < 10).all()  # they were waited for once
    assert threading.active_count() < threads + len(doors)
    assert [door.tries for door in doors] == [1] * len(doors)
    for door in doors:
        door.let.set()
    fleet.close()


def test_no_more_threads_than_that_are_in_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 4)
    lock, now, most = threading.Lock(), [0], [0]

    def count(host: object) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.01)
        with lock:
            now[0] -= 1

    fleet = fleet_of(*(member(f"kvm{n}") for n in range(12)))
    fleet.map(count)
    assert most[0] <= 4
    fleet.close()


def test_progress_is_told_as_hosts_answer() -> None:
    lines: list[str] = []
    fleet = fleet_of(member("kvm7"), member("kvm8"))
    fleet._progress = lines.append
    fleet.node_info()
    assert lines == ["node_info: 1 of 2 hosts", "node_info: 2 of 2 hosts"]
    fleet.close()


def test_no_errors_are_a_frame_of_the_same_columns() -> None:
    fleet = fleet_of(member("kvm7"))
    before = fleet.errors
    fleet.map(str)
    pd.testing.assert_frame_equal(fleet.errors[:0], before)
    assert before.empty
    fleet.close()
