"""Patterns that choose hosts."""

from __future__ import annotations

from typing import Any

import pytest

from virtsdk.fleet.choosing import matches, patterns_of

TAGS = {"rack": "a3", "stage": "prod", "gpu": ""}


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ([], True),
        (["kvm7"], True),
        (["kvm?"], True),
        (["KVM7"], False),
        (["kvm"], False),
        (["gpu"], True),
        (["gp*"], True),
        (["a3"], False),
        (["rack=a*"], True),
        (["rack=b*"], False),
        (["r*=a3"], True),
        (["gpu="], True),
        (["rack="], False),
        (["rack=a*", "stage=prod", "kvm*"], True),
        (["rack=a*", "stage=test"], False),
        (["*"], True),
    ],
)
def test_a_host_matches_all_patterns_by_name_or_tag(patterns: list[str], found: bool) -> None:
    assert matches("kvm7", TAGS, patterns) is found


@pytest.mark.parametrize(
    ("given", "error"), [("", ValueError), (["a", ""], ValueError), ("=a", ValueError), ([7], TypeError)]
)
def test_a_pattern_that_is_none_is_refused(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="a pattern must be"):
        patterns_of(given)
    assert patterns_of("kvm*") == ("kvm*",)
