"""Raw figures of the node and of its storage, as libvirt gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtsdk import errors
from virtsdk.binding.calls import translated
from virtsdk.binding.protocol import VirConnect

_ALL = -1  # all CPUs, all cells
_VOLUME_TYPES = ("file", "block", "dir", "network", "netdir", "ploop")


@dataclass(frozen=True)
class NodeFigures:
    """What a node counts: libvirt's keys (kernel, user, idle, iowait in ns; total, free ... in KiB)."""

    cpus: dict[int, dict[str, int]]
    total: dict[str, int]
    memory: dict[str, int]
    cells: dict[int, dict[str, int]]


def read_node_figures(conn: VirConnect) -> NodeFigures:
    """Read the CPU times of each online CPU and of all, and the memory of each NUMA cell and of all.

    What the driver does not have is empty.
    """
    online = _numbers(conn)
    return NodeFigures(
        cpus={cpu: given for cpu in online if (given := _ask(conn, "getCPUStats", cpu))},
        total=_ask(conn, "getCPUStats", _ALL),
        memory=_ask(conn, "getMemoryStats", _ALL),
        cells={
            cell: given
            for cell in range(int(conn.getInfo()[4]))
            if (given := _ask(conn, "getMemoryStats", cell))
        },
    )


def _numbers(conn: Any) -> list[int]:
    """Return the numbers of the CPUs that are online."""
    try:
        with translated("read the CPU map of", "the node"):
            _, online, _ = conn.getCPUMap(0)
    except errors.NotSupported:
        return list(range(int(conn.getInfo()[2])))
    return [number for number, on in enumerate(online) if on]


def _ask(conn: Any, call: str, number: int) -> dict[str, int]:
    try:
        with translated("read the figures of", "the node"):
            given: dict[str, int] = getattr(conn, call)(number, 0)
    except (errors.NotSupported, errors.InvalidArgument):  # a driver without them, a cell without memory
        return {}
    return given


def read_pressure(folder: Path = Path("/proc/pressure")) -> list[dict[str, object]]:
    """Read how long tasks on this machine waited for a resource: the kernel's pressure stall information.

    Empty where its kernel does not keep it.
    """
    rows: list[dict[str, object]] = []
    for resource in ("cpu", "memory", "io"):
        try:
            lines = (folder / resource).read_text(encoding="ascii").splitlines()
        except OSError:  # not built in, or switched off
            continue
        for line in lines:
            share, *fields = line.split()
            total = dict(one.split("=") for one in fields)["total"]
            rows.append({"resource": resource, "share": share, "total": int(total)})
    return rows


@dataclass(frozen=True)
class PoolFigures:
    """A storage pool: libvirt's numbers, and what its document says of it."""

    name: str
    uuid: str
    state: int
    capacity: int
    allocation: int
    available: int
    autostart: bool
    document: str
    volumes: list[tuple[str, str, str, int, int]]  #: name, path, type, capacity, allocation


def read_storage_figures(conn: VirConnect, *, volumes: bool) -> list[PoolFigures]:
    """Read all pools and, where asked for, the volumes of those that are active."""
    pools: list[Any] = getattr(conn, "listAllStoragePools")(0)  # noqa: B009 - not in the protocol
    return [_pool(pool, volumes=volumes) for pool in pools]


def _pool(pool: Any, *, volumes: bool) -> PoolFigures:
    state, capacity, allocation, available = pool.info()
    inside = [_volume(one) for one in pool.listAllVolumes(0)] if volumes and pool.isActive() else []
    return PoolFigures(
        name=pool.name(),
        uuid=pool.UUIDString(),
        state=state,
        capacity=capacity,
        allocation=allocation,
        available=available,
        autostart=bool(pool.autostart()),
        document=pool.XMLDesc(0),
        volumes=sorted(one for one in inside if one is not None),
    )


def _volume(volume: Any) -> tuple[str, str, str, int, int] | None:
    try:
        with translated("read", f"volume {volume.name()!r}"):
            kind, capacity, allocation = volume.info()
            path = volume.path()
    except errors.NotFound:  # deleted meanwhile
        return None
    number = int(kind)
    named = _VOLUME_TYPES[number] if number < len(_VOLUME_TYPES) else str(number)
    return str(volume.name()), str(path), named, int(capacity), int(allocation)
