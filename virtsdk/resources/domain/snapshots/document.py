"""Documents that make a snapshot or a checkpoint, from what a person says; and their order, parents first."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from os import PathLike
from posixpath import normpath
from typing import TYPE_CHECKING, Any, cast

from virtsdk import errors
from virtsdk.display import listing
from virtsdk.resources.documents import as_document, is_one_line
from virtsdk.resources.domain.saving import on_host

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.domain import Disk, DomainDef

Path = str | PathLike[str]
Overlays = Collection[str] | Mapping[str, Path | bool]
"""What an external snapshot does with disks: those that take part, or by target the new file, or False."""


def checked_name(name: object) -> str:
    """Give a name that a snapshot or a checkpoint can have; without one, the time, as libvirt does.

    Raises
    ------
    TypeError, ValueError
        It is no text, or libvirt's QEMU driver does not take it.

    Examples
    --------
    >>> checked_name("before upgrade")
    'before upgrade'
    """
    if name is None:
        return str(int(time.time()))
    if not isinstance(name, str):
        raise TypeError(f"name must be text, not {name!r}")
    if not name or "/" in name or name.startswith(".") or not is_one_line(name):
        raise ValueError(f"name must be a line of text without '/' and without a '.' in front, not {name!r}")
    return name


def checked_description(description: object) -> str | None:
    """Give a description, or None.

    Raises
    ------
    TypeError
        It is no text.
    """
    if description is not None and not isinstance(description, str):
        raise TypeError(f"description must be text, not {description!r}")
    return description


def checked_targets(disks: object) -> list[str] | None:
    """Give the targets of the disks that take part; None where nobody chose any.

    Raises
    ------
    TypeError, ValueError
        They are no list of targets, or there are none.

    Examples
    --------
    >>> checked_targets(("vda", "vdb")), checked_targets(None)
    (['vda', 'vdb'], None)
    """
    if disks is None:
        return None
    if isinstance(disks, str | Mapping) or not isinstance(disks, Collection):
        raise TypeError(f'disks must be targets, ["vda"], not {disks!r}')
    targets = list(dict.fromkeys(cast("Collection[Any]", disks)))
    for target in targets:
        if not isinstance(target, str):
            raise TypeError(f'disks must be targets, ["vda"], not {target!r} among them')
    if not targets:
        raise ValueError("disks must name one disk at least; None takes all")
    return targets


def checked_overlays(disks: object) -> dict[str, str | bool] | list[str] | None:
    """Give what a snapshot does with disks: a list of those that take part, or by target a new file or not.

    Raises
    ------
    TypeError, ValueError
        It is nothing of the kind, or a path is not absolute.

    Examples
    --------
    >>> checked_overlays({"vda": "/images/new", "vdb": False})
    {'vda': '/images/new', 'vdb': False}
    """
    if not isinstance(disks, Mapping):
        return checked_targets(disks)
    named: dict[str, str | bool] = {}
    for target, wanted in cast("Mapping[Any, Any]", disks).items():
        if not isinstance(target, str):
            raise TypeError(f'disks must be named by target, "vda", not {target!r}')
        named[target] = wanted if isinstance(wanted, bool) else on_host(wanted)
    return named


def check_there(targets: Iterable[str], definition: DomainDef, operation: str, subject: str) -> None:
    """Refuse a target that the guest does not have.

    Raises
    ------
    DeviceNotFound
        The message says which there are.
    """
    there = targets_of(definition)
    for target in targets:
        if target not in there:
            raise errors.DeviceNotFound(
                f"cannot {operation} {subject}: no disk {target!r}; {listing.there_is(target, there)}",
                operation=operation,
                subject=subject,
            )


def targets_of(definition: DomainDef) -> list[str]:
    """List the targets of a guest's disks."""
    return [str(disk.target.dev) for disk in disks_of(definition) if disk.target is not None]


def disks_of(definition: DomainDef) -> list[Disk]:
    """List the disks of a guest."""
    return [] if definition.devices is None else definition.devices.disks


def image_of(disk: Disk) -> str | None:
    """Name the file or device that a disk writes to; None for one of another kind, or an empty drive."""
    return None if disk.source is None else disk.source.file or disk.source.dev


def in_order(definitions: Iterable[Model | str], current: str | None) -> list[tuple[str, str]]:
    """Sort documents so that a parent comes before its children: name and text of each.

    Raises
    ------
    TypeError, ValueError
        Something is no document; two have one name; the current one is not among them.
    """
    from virtsdk.resources.domain.snapshots.facts import MomentFacts

    if isinstance(definitions, str) or not isinstance(definitions, Iterable):
        raise TypeError(f"definitions must be several documents, not {type(definitions).__name__}")
    waiting: dict[str, tuple[str | None, str]] = {}
    for document in map(as_document, definitions):
        facts = MomentFacts.of(document)
        if facts.name in waiting:
            raise ValueError(f"definitions must have one document a name; two are called {facts.name!r}")
        waiting[facts.name] = facts.parent, document
    if current is not None and current not in waiting:
        raise ValueError(f"current must be the name of one of definitions, not {current!r}")
    found: list[tuple[str, str]] = []
    while waiting:
        ready = [name for name, (parent, _) in waiting.items() if parent not in waiting]
        if not ready:
            raise ValueError(f"definitions follow each other in a circle: {listing.names(waiting)}")
        found += [(name, waiting.pop(name)[1]) for name in ready]
    return found


def names_file(document: str, path: str) -> bool:
    """Tell whether a guest's definition names a file: as a disk, below one, as a kernel, a log ...

    Examples
    --------
    >>> guest = "<domain><devices><disk><source file='/images/a'/></disk></devices></domain>"
    >>> names_file(guest, "/images//a"), names_file(guest, "/images/b")
    (True, False)
    """
    from virtsdk.xml import _reader

    wanted = normpath(path)
    for one in _reader.read(document).iter("*"):
        for said in (one.text or "", *one.attrib.values()):
            if said.strip().startswith("/") and normpath(said.strip()) == wanted:
                return True
    return False


def refuse_overwriting(document: str, path: str, argument: str, operation: str, subject: str) -> None:
    """Refuse a new file in the place of one that the guest has.

    Raises
    ------
    InvalidArgument
        libvirt or QEMU would replace it.
    """
    if names_file(document, path):
        raise errors.InvalidArgument(
            f"cannot {operation} {subject}: {argument} must be a file of its own; the guest itself has "
            f"{path!r}, which would be overwritten",
            operation=operation,
            subject=subject,
        )


def agent_is_connected(document: str) -> bool:
    """Tell whether a guest's agent has its channel open, from the definition that it runs with.

    Examples
    --------
    >>> channel = "<channel><target name='org.qemu.guest_agent.0' state='connected'/></channel>"
    >>> agent_is_connected(f"<domain><devices>{channel}</devices></domain>")
    True
    """
    from virtsdk.xml import _reader

    targets = _reader.read(document).iterfind("devices/channel/target")
    return any(
        one.get("name") == "org.qemu.guest_agent.0" and one.get("state") == "connected" for one in targets
    )
