"""`Policy`: frozen, and checked when it is made."""

from __future__ import annotations

import dataclasses
import json
import sys

import numpy as np
import pytest

from virtsdk.capacity import Policy
from virtsdk.capacity.presets import PRESETS
from virtsdk.errors import MissingDependency


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


def test_a_preset_names_its_version_and_source():
    ratios = {
        name: (policy.vcpu_ratio, policy.memory_ratio, policy.disk_ratio)
        for name in PRESETS
        if (policy := Policy.preset(name)).version and policy.source
    }
    assert ratios == {
        "nova": (4, 1, 1),
        "conservative": (1, 1, 1),
        "kubevirt": (10, 1, 1),
        "harvester-1.4": (16, 1.5, 2),
        "harvester-2026": (10, 1.5, 1),
    }
    assert Policy.preset("nova").reserve_memory_bytes == 512 * 2**20
    assert Policy.preset("nova", vcpu_ratio=3).vcpu_ratio == 3
    with pytest.raises(ValueError, match=r"name must be one of 'nova'.*, not 'vmware'"):
        Policy.preset("vmware")


def test_lists_are_kept_as_tuples_and_numbers_of_numpy_as_python_s():
    policy = Policy(anti_affinity=[["a", "b"]], protected=["a"], reserve_hugepages=np.int64(3))
    assert policy.anti_affinity == (("a", "b"),)
    assert hash(policy) == hash(Policy(anti_affinity=(("a", "b"),), protected=("a",), reserve_hugepages=3))
    assert type(policy.reserve_hugepages) is int


EVERYTHING = Policy(
    vcpu_ratio=2.5,
    memory_ratio=1.25,
    disk_ratio=3,
    reserve_cpus=1,
    reserve_memory_bytes=7,
    reserve_hugepages=2**30,
    cpu_column="cores",
    count_inactive=True,
    fault_tolerance=2,
    anti_affinity=(("on", "1.5"), ("a", "ü")),
    affinity=(("x", "y"),),
    protected=(),
    movable=("pinned",),
    demand_quantile=0.5,
    vcpu_price=1.5,
    gib_price=0,
    rightsizing="aws-p95-30",
    idle_rules=("zombie", "azure-2022"),
    min_days=1.25,
    link_bytes_per_second=10**9,
    exclude=("db*", "batch"),
    seasonal_days=31,
    zombie_days=3,
    name="ours",
    version="3",
    source="wiki",
)


@pytest.mark.parametrize(
    "policy",
    [Policy(), EVERYTHING, *map(Policy.preset, PRESETS)],
    ids=["default", "everything", *PRESETS],
)
def test_a_policy_comes_back_from_its_yaml(policy):
    assert Policy.from_yaml(policy.to_yaml()) == policy
    assert Policy(**json.loads(json.dumps(policy.to_dict()))) == policy


def test_the_yaml_test_above_leaves_no_setting_out():
    assert all(getattr(EVERYTHING, field.name) != field.default for field in dataclasses.fields(Policy))


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("vcpu_ration: 2", ValueError, "unknown key 'vcpu_ration'.*known keys: vcpu_ratio"),
        ("vcpu_ratio: 2\nvcpu_ratio: 3", ValueError, "'vcpu_ratio' twice"),
        ("[1, 2]", ValueError, "mapping"),
        ("a: [", ValueError, "no YAML"),
        ("vcpu_ratio: 2\n---\nvcpu_ratio: 3", ValueError, "no YAML"),
        ("vcpu_ratio: '2'", TypeError, "Policy.vcpu_ratio must be a number, not '2'"),
        ("anti_affinity: [web1, web2]", TypeError, "Policy.anti_affinity must be .*, not 'web1'"),
        ("vcpu_ratio: !!python/object/apply:os.system ['true']", ValueError, "no YAML"),
        (b"vcpu_ratio: 2", TypeError, "text must be YAML text, not bytes"),
    ],
)
def test_yaml_that_is_no_policy_is_named(text, error, words):
    with pytest.raises(error, match=words):
        Policy.from_yaml(text)


def test_yaml_says_which_extra_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingDependency, match=r"virtsdk\[yaml\]"):
        Policy(vcpu_ratio=2).to_yaml()


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"affinity": [["a", "b"], ["b", "c"]]}, ValueError, "'b' in two groups"),
        ({"affinity": [["a", "b"]], "anti_affinity": [["b", "x", "a"]]}, ValueError, "'b' and 'a' together"),
        ({"anti_affinity": [["a", "a"]]}, ValueError, "'a' twice"),
        ({"anti_affinity": "ab"}, TypeError, "list of groups"),
        ({"anti_affinity": [[1]]}, TypeError, "must be names"),
        ({"protected": "web1"}, TypeError, "list of names"),
        ({"movable": ["pined"]}, ValueError, "'pinned'.*'pined'"),
        ({"demand_quantile": 95}, ValueError, "at most 1"),
        ({"fault_tolerance": 1.5}, ValueError, "whole hosts"),
        ({"gib_price": -1}, ValueError, "gib_price"),
        ({"name": 3}, TypeError, "must be text"),
        (
            {"rightsizing": "gut"},
            ValueError,
            "Policy.rightsizing must be one of 'virtsdk', 'aws'.*, not 'gut'",
        ),
        ({"rightsizing": None}, ValueError, "not None"),
        (
            {"idle_rules": ["azure"]},
            ValueError,
            "Policy.idle_rules must be some of 'azure-2022'.*, not 'azure'",
        ),
        ({"idle_rules": "zombie"}, TypeError, "list of names"),
        ({"exclude": "db1"}, TypeError, "list of names"),
        ({"min_days": -1}, ValueError, "min_days"),
        ({"link_bytes_per_second": 0}, ValueError, "link_bytes_per_second must be a number above 0"),
        ({"seasonal_days": float("nan")}, ValueError, "seasonal_days"),
        ({"zombie_days": 0}, ValueError, "zombie_days"),
    ],
)
def test_names_and_groups_that_make_no_sense_are_named(settings, error, words):
    with pytest.raises(error, match=words):
        Policy(**settings)
