"""Values in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from virtsdk.display import text
from virtsdk.resources.domain.values import DomainState


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (160 * 2**20, "160 MiB"),
        (2**30 + 2**29, "1.5 GiB"),
        (1000 * 2**30, "1000 GiB"),
        (5 * 2**60, "5 EiB"),
        (2**72, "4096 EiB"),
        (-(2**21), "-2 MiB"),
        (float("nan"), "—"),
        (None, "—"),
    ],
)
def test_sizes(value: float | None, expected: str) -> None:
    assert text.size(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "—"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        (0.123456, "0.1235"),
        (float("nan"), "—"),
        (DomainState.SHUTOFF, "shutoff"),
        (datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "2026-01-02 03:04:05 UTC"),
        ("a\tb", "a\\tb"),
    ],
)
def test_words(value: object, expected: str) -> None:
    assert text.words(value) == expected


def test_columns_line_up_with_wide_and_combining_characters() -> None:
    lines = text.columns(["name", "n"], [["日本", 1], ["e\u0301", 200], ["plain", None]]).splitlines()
    assert lines == ["name     n", "日本     1", "e\u0301      200", "plain    —"] or [
        line.split() for line in lines
    ] == [["name", "n"], ["日本", "1"], ["e\u0301", "200"], ["plain", "—"]]


def test_long_texts_are_cut_and_say_so() -> None:
    assert text.shorten("x" * 100, 10) == "x" * 9 + "…"
    assert text.shorten("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (4.5, 3, "4.5"),
        (0.12345, 2, "0.12"),
        (99.96, 2, "100"),
        (999.7, 3, "999.7"),
        (1234.5, 3, "1234"),
        (2_000_000.0, 2, "2000000"),
        (float("nan"), 3, "—"),
        (float("inf"), 3, "—"),
    ],
)
def test_figures_are_never_powers_of_ten(value: float, digits: int, expected: str) -> None:
    assert text.figure(value, digits) == expected
    assert "e+" not in text.size(999.7 * 2**30)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0, "0 %"),
        (0.00001, "under 0.01 %"),
        (0.0001, "0.01 %"),
        (0.0714, "7.1 %"),
        (0.994, "99 %"),
        (0.9951, "100 %"),
        (1.0, "100 %"),
        (float("nan"), "—"),
    ],
)
def test_shares_are_percentages_of_two_digits(share: float, expected: str) -> None:
    assert text.percent(share) == expected


def test_counting() -> None:
    assert (text.count(1, "domain"), text.count(0, "domain")) == ("1 domain", "0 domains")
    assert text.count(2, "entry", "entries") == "2 entries"
