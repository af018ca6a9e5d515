"""Refusals: not by this driver, not for this user, not now, not in time."""

from __future__ import annotations

from typing import Unpack

from virtsdk.errors.base import Details, VirtError


class NotSupported(VirtError):
    """The driver, or this version of it, does not do it."""


class ConfigNotSupported(NotSupported):
    """A definition asks for something that this host cannot do."""


class NotLive(NotSupported):
    """Not while it runs: ``scope="persistent"`` changes its definition, which its next start takes."""


class AccessDenied(VirtError):
    """The host refuses it to this user."""


class ReadOnly(AccessDenied):
    """The connection was opened read-only."""


class InvalidState(VirtError):
    """Not possible in the present state (the domain is off, is running, is being migrated ...)."""


class StaleHandle(InvalidState):
    """libvirt no longer accepts the handle."""


class InvalidArgument(VirtError, ValueError):
    """libvirt does not accept a value it was given."""


class TimedOut(VirtError, TimeoutError):
    """It took longer than it was given.

    Parameters
    ----------
    message
        What took how long.
    partial
        What had come by then, where that was text: of a console.
    """

    def __init__(
        self,
        message: str = "",
        *,
        partial: str = "",
        **details: Unpack[Details],
    ) -> None:
        super().__init__(message, **details)
        self.partial = partial


class ResourceBusy(VirtError):
    """Another job or client holds it."""
