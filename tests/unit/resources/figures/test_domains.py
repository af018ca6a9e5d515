"""Collecting from the test driver: what is asked for, and what was typed wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import virtsdk
from virtsdk import errors


@pytest.fixture(scope="module")
def host():
    with virtsdk.connect("test:///default") as opened:
        yield opened


def test_domains_are_chosen_by_name_uuid_or_handle(host):
    domain = host.domains["test"]
    for one in ("test", domain.uuid, domain):
        assert host.stats(domains=[one]).domains["name"].tolist() == ["test"]
    assert host.stats(domains=[]).domains.empty


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda host: host.stats("state"), TypeError, r"groups must be a list of names, \['state'\]"),
        (lambda host: host.stats(5), TypeError, r"groups must be a list of names, \[5\], not 5"),
        (lambda host: host.stats_records(5), TypeError, r"groups must be a list of names, \[5\], not 5"),
        (lambda host: host.stats([5]), ValueError, "unknown group 5"),
        (lambda host: host.stats(domains=5), TypeError, r"domains must be a list, \[5\], not 5"),
        (lambda host: host.stats(deadline="5"), TypeError, "deadline must be a number of seconds"),
        (lambda host: host.stats(domains="test"), TypeError, r"domains must be a list, \['test'\]"),
        (lambda host: host.stats(domains=host.domains["test"]), TypeError, "domains must be a list"),
        (lambda host: host.guest_stats("test"), TypeError, "domains must be a list"),
        (lambda host: host.stats(["colour"]), ValueError, "unknown group 'colour'"),
        (lambda host: host.stats(domains=["nope"]), errors.DomainNotFound, "'nope'"),
        (lambda host: host.stats(deadline=0), ValueError, "deadline must be .* seconds above 0, not 0"),
        (lambda host: host.guest_stats(timeout=-1), ValueError, "timeout must be .* seconds above 0, not -1"),
        (lambda host: host.job_stats(timeout=0), ValueError, "timeout must be .* seconds above 0, not 0"),
    ],
)
def test_what_was_typed_wrong_is_said(
    host, ask: Callable[[virtsdk.Host], Any], error: type[Exception], message: str
):
    with pytest.raises(error, match=message):
        ask(host)


def test_samples_carry_a_clock_that_is_never_set(host):
    first, second = host.stats(), host.stats(domains=["test"])
    assert first.clock is not None
    assert first.clock.name == second.clock.name
    assert second.clock.seconds > first.clock.seconds
    assert (first.complete, second.complete) == (True, False)
