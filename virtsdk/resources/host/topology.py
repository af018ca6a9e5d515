"""NUMA cells, sockets and cores of a machine, by its capabilities.

``virNodeGetInfo`` can only tell of machines whose parts are all alike: cells numbered 0, 1, 2 ..., each with
as many sockets and cores. For any other it gives one cell, one socket, and as many cores as there are CPUs.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from virtsdk import errors
from virtsdk.binding.calls import translated

if TYPE_CHECKING:
    from virtsdk.binding.protocol import VirConnect
    from virtsdk.models.capabilities import CapabilitiesHostTopologyCellCpu


@dataclass(frozen=True)
class Topology:
    """How a machine is made.

    Attributes
    ----------
    cells
        The numbers of its NUMA cells, also of those without CPUs.
    sockets, cores
        Sockets and physical cores that have a CPU online; 0 where that is not told.
    threads
        The most threads that a core has online.
    """

    cells: tuple[int, ...]
    sockets: int
    cores: int
    threads: int


_KNOWN: WeakKeyDictionary[Any, Topology | None] = WeakKeyDictionary()


def known_topology(conn: VirConnect) -> Topology | None:
    """Return the topology as this connection last told it."""
    if isinstance(conn, Hashable) and conn in _KNOWN:
        return _KNOWN[conn]
    return read_topology(conn)


def read_topology(conn: VirConnect) -> Topology | None:
    """Read the topology out of the capabilities; None where the driver has none."""
    document = None
    try:
        with translated("read the capabilities of", "the node"):
            if hasattr(conn, "getCapabilities"):  # what stands for a connection may know numbers alone
                document = conn.getCapabilities()
    except errors.NotSupported:
        pass
    found = None if document is None else topology_of(document)
    if isinstance(conn, Hashable):
        _KNOWN[conn] = found
    return found


def topology_of(document: str) -> Topology | None:
    """Take the topology out of capabilities; None where it is not in them."""
    from virtsdk import xml
    from virtsdk.models.capabilities import Capabilities

    host = xml.parse(document, Capabilities).host
    if host is None or host.topology is None or host.topology.cells is None:
        return None
    cells = host.topology.cells.cells
    numbers = [cell.id for cell in cells if isinstance(cell.id, int)]
    if not numbers:
        return None
    cores: dict[object, int] = {}
    sockets: set[object] = set()
    for cell in cells:
        for cpu in cell.cpus.cpus if cell.cpus is not None else ():
            core = _core(cpu, cell.id)
            if core is not None:  # one that is offline is in none
                cores[core] = cores.get(core, 0) + 1
                sockets.add(cpu.socket_id)
    return Topology(tuple(numbers), len(sockets), len(cores), max(cores.values(), default=0))


def _core(cpu: CapabilitiesHostTopologyCellCpu, cell: object) -> object:
    """Return what the CPUs of one core have in common."""
    if cpu.siblings:
        return cpu.siblings
    if cpu.core_id is None:
        return None
    return cell, cpu.socket_id, cpu.die_id, cpu.cluster_id, cpu.core_id
