"""Events about the connection, networks, storage pools, node devices and secrets.

Those about domains are in `virtsdk.events.domain`; `virtsdk.binding.events.sources` says which of libvirt's
event ids each kind comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Anything that a host reports.

    Attributes
    ----------
    host
        The name of the host.
    time
        When it arrived here, in UTC; libvirt sends no time of its own.
    """

    kind: ClassVar[str] = "event"
    host: str
    time: datetime

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__repr__ = Event.__repr__  # before the decorator of each kind would make another

    def __repr__(self) -> str:
        said = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.name != "time")
        return f"<{type(self).__name__} {self.time:%Y-%m-%d %H:%M:%S} UTC {' '.join(said)}>"


# --- about the connection ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Disconnected(Event):
    """The connection was lost; what happens until `Reconnected` is not seen."""

    kind: ClassVar[str] = "disconnected"


@dataclass(frozen=True, kw_only=True)
class Reconnected(Event):
    """The connection is back, and the subscriptions with it.

    Attributes
    ----------
    gap_seconds
        For how long nothing was seen.
    """

    kind: ClassVar[str] = "reconnected"
    gap_seconds: float


@dataclass(frozen=True, kw_only=True)
class Overflow(Event):
    """The subscriber was too slow: the oldest events in its queue were dropped.

    Attributes
    ----------
    dropped
        How many.
    """

    kind: ClassVar[str] = "overflow"
    dropped: int


# --- networks, pools, devices, secrets -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class NetworkLifecycle(Event):
    """A network was ``defined``, ``undefined``, ``started`` or ``stopped``."""

    kind: ClassVar[str] = "network_lifecycle"
    network: str
    name: str
    event: str


@dataclass(frozen=True, kw_only=True)
class NetworkMetadataChange(Event):
    """Title, description or metadata element of a network changed."""

    kind: ClassVar[str] = "network_metadata_change"
    network: str
    name: str
    part: str
    namespace: str


@dataclass(frozen=True, kw_only=True)
class StoragePoolLifecycle(Event):
    """A pool was ``defined``, ``undefined``, ``started``, ``stopped``, ``created`` or ``deleted``."""

    kind: ClassVar[str] = "storage_pool_lifecycle"
    storage_pool: str
    name: str
    event: str


@dataclass(frozen=True, kw_only=True)
class StoragePoolRefresh(Event):
    """A pool read its volumes again."""

    kind: ClassVar[str] = "storage_pool_refresh"
    storage_pool: str
    name: str


@dataclass(frozen=True, kw_only=True)
class NodeDeviceLifecycle(Event):
    """A device of the node was ``created``, ``deleted``, ``defined`` or ``undefined``."""

    kind: ClassVar[str] = "node_device_lifecycle"
    name: str
    event: str


@dataclass(frozen=True, kw_only=True)
class NodeDeviceUpdate(Event):
    """A device of the node changed."""

    kind: ClassVar[str] = "node_device_update"
    name: str


@dataclass(frozen=True, kw_only=True)
class SecretLifecycle(Event):
    """A secret was ``defined`` or ``undefined``."""

    kind: ClassVar[str] = "secret_lifecycle"
    secret: str
    event: str


@dataclass(frozen=True, kw_only=True)
class SecretValueChanged(Event):
    """A secret has another value."""

    kind: ClassVar[str] = "secret_value_changed"
    secret: str
