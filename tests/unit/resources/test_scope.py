"""Scopes: what libvirt is told for a guest that runs, is off, is transient."""

from __future__ import annotations

from dataclasses import dataclass

import libvirt
import pytest

from virtsdk import errors
from virtsdk.resources import scope as scopes
from virtsdk.resources.scope import Scope, affected


@dataclass
class Raw:
    active: bool
    persistent: bool

    def name(self) -> str:
        return "web1"

    def isActive(self) -> int:  # noqa: N802
        return int(self.active)

    def isPersistent(self) -> int:  # noqa: N802
        return int(self.persistent)


RUNS, OFF, TRANSIENT = Raw(True, True), Raw(False, True), Raw(True, False)


def test_the_numbers_are_libvirts_whatever_the_object() -> None:
    for prefix in ("VIR_DOMAIN_AFFECT", "VIR_NETWORK_UPDATE_AFFECT"):
        assert getattr(libvirt, f"{prefix}_LIVE") == scopes.LIVE
        assert getattr(libvirt, f"{prefix}_CONFIG") == scopes.CONFIG


@pytest.mark.parametrize(
    ("raw", "scope", "flags"),
    [
        (RUNS, "auto", 3),
        (OFF, "auto", 2),
        (TRANSIENT, "auto", 1),
        (RUNS, "live", 1),
        (TRANSIENT, "live", 1),
        (RUNS, "persistent", 2),
        (OFF, "persistent", 2),
    ],
)
def test_a_scope_is_what_can_be_changed(raw: Raw, scope: Scope, flags: int) -> None:
    assert affected(raw, scope) == flags


def test_one_that_is_off_has_nothing_live() -> None:
    said = r"cannot tune domain 'web1' live: it is off; scope='persistent'"
    with pytest.raises(errors.InvalidState, match=said) as caught:
        affected(OFF, "live", operation="tune")
    assert (caught.value.operation, caught.value.subject) == ("tune", "domain 'web1'")


def test_a_transient_one_has_no_definition_that_stays() -> None:
    with pytest.raises(errors.InvalidState, match=r"cannot change network 'n' for its next start: it is tr"):
        affected(TRANSIENT, "persistent", subject="network 'n'")


@pytest.mark.parametrize("scope", ["auto", "live"])
def test_what_cannot_be_live_says_so_and_what_can_be_done(scope: Scope) -> None:
    with pytest.raises(errors.NotLive, match=r"cannot change .* while it runs; scope='persistent'"):
        affected(RUNS, scope, live=False)
    assert affected(RUNS, "persistent", live=False) == 2
    assert affected(OFF, "auto", live=False) == 2


@pytest.mark.parametrize("scope", ["current", "config", None, 3])
def test_another_word_is_none(scope: object) -> None:
    said = r'^scope must be "auto", "live" or "persistent", not '
    for check in (scopes.check_scope, lambda one: affected(RUNS, one)):
        with pytest.raises(ValueError, match=said):
            check(scope)
