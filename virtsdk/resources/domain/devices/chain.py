"""The files behind a disk: the one that its guest writes to, and those below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from virtsdk.resources.domain.devices.found import source_of

if TYPE_CHECKING:
    from virtsdk.models.domain import Disk

_BY_INDEX = re.compile(r"[\w-]+\[(\d+)\]", re.ASCII)


@dataclass(frozen=True)
class Layer:
    """A file or device behind a disk.

    Attributes
    ----------
    path
        Where it is; None for what is elsewhere: a network disk, a volume of a pool.
    format
        ``"qcow2"``, ``"raw"`` ...; None where that is not known.
    index
        libvirt's number of it while the guest runs: ``vda[3]`` names it in a call.
    """

    path: str | None
    format: str | None
    index: int | None


def chain_of(disk: Disk) -> tuple[Layer, ...]:
    """Give what is behind a disk, its own file first; nothing for an empty drive.

    Examples
    --------
    >>> from virtsdk import xml
    >>> from virtsdk.models.domain import Disk
    >>> below = "<backingStore type='file'><format type='raw'/><source file='/b'/></backingStore>"
    >>> chain_of(xml.parse(f"<disk><driver type='qcow2'/><source file='/a'/>{below}</disk>", Disk))
    (Layer(path='/a', format='qcow2', index=None), Layer(path='/b', format='raw', index=None))
    """
    return tuple(_layers(disk))


def _layers(disk: Disk) -> Iterator[Layer]:
    layer: Any = disk
    kind = None if disk.driver is None else disk.driver.type
    while layer is not None and layer.source is not None:
        index = getattr(layer if layer is not disk else layer.source, "index", None)
        yield Layer(source_of(layer), None if kind is None else str(kind), index)
        layer = layer.backing_store
        if layer is not None:
            kind = None if layer.format is None else layer.format.type


def paths_of(disk: Disk) -> tuple[str, ...]:
    """Give the files behind a disk that have a path on the host, its own first."""
    return tuple(layer.path for layer in chain_of(disk) if layer.path is not None)


def path_of(disk: Disk, name: str | None) -> str | None:
    """Give the path of a file that is named by its path, or by its place in the chain (``"vda[3]"``)."""
    match = _BY_INDEX.fullmatch(name or "")
    if match is None:
        return name
    return next((layer.path for layer in chain_of(disk) if layer.index == int(match[1])), None)


def check_layer(name: str, value: object, chain: tuple[str, ...]) -> None:
    """Refuse, before a call, a file that is not behind a disk.

    Raises
    ------
    TypeError, ValueError
        The message names those that are.

    Examples
    --------
    >>> check_layer("base", "/c", ("/a", "/b"))
    Traceback (most recent call last):
      ...
    ValueError: base must be a file of the disk ('/a', '/b') or a place in its chain ('vda[2]'), not '/c'
    """
    if value is None:
        return
    if not isinstance(value, str):
        raise TypeError(f"{name} must be the path of a file of the disk, not {value!r}")
    if value not in chain and not _BY_INDEX.fullmatch(value):
        known = ", ".join(map(repr, chain))
        raise ValueError(
            f"{name} must be a file of the disk ({known}) or a place in its chain ('vda[2]'), not {value!r}"
        )
