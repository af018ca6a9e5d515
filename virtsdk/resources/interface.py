"""Network interfaces of the node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Final, Self

from virtsdk import errors
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirConnect, VirInterface
from virtsdk.binding.session import Session
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.interface import InterfaceDef

_MAC: Final = re.compile("[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")


class HostInterface(Listable[VirInterface]):
    """A live handle on a network interface of the node; a guest's nic is `models.domain.Interface`."""

    kind: ClassVar[str] = "interface"

    def _lookup(self, conn: VirConnect) -> VirInterface:
        return conn.interfaceLookupByName(self.key)

    def definition(self) -> InterfaceDef:
        """Read its definition as a typed document.

        Returns
        -------
        InterfaceDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.interface import InterfaceDef

        return self._parsed(InterfaceDef)

    @property
    def is_active(self) -> bool:
        """True while it is up; asks the host."""
        return bool(self._call("read the state of", lambda raw: raw.isActive()))

    def start(self) -> None:
        """Bring it up (libvirt's ``create``)."""
        self._change("start", lambda raw: raw.create(0))

    def destroy(self) -> None:
        """Take it down."""
        self._change("destroy", lambda raw: raw.destroy(0))

    def undefine(self) -> None:
        """Remove its configuration."""
        self._change("undefine", lambda raw: raw.undefine())


class Transaction(Live):
    """A change of the node's network that is open; made by ``host.interfaces.transaction()``.

    Attributes
    ----------
    state
        ``"open"``, ``"committed"`` or ``"rolled back"``.
    """

    state: str

    def __init__(self, session: Session, subject: str) -> None:
        self._session = session
        self._subject = subject
        self.state = "open"

    def commit(self) -> None:
        """Keep what was changed since it began.

        Raises
        ------
        InvalidState
            It has ended.
        """
        self._end("commit the change of", lambda conn: conn.changeCommit(0), "committed")

    def roll_back(self) -> None:
        """Take back what was changed since it began.

        Raises
        ------
        InvalidState
            It has ended.
        """
        self._end("roll back the change of", lambda conn: conn.changeRollback(0), "rolled back")

    def _end(self, operation: str, function: Callable[[VirConnect], int], state: str) -> None:
        self._session.call(operation, self._subject, function, changes=True)
        self.state = state

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.state != "open":
            return
        if error is None:
            self.commit()
            return
        try:
            self.roll_back()
        except errors.VirtError as failed:  # what went wrong in the block says more
            error.add_note(f"and the change was not rolled back: {failed}")

    def __repr__(self) -> str:
        return f"<Transaction of {self._subject}, {self.state}>"


class Interfaces(Listed[HostInterface, VirInterface]):
    """All network interfaces of the node that libvirt knows.

    The frame has one row per interface: host, name, mac, active.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.interfaces.frame()["mac"].tolist()
    ['aa:bb:cc:dd:ee:ff']
    """

    _handle_class = HostInterface
    _noun: ClassVar[str] = "interface"
    _key_column: ClassVar[str] = "name"
    _missing: ClassVar[type[errors.NotFound]] = errors.InterfaceNotFound
    _columns: ClassVar[Mapping[str, str]] = {"name": "str", "mac": "str", "active": "boolean"}
    _filters: ClassVar[Mapping[str, str]] = {"active": "VIR_CONNECT_LIST_INTERFACES_ACTIVE"}

    def _all(self, conn: VirConnect, flags: int) -> list[VirInterface]:
        return conn.listAllInterfaces(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirInterface:
        return conn.interfaceLookupByName(name)

    def _identity(self, raw: VirInterface) -> tuple[str, str]:
        return raw.name(), raw.name()

    def _more(self, raw: VirInterface) -> dict[str, object]:
        return {"mac": raw.MACString()}

    def _glance(self, raw: VirInterface) -> dict[str, object]:
        return {"active": bool(raw.isActive()), **self._more(raw)}

    def by_mac(self, mac: str) -> HostInterface:
        """Find an interface by its MAC.

        Parameters
        ----------
        mac
            ``"52:54:00:00:00:07"``.

        Returns
        -------
        HostInterface
            Its handle.

        Raises
        ------
        InterfaceNotFound
            None has it.
        AlreadyExists
            Several have it: a bridge has that of one of its ports, for example.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.interfaces.by_mac("aa:bb:cc:dd:ee:ff").name
        'eth1'
        """
        if not isinstance(mac, str) or _MAC.fullmatch(mac) is None:  # pyright: ignore
            raise ValueError(f"mac must be six pairs of hexadecimal digits with colons, not {mac!r}")
        return self._session.call(
            "find",
            f"{self._noun} with the MAC {mac}",
            lambda conn: self._looked_at(conn.interfaceLookupByMACString(mac)),
        )

    def transaction(self, *, timeout: float | None = None) -> Transaction:
        """Begin a change of the node's network that is taken back where it goes wrong.

        ``with host.interfaces.transaction():`` keeps what the block changed; an exception in it has the host
        go back to what was before, and so has a restart of the host before the end.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Transaction
            A context manager; begun already, so end it by ``with``, ``commit()`` or ``roll_back()``.

        Raises
        ------
        InvalidState
            Another one is open on this host.
        NotSupported
            The host has no such (that needs netcf, or the test driver).

        Examples
        --------
        >>> import virtsdk
        >>> document = "<interface type='ethernet' name='eth9'><start mode='none'/></interface>"
        >>> with virtsdk.connect("test:///default") as host:
        ...     try:
        ...         with host.interfaces.transaction():
        ...             _ = host.interfaces.define(document)
        ...             raise RuntimeError("it does not work")
        ...     except RuntimeError:
        ...         "eth9" in host.interfaces
        False
        """
        subject = f"the network of {self._host.name}"
        begin = self._session.call
        begin("begin a change of", subject, lambda conn: conn.changeBegin(0), changes=True, timeout=timeout)
        return Transaction(self._session, subject)

    @shows_no_variables
    def define(self, definition: Model | str) -> HostInterface:
        """Define an interface, or change its configuration; it is not brought up.

        Parameters
        ----------
        definition
            A `InterfaceDef`, or libvirt's XML text.

        Returns
        -------
        HostInterface
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("define", definition, lambda conn, text: conn.interfaceDefineXML(text, 0))
