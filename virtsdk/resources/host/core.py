"""The base of every part of a `Host`: its connection, and the features of its driver."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from virtsdk.binding import features
from virtsdk.binding.features import Version
from virtsdk.binding.pickling import Live
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.words import Feature

if TYPE_CHECKING:
    import pandas as pd


class HostCore(Live):
    """A connection to one node, without its questions; the class that people use is `Host`."""

    def __init__(self, session: Session, name: str | None = None) -> None:
        self._session = session
        self.driver = session.driver
        own, self.libvirt_version = session.call("read the name of", session.subject, _identity)
        self.name = name or own

    # --- the connection ------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The way to calls of libvirt's that virtsdk has no verb for.

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
