"""What a node has, from libvirt's numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import libvirt
import pytest

from virtsdk.binding.calls import translated
from virtsdk.resources.host.node import NodeInfo, read_node_info

KIB = 8_000_123  # libvirt's own info has it in whole MiB


class Conn:
    """Two cells of one socket each, with four cores of two threads, of which two CPUs are offline."""

    def __init__(self, memory: dict[str, int] | None) -> None:
        self.memory = memory

    def getInfo(self) -> list[object]:  # noqa: N802
        return ["x86_64", KIB // 1024, 14, 2600, 2, 1, 4, 2]

    def getCapabilities(self) -> str:  # noqa: N802
        return "<capabilities><host/></capabilities>"

    def getMemoryStats(self, cell: int, flags: int) -> dict[str, int]:  # noqa: N802
        if self.memory is None:
            error = libvirt.libvirtError("no")
            error.err = (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_FROM_NONE, "no", 2, None, None, None, -1, -1)
            raise error
        return self.memory


SESSION: Any = SimpleNamespace(
    driver="qemu", translated=lambda conn, operation, subject: translated(operation, subject)
)


def info(memory: dict[str, int] | None) -> NodeInfo:
    conn: Any = Conn(memory)
    return read_node_info(SESSION, conn, "kvm7")


def test_cells_sockets_and_cores_are_those_of_the_whole_node() -> None:
    found = info({"total": KIB})
    assert (found.cpus, found.threads, found.numa_cells, found.sockets, found.cores) == (14, 2, 2, 2, 8)
    assert (found.host, found.model, found.mhz) == ("kvm7", "x86_64", 2600)
    assert repr(found) == "<NodeInfo kvm7: 14 CPUs (2 sockets, 8 cores, 2 threads a core), 7.63 GiB, x86_64>"
    assert "2600 MHz" in found._repr_html_()
    assert found.frame().to_dict("records")[0]["cores"] == 8


@pytest.mark.parametrize(
    ("memory", "expected"),
    [({"total": KIB}, KIB * 1024), (None, KIB // 1024 * 2**20), ({"free": 1}, KIB // 1024 * 2**20)],
)
def test_memory_is_exact_where_the_driver_tells_it(memory: dict[str, int] | None, expected: int) -> None:
    assert info(memory).memory_bytes == expected


def test_an_unusual_topology_is_that_of_the_capabilities() -> None:
    conn: Any = Conn({"total": KIB})
    cpu = "<cpu id='{0}' socket_id='{1}' die_id='0' core_id='{2}' siblings='{3}'/>"
    first = "".join(cpu.format(n, 0, n // 2, f"{n // 2 * 2}-{n // 2 * 2 + 1}") for n in range(8))
    second = "".join(cpu.format(n, 8, n, n) for n in (8, 9))  # of another kind: two cores, one thread each
    cells = (
        f"<cell id='0'><cpus num='8'>{first}</cpus></cell><cell id='8'><cpus num='2'>{second}</cpus></cell>"
    )
    conn.getInfo = lambda: ["x86_64", KIB // 1024, 10, 2600, 1, 1, 10, 1]  # what libvirt says of such a node
    conn.getCapabilities = lambda: (
        f"<capabilities><host><topology><cells num='2'>{cells}</cells></topology></host></capabilities>"
    )
    found = read_node_info(SESSION, conn, "kvm7")
    assert (found.cpus, found.cores, found.sockets, found.threads, found.numa_cells) == (10, 6, 2, 2, 2)
