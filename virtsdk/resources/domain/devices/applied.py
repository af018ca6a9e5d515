"""Reading back: which parts of a device that was to be changed the host left as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.xml import Change

_HOSTS_OWN = ("alias", "address", "backing_store", "mirror", "source.index", "source.portid", "source.bridge")
"""What libvirt writes into a definition by itself, and reads from none."""


def not_applied(
    before: Model, after: Model, wish: Model, *, whole: bool = False, read_from: Model | None = None
) -> list[str]:
    """Give the paths of what a device was to become and did not.

    Parameters
    ----------
    before, after
        The device of one definition, as it was and as it is.
    wish
        The device as it was asked for.
    whole
        The wish says all of the device: what it leaves out was taken out. Else that was not asked for.
    read_from
        The device that such a wish was read from; None for `before`.

    Examples
    --------
    >>> from virtsdk import xml
    >>> from virtsdk.models.domain import Disk
    >>> disks = ["<disk/>", "<disk><driver name='qemu' queues='2' cache='none'/></disk>"]
    >>> disk = [xml.parse(one, Disk) for one in disks]
    >>> not_applied(disk[0], disk[0], disk[1]), not_applied(disk[0], disk[1], disk[1])
    (['driver.name', 'driver.cache', 'driver.queues'], [])
    """
    from virtsdk import xml

    origin = before if read_from is None or not whole else read_from
    asked = list(_asked(xml.diff(origin, wish, only_said=not whole)))
    left = {path: (was, now) for path, was, now in _asked(xml.diff(after, wish, only_said=not whole))}
    was = {path: value for path, value, _ in _asked(xml.diff(before, wish, only_said=not whole))}
    return [path for path, _, _ in asked if path in left and path in was and left[path][0] == was[path]]


def _asked(changes: Iterable[Change]) -> Iterator[tuple[str, object, object]]:
    """Give changes one by one: a part that is new, or gone, as what is in it."""
    for change in changes:
        if change.path.startswith(_HOSTS_OWN):
            continue
        yield from _leaves(change.path, change.before, change.after)


def _leaves(path: str, before: object, after: object) -> Iterator[tuple[str, object, object]]:
    from virtsdk.model import Model, Scaled

    whole = after if before is None else before
    if (
        not isinstance(whole, Model)
        or isinstance(whole, Scaled)
        or (before is not None and after is not None)
    ):
        yield path, before, after
        return
    said = {field.name: getattr(whole, field.name) for field in fields(whole)}
    parts: dict[str, Any] = {name: value for name, value in said.items() if value is not None and value != []}
    if not parts:  # an element that says all by being there
        yield path, None if before is None else True, None if after is None else True
    for name, value in parts.items():
        items: list[object] = [*value] if isinstance(value, list) else [value]
        for number, one in enumerate(items):
            here = f"{path}.{name}[{number}]" if isinstance(value, list) else f"{path}.{name}"
            yield from _leaves(here, *((None, one) if before is None else (one, None)))
