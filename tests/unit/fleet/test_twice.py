"""One host by two names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import virtsdk
from tests.unit.fleet.members import TEST, fleet_of
from virtsdk.fleet.member import Member
from virtsdk.fleet.twice import guests_of


def of(driver: str) -> Callable[[str], Member]:
    """A host whose driver says that it is another one: its guests are the test driver's."""

    def opens(name: str) -> virtsdk.Host:
        host = virtsdk.connect(TEST, name=name)
        host.driver = driver
        return host

    return lambda name: Member(name, TEST, {}, lambda: opens(name))


@pytest.mark.parametrize(("driver", "warned"), [("qemu", True), ("test", False)])
def test_it_is_told_when_the_fleet_is_opened(driver: str, warned: bool, caplog) -> None:
    made = of(driver)
    with fleet_of(made("kvm7"), made("shop")) as fleet:
        fleet.open()
        assert repr(fleet) == "<HostFleet 2 hosts: 2 up, 2 guests>"
    said = "kvm7, shop have the very same guests: one host by several names counts twice"
    assert (said in caplog.messages) == warned


def test_guests_that_are_off_tell_nothing() -> None:
    with virtsdk.connect(TEST) as host:
        host.driver = "qemu"
        guest = host.domains["test"]
        assert guests_of(host) == (1, {guest.uuid})
        guest.destroy()
        try:
            assert guests_of(host) == (1, frozenset())
        finally:
            guest.start()
