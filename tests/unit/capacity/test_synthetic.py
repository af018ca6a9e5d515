"""`synthetic.fleet`: the same for the same seed, sizes in their shares, hosts as full as was asked."""

from __future__ import annotations

import pandas as pd
import pytest

from virtsdk.capacity import Policy, synthetic

GIB = 2**30


def test_the_same_seed_gives_the_same_fleet():
    one, two, other = (synthetic.fleet(5, 40, seed=seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(one.domains, two.domains)
    assert not one.domains.equals(other.domains)


def test_sizes_have_their_shares():
    domains = synthetic.fleet(100, 10_000, seed=1).domains
    found = domains.groupby(["vcpus", "memory_bytes"]).size() / len(domains)
    assert len(found) == 6
    for (vcpus, memory), share in zip(synthetic.SIZES, synthetic.SHARES, strict=True):
        assert found[vcpus, int(memory * GIB)] == pytest.approx(share, abs=0.02)
    assert sum(synthetic.SHARES) == pytest.approx(1)
    assert domains["domain"].is_unique
    assert domains["domain"].str.len().eq(36).all()


@pytest.mark.parametrize("fill", [0.5, 0.9])
def test_hosts_are_as_full_as_was_asked(fill):
    frame = synthetic.fleet(50, 3000, seed=2, fill=fill).headroom().frame()
    for resource, suffix in (("vcpus", ""), ("memory", "_bytes")):
        used = frame[f"{resource}_committed{suffix}"].sum() / frame[f"{resource}_capacity{suffix}"].sum()
        assert fill - 0.1 < used < fill + 0.01
        assert (frame[f"{resource}_headroom{suffix}"] >= 0).all()


def test_small_and_odd_fleets_are_valid_too():
    assert len(synthetic.fleet(3, 0).domains) == 0
    assert synthetic.fleet(1, 1, policy=Policy(vcpu_ratio=16, reserve_cpus=2)).unplaced == ()
    assert synthetic.fleet(25, 1).hosts["rack"].nunique() == 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0, 1), ValueError, "hosts must be 1 or more"),
        ((1, -1), ValueError, "guests must be 0 or more"),
        ((1.5, 1), TypeError, "hosts must be a whole number"),
        ((1, 1, "x"), TypeError, "seed must be a whole number"),
    ],
)
def test_a_fleet_that_cannot_be_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        synthetic.fleet(*arguments)
    with pytest.raises(ValueError, match="fill must be above 0"):
        synthetic.fleet(1, 1, fill=0)
