"""Plugging devices in and out, as far as the test driver goes; the rest is tests/integration/domain."""

from __future__ import annotations

from operator import methodcaller

import libvirt
import pytest

import virtsdk
from virtsdk import errors, xml
from virtsdk.models.domain import Interface

NIC = "<interface type='user'><mac address='52:54:00:00:00:01'/><alias name='net1'/></interface>"


def test_a_guest_is_asked_again_by_all_that_the_device_is_and_only_while_it_runs(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []

    def by_text(_: object, text: str, flags: int) -> None:
        sent.append((xml.parse(text, Interface).mac.address, flags))

    def by_alias(*_: object) -> None:
        pytest.fail("another device may have the alias by now")

    monkeypatch.setattr(libvirt.virDomain, "detachDeviceFlags", by_text)
    monkeypatch.setattr(libvirt.virDomain, "detachDeviceAlias", by_alias)
    for name in ("web1", "db1"):  # one runs, one is paused
        methodcaller("_ask_again", "detach a device of", xml.parse(NIC, Interface), 5.0)(host.domains[name])
    assert sent == [("52:54:00:00:00:01", 1)]


def test_arguments_are_checked_before_anything_is_sent(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    with pytest.raises(TypeError, match="timeout must be a number of seconds, not None: a guest may never"):
        guest.detach("vda", timeout=None)  # type: ignore[arg-type]
    for verb in (guest.attach, guest.detach, guest.update_device):
        with pytest.raises(ValueError, match='scope must be "auto", "live" or "persistent", not'):
            verb(NIC, scope="config")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="device must be a device's model"):
            verb(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="target must be the name of a drive"):
        guest.change_media(3, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="path must be absolute"):
        guest.change_media("sda", "cd.iso")
    if not host.supports("hotplug"):
        with pytest.raises(errors.NotSupported, match=r"it takes libvirt 10\.0\.0 .*'hotplug'"):
            guest.attach(NIC)
