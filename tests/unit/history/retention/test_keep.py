"""How long things are kept, as a caller says it."""

from __future__ import annotations

from typing import Any

import pytest

from virtsdk.history.retention.keep import Keep, keep_of


def test_lengths_are_in_seconds_and_what_is_left_out_is_kept_for_ever() -> None:
    assert keep_of({"raw": "14d", "5min": "2y"}) == Keep(14 * 86_400, 2 * 365.25 * 86_400)
    assert keep_of({"raw": 7200}) == Keep(7200, None)
    assert keep_of(None) is None


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ("14d", TypeError, "keep must be a mapping"),
        ({}, ValueError, "not 'nothing'"),
        ({"raw": "14d", "1h": "2y"}, ValueError, "not '1h'"),
        ({"raw": "soon"}, ValueError, "keep\\['raw'\\]"),
        ({"raw": "1h"}, ValueError, "2 hours at the least"),
        ({"raw": "14d", "5min": "1d"}, ValueError, "longer than raw"),
        ({"5min": "1d"}, ValueError, "longer than raw"),
    ],
)
def test_what_is_none_is_said(given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        keep_of(given)
