"""`Policy`: frozen, and checked when it is made."""

from __future__ import annotations

import dataclasses

import pytest

from virtsdk.capacity import Policy


def test_a_policy_is_frozen_and_compares_by_value():
    policy = Policy(vcpu_ratio=2)
    assert policy == Policy(vcpu_ratio=2)
    assert hash(policy) == hash(Policy(vcpu_ratio=2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.vcpu_ratio = 3


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("vcpu_ratio", 0, ValueError),
        ("vcpu_ratio", -1, ValueError),
        ("vcpu_ratio", float("nan"), ValueError),
        ("memory_ratio", float("inf"), ValueError),
        ("memory_ratio", "1.5", TypeError),
        ("reserve_cpus", -0.5, ValueError),
        ("reserve_memory_bytes", True, TypeError),
        ("cpu_column", "threads", ValueError),
        ("count_inactive", 1, TypeError),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(field, value, error):
    with pytest.raises(error, match=f"Policy.{field}"):
        Policy(**{field: value})
