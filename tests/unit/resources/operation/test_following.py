"""Jobs that are found again after the call for them was lost."""

from __future__ import annotations

import pytest

from virtsdk import errors
from virtsdk.resources.operation import followed, following

LOST = errors.ConnectionLost("the connection was lost while trying to save domain 'web1'")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY", 0.001)


def test_a_job_is_followed_to_its_end_over_more_losses() -> None:
    seen: list[str] = []
    answers = iter([errors.ConnectionLost("still"), "half", errors.TimedOut("hangs"), "most", None])

    def figures() -> object | None:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        seen.append(str(answer))
        return answer

    assert followed(LOST, figures, lambda: "the result") == "the result"
    assert seen == ["half", "most", "None"]


def test_a_host_that_stays_away_ends_it_as_it_was_lost() -> None:
    def figures() -> None:
        raise errors.ConnectionLost("still away")

    with pytest.raises(errors.ConnectionLost) as caught:
        followed(LOST, figures, lambda: None, patience=0.01)
    assert caught.value is LOST
    assert str(caught.value.__cause__) == "still away"


def test_what_became_of_it_is_told_by_the_outcome() -> None:
    def outcome() -> None:
        raise errors.OperationFailed("it did not work")

    with pytest.raises(errors.OperationFailed, match="it did not work"):
        followed(LOST, lambda: None, outcome)


def test_that_nobody_knows_what_became_of_it_is_said_at_once() -> None:
    asked: list[int] = []

    def outcome() -> None:
        asked.append(1)
        if len(asked) == 1:
            raise errors.ConnectionLost("once more")
        raise errors.ConnectionLost("nobody knows") from LOST

    with pytest.raises(errors.ConnectionLost, match="nobody knows"):
        followed(LOST, lambda: None, outcome)
    assert len(asked) == 2
    with pytest.raises(errors.ConnectionLost) as caught:
        followed(LOST, lambda: None, lambda: throw(LOST))
    assert caught.value is LOST


def throw(error: Exception) -> None:
    raise error


def test_a_host_that_is_closed_here_is_not_waited_for() -> None:
    def figures() -> None:
        raise errors.HostClosed("closed")

    with pytest.raises(errors.HostClosed):
        followed(LOST, figures, lambda: None)
