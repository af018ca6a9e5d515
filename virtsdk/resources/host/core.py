"""The base of every part of a `Host`: its connection, and the features of its driver."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from virtsdk.binding import features
from virtsdk.binding.features import Version
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.host.awaiting import in_thread
from virtsdk.words import Feature

if TYPE_CHECKING:
    import pandas as pd


T = TypeVar("T")


class HostCore(Live):
    """A connection to one node, without its questions; the class that people use is `Host`."""

    driver: str
    name: str
    libvirt_version: Version

    def __init__(self, session: Session, name: str | None = None) -> None:
        self._session = session
        self.driver = session.driver
        own, self.libvirt_version = session.call("read the name of", session.subject, _identity)
        self.name = name or own

    # --- the connection ------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The way to calls of libvirt's that virtsdk has no verb for; `native` is a shorter one.

        ``session.call(operation, subject, function, changes=False, timeout=None)`` gives `function` libvirt's
        own connection. Such a call is like those of the verbs: its errors are virtsdk's, it waits no longer
        than its timeout, it goes on after a reconnect; one with ``changes=True`` is refused on a read-only
        connection, and is in the audit log. A type checker knows those of libvirt's calls that virtsdk itself
        makes; annotate the parameter as `Any` for others.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.session.call("count the domains of", host.name, lambda conn: conn.numOfDomains())
        1
        """
        return self._session

    @contextmanager
    def native(self, *, changes: bool = False) -> Generator[Any]:
        """Lend libvirt's own connection, for calls that virtsdk has no verb for.

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
        libvirt.virConnect
            libvirt-python's object.

        Raises
        ------
        VirtError
            What libvirt says in the block.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     with host.native() as conn:
        ...         conn.numOfDomains()
        1
        """
        with self._session.lent("use", self._session.subject, changes=changes) as conn:
            yield conn

    async def run(self, function: Callable[[], T]) -> T:
        """Run verbs in a thread, for a cell or a program that awaits: the event loop goes on meanwhile.

        One way for all verbs; there are no others that are awaited but the events. Several at once run in
        threads of their own.

        Parameters
        ----------
        function
            Calls verbs, of this host or of any: ``lambda: guest.start()``.

        Returns
        -------
        object
            What it returns.

        Raises
        ------
        TypeError
            It is no function, but what one returned (``host.run(guest.start())``), or it has to be awaited.
        VirtError
            What it raises.

        Notes
        -----
        Where the task that awaits it is cancelled, nobody waits any more; the call goes on, as libvirt has no
        way to end one. A long verb with ``wait=False`` gives an `Operation`, which can be cancelled.

        Examples
        --------
        In a notebook's cell: ``await host.run(lambda: guest.start())``. In a program:

        >>> import asyncio, virtsdk
        >>> async def main():
        ...     with virtsdk.connect("test:///default") as host:
        ...         guest = host.domains["test"]
        ...         await host.run(guest.suspend)
        ...         return await host.run(lambda: guest.state.value)
        >>> asyncio.run(main())
        'paused'
        """
        return await in_thread(function)

    @property
    def uri(self) -> str:
        """The URI, as libvirt completed it."""
        return self._session.uri

    @property
    def readonly(self) -> bool:
        """True where nothing can be changed through it."""
        return self._session.readonly

    @property
    def is_alive(self) -> bool:
        """True while the connection is open and answers, as far as is known without asking the host."""
        return self._session.is_alive

    @property
    def parked_calls(self) -> list[tuple[str, float]]:
        """The calls that took longer than they were given and still run: what, and for how many seconds."""
        return self._session.parked

    def close(self) -> None:
        """Close the connection; its handles raise `HostClosed` from then on. A second call does nothing."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- what it can do ------------------------------------------------------------

    def supports(self, feature: Feature) -> bool:
        """Tell whether this host's driver and version do something.

        Parameters
        ----------
        feature
            A name in the first column of `features`, for example ``"bulk_stats"``.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.supports("bulk_stats")
        True
        """
        return self._supports(feature)

    def _supports(self, feature: str) -> bool:
        return features.supports(
            feature, self.driver, self.libvirt_version, embedded="/embed" in self.uri.partition("?")[0]
        )

    def features(self) -> pd.DataFrame:
        """Return what `supports` knows of this host as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per feature: feature, supported, since (the libvirt version that this driver does it from,
            empty where it never did), meaning.
        """
        import pandas as pd

        rows = [
            {
                "feature": name,
                "supported": self._supports(name),
                "since": None if (since := features.since(name, self.driver)) is None else str(since),
                "meaning": features.meaning(name),
            }
            for name in features.names()
        ]
        return pd.DataFrame(rows).astype({"since": "str"})


def _identity(conn: VirConnect) -> tuple[str, Version]:
    return decoded(conn.getHostname), Version.of(conn.getLibVersion())
