"""libvirt's words: each table against the installed libvirt, and what domain states mean to each caller."""

from __future__ import annotations

from typing import get_args

import libvirt
import pytest

from virtsdk import words
from virtsdk.binding import features
from virtsdk.history.columns import recorded
from virtsdk.resources.domain import lifecycle, waiting
from virtsdk.resources.figures import bulk_records
from virtsdk.words import DOMAIN_STATES, STATE_REASONS, DomainState, word_of

TABLES = {
    "VIR_DOMAIN_": DOMAIN_STATES,
    "VIR_VCPU_": words.VCPU_STATES,
    "VIR_DOMAIN_DIRTYRATE_": words.DIRTY_RATE_STATES,
    "VIR_DOMAIN_JOB_": words.JOB_KINDS,
    "VIR_DOMAIN_JOB_OPERATION_": words.JOB_OPERATIONS,
    "VIR_STORAGE_POOL_": words.POOL_STATES,
    "VIR_STORAGE_VOL_": words.VOLUME_TYPES,
    **{f"VIR_DOMAIN_{state.upper()}_": reasons for state, reasons in STATE_REASONS.items()},
}
# what came after libvirt 9.0, which Debian 12 has
NEWER = {"VIR_DOMAIN_PAUSED_API_ERROR": 14}
CONSTANTS = NEWER | vars(libvirt)
# prefixes that no other enum or set of flags shares: every constant of the installed libvirt has its word
WHOLE = ["VIR_DOMAIN_JOB_OPERATION_", *(f"VIR_DOMAIN_{one}_" for one in ("RUNNING", "PAUSED", "SHUTOFF"))]
GROUPS = ("ACTIVE", "RUNS", "ANSWERS", "REPORTS", "NO_PROCESS", "STARTABLE", "DESTROYABLE")


@pytest.mark.parametrize("prefix", TABLES)
def test_each_word_stands_at_libvirts_number(prefix):
    for number, word in enumerate(TABLES[prefix]):
        constant = prefix + word.upper().replace("-", "_").replace(" ", "_")
        assert CONSTANTS[constant] == number, constant


@pytest.mark.parametrize("prefix", WHOLE)
def test_no_constant_of_the_installed_libvirt_is_left_out(prefix):
    numbers = {value for name, value in CONSTANTS.items() if name.startswith(prefix)}
    assert numbers == set(range(len(TABLES[prefix])))


def test_every_state_has_its_reasons():
    assert tuple(STATE_REASONS) == DOMAIN_STATES == tuple(DomainState)


@pytest.mark.parametrize("number", [len(DOMAIN_STATES), 99, -1])
def test_a_number_that_is_newer_than_the_table_keeps_its_number(number):
    assert word_of(DOMAIN_STATES, number) == f"unknown-{number}"
    assert DomainState.of(number) is DomainState.NOSTATE


# one row a state: a caller that changes its mind about one changes one word here and one line of words.py
MEANINGS = {
    "nostate": {"ACTIVE", "NO_PROCESS"},
    "running": {"ACTIVE", "RUNS", "ANSWERS", "REPORTS", "DESTROYABLE"},
    "blocked": {"ACTIVE", "RUNS", "ANSWERS", "REPORTS", "DESTROYABLE"},
    "paused": {"ACTIVE", "ANSWERS", "REPORTS", "DESTROYABLE"},
    "shutdown": {"ACTIVE", "ANSWERS", "DESTROYABLE"},
    "shutoff": {"NO_PROCESS", "STARTABLE"},
    "crashed": {"ACTIVE", "NO_PROCESS", "STARTABLE", "DESTROYABLE"},
    "pmsuspended": {"ACTIVE", "ANSWERS", "REPORTS", "DESTROYABLE"},
}


@pytest.mark.parametrize("state", DomainState)
def test_what_a_state_means(state):
    assert {group for group in GROUPS if state in getattr(words, group)} == MEANINGS[state]
    assert state.is_active == ("ACTIVE" in MEANINGS[state])


def test_groups_hold_nothing_but_states():
    for group in GROUPS:
        assert set(getattr(words, group)) <= set(DOMAIN_STATES), group


def test_the_words_that_a_type_checker_knows_are_those_that_are_taken():
    assert set(get_args(words.Feature)) == set(features.names())
    assert set(get_args(words.Frame)) == set(recorded())
    assert set(get_args(words.WaitFor)) == {"agent", "address", *DomainState}
    assert get_args(words.AddressSource) == ("any", *waiting._SOURCES)
    assert get_args(words.ListedState) == bulk_records._STATES
    assert set(get_args(words.StatsGroup)) == {*bulk_records.group_names(), *bulk_records._ALIASES}
    for mode in get_args(words.ShutdownMode):
        assert lifecycle._mode("VIR_DOMAIN_SHUTDOWN_", mode) > 0
