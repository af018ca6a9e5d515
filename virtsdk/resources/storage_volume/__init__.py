"""Storage volumes: handles, the collection of a pool, transfers."""

from virtsdk.resources.storage_volume.core import StorageVolume

__all__ = ["StorageVolume"]
