"""The noun itself: whose it is, and how long libvirt waits for it."""

from __future__ import annotations

import pickle
from typing import Any

import libvirt
import pytest

import virtsdk


def test_it_is_its_guests_and_no_more(guest: virtsdk.Domain) -> None:
    agent = guest.agent
    assert repr(agent) == "<Agent of test>"
    assert agent == guest.host.domains["test"].agent
    assert hash(agent) == hash(guest.agent)
    assert (agent == guest, agent.guest == guest) == (False, True)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(agent)


def test_how_long_libvirt_waits(guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(
        libvirt.virDomain, "agentSetResponseTimeout", lambda self, time, flags: sent.append(time)
    )
    for seconds in (20, 20.0, 0, "default", None):
        guest.agent.set_timeout(seconds)
    assert sent == [20, 20, 0, -1, -2]
    wrong: list[Any] = [-1, 0.5, True, "long", 2**31]
    for seconds in wrong:
        with pytest.raises((TypeError, ValueError), match="seconds must be"):
            guest.agent.set_timeout(seconds)
    assert len(sent) == 5
