"""Channels and screens: what is asked of libvirt, and what a driver does not have."""

from __future__ import annotations

import socket
from typing import Any

import libvirt
import pytest

import virtsdk
from virtsdk import errors


def test_a_screen_is_a_socket(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()
    sent: list[tuple[int, int]] = []
    number = here.detach()
    monkeypatch.setattr(
        libvirt.virDomain,
        "openGraphicsFD",
        lambda self, screen, flags: sent.append((screen, flags)) or number,
    )
    with there, host.domains["web1"].graphics_socket(1, skip_authentication=True) as screen:
        there.sendall(b"RFB 003.008\n")
        assert screen.recv(100) == b"RFB 003.008\n"
    assert screen.fileno() == -1
    assert sent == [(1, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)]
    wrong: list[Any] = [-1, "0", True]
    for one in wrong:
        with pytest.raises(ValueError, match="screen must be a number, from 0"):
            host.domains["web1"].graphics_socket(one)


def test_certificates_are_read_again_where_libvirt_can(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = host.domains["web1"]
    if not hasattr(libvirt.virDomain, "graphicsReload"):
        with pytest.raises(errors.NotSupported, match=r"libvirt 10\.2 brings that"):
            guest.reload_graphics()
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(
        libvirt.virDomain,
        "graphicsReload",
        lambda self, kind, flags: sent.append((kind, flags)),
        raising=False,
    )
    guest.reload_graphics()
    guest.reload_graphics("vnc")
    assert sent == [(0, 0), (1, 0)]
    wrong: Any = "spice"
    with pytest.raises(ValueError, match="kind must be 'any' or 'vnc', not 'spice'"):
        guest.reload_graphics(wrong)


def test_a_driver_without_channels_says_so(host: virtsdk.Host) -> None:
    with pytest.raises(errors.NotSupported, match="cannot open a channel of domain 'web1'"):
        host.domains["web1"].channel("org.example.0")
    wrong: list[Any] = ["", 3]
    for name in wrong:
        with pytest.raises(ValueError, match="name must be that of a channel"):
            host.domains["web1"].channel(name)
