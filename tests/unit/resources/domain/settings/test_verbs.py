"""What follows an end, and starting with the host: set, read back, refused."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

import virtsdk
from virtsdk import errors


def test_what_follows_an_end(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    guest.set_lifecycle_action("crash", "preserve")
    guest.set_lifecycle_action("crash", "coredump-restart", scope="persistent")
    guest.set_lifecycle_action("reboot", "rename-restart")
    assert (guest.definition().on_crash, guest.definition().on_reboot) == ("preserve", "rename-restart")
    assert guest.definition(persistent=True).on_crash == "coredump-restart"
    wrong: list[tuple[Any, Any]] = [
        ("start", "destroy"),
        ("crash", "explode"),
        ("poweroff", "coredump-destroy"),
    ]
    for event, action in wrong:
        with pytest.raises(ValueError, match=r"(event|action) must be"):
            guest.set_lifecycle_action(event, action)


def test_what_is_newer_than_libvirt_python_says_so(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = host.domains["web1"]
    if not hasattr(libvirt.virDomain, "setAutostartOnce"):
        with pytest.raises(errors.NotSupported, match=r"cannot set the autostart of .* libvirt 11\.2 brings"):
            guest.set_autostart(once=True)
        with pytest.raises(errors.NotSupported, match=r"libvirt 11\.2"):
            _ = guest.autostart_once
    kept = [0]
    monkeypatch.setattr(
        libvirt.virDomain, "setAutostartOnce", lambda self, on: kept.__setitem__(0, on), raising=False
    )
    monkeypatch.setattr(libvirt.virDomain, "autostartOnce", lambda self: kept[0], raising=False)
    guest.set_autostart(once=True)
    assert (guest.autostart_once, guest.autostart) == (True, False)
    guest.set_autostart(False, once=True)
    assert not guest.autostart_once
    guest.set_autostart()
    assert (guest.autostart_once, guest.autostart) == (False, True)
