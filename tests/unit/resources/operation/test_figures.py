"""Amounts, and what may be told them."""

from __future__ import annotations

import pytest

from virtsdk import errors
from virtsdk.resources.operation.figures import Amount, Tally, check_progress


@pytest.mark.parametrize(
    ("done", "total", "progress"), [(0, 4, 0.0), (1, 4, 0.25), (5, 4, 1.0), (3, None, None), (0, 0, None)]
)
def test_an_amount_is_a_share_where_the_whole_is_known(
    done: int, total: int | None, progress: float | None
) -> None:
    amount = Amount(done, total)
    assert (amount.progress, amount.amount) == (progress, (done, total))


def test_a_tally_ends_the_work_at_its_next_piece_unless_that_is_the_last() -> None:
    tally = Tally("upload to it")
    assert tally.figures() is None
    tally(1, 4)
    assert tally.figures() == Amount(1, 4)
    tally.stop()
    with pytest.raises(errors.OperationAborted, match=r"cannot upload to it: it was cancelled after 2 bytes"):
        tally(2, 4)
    tally(4, 4)
    assert tally.figures() == Amount(4, 4)


def test_progress_is_drawn_or_told_or_left() -> None:
    for one in (None, "auto", print):
        check_progress(one)
    with pytest.raises(ValueError, match=r'^progress must be "auto", a function or None, not \'bar\'$'):
        check_progress("bar")
    with pytest.raises(TypeError, match=r'^progress must be "auto", a function or None, not True$'):
        check_progress(True)
