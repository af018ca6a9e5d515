"""NUMA cells, sockets and cores of a machine, by its capabilities.

``virNodeGetInfo`` can only tell of machines whose parts are all alike: cells numbered 0, 1, 2 ..., each with
as many sockets and cores. For any other it gives one cell, one socket, and as many cores as there are CPUs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from virtsdk import errors
from virtsdk.binding.calls import translated
from virtsdk.units import factor

if TYPE_CHECKING:
    from virtsdk.binding.protocol import VirConnect
    from virtsdk.models.capabilities import CapabilitiesHostTopologyCell, CapabilitiesHostTopologyCellCpu


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
    hugepages_bytes
        Memory that is set aside in huge pages; None where no cell tells its pages.
    cpu_model
        The processor's model, as libvirt names it; None where it does not.
    """

    cells: tuple[int, ...]
    sockets: int
    cores: int
    threads: int
    hugepages_bytes: int | None = None
    cpu_model: str | None = None


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
    return Topology(
        cells=tuple(numbers),
        sockets=len(sockets),
        cores=len(cores),
        threads=max(cores.values(), default=0),
        hugepages_bytes=_hugepages(cells),
        cpu_model=host.cpu.model if host.cpu is not None else None,
    )


def _hugepages(cells: Iterable[CapabilitiesHostTopologyCell]) -> int | None:
    """Sum the pages of each cell but the smallest, which are the ordinary ones."""
    found: int | None = None
    for cell in cells:
        sizes = [
            (one.size * factor(str(one.unit or "KiB")), one.value)
            for one in cell.pages
            if isinstance(one.size, int) and isinstance(one.value, int)
        ]
        if sizes:
            ordinary = min(sizes)[0]
            found = (found or 0) + sum(size * number for size, number in sizes if size > ordinary)
    return found


def _core(cpu: CapabilitiesHostTopologyCellCpu, cell: object) -> object:
    """Return what the CPUs of one core have in common."""
    if cpu.siblings:
        return cpu.siblings
    if cpu.core_id is None:
        return None
    return cell, cpu.socket_id, cpu.die_id, cpu.cluster_id, cpu.core_id
