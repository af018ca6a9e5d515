"""The physical machine under a host: its processors and memory."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, text
from virtsdk.resources.host.core import HostCore
from virtsdk.resources.host.topology import read_topology

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.capabilities import Capabilities
    from virtsdk.models.domain_capabilities import DomainCapabilities


@dataclass(frozen=True, repr=False)
class NodeInfo:
    """Processors and memory of a node.

    Cells, sockets, cores and threads are those of the topology in its capabilities; where it has none, those
    of libvirt's ``virNodeGetInfo``, which are wrong of a node whose parts are not all alike.

    Attributes
    ----------
    host
        The node's name.
    cpus
        Logical processors that are online: what a scheduler can run on.
    cores, sockets
        Physical cores and sockets of the whole node, but for those that are offline as a whole.
    threads
        Threads a core; the most where they differ.
    numa_cells
        NUMA cells, also those without CPUs.
    memory_bytes
        Memory of the node.
    model
        The processor's architecture.
    mhz
        Its expected frequency; 0 where libvirt does not know it.
    hugepages_bytes
        Memory that is set aside in huge pages; None where the capabilities do not tell.
    cpu_model
        The processor's model, as libvirt names it; None where it does not.
    """

    host: str
    cpus: int
    cores: int
    sockets: int
    threads: int
    numa_cells: int
    memory_bytes: int
    model: str
    mhz: int
    hugepages_bytes: int | None = None
    cpu_model: str | None = None

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the node: host, cpus, cores, sockets, threads, numa_cells, memory_bytes, model, mhz, and
            hugepages_bytes and cpu_model where the capabilities tell them.
        """
        import pandas as pd

        return pd.DataFrame([{name: value for name, value in asdict(self).items() if value is not None}])

    def __repr__(self) -> str:
        return (
            f"<NodeInfo {text.printable(self.host)}: {text.count(self.cpus, 'CPU')} "
            f"({text.count(self.sockets, 'socket')}, {text.count(self.cores, 'core')}, "
            f"{text.count(self.threads, 'thread')} a core), {text.size(self.memory_bytes)}, {self.model}>"
        )

    def _repr_html_(self) -> str:
        return html.view(
            html.heading(self.host, f"{text.count(self.cpus, 'CPU')}, {text.size(self.memory_bytes)}"),
            html.outline(
                {
                    "CPUs online": self.cpus,
                    "sockets": self.sockets,
                    "cores": self.cores,
                    "threads a core": self.threads,
                    "NUMA cells": self.numa_cells,
                    "memory": text.size(self.memory_bytes),
                    "architecture": self.model,
                    "frequency": f"{self.mhz} MHz" if self.mhz else None,
                }
            ),
        )


def read_node_info(session: Session, conn: VirConnect, host: str, *, topology: bool = True) -> NodeInfo:
    """Read a node's info; its memory to the KiB where the driver tells, else to the MiB.

    Parameters
    ----------
    session, conn
        The connection.
    host
        Its name.
    topology
        Read the capabilities, too, which takes seconds where libvirt has to look at its emulators first.
    """
    info = conn.getInfo()
    model: str = info[0]
    mebibytes, cpus, mhz, cells, sockets, cores, threads = (int(number) for number in info[1:])
    try:
        with session.translated(conn, "read the memory of", f"host {host!r}"):
            kibibytes = conn.getMemoryStats(-1, 0).get("total")
    except errors.NotSupported:
        kibibytes = None
    # the test driver's capabilities are the same whatever node its file describes
    known = read_topology(conn) if topology and getattr(session, "driver", None) != "test" else None
    counted = known is not None and known.cores > 0
    return NodeInfo(
        host=host,
        cpus=cpus,
        cores=known.cores if known and counted else cells * sockets * cores,
        sockets=known.sockets if known and counted else cells * sockets,
        threads=known.threads if known and counted else threads,
        numa_cells=len(known.cells) if known else cells,
        memory_bytes=mebibytes * 2**20 if kibibytes is None else kibibytes * 1024,
        model=model,
        mhz=mhz,
        hugepages_bytes=known.hugepages_bytes if known else None,
        cpu_model=known.cpu_model if known else None,
    )


class NodeVerbs(HostCore):
    """Questions about the machine, and about what guests can have on it."""

    def __init__(self, session: Session, name: str | None = None) -> None:
        super().__init__(session, name)
        self._node = self._read_node(topology=False)

    def node_info(self) -> NodeInfo:
        """Read what the machine has: processors and memory; asks no guest.

        Returns
        -------
        NodeInfo
            Frozen; ``.frame()`` is the hosts frame that `virtsdk.capacity` takes.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.node_info().cpus
        16
        """
        self._node = self._read_node(topology=True)
        return self._node

    def _read_node(self, *, topology: bool) -> NodeInfo:
        return self._session.call(
            "read the node info of",
            f"host {self.name!r}",
            lambda conn: read_node_info(self._session, conn, self.name, topology=topology),
        )

    def capabilities(self) -> Capabilities:
        """Read what the host and its hypervisor can do.

        Returns
        -------
        Capabilities
            The typed document: CPU model, NUMA topology, and per architecture the emulators and machines.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.capabilities().host.cpu.arch.value
        'i686'
        """
        from virtsdk import xml
        from virtsdk.models.capabilities import Capabilities

        return xml.parse(self.capabilities_xml(), Capabilities)

    def capabilities_xml(self) -> str:
        """Read the capabilities as libvirt's XML text.

        Returns
        -------
        str
            The document as the host wrote it; `capabilities` is the same, parsed.
        """
        return self._session.call(
            "read the capabilities of", f"host {self.name!r}", lambda conn: decoded(conn.getCapabilities)
        )

    def domain_capabilities(
        self,
        *,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
    ) -> DomainCapabilities:
        """Read what guests of a kind can have here; what is left out libvirt chooses.

        Parameters
        ----------
        emulator
            Path of the program on the host, ``"/usr/bin/qemu-system-x86_64"``.
        arch
            The guests' architecture, ``"x86_64"``.
        machine
            The machine type, ``"q35"``.
        virttype
            ``"kvm"``, ``"qemu"`` ...

        Returns
        -------
        DomainCapabilities
            The typed document: CPU models, devices and their buses, firmware, launch security.

        Raises
        ------
        NotSupported
            The driver has none (``host.supports("domain_capabilities")``).
        InvalidArgument
            The host has no such emulator, machine or kind.
        """
        from virtsdk import xml
        from virtsdk.models.domain_capabilities import DomainCapabilities

        document = self.domain_capabilities_xml(
            emulator=emulator, arch=arch, machine=machine, virttype=virttype
        )
        return xml.parse(document, DomainCapabilities)

    def domain_capabilities_xml(
        self,
        *,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
    ) -> str:
        """Read the domain capabilities as libvirt's XML text.

        Parameters
        ----------
        emulator, arch, machine, virttype
            As of `domain_capabilities`.

        Returns
        -------
        str
            The document as the host wrote it; `domain_capabilities` is the same, parsed.
        """
        return self._session.call(
            "read the domain capabilities of",
            f"host {self.name!r}",
            lambda conn: decoded(conn.getDomainCapabilities, emulator, arch, machine, virttype, 0),
        )
