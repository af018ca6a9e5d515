"""Errors of a connection that does not open, or that ended."""

from __future__ import annotations

from virtsdk.errors.base import VirtError


class ConnectError(VirtError):
    """A connection could not be opened; the message says what to check."""


class AuthenticationFailed(ConnectError):
    """The host was reached, but did not accept the credentials."""


class HostNotTrusted(AuthenticationFailed):
    """Whoever answered could not prove to be the host: its certificate or key is not the expected one."""


class ConnectionLost(VirtError):
    """An open connection broke, or the host stopped answering."""


class HostClosed(VirtError):
    """The handle belongs to a host that was closed in this process."""
