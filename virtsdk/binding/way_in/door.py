"""Opening a connection: the one way in, and what to check when it stays shut."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.calls import code_names, one_line
from virtsdk.binding.events import loop as eventloop
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.upkeep.heartbeat import NEVER
from virtsdk.binding.upkeep.turns import meet_badly
from virtsdk.binding.uri import (
    check,
    is_remote,
    is_tls,
    is_unverified,
    login,
    refuse_programs,
    test_file,
    unverified,
    without_password,
)
from virtsdk.binding.way_in import configuration
from virtsdk.binding.way_in.credentials import Auth, Authenticator
from virtsdk.binding.way_in.refusals import explain

_log = logging.getLogger(__name__)

_READ_ONLY = 1  # VIR_CONNECT_RO
_MOST_HANGING = 5  # tries to reconnect that nobody waits for any more, each in a thread


class Door:
    """Opens connections to one URI, the first and those after a loss.

    Secrets stop here: a password in the URI goes to the authenticator, and what was given as `uri` and `auth`
    is in no variable of this class's frames when it raises.

    Parameters
    ----------
    uri
        A libvirt URI, or an alias from libvirt.conf; None for libvirt's default (LIBVIRT_DEFAULT_URI, or what
        is installed).
    readonly
        Open connections that cannot change anything.
    verify
        Check that the other end is the host that is meant; False to trust whoever answers.
    programs
        Whether the URI may name programs that are started.
    auth
        Credentials, or a callback that gives them (see `virtsdk.connect`).
    keepalive
        Seconds between probes, and how many may go unanswered; None for no probes.

    Attributes
    ----------
    uri
        The URI without a password and in place of an alias; None for libvirt's own default.
    wired
        Whether the connection goes over a wire that can be watched; known once one is open.
    meets_badly
        Whether its calls must take turns (see `virtsdk.binding.upkeep.turns`); known once one is open.

    Raises
    ------
    TypeError, ValueError
        `uri` or `auth` is not usable, the URI switches the check of a certificate off and `verify` does not,
        or it names a program and `programs` is False.
    """

    def __init__(
        self,
        uri: str | None = None,
        *,
        readonly: bool = False,
        verify: bool = True,
        programs: bool = True,
        auth: Auth = None,
        keepalive: tuple[int, int] | None = (5, 3),
    ) -> None:
        try:
            self.uri, self._authenticator = _parted(uri, auth)
        except (TypeError, ValueError) as error:
            error.__context__ = None  # it and the traceback have frames with what was given
            raise error.with_traceback(None) from None
        finally:
            del uri, auth
        self._shown = "libvirt's default" if self.uri is None else one_line(self.uri)
        if self.uri is not None and not programs:
            refuse_programs(self.uri)
        self.readonly = bool(readonly)
        self._verify = verify
        self.keepalive = keepalive
        self.wired = False
        self.meets_badly = False
        self._under_way: set[object] = set()
        if self.uri is not None and is_unverified(self.uri):
            if verify and is_tls(self.uri):
                raise ValueError(
                    f"{self._shown} switches the check of the host's certificate off (no_verify), so that "
                    "anyone on the way could answer for it: leave that out, or say verify=False"
                )
            _log.warning("%s: whoever answers is trusted, its key or certificate is not checked", self._shown)
        elif self.uri is not None and is_remote(self.uri) and not verify:
            _log.warning("%s: whoever answers is trusted (verify=False)", self._shown)
            self.uri = unverified(self.uri)

    def _look_at_file(self) -> None:
        """Miss a test driver's file before libvirt does: its XML parser would print a warning."""
        file = test_file(self.uri)
        if file is not None and not os.path.isfile(file):  # noqa: PTH113 - False for a name that is too long, too
            raise errors.ConnectError(
                f"cannot open {self._shown}: there is no file {str(file)!r}; the test driver wants "
                "test:///default or test:///absolute/path/of/a/node.xml",
                operation="open",
                subject=self._shown,
            )

    def open(
        self,
        timeout: float | None,
        closed: Callable[[VirConnect, int, Any], None],
        opaque: object,
        *,
        again: bool = False,
    ) -> VirConnect:
        """Open a connection, with the event loop running and keepalive on.

        Parameters
        ----------
        timeout
            Seconds; None for as long as libvirt takes.
        closed, opaque
            libvirt's close callback and what it is given.
        again
            It is tried again and again: not while several tries hang in C, so that these do not add up where
            a host accepts connections and never answers.

        Raises
        ------
        ConnectError, AuthenticationFailed
            libvirt could not; the message says what to check.
        TimedOut
            There was no answer in `timeout` seconds.
        """
        if workers.ending():
            raise errors.ConnectError(
                f"cannot open {self._shown}: {workers.ENDING}", operation="open", subject=self._shown
            )
        if again and len(self._under_way) >= _MOST_HANGING:
            raise errors.TimedOut(
                f"cannot open {self._shown}: no answer to {len(self._under_way)} tries, which still wait",
                operation="open",
                subject=self._shown,
            )
        self._look_at_file()
        eventloop.ensure_running()

        talk = self._authenticator.conversation(self._shown)

        def attempt() -> VirConnect:
            self._under_way.add(token := object())
            try:
                return connected()
            finally:
                self._under_way.discard(token)

        def connected() -> VirConnect:
            conn = library().openAuth(self.uri, talk.for_libvirt(), _READ_ONLY if self.readonly else 0)
            try:
                self._check(conn)
                self.meets_badly = meet_badly(conn.getURI(), library().getVersion())
                self.wired = self._watch_wire(conn)
                if self.wired:
                    conn.registerCloseCallback(closed, opaque)
            except BaseException:
                conn.close()
                raise
            return conn

        try:
            conn = workers.run_interruptibly(attempt, f"open {self._shown}", timeout, unwanted=_shut)
        except library().libvirtError as error:
            if talk.failure is not None:
                raise self._nobody_answered(talk.failure) from talk.failure
            raise explain(error, self.uri, self._shown, talk.unanswered) from error
        except workers.Waited as waited:
            raise errors.TimedOut(
                f"cannot open {self._shown}: no answer in {timeout:g} s",
                operation="open",
                subject=self._shown,
            ) from waited
        talk.succeeded()
        return conn

    def _watch_wire(self, conn: VirConnect) -> bool:
        """Turn keepalive on; False for a driver in this process, which has no wire to watch.

        Such a driver would also keep a close callback, and the connection with it, for ever. That nobody
        answers is for the heartbeat to notice, or for libvirt where calls take turns; its probes come each
        second there, since they also wake up a call whose answer was read ahead.
        """
        interval, count = self.keepalive or (0, 0)
        probes = (1, interval * max(count, 1)) if self.meets_badly and interval > 0 else (interval, NEVER)
        try:
            conn.setKeepAlive(*probes)
        except library().libvirtError as error:
            _log.debug("no keepalive on %s: %s", self._shown, error)
            return code_names().get(error.get_error_code()) != "VIR_ERR_NO_SUPPORT"
        return True

    def _check(self, conn: VirConnect) -> None:
        """Refuse what only libvirt knew beforehand: a configuration elsewhere that has it trust anyone."""
        resolved = conn.getURI()
        if self._verify and is_tls(resolved) and is_unverified(resolved):
            raise errors.HostNotTrusted(
                f"cannot open {self._shown}: libvirt's configuration makes it {without_password(resolved)}, "
                "which trusts whoever answers; take no_verify out there, or say verify=False",
                operation="open",
                subject=self._shown,
            )

    def _nobody_answered(self, failure: BaseException) -> errors.AuthenticationFailed:
        return errors.AuthenticationFailed(
            f"cannot open {self._shown}: asking for credentials ended with {type(failure).__name__}; "
            "check the callback, or give auth={'username': ..., 'password': ...}",
            operation="open",
            subject=self._shown,
        )


def _parted(uri: str | None, auth: Auth) -> tuple[str | None, Authenticator]:
    """Part a URI, or what an alias stands for, from its password, which answers where `auth` does not."""
    if not isinstance(uri, str | None):
        raise TypeError(f"uri must be text, not {type(uri).__name__}")
    if uri is not None and not uri.strip():  # the empty cell of an inventory
        raise ValueError("uri must not be empty; None is for libvirt's own default")
    uri = uri or os.environ.get("LIBVIRT_DEFAULT_URI") or None
    uri = configuration.lookup(uri) or uri
    if uri is None:
        return None, Authenticator(auth)
    check(uri)
    user, password = login(uri)
    return without_password(uri), Authenticator(auth, user=user, password=password)


def _shut(conn: VirConnect) -> None:
    """Close a connection that came after everyone had stopped waiting for it."""
    for step in (conn.unregisterCloseCallback, conn.close):
        try:
            step()
        except library().libvirtError as error:
            _log.debug("closing what came too late: %s", error)
