"""One device of a guest at a time, among the threads of this process."""

from __future__ import annotations

import threading

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.devices.turns import turn


def test_threads_take_turns_at_a_guest_and_not_at_another(host: virtsdk.Host) -> None:
    web1, same, other = host.domains["web1"], host.domains["web1"], host.domains["web2"]
    with turn(web1, "attach a device to", None):
        with turn(other, "attach a device to", 0.0):
            pass
        with (
            pytest.raises(errors.TimedOut, match=r"'web1' in 0\.01 s: another device of it is on its way"),
            turn(same, "attach a device to", 0.01),
        ):
            pass
        came: list[bool] = []

        def wait() -> None:
            with turn(same, "detach a device of", 60.0):
                came.append(True)

        thread = threading.Thread(target=wait)
        thread.start()
        assert came == []
    thread.join(60)
    assert came == [True]


def test_a_turn_ends_with_an_error(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    with pytest.raises(KeyError), turn(guest, "attach a device to", 0.0):
        raise KeyError
    with turn(guest, "attach a device to", 0.0):
        pass
