"""Calls take turns where they must not meet, and only there."""

from __future__ import annotations

import threading

import pytest

from tests.waiting import until
from virtsdk.binding.upkeep.turns import Turns, meet_badly


@pytest.mark.parametrize("way", ["libssh", "libssh2"])
def test_calls_meet_badly_on_what_reads_ahead_before_it_was_mended(way: str) -> None:
    assert meet_badly(f"qemu+{way}://ana@kvm7:2222/system?known_hosts=/k", 10_003_999)
    assert not meet_badly(f"qemu+{way}://kvm7/system", 10_004_000)


@pytest.mark.parametrize(
    "uri", ["qemu:///system", "qemu+ssh://libssh/system", "qemu+tls://kvm7/system", "qemu+tcp://k/"]
)
def test_other_ways_let_calls_meet(uri: str) -> None:
    assert not meet_badly(uri, 9_000_000)


def meetings(first: list[Turns], second: list[Turns]) -> int:
    """Return how many of two blocks ran at once, where each waits a while for the other."""
    inside: list[int] = []
    both = threading.Event()
    most = [0]

    def block(turns: list[Turns]) -> None:
        with Turns.all_of(turns):
            inside.append(1)
            most[0] = max(most[0], len(inside))
            if len(inside) == 2:
                both.set()
            both.wait(0.3)
            inside.pop()

    threads = [threading.Thread(target=block, args=(turns,), daemon=True) for turns in (first, second)]
    for thread in threads:
        thread.start()
    until(lambda: not any(thread.is_alive() for thread in threads))
    return most[0]


def test_two_blocks_of_one_connection_run_one_after_the_other_where_that_is_needed() -> None:
    one, free = Turns(needed=True), Turns(needed=False)
    assert meetings([one], [one]) == 1
    assert meetings([free], [free]) == 2
    assert meetings([one], [Turns(needed=True)]) == 2


def test_two_that_take_the_same_turns_in_another_order_both_end() -> None:
    one, other = Turns(needed=True), Turns(needed=True)
    for _ in range(3):
        assert meetings([one, other], [other, one]) == 1


def test_a_call_inside_a_call_of_the_same_thread_does_not_wait_for_it() -> None:
    one = Turns(needed=True)
    with Turns.all_of([one]), Turns.all_of([one]):
        pass
