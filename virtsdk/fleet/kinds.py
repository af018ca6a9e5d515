"""What all hosts of a fleet have of one kind: guests, networks, pools ..., as one frame or as definitions."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar, cast

import pandas as pd

from virtsdk.binding.live import Live
from virtsdk.display import html, text
from virtsdk.errors import NotFound
from virtsdk.resources.base import Resource
from virtsdk.resources.collection import Collection
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.frame import no_domains
from virtsdk.resources.host import Host

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.domain import DomainDef

T = TypeVar("T")
R = TypeVar("R", bound="Resource[Any]")
M = TypeVar("M", bound="Model")


class Asks(Protocol):
    """A round of a fleet; see `asking.Asking`."""

    def __call__(
        self, operation: str, function: Callable[[Host], T], timeout: float | None = None
    ) -> dict[str, T]:
        """Ask all hosts."""
        ...


class Definitions(Mapping[tuple[str, str], M]):
    """Typed definitions by host and UUID; made by ``fleet.domains.definitions()``.

    ``definitions["kvm7", "web1"]`` finds one by name, too (of several kinds the name is the key). It is a
    mapping: ``.items()``, ``.values()``; `virtsdk.xml.to_frame` of it has the columns host and domain first.
    """

    def __init__(self, found: Mapping[tuple[str, str], M], stem: str) -> None:
        self._found = dict(found)
        self._noun = stem.replace("_", " ")
        self.key_names = ("host", stem)  #: the names of the columns that the keys become
        self._names: dict[tuple[str, str], M] | None = None

    def __getitem__(self, key: tuple[str, str]) -> M:
        if key in self._found:
            return self._found[key]
        if self._names is None:
            self._names = {
                (host, str(getattr(one, "name", ""))): one for (host, _), one in self._found.items()
            }
        if key in self._names:
            return self._names[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        hosts = len({host for host, _ in self._found})
        what = text.count(len(self._found), f"{self._noun} definition")
        return f"<{what} of {text.count(hosts, 'host')}>"


class FleetCollection(Live, Generic[R]):
    """All objects of one kind on the hosts of a fleet.

    ``for network in fleet.networks`` gives live handles, host by host; `frame` one row per object;
    ``"default" in fleet.networks`` tells whether a host has one of that name. Each asks all hosts at once;
    those that did not answer are in `HostFleet.errors`.
    """

    def __init__(self, ask: Asks, kind: str, hosts: Callable[[], int]) -> None:
        self._ask = ask
        self._kind = kind
        self._hosts = hosts

    def _of(self, host: Host) -> Collection[R]:
        return getattr(host, self._kind)

    def __iter__(self) -> Iterator[R]:
        found = self._ask(self._kind, lambda host: list(self._of(host)))
        return iter([one for several in found.values() for one in several])

    def __len__(self) -> int:
        return sum(self._ask(f"{self._kind}.len", lambda host: len(self._of(host))).values())

    def __bool__(self) -> bool:
        return True

    def __contains__(self, key: object) -> bool:
        """Whether a host has one of that name or UUID, or the handle is one of them; asks the hosts."""
        if isinstance(key, Resource):
            return any(one == key for one in self.find(cast("Resource[Any]", key).key))
        return isinstance(key, str | uuids.UUID) and bool(self.find(key))

    def __getitem__(self, key: object) -> NoReturn:
        whole = f"fleet.{self._kind}"
        raise TypeError(
            f"{whole}[{key!r}] may be several, one a host: {whole}.find({key!r}) lists them, and "
            f"fleet[HOST].{self._kind}[{key!r}] is that of one host"
        )

    def find(self, key: str | uuids.UUID) -> list[R]:
        """Look for objects of a name or UUID on all hosts.

        Parameters
        ----------
        key
            Its name; or its UUID, as text or as a `uuid.UUID`.

        Returns
        -------
        list
            A live handle of each host that has one, in the fleet's order; empty where none has.
        """
        found = self._ask(f"{self._kind}.find", lambda host: self._of(host).find(key))
        return [one for one in found.values() if one is not None]

    def frame(self, *, timeout: float | None = None) -> pd.DataFrame:
        """Give all objects of all hosts as a frame.

        Parameters
        ----------
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        pandas.DataFrame
            One row per object, as of the hosts' own collections; ``host`` is the name in the fleet.
        """
        return below_each_other(
            self._ask(f"{self._kind}.frame", lambda host: self._of(host).frame(), timeout)
        )

    def definitions(self, *, timeout: float | None = None) -> Definitions[Any]:
        """Read the definitions of all objects of all hosts.

        Parameters
        ----------
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        Definitions
            Typed documents by host and UUID (or name, where libvirt gives no UUID).
        """
        found = self._ask(f"{self._kind}.definitions", self._read_definitions, timeout)
        return self._put_together(found)

    def _read_definitions(self, host: Host) -> dict[str, Any]:
        documents: dict[str, Any] = {}
        for one in self._of(host):
            handle: Any = one
            try:
                documents[one.key] = handle.definition()
            except NotFound:  # gone meanwhile
                continue
        return documents

    def _put_together(self, found: Mapping[str, Mapping[str, M]]) -> Definitions[M]:
        noun = self._kind.removesuffix("s").replace("_", " ")
        return Definitions(
            {(host, key): one for host, own in found.items() for key, one in own.items()}, noun
        )

    def __repr__(self) -> str:
        return f"<{self._kind.replace('_', ' ')} of {text.count(self._hosts(), 'host')}; frame() reads them>"

    def _repr_html_(self) -> str:
        title = f"{self._kind.replace('_', ' ')} of {text.count(self._hosts(), 'host')}"
        return html.view(html.heading(title, "frame() reads them"))


class FleetDomains(FleetCollection[Domain]):
    """All guests of the hosts of a fleet, running or not; see `FleetCollection`.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect_fleet({"a": "test:///default", "b": "test:///default"}) as fleet:
    ...     fleet.domains.frame()[["host", "name"]].to_dict("records")
    [{'host': 'a', 'name': 'test'}, {'host': 'b', 'name': 'test'}]
    """

    def __init__(
        self, ask: Asks, hosts: Callable[[], int], counted: Callable[[Mapping[str, int]], object]
    ) -> None:
        super().__init__(ask, "domains", hosts)
        self._counted = counted

    def frame(self, *, placement: bool = False, timeout: float | None = None) -> pd.DataFrame:
        """Give all guests as a frame; asks libvirt, and no guest.

        Parameters
        ----------
        placement
            With what binds a guest to its host, as of ``host.domains.frame``.
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        pandas.DataFrame
            One row per guest: host (its name in the fleet), domain (UUID), name, state, vcpus, memory_bytes
            ..., as of ``host.domains.frame``. `virtsdk.capacity` takes it as it is.
        """
        found = self._ask("domains.frame", lambda host: host.domains.frame(placement=placement), timeout)
        self._counted({name: len(one) for name, one in found.items()})
        return below_each_other(found, no_domains(placement=placement))

    def vcpus_frame(self, *, timeout: float | None = None) -> pd.DataFrame:
        """Give on which CPUs of its host each vCPU may run, as of ``host.domains.vcpus_frame``.

        Parameters
        ----------
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        pandas.DataFrame
            One row per vCPU.
        """
        return below_each_other(
            self._ask("domains.vcpus_frame", lambda host: host.domains.vcpus_frame(), timeout)
        )

    def definitions(
        self, *, persistent: bool = False, timeout: float | None = None
    ) -> Definitions[DomainDef]:
        """Read the definitions of all guests; asks libvirt, and no guest.

        Parameters
        ----------
        persistent
            Those that their next starts take, rather than those that they run with.
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        Definitions
            `DomainDef` by host and UUID, without passwords.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect_fleet({"a": "test:///default"}) as fleet:
        ...     virtsdk.xml.to_frame(fleet.domains.definitions(), ["name", "vcpu.value"])[["host", "name"]]
          host  name
        0    a  test
        """
        return self._put_together(
            self._ask(
                "domains.definitions",
                lambda host: {one.uuid or "": one for one in host.domains.definitions(persistent=persistent)},
                timeout,
            )
        )


def below_each_other(found: Mapping[str, pd.DataFrame], empty: pd.DataFrame | None = None) -> pd.DataFrame:
    """Put frames of several hosts below each other; of none, `empty` or a frame of the column host."""
    frames = [one for one in found.values() if len(one)]
    if frames:
        return pd.concat(frames, ignore_index=True)
    for one in found.values():
        return one
    return pd.DataFrame({"host": pd.array([], dtype="str")}) if empty is None else empty
