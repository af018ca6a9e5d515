"""Opening a connection: the one way in, and what to check when it stays shut."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from virtsdk import errors
from virtsdk.binding import eventloop, workers
from virtsdk.binding.calls import code_names
from virtsdk.binding.credentials import Authenticator
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.uri import advice, without_password

_log = logging.getLogger(__name__)

_READ_ONLY = 1  # VIR_CONNECT_RO
_REFUSED = frozenset({"VIR_ERR_AUTH_FAILED", "VIR_ERR_AUTH_CANCELLED", "VIR_ERR_AUTH_UNAVAILABLE"})


class Door:
    """Opens connections to one URI, the first and those after a loss.

    Parameters
    ----------
    uri
        A libvirt URI; None for libvirt's default.
    readonly
        Open connections that cannot change anything.
    authenticator
        Answers what libvirt asks.
    keepalive
        Seconds between probes, and how many may go unanswered; None for no probes.
    """

    def __init__(
        self,
        uri: str | None,
        *,
        readonly: bool,
        authenticator: Authenticator,
        keepalive: tuple[int, int] | None,
    ) -> None:
        self._uri = uri
        self._flags = _READ_ONLY if readonly else 0
        self._authenticator = authenticator
        self._keepalive = keepalive
        self._shown = without_password(uri) if uri is not None else "libvirt's default"

    def open(
        self, timeout: float | None, closed: Callable[[VirConnect, int, Any], None], opaque: object
    ) -> VirConnect:
        """Open a connection, with the event loop running and keepalive on.

        Parameters
        ----------
        timeout
            Seconds; None for as long as libvirt takes.
        closed, opaque
            libvirt's close callback and what it is given.

        Raises
        ------
        ConnectError, AuthenticationFailed
            libvirt could not; the message says what to check.
        TimedOut
            There was no answer in `timeout` seconds.
        """
        eventloop.ensure_running()

        def attempt() -> VirConnect:
            return library().openAuth(self._uri, self._authenticator.for_libvirt(), self._flags)

        try:
            conn = workers.run_interruptibly(attempt, f"open {self._shown}", timeout)
        except library().libvirtError as error:
            raise self._explain(error) from error
        except workers.Waited as waited:
            raise errors.TimedOut(
                f"cannot open {self._shown}: no answer in {timeout:g} s",
                operation="open",
                subject=self._shown,
            ) from waited
        if self._watch_wire(conn):
            conn.registerCloseCallback(closed, opaque)
        return conn

    def _watch_wire(self, conn: VirConnect) -> bool:
        """Turn keepalive on; False for a driver in this process, which has no wire to watch.

        Such a driver would also keep a close callback, and the connection with it, for ever.
        """
        interval, count = self._keepalive or (0, 0)
        try:
            conn.setKeepAlive(interval, count)
        except library().libvirtError as error:
            _log.debug("no keepalive on %s: %s", self._shown, error)
            return code_names().get(error.get_error_code()) != "VIR_ERR_NO_SUPPORT"
        return True

    def _explain(self, error: Exception) -> errors.ConnectError:
        raw: Any = error
        text = (raw.get_error_message() or str(error)).strip().replace("\n", " ")
        name = code_names().get(raw.get_error_code())
        number = raw.get_int1()
        system_error = number if name == "VIR_ERR_SYSTEM_ERROR" and isinstance(number, int) else None
        if name in _REFUSED:
            kind: type[errors.ConnectError] = errors.AuthenticationFailed
            hint = "check the user and the password (auth=...), or what the host's polkit rules allow"
        else:
            kind = errors.ConnectError
            hint = advice(self._uri, text, system_error)
        return kind(
            f"cannot open {self._shown}: {text}; {hint}",
            code=raw.get_error_code(),
            code_name=name,
            domain=raw.get_error_domain(),
            libvirt_message=text,
            operation="open",
            subject=self._shown,
        )
