"""Errors about a thing that does not exist, or exists already."""

from __future__ import annotations

from virtsdk.errors.base import VirtError


class NotFound(VirtError, LookupError):
    """The host does not have it."""


class DomainNotFound(NotFound):
    """No domain of that name or UUID."""


class SnapshotNotFound(NotFound):
    """The domain has no such snapshot."""


class CheckpointNotFound(NotFound):
    """The domain has no such checkpoint."""


class BackupNotFound(NotFound):
    """The domain has no backup job."""


class MetadataNotFound(NotFound):
    """The domain or network has no such metadata."""


class DeviceNotFound(NotFound):
    """The domain has no such device."""


class NetworkNotFound(NotFound):
    """No network of that name or UUID."""


class NetworkPortNotFound(NotFound):
    """The network has no such port."""


class InterfaceNotFound(NotFound):
    """The host has no such interface."""


class StoragePoolNotFound(NotFound):
    """No storage pool of that name or UUID."""


class StorageVolumeNotFound(NotFound):
    """No storage volume of that name, key or path."""


class NodeDeviceNotFound(NotFound):
    """The node has no such device."""


class NwFilterNotFound(NotFound):
    """No network filter of that name or UUID."""


class NwFilterBindingNotFound(NotFound):
    """No network filter is bound to that port."""


class SecretNotFound(NotFound):
    """No secret of that UUID or usage."""


class AlreadyExists(VirtError):
    """The host has one of that name or UUID already."""


class DomainExists(AlreadyExists):
    """A domain of that name or UUID exists already."""


class NetworkExists(AlreadyExists):
    """A network of that name or UUID exists already."""


class NetworkPortExists(AlreadyExists):
    """A network port of that UUID exists already."""


class StoragePoolBuilt(AlreadyExists):
    """The storage pool is built already."""


class StorageVolumeExists(AlreadyExists):
    """A storage volume of that name exists already."""
