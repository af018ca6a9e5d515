"""The base of every part of a `Domain`: which guest it is, its state and its definition."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, TypeVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.base import Identified, Lasting
from virtsdk.resources.domain.values import DomainState, Glance, reason_in_words
from virtsdk.resources.figures.known_facts import forget_facts

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef
    from virtsdk.resources.host import Host

T = TypeVar("T")
_log = logging.getLogger(__name__)


class DomainCore(Identified[VirDomain], Lasting[VirDomain]):
    """A guest on a host, without its verbs; what people use is `virtsdk.resources.domain.Domain`."""

    kind: ClassVar[str] = "domain"

    def __init__(self, host: Host, raw: VirDomain, glance: Glance | None = None) -> None:
        super().__init__(host, raw, raw.name(), raw.UUIDString())
        self._glance = glance

    def _call(
        self,
        operation: str,
        function: Callable[[VirDomain], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
    ) -> T:
        def on_what_it_is_now(raw: VirDomain) -> T:
            return function(self._renewed(raw.connect()) if changes else raw)

        try:
            return super()._call(operation, on_what_it_is_now, changes=changes, timeout=timeout)
        finally:
            if changes:  # libvirt has no event for an updated device, nor for autostart
                forget_facts(self._host, self.key)

    def _outdate(self) -> None:
        forget_facts(self._host, self.key)

    def _lookup(self, conn: VirConnect) -> VirDomain:
        return conn.lookupByUUIDString(self.key)

    def _renewed(self, conn: VirConnect) -> VirDomain:
        """Look it up again before a change: someone else may have renamed it."""
        raw = self._reference.renew(self._lookup(conn))
        self._name = raw.name()
        return raw

    @property
    def last_seen(self) -> Glance | None:
        """State, vCPUs and memory as they were last read, with the time; asks nobody."""
        return self._glance

    @property
    def state(self) -> DomainState:
        """Its state now; asks the host, not the guest."""
        return self.refresh().state

    @property
    def state_reason(self) -> str:
        """How it came into its state: ``"booted"``, ``"ioerror"``, ``"panicked"`` ...; asks the host.

        ``virtsdk.words.STATE_REASONS`` has all of them.
        """
        return self._call("read the state of", lambda raw: reason_in_words(*raw.state(0)))

    def refresh(self, *, timeout: float | None = None) -> Glance:
        """Read its state, vCPUs and memory again: what the repr shows. Asks the host, not the guest.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Glance
            ``.state``, ``.vcpus``, ``.memory_bytes``, ``.memory_current_bytes``, and when it was read.

        Raises
        ------
        DomainNotFound
            It is gone.
        """
        info = self._call("read the state of", lambda raw: raw.info(), timeout=timeout)
        self._glance = Glance.of_info(info, self._session.driver, datetime.now(UTC))
        return self._glance

    def definition(
        self, *, persistent: bool = False, secure: bool = False, migratable: bool = False
    ) -> DomainDef:
        """Read its definition; asks the host, not the guest.

        Parameters
        ----------
        persistent
            The one that its next start takes, rather than the one that it runs with.
        secure
            With passwords; needs a connection that may write.
        migratable
            As another host takes it: to be changed and given to `migrate`, `save` or ``restore``; needs a
            connection that may write, and has passwords.

        Returns
        -------
        DomainDef
            The typed document.
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        document = self.definition_xml(persistent=persistent, secure=secure, migratable=migratable)
        return xml.parse(document, DomainDef)

    def definition_xml(
        self, *, persistent: bool = False, secure: bool = False, migratable: bool = False
    ) -> str:
        """Read its definition as libvirt's XML text.

        Parameters
        ----------
        persistent, secure, migratable
            As of `definition`.

        Returns
        -------
        str
            The document as the host wrote it; `definition` is the same, parsed.

        Raises
        ------
        ReadOnly
            `secure` and `migratable` need a connection that may write.
        """
        if (secure or migratable) and self._session.readonly:
            raise errors.ReadOnly(
                f"cannot read the passwords of {self.subject}: the connection was opened with readonly=True",
                operation="read the passwords of",
                subject=self.subject,
            )
        chosen = {"INACTIVE": persistent, "SECURE": secure, "MIGRATABLE": migratable}
        flags = sum(flag(f"VIR_DOMAIN_XML_{name}") for name, on in chosen.items() if on)
        return self._call("read the definition of", lambda raw: decoded(raw.XMLDesc, flags))

    def _change(
        self, operation: str, function: Callable[[VirDomain], object], timeout: float | None = None
    ) -> None:
        """Make a changing call, and read what came of it."""
        self._call(operation, function, changes=True, timeout=timeout)
        self._changed(operation)

    def _changed(self, operation: str) -> None:
        """Read what came of a change; a transient domain is gone when it stops."""
        try:
            self.refresh()
        except errors.VirtError as error:
            _log.debug("%s, after %s: %s", self.subject, operation, error)
            self._glance = None


@contextmanager
def abortable() -> Generator[None]:
    """Say, where a call in the block takes longer than it was given, how it is ended."""
    try:
        yield
    except errors.TimedOut as error:
        if "goes on" not in str(error):  # libvirt's own, or it was never sent
            raise
        raise errors.TimedOut(
            f"{error}; abort_job() ends it", operation=error.operation, subject=error.subject
        ) from error
