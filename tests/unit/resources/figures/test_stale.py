"""Which guests are stale, told from the keys that libvirt gave before."""

from __future__ import annotations

import pytest

from virtsdk.resources.figures.stale import Seen
from virtsdk.words import DomainState

FULL = {"state.state": 1, "cpu.time": 1, "block.count": 1, "balloon.rss": 1, "block.0.capacity": 1,
        "block.0.rd.reqs": 1, "iothread.count": 0}  # fmt: skip
STUCK = {"state.state": 1, "cpu.time": 1, "block.count": 1}


def records(**guests):
    return [(uuid, uuid, values) for uuid, values in guests.items()]


def test_a_guest_that_lost_what_only_qemu_knows_is_stale_until_it_is_back():
    seen = Seen()
    assert seen.stale(records(web=FULL, db=FULL)) == set()
    assert seen.stale(records(web=STUCK, db=FULL)) == {"web"}
    assert seen.stale(records(web=STUCK, db=FULL)) == {"web"}
    assert seen.stale(records(web=FULL, db=FULL)) == set()


def test_a_guest_seen_for_the_first_time_is_compared_with_the_others():
    assert Seen().stale(records(web=STUCK, db=FULL)) == {"web"}
    assert Seen().stale(records(web=STUCK)) == set()


def test_a_guest_that_is_off_is_not_stale_and_starts_afresh():
    seen = Seen()
    seen.stale(records(web=FULL))
    assert seen.stale(records(web={"state.state": 5, "block.count": 1})) == set()
    assert seen.stale(records(web=STUCK)) == set()


@pytest.mark.parametrize("number", range(8))
def test_only_a_guest_whose_qemu_is_due_to_answer_can_be_stale(number):
    due = DomainState.of(number) in ("running", "blocked", "paused", "shutdown", "pmsuspended")
    assert Seen().stale(records(web=STUCK | {"state.state": number}, db=FULL)) == ({"web"} if due else set())


def test_a_guest_whose_state_was_not_asked_for_counts_as_running():
    stateless = {"cpu.time": 1, "block.count": 1}
    assert Seen().stale(records(web=stateless, db=FULL)) == {"web"}


def test_disks_that_were_unplugged_do_not_make_a_guest_stale():
    seen = Seen()
    seen.stale(records(web=FULL))
    without = {key: value for key, value in FULL.items() if not key.startswith("block.")} | {"block.count": 0}
    assert seen.stale(records(web=without)) == set()


def test_samples_of_other_groups_are_not_compared():
    seen = Seen()
    seen.stale(records(web=FULL), None)
    assert seen.stale(records(web={"state.state": 1, "cpu.time": 1}), ("state", "cpu")) == set()


def test_a_guest_without_disks_is_not_compared_by_those_of_others():
    diskless = {"state.state": 1, "block.count": 0, "balloon.rss": 1, "iothread.count": 0}
    assert Seen().stale(records(web=diskless, db=FULL)) == set()


def test_a_guest_with_the_keys_of_the_last_time_is_stale_once_others_have_more():
    seen = Seen()
    assert seen.stale(records(web=STUCK)) == set()  # nobody has more
    assert seen.stale(records(web=STUCK)) == set()
    assert seen.stale(records(web=STUCK, db=FULL)) == {"web"}
    assert seen.stale(records(db=FULL, web=STUCK)) == {"web"}  # whoever is read first
