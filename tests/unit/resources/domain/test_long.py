"""Long verbs of guests: waited for, behind, and found again after a loss."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.job import Job
from virtsdk.resources.operation import Operation, following

LOST = errors.ConnectionLost("the connection was lost while trying to save domain 'web1'")
AWAY = errors.ConnectionLost("cannot read the job of domain 'web1': the connection was lost 0.1 s ago")


def job(kind: str, operation: str = "save", **more: Any) -> Job:
    return Job(host="vm", domain="", name="web1", operation=operation, kind=kind, **more)


def test_a_guest_is_saved_and_restored_behind(host: virtsdk.Host, tmp_path: Path) -> None:
    guest = host.domains["web1"]
    with guest.save(tmp_path / "saved", wait=False) as saving:
        assert isinstance(saving, Operation)
        assert saving.what == "save domain 'web1'"
    assert (saving.state, guest.state, saving.result) == ("done", "shutoff", None)
    restoring = host.domains.restore(tmp_path / "saved", wait=False)
    assert restoring.wait(30) == guest
    assert guest.state == "running"


def test_what_is_wrong_is_said_at_once_and_what_libvirt_says_by_whoever_waits(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    for verb in (guest.save, guest.core_dump, host.domains.restore):
        with pytest.raises(ValueError, match="path must be absolute"):
            verb("saved", wait=False)
        with pytest.raises(ValueError, match="progress must be"):
            verb("/nowhere/saved", progress="bar")
    failing = host.domains["web2"].managed_save(wait=False)
    with pytest.raises(errors.InvalidState, match="save domain 'web2'"):
        failing.wait(30)
    assert failing.state == "failed"
    with pytest.raises(errors.InvalidState, match="it is shutoff and writes nothing"):
        host.domains["web2"].measure_dirty_rate(wait=False).wait(30)


def test_with_a_bar_the_result_is_the_same(
    host: virtsdk.Host, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    host.domains["web1"].save(tmp_path / "saved", progress="auto")
    assert host.domains.restore(tmp_path / "saved", progress="auto") == host.domains["web1"]
    drawn = capfd.readouterr().err
    assert "save domain 'web1'" in drawn
    assert "restore a domain from" in drawn


@pytest.fixture
def saved_over_a_loss(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Operation[None]]]:
    """A guest's save whose call ends with the connection; what is read of its job and its state then."""
    guest = host.domains["web1"]
    monkeypatch.setattr(following, "EVERY", 0.001)

    def save(now: list[Any], last: list[Any], saved: bool = False) -> Operation[None]:
        left_now, left_last = iter(now), iter(last)

        def read(*, completed: bool = False, timeout: float | None = None) -> Job | None:
            answer = next(left_last if completed else left_now)
            if isinstance(answer, Exception):
                raise answer
            return answer

        def lose(*_: object) -> None:
            raise LOST

        monkeypatch.setattr(guest, "job", read)
        monkeypatch.setattr(guest, "_change", lose)
        monkeypatch.setattr(guest, "_is_saved", lambda: saved)
        return guest.save("/nowhere/saved", wait=False)

    yield save


def test_another_job_is_neither_shown_nor_ended(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    guest, go, aborted = host.domains["web1"], threading.Event(), []
    busy = [job("unbounded", "backup", data_total_bytes=4, data_remaining_bytes=1)]

    def read(*, completed: bool = False, timeout: float | None = None) -> Job | None:
        return None if completed else busy[0]

    def abort() -> None:
        aborted.append(1)
        go.set()

    monkeypatch.setattr(guest, "job", read)
    monkeypatch.setattr(guest, "abort_job", abort)
    monkeypatch.setattr(guest, "_change", lambda *_: go.wait(60))
    saving = guest.save("/nowhere/saved", wait=False)
    assert (saving.figures, saving.progress) == (None, None)
    with pytest.raises(errors.InvalidState, match="no job yet, or no more, to save domain 'web1'"):
        saving.cancel(0.2)
    assert aborted == []
    busy[0] = job("unbounded", data_total_bytes=4, data_remaining_bytes=3)
    assert saving.progress == 0.25
    saving.cancel()
    assert aborted == [1]


def test_a_job_is_found_again_and_followed_to_its_end(saved_over_a_loss: Any) -> None:
    running, done = job("unbounded"), job("completed", elapsed_seconds=3.0)
    one = saved_over_a_loss([AWAY, running, AWAY, running, None], [None, done])
    assert one.wait(30) is None
    assert one.state == "done"


def test_a_job_that_did_not_end_well_says_so(saved_over_a_loss: Any) -> None:
    failed, cancelled = job("failed", error="no space left"), job("cancelled")
    with pytest.raises(errors.OperationFailed, match="cannot save domain 'web1': no space left"):
        saved_over_a_loss([None], [None, failed]).wait(30)
    with pytest.raises(errors.OperationAborted, match="cannot save domain 'web1': cancelled"):
        saved_over_a_loss([None], [None, cancelled]).wait(30)


def test_a_job_of_before_proves_nothing_but_the_guest_may(saved_over_a_loss: Any) -> None:
    old = job("completed", elapsed_seconds=1.0)
    one = saved_over_a_loss([None], [old, old])
    with pytest.raises(errors.ConnectionLost, match="the job is over, and nothing shows that it was done"):
        one.wait(30)
    assert one.state == "failed"
    assert saved_over_a_loss([None], [old, old], saved=True).wait(30) is None
    other = job("completed", "dump")
    with pytest.raises(errors.ConnectionLost):
        saved_over_a_loss([job("unbounded", "dump")], [None, other]).wait(30)


def test_a_connection_that_does_not_come_back_is_not_waited_for(
    host: virtsdk.Host, saved_over_a_loss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.session, "_reconnects", False)
    with pytest.raises(errors.ConnectionLost) as caught:
        saved_over_a_loss([AWAY], [None]).wait(30)  # nothing is asked a second time
    assert caught.value is LOST


def test_a_guest_that_is_gone_has_no_job(saved_over_a_loss: Any) -> None:
    gone = errors.DomainNotFound("no domain")
    with pytest.raises(errors.ConnectionLost):
        saved_over_a_loss([gone], [None, gone]).wait(30)
