"""Devices as documents: the one that a verb was given, and which of a definition it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from virtsdk.display import listing

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.domain import DomainDef
    from virtsdk.xml import Change

_PLACED = ("alias", "address")  # libvirt gives them, and what runs has others than what is kept


class Given(NamedTuple):
    """A device as a verb was given it: the model, and the text that libvirt is sent."""

    model: Model
    text: str


@dataclass(frozen=True)
class View:
    """One of a guest's definitions, and libvirt's flag for a change to it: 1 live, 2 persistent."""

    flag: int
    definition: DomainDef

    @property
    def devices(self) -> list[Model]:
        """Its devices."""
        return list(devices_of(self.definition))


@cache
def kinds() -> dict[str, tuple[str, type[Model]]]:
    """Give, by the name of its element, the field and the class of each kind of device."""
    from virtsdk.models.domain import Devices
    from virtsdk.xml._fields import describe

    return {
        field.key: (field.name, field.model)
        for field in describe(Devices).elements
        if field.model is not None
    }


def kind_of(device: Model) -> str:
    """Give the name of a device's element: ``"disk"``, ``"interface"`` ...

    Examples
    --------
    >>> from virtsdk.models.domain import Disk
    >>> kind_of(Disk())
    'disk'
    """
    return next(kind for kind, (_, cls) in kinds().items() if type(device) is cls)


def as_device(device: Model | str) -> Given:
    """Take a device as it is given to a verb.

    Raises
    ------
    TypeError
        It is neither a device's model nor text.
    ValueError
        The text is of no device.
    XmlError
        The text is not well-formed.
    """
    from virtsdk import xml
    from virtsdk.model import Model
    from virtsdk.xml import _reader

    if isinstance(device, str):
        tag = _reader.read(device).tag
        if tag not in kinds():
            raise ValueError(
                f"device must be one device, such as <disk> or <interface>, not a <{tag}> document"
            )
        return Given(xml.parse(device, kinds()[tag][1]), device)
    if not isinstance(device, Model) or all(type(device) is not cls for _, cls in kinds().values()):
        raise TypeError(
            "device must be a device's model (virtsdk.models.domain.Disk, Interface ...) or its XML text, "
            f"not {type(device).__name__}"
        )
    return Given(device, xml.render(device))


def devices_of(definition: DomainDef) -> Iterator[Model]:
    """Give the devices of a definition."""
    devices = definition.devices
    for name, _ in kinds().values() if devices is not None else ():
        value: Any = getattr(devices, name)
        yield from value if isinstance(value, list) else [value] if value is not None else []


def alias_of(device: Model) -> str | None:
    """Give libvirt's name for a device of a guest that runs: ``"net0"``."""
    return getattr(getattr(device, "alias", None), "name", None)


def target_of(device: Model) -> str | None:
    """Give the name of its target: a disk's ``"vda"``, a nic's ``"vnet0"``, a shared folder's tag."""
    target: Any = getattr(device, "target", None)
    found = next((getattr(target, name, None) for name in ("dev", "dir") if hasattr(target, name)), None)
    return found if isinstance(found, str) else None


def mac_of(device: Model) -> str | None:
    """Give a nic's address, in lower case."""
    address: Any = getattr(getattr(device, "mac", None), "address", None)
    return str(address).lower() if address else None


def identity_of(device: Model) -> tuple[str, str] | None:
    """Give what makes a device the same one in both definitions; None where its kind has no such thing.

    Examples
    --------
    >>> from virtsdk.models.domain import Disk, DiskTarget, Rng
    >>> identity_of(Disk(target=DiskTarget(dev="vda"))), identity_of(Rng())
    (('disk', 'vda'), None)
    """
    kind = kind_of(device)
    name = mac_of(device) if kind == "interface" else target_of(device) if kind in _BY_TARGET else None
    return None if name is None else (kind, name)


_BY_TARGET = frozenset({"disk", "filesystem"})


def named(devices: Iterable[Model], name: str) -> list[Model]:
    """Find the devices that a name is one of: an alias, a target, an address, a disk's file."""
    devices = list(devices)
    for found in (
        [one for one in devices if alias_of(one) == name],
        [one for one in devices if target_of(one) == name],
        [one for one in devices if mac_of(one) == name.lower()],
        [one for one in devices if kind_of(one) == "disk" and source_of(one) == name],
    ):
        if found:
            return found
    return []


def source_of(disk: Any) -> str | None:
    """Give the file or block device of a disk; None where it has none, or one elsewhere."""
    source = disk.source
    return None if source is None else source.file or source.dev or source.dir


def like(devices: Iterable[Model], wanted: Model) -> Model | None:
    """Find a device among those of a definition: the first of `all_like`."""
    return next(iter(all_like(devices, wanted)), None)


def all_like(devices: Iterable[Model], wanted: Model) -> list[Model]:
    """Find the devices of a definition that may be meant.

    By its target or its MAC address, where its kind has one; else by its alias; else those that are as
    `wanted` says, in its place or in another; else those that say no more than it.
    """
    same = [one for one in devices if type(one) is type(wanted)]
    identity = identity_of(wanted)
    if identity is not None:
        return [one for one in same if identity_of(one) == identity]
    alias = alias_of(wanted)
    if alias is not None:
        by_alias = [one for one in same if alias_of(one) == alias]
        if by_alias:
            return by_alias
    for besides in (("alias",), _PLACED):
        found = [one for one in same if says(one, wanted, besides)]
        if found:
            return found
    return [one for one in same if says(wanted, one, _PLACED)]


def counterpart(devices: Iterable[Model], wanted: Model) -> Model | None:
    """Find the device that another is to take the place of, however it differs.

    By its target or its MAC address, where its kind has one; else by its alias, its address, the type of its
    graphics; else the only one of its kind.
    """
    same: list[Any] = [one for one in devices if type(one) is type(wanted)]
    if identity_of(wanted) is not None:
        return like(same, wanted)
    for key in (alias_of, _address_of, _graphics_of):
        mark = key(wanted)
        found = [one for one in same if mark is not None and key(one) == mark]
        if len(found) == 1:
            return found[0]
    return same[0] if len(same) == 1 else like(same, wanted)


def _address_of(device: Any) -> object:
    return getattr(device, "address", None)


def _graphics_of(device: Any) -> str | None:
    return str(device.type) if kind_of(device) == "graphics" and device.type is not None else None


def says(device: Model, wish: Model, besides: tuple[str, ...] = _PLACED) -> bool:
    """Tell whether a device is all that another says, but for some of its parts."""
    return not any(True for _ in wishes(device, wish, besides))


def wishes(device: Model, wish: Model, besides: tuple[str, ...] = _PLACED) -> Iterator[Change]:
    """Give what another says that a device is not, but for some of its parts."""
    from virtsdk import xml

    for change in xml.diff(device, wish, only_said=True):
        if change.path.partition(".")[0].partition("[")[0] not in besides:
            yield change


def there_is(views: Iterable[View], name: str) -> str:
    """Say which devices there are instead of one that there is not."""
    known = {
        word
        for view in views
        for device in view.devices
        for word in (target_of(device), mac_of(device))
        if word
    }
    return listing.there_is(name, sorted(known))


def words_of(device: Any) -> str:
    """Say which device: its kind and its name, where it has one."""
    if device is None:
        return "no device"
    kind = kind_of(device)
    name = mac_of(device) if kind == "interface" else target_of(device) or alias_of(device)
    return f"{kind} {name!r}" if name else f"{kind}"
