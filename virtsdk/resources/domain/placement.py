"""What binds guests to their host: columns of ``host.domains.frame(placement=True)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.models.domain import Disk, DomainDef, MemoryBackingHugepagesPage
from virtsdk.resources.figures.facts import read_definitions
from virtsdk.units import factor

COLUMNS: Final = {
    "pinned": "boolean",
    "host_devices": "Int64",
    "local_disk_bytes": "Int64",
    "hugepages_bytes": "Int64",
    "cell": "Int64",
}
"""Columns and their types."""
_ON_HOST: Final = ("file", "block", "dir")
_LOCAL_POOLS: Final = ("dir", "fs", "logical", "disk", "zfs")
_BASE_PAGE: Final = 4096


def read_placement(
    session: Session, conn: VirConnect, memory: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    """Read what binds some domains, by UUID: a call each for the definition, one a local disk for its size.

    Parameters
    ----------
    session, conn
        The way to the host.
    memory
        The most memory of each domain in bytes, by UUID.
    """
    from virtsdk import xml

    pools: dict[str, str | None] = {}
    found: dict[str, dict[str, Any]] = {}
    for uuid, document in read_definitions(conn, memory).items():
        definition = xml.parse(document, DomainDef)
        found[uuid] = {
            **bound(definition, memory[uuid]),
            "local_disk_bytes": _local_bytes(session, conn, uuid, definition, pools),
        }
    return found


def bound(definition: DomainDef, memory_bytes: int) -> dict[str, Any]:
    """Take out of a definition what needs no further call.

    Parameters
    ----------
    definition
        Of a domain.
    memory_bytes
        The most memory that it may have.
    """
    return {
        "pinned": _is_pinned(definition),
        "host_devices": _host_devices(definition),
        "hugepages_bytes": _hugepages(definition, memory_bytes),
        "cell": _cell(definition),
    }


def _is_pinned(definition: DomainDef) -> bool:
    vcpu, tune = definition.vcpu, definition.cputune
    return bool((vcpu is not None and vcpu.cpuset) or (tune is not None and tune.vcpupins))


def _host_devices(definition: DomainDef) -> int:
    devices = definition.devices
    if devices is None:
        return 0
    interfaces = sum(str(one.type) == "hostdev" for one in devices.interfaces)
    disks = sum(str(one.type) == "nvme" for one in devices.disks)
    return len(devices.hostdevs) + interfaces + disks


def _hugepages(definition: DomainDef, memory_bytes: int) -> int:
    """Memory in huge pages: all, or that of the guest's NUMA cells which a page names."""
    backing = definition.memory_backing
    if backing is None or backing.hugepages is None:
        return 0
    pages = backing.hugepages.pages
    numa = definition.cpu.numa if definition.cpu is not None else None
    cells = numa.cells if numa is not None else []
    if not pages or not cells:
        return memory_bytes if not pages or any(_is_huge(page) for page in pages) else 0
    sizes = {
        cell.id if isinstance(cell.id, int) else place: cell.memory_bytes for place, cell in enumerate(cells)
    }
    named = {number: _is_huge(page) for page in pages if page.nodeset for number in numbers_of(page.nodeset)}
    others = any(_is_huge(page) for page in pages if not page.nodeset)
    return sum(size or 0 for number, size in sizes.items() if named.get(number, others))


def _is_huge(page: MemoryBackingHugepagesPage) -> bool:
    return not isinstance(page.size, int) or page.size * factor(str(page.unit or "KiB")) > _BASE_PAGE


def _cell(definition: DomainDef) -> int | None:
    """The one cell of the host that the memory has to come from; None where it may come from others."""
    memory = definition.numatune.memory if definition.numatune is not None else None
    if memory is None or str(memory.mode or "strict") not in ("strict", "restrictive") or not memory.nodeset:
        return None
    cells = numbers_of(memory.nodeset)
    return cells.pop() if len(cells) == 1 else None


def numbers_of(text: str) -> set[int]:
    """Read libvirt's sets of numbers.

    Examples
    --------
    >>> sorted(numbers_of("0-3,^2,8"))
    [0, 1, 3, 8]
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().removeprefix("^").partition("-")
        numbers = set(range(int(first), int(last or first) + 1))
        found = found - numbers if part.strip().startswith("^") else found | numbers
    return found


def _local_bytes(
    session: Session, conn: VirConnect, uuid: str, definition: DomainDef, pools: dict[str, str | None]
) -> int | None:
    """Sizes of the disks that are on the host itself; None where one of them is not known."""
    total = 0
    for disk in _writable(definition):
        local = _is_local(session, conn, disk, pools)
        if local is None:
            return None
        if local:
            size = _size(session, conn, uuid, disk)
            if size is None:
                return None
            total += size
    return total


def _writable(definition: DomainDef) -> Iterable[Disk]:
    disks = definition.devices.disks if definition.devices is not None else []
    return (
        one
        for one in disks
        if str(one.device or "disk") in ("disk", "lun") and one.readonly is None and one.source is not None
    )


def _is_local(session: Session, conn: VirConnect, disk: Disk, pools: dict[str, str | None]) -> bool | None:
    """Whether a disk is on the host: a file or device there, or a volume of a pool that is."""
    if str(disk.type) != "volume":
        return str(disk.type) in _ON_HOST
    pool = disk.source.pool if disk.source is not None else None
    if pool is None:
        return None
    if pool not in pools:
        pools[pool] = _pool_type(session, conn, pool)
    kind = pools[pool]
    return None if kind is None else kind in _LOCAL_POOLS


def _pool_type(session: Session, conn: VirConnect, pool: str) -> str | None:
    from virtsdk import xml
    from virtsdk.models.storage_pool import StoragePoolDef

    try:
        with session.translated(conn, "read the definition of", f"storage pool {pool!r}"):
            document = decoded(conn.storagePoolLookupByName(pool).XMLDesc, 0)
    except (errors.NotFound, errors.NotSupported):
        return None
    return str(xml.parse(document, StoragePoolDef).type)


def _size(session: Session, conn: VirConnect, uuid: str, disk: Disk) -> int | None:
    """Size that the guest sees; None where the host does not tell."""
    target = disk.target.dev if disk.target is not None else None
    if not target:
        return None
    try:
        with session.translated(conn, "read the size of", f"disk {target!r} of domain {uuid}"):
            return int(conn.lookupByUUIDString(uuid).blockInfo(target)[0])
    except errors.ConnectionLost:
        raise
    except errors.VirtError:  # gone, not supported, not readable: it is not known
        return None
