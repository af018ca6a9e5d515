"""Limits of a migration: in bytes and seconds, read back, and errors that libvirt-python swallows."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.migration.limits import MigrationLimits
from virtsdk.units import MiB


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What a driver keeps, in libvirt's units."""
    found = {"speed": 8796093022207, "postcopy": 0, "downtime": 300, "cache": 2**26}

    def speed(flags: int) -> str:
        return "postcopy" if flags else "speed"

    answers: dict[str, Any] = {
        "migrateGetMaxSpeed": lambda self, flags: found[speed(flags)],
        "migrateSetMaxSpeed": lambda self, value, flags: found.update({speed(flags): value}),
        "migrateGetMaxDowntime": lambda self, flags: found["downtime"],
        "migrateSetMaxDowntime": lambda self, value, flags: found.update(downtime=value),
        "migrateGetCompressionCache": lambda self, flags: found["cache"],
        "migrateSetCompressionCache": lambda self, value, flags: found.update(cache=value),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(libvirt.virDomain, name, answer)
    return found


def test_limits_have_base_units_and_none_for_no_limit(host: virtsdk.Host, kept: dict[str, int]) -> None:
    limits = host.domains["web1"].migration_limits()
    assert limits == MigrationLimits(None, None, 0.3, 2**26)
    assert repr(limits) == (
        "<MigrationLimits bandwidth no limit, post-copy no limit, downtime 0.3 s, compression cache 64 MiB>"
    )
    assert limits.to_dict()["max_downtime_seconds"] == 0.3


def test_limits_are_set_and_read_again(host: virtsdk.Host, kept: dict[str, int]) -> None:
    limits = host.domains["web1"].set_migration_limits(
        bandwidth=MiB(64), postcopy_bandwidth=MiB(32) + 1, max_downtime_seconds=0.5, compression_cache=2**27
    )
    assert limits == MigrationLimits(2**26, 2**25, 0.5, 2**27)
    assert kept == {"speed": 64, "postcopy": 32, "downtime": 500, "cache": 2**27}
    host.domains["web1"].set_migration_limits(max_downtime_seconds=1)
    assert kept == {"speed": 64, "postcopy": 32, "downtime": 1000, "cache": 2**27}


def test_a_limit_that_does_not_take_is_an_error(
    host: virtsdk.Host, kept: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libvirt.virDomain, "migrateSetMaxSpeed", lambda self, value, flags: 0)
    with pytest.raises(errors.NotApplied, match="postcopy_bandwidth_bytes_per_second did not take") as caught:
        host.domains["web1"].set_migration_limits(postcopy_bandwidth=MiB(32), max_downtime_seconds=2)
    assert caught.value.paths == ("postcopy_bandwidth_bytes_per_second",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "must be given a limit"),
        ({"bandwidth": 1000}, "bandwidth must be at least"),
        ({"bandwidth": "64M"}, "bandwidth must be bytes per second"),
        ({"max_downtime_seconds": 0}, "a downtime must be above 0"),
        ({"compression_cache": 0}, "compression_cache must be a number of bytes, not 0"),
        ({"compression_cache": 1.5}, "compression_cache must be a number of bytes, not 1.5"),
    ],
)
def test_a_bad_limit_raises_before_a_call(
    host: virtsdk.Host, kept: dict[str, int], given: dict[str, Any], words: str
) -> None:
    before = dict(kept)
    with pytest.raises((TypeError, ValueError), match=words):
        host.domains["web1"].set_migration_limits(**given)
    assert kept == before


def test_an_error_that_libvirt_python_gives_as_none_is_raised(host: virtsdk.Host) -> None:
    with pytest.raises(errors.NotSupported):
        host.domains["web1"].migration_limits()
