"""libvirt's values to columns: one that means nothing is missing and reported, never made into another."""

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats.columns.metric import Unit
from virtsdk.stats.samples.convert import anything, figures, missing, reasons, text, words

THERE = np.zeros(3, dtype=bool)


def column(values, unit):
    """Return the column as a list, None for what is missing, and which values mean nothing."""
    numbers = np.array(values, dtype=np.int64)
    found, strange = figures(numbers, np.zeros(len(values), dtype=bool), unit)
    return [None if pd.isna(one) else one for one in found], None if strange is None else strange.tolist()


def test_a_moment_that_never_was_is_missing():
    (never, second), strange = column([0, 1], Unit.EPOCH)
    assert never is None
    assert second == pd.Timestamp("1970-01-01 00:00:01", tz="UTC")
    assert strange is None


@pytest.mark.parametrize("value", [2**53, 2**62, -(2**54), -(2**63)])
def test_a_size_that_does_not_fit_is_missing_and_reported(value):
    assert column([4, value], Unit.KIB) == ([4096, None], [False, True])


def test_the_largest_size_fits():
    assert column([2**53 - 1], Unit.KIB) == ([2**63 - 1024], None)


def test_a_state_of_a_newer_libvirt_is_missing_and_reported():
    assert column([1, 5, 99, -1], Unit.DOMAIN_STATE) == (
        ["running", "shutoff", None, None],
        [False, False, True, True],
    )


def test_a_reason_belongs_to_its_state():
    states, numbers = np.array([1, 5, 1, 99]), np.array([1, 1, 99, 0])
    found, strange = reasons(states, numbers, np.zeros(4, dtype=bool))
    assert list(found[:2]) == ["booted", "shutdown"]
    assert pd.isna(found[2])
    assert pd.isna(found[3])
    assert strange is not None
    assert strange.tolist() == [False, False, True, True]


def test_what_a_column_cannot_hold_exactly_is_kept_as_text():
    found = anything([1.5, float("inf"), float("nan"), 2**53 + 1, True, "words", None])
    values = [None if pd.isna(one) else one for one in found["value"]]
    assert values == [1.5, None, None, float(2**53 + 1), 1, None, None]
    texts = [None if pd.isna(one) else one for one in found["text"]]
    assert texts == [None, "inf", "nan", str(2**53 + 1), None, "words", None]


def test_words_of_another_kind_are_missing_and_reported():
    found, strange = words([True, False, None, "yes"], Unit.BOOL)
    assert [None if pd.isna(one) else bool(one) for one in found] == [True, False, None, None]
    assert strange is not None
    assert strange.tolist() == [False, False, False, True]


def test_text_that_utf_8_cannot_hold_is_escaped():
    assert list(text(["a", "\udcff"])) == ["a", "\\udcff"]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "str", "datetime64[us, UTC]"])
def test_a_column_with_nothing_in_it(dtype):
    found = pd.Series(missing(dtype, 2))
    assert str(found.dtype) == dtype
    assert found.isna().all()
