"""The host of the tutorials: the reader's own, read-only, or a lab's that goes when it is closed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.lab import tutorial


def test_a_host_of_ones_own_is_only_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTSDK_URI", "test:///default")
    with virtsdk.lab.demo_host() as host:
        assert (host.uri, host.readonly) == ("test:///default", True)


@pytest.mark.parametrize(("variable", "guests"), [("", 3), ("7", 7)])
def test_a_lab_goes_with_its_host(monkeypatch: pytest.MonkeyPatch, variable: str, guests: int) -> None:
    asked: list[object] = []

    class Lab:
        def __init__(self, number: int) -> None:
            asked.append(number)

        def start(self) -> SimpleNamespace:
            return SimpleNamespace(session=virtsdk.connect("test:///default").session)

        def stop(self) -> None:
            asked.append("stopped")

    monkeypatch.setenv("VIRTSDK_URI", "")
    monkeypatch.setenv("VIRTSDK_GUESTS", variable)
    monkeypatch.setattr(tutorial, "EmbeddedLab", Lab)
    with virtsdk.lab.demo_host(guests=3) as host:
        assert "test" in host.domains
        assert asked == [guests]
    assert asked == [guests, "stopped"]
    assert host.session.closed


def test_a_number_of_guests_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTSDK_URI", "")
    monkeypatch.setenv("VIRTSDK_GUESTS", "many")
    with pytest.raises(errors.LabError, match="VIRTSDK_GUESTS must be a number of guests, not 'many'"):
        virtsdk.lab.demo_host()
