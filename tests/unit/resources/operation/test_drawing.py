"""A bar, or what stands in for one."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from virtsdk.resources.operation import Amount, Operation
from virtsdk.resources.operation.drawing import show


def stepping(*steps: tuple[int, int | None]) -> Operation[Any]:
    """An operation that ends when its figures are at their end."""
    import threading

    over = threading.Event()
    left = iter(steps)

    def figures() -> Amount | None:
        amount = next(left, None)
        if amount is None:
            over.set()
            return None
        return Amount(*amount)

    return Operation(lambda: over.wait(60), what="save domain 'web1'", figures=figures)


def test_a_function_is_told_each_amount_once_and_the_whole_at_the_end() -> None:
    told: list[tuple[int, int | None]] = []
    show(stepping((1, 4), (1, 4), (2, 4)), lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (4, 4)]


def test_a_whole_that_is_not_known_is_not_made_up() -> None:
    told: list[tuple[int, int | None]] = []
    show(stepping((1, None), (2, None)), lambda done, total: told.append((done, total)))
    assert told == [(1, None), (2, None)]


def test_a_bar_is_drawn_and_closed(capfd: pytest.CaptureFixture[str]) -> None:
    show(stepping((2**20, 2**22), (2**21, 2**22)), "auto")
    drawn = capfd.readouterr().err
    assert "save domain 'web1'" in drawn
    assert "4.00M/4.00M" in drawn


def test_a_bar_counts_seconds_too(capfd: pytest.CaptureFixture[str]) -> None:
    show(stepping((2, 5)), "auto", unit="seconds")
    assert "5/5" in capfd.readouterr().err


def test_without_tqdm_there_are_lines_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    caplog.set_level(logging.INFO, logger="virtsdk")
    show(stepping((0, 100), (4, 100), (15, 100), (17, 100), (40, 100)), "auto")
    said = [record.getMessage() for record in caplog.records if "resources.operation" in record.name]
    assert said[0] == (
        "a bar needs tqdm: pip install 'virtsdk[widgets]'; until then there are lines in the log"
    )
    assert said[1:] == [f"save domain 'web1': {share} %" for share in (0, 15, 40, 100)]
