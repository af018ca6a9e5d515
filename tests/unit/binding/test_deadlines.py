"""Seconds that a person typed become seconds that C can count; messages tell which of them were used up."""

from __future__ import annotations

import math
import threading

import pytest

from virtsdk import errors
from virtsdk.binding.deadlines import Patience, above_zero, seconds


@pytest.mark.parametrize("forever", [math.inf, 1e300, 2**63])
def test_what_is_longer_than_c_can_count_can_be_waited_with(forever: float) -> None:
    limit = seconds(forever)
    assert limit is not None
    assert limit > 3600 * 24 * 365
    assert threading.Lock().acquire(timeout=limit + 60)  # room for what is added


@pytest.mark.parametrize("given", [True, "5", 2j, object()])
def test_what_is_no_number_is_no_timeout(given: object) -> None:
    with pytest.raises(TypeError, match="timeout must be a number of seconds"):
        seconds(given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not nan"):
        seconds(math.nan)


@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_what_has_to_be_above_zero_is_named(value: float) -> None:
    with pytest.raises(ValueError, match="interval must be a number of seconds above 0"):
        above_zero("interval", value)


@pytest.mark.parametrize("value", ["5", None, True, [5]], ids=repr)
def test_what_is_no_number_is_not_above_zero(value: object) -> None:
    with pytest.raises(TypeError, match="interval must be a number of seconds above 0"):
        above_zero("interval", value)  # type: ignore[arg-type]


def test_all_of_it_has_its_seconds_or_else_each_call_has() -> None:
    assert Patience(None, 5).next() == 5
    assert Patience(None, None).next() is None
    assert Patience(0, 5).next() == 0
    left = Patience(1000, 5).next()
    assert left is not None
    assert 900 < left <= 1000


@pytest.mark.parametrize(
    ("total", "each", "said"),
    [(2, 5, "not done in 2 s"), (None, 5, "no answer in 5 s")],
)
def test_a_timeout_tells_the_seconds_that_were_used_up(total: float | None, each: float, said: str) -> None:
    with pytest.raises(errors.TimedOut, match=f"cannot download volume 'a': {said};") as caught:  # noqa: SIM117
        with Patience(total, each).told("download", "volume 'a'"):
            raise errors.TimedOut("one of its calls")
    assert (caught.value.operation, caught.value.subject) == ("download", "volume 'a'")
