"""Live handles: what all of them have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from operator import methodcaller
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirConnect, VirLasting, VirObject
from virtsdk.binding.session import About, Session

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

RawT = TypeVar("RawT", bound=VirObject)
T = TypeVar("T")


class Reference(Generic[RawT]):
    """libvirt's object behind a handle; it is let go of when its connection ends, and looked up again."""

    def __init__(self, raw: RawT) -> None:
        self._raw: RawT | None = raw

    def forget(self) -> None:
        """Let go of the object; the next call finds it again."""
        self._raw = None

    def renew(self, raw: RawT) -> RawT:
        """Take what was looked up anew in its place."""
        self._raw = raw
        return raw

    def on(self, conn: VirConnect, look_up: Callable[[VirConnect], RawT]) -> RawT:
        """Return the object on a connection."""
        raw = self._raw
        if raw is None or raw.connect() is not conn:
            raw = self._raw = look_up(conn)
        return raw


class Resource(Live, Generic[RawT]):
    """A live handle: keeps a name and a key, and asks the host for everything else.

    A handle outlives its connection: after a reconnect it goes on. Two handles are equal when they stand for
    the same object of the same host. A handle may be used from several threads.

    Attributes
    ----------
    kind
        The word for one in messages.
    key
        Its identity on its host: a UUID, or a name where libvirt gives it no UUID.
    """

    kind: ClassVar[str]
    key: str

    def __init__(self, host: Host, raw: RawT, name: str, key: str) -> None:
        self._host = host
        self._session: Session = host.session
        self._reference = Reference(raw)
        self._name = name
        self.key = key
        self._session.adopt(self._reference)

    @property
    def host(self) -> Host:
        """The host it is on."""
        return self._host

    @property
    def name(self) -> str:
        """Its name, as it was when the handle was made."""
        return self._name

    @property
    def subject(self) -> str:
        """Its name in messages: kind and name."""
        return f"{self.kind} {self._name!r}"

    @property
    def about(self) -> About:
        """Its name and, where it has one, its UUID, as the audit log has them."""
        return About(self.subject)

    @abstractmethod
    def _lookup(self, conn: VirConnect) -> RawT:
        """Find the libvirt object by its key on a new connection."""

    def _bound(self, conn: VirConnect) -> RawT:
        return self._reference.on(conn, self._lookup)

    def _call(
        self,
        operation: str,
        function: Callable[[RawT], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
    ) -> T:
        """Make a call on the libvirt object; see `Session.call`."""
        return self._session.call(
            operation,
            self.subject,
            lambda conn: function(self._bound(conn)),
            changes=changes,
            timeout=timeout,
            about=lambda: self.about,
        )

    @contextmanager
    def native(self, *, changes: bool = False) -> Generator[Any]:
        """Lend libvirt's own object, for calls that virtsdk has no verb for.

        Within the block libvirt's errors are virtsdk's, and the connection stays open. Its calls are made by
        this thread: they have no deadline, and a Ctrl-C waits for libvirt. `Host.session` has a way that has
        both. The object is not to be kept: after a reconnect it is dead.

        Parameters
        ----------
        changes
            Say that the block changes something: it is refused on a read-only connection before it begins,
            and is in the audit log as one use.

        Yields
        ------
        object
            libvirt-python's object.

        Raises
        ------
        VirtError
            What libvirt says in the block.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     with host.domains["test"].native() as raw:
        ...         raw.OSType()
        'linux'
        """
        with self._session.lent("use", self.subject, changes=changes, about=lambda: self.about) as conn:
            try:
                yield self._bound(conn)
            finally:
                self._outdate()

    def _outdate(self) -> None:
        """Forget what was read of it, which may have been changed."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (
            self.kind == other.kind
            and self.key == other.key
            and self._session is cast("Resource[Any]", other)._session
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.key))


class Identified(Resource[RawT]):
    """A handle on something that has a UUID."""

    @property
    def uuid(self) -> str:
        """Its UUID, which stays the same for as long as it is defined."""
        return self.key

    @property
    def about(self) -> About:
        """Its name and its UUID, as the audit log has them."""
        return About(self.subject, self.key)


LastingT = TypeVar("LastingT", bound=VirLasting)


class Lasting(Resource[LastingT]):
    """A handle on something that may stay defined while it is off: a domain, a network, a mediated device."""

    @property
    def is_active(self) -> bool:
        """True while it is started: runs, is paused or suspended; asks the host.

        A device of the host is, while it is there.
        """
        return bool(self._call("read the state of", lambda raw: raw.isActive()))

    @property
    def is_persistent(self) -> bool:
        """True where it stays defined while it is off; asks the host."""
        return bool(self._call("read the persistence of", lambda raw: raw.isPersistent()))

    @property
    def autostart(self) -> bool:
        """True where the host starts it when its daemon starts; asks the host.

        A mediated device is started when its parent comes, and only one who may write can ask.
        """
        return bool(self._call("read the autostart of", lambda raw: raw.autostart()))

    def set_autostart(self, on: bool = True) -> None:
        """Have it started when the host's daemon starts, or not.

        Parameters
        ----------
        on
            False: not any more.

        Raises
        ------
        NotSupported
            It is a device of the host, and no mediated one.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        self._change("set the autostart of", lambda raw: raw.setAutostart(int(on)))

    @abstractmethod
    def _change(
        self, operation: str, function: Callable[[LastingT], object], timeout: float | None = None
    ) -> None:
        """Make a changing call; what was read before is outdated."""


def raw_of(handle: Resource[RawT], conn: VirConnect) -> RawT:
    """Return libvirt's object behind a handle, for a call that takes several of them."""
    return methodcaller("_bound", conn)(handle)  # by name: a handle shows it to nobody else
