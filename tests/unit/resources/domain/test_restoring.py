"""Guests that come back from files, also where the connection is lost meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.operation import Operation, following


def restored_over_a_loss(
    host: virtsdk.Host, path: Path, monkeypatch: pytest.MonkeyPatch, *, comes: bool, read: bool = True
) -> Operation[Any]:
    """Restore a guest, and lose the answer to the call."""
    call = host.session.call
    monkeypatch.setattr(following, "EVERY", 0.001)

    def lose(operation: str, subject: str, function: Any, **more: Any) -> Any:
        if operation != "restore":
            return call(operation, subject, function, **more)
        if comes:
            call(operation, subject, function, **more)
        elif read:
            with pytest.raises(ZeroDivisionError):
                call(operation, subject, lambda conn: function(Half(conn)), **more)
        raise errors.ConnectionLost("away")

    monkeypatch.setattr(host.session, "call", lose)
    return host.domains.restore(path, wait=False)


class Half:
    """A connection on which a restore is begun, and no more."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn

    def saveImageGetXMLDesc(self, *given: Any) -> Any:  # noqa: N802
        return self._conn.saveImageGetXMLDesc(*given)

    def restoreFlags(self, *given: Any) -> Any:  # noqa: N802
        raise ZeroDivisionError


@pytest.fixture
def saved(host: virtsdk.Host, tmp_path: Path) -> Path:
    host.domains["web1"].save(tmp_path / "saved")
    return tmp_path / "saved"


def test_a_guest_that_came_back_is_found(
    host: virtsdk.Host, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = restored_over_a_loss(host, saved, monkeypatch, comes=True).wait(30)
    assert (found.name, found.state) == ("web1", "running")


@pytest.mark.parametrize("read", [True, False])
def test_one_that_did_not_is_a_lost_connection(
    read: bool, host: virtsdk.Host, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(errors.ConnectionLost, match="away"):
        restored_over_a_loss(host, saved, monkeypatch, comes=False, read=read).wait(30)
    assert host.domains["web1"].state == "shutoff"
