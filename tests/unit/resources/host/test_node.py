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

    def getMemoryStats(self, cell: int, flags: int) -> dict[str, int]:  # noqa: N802
        if self.memory is None:
            error = libvirt.libvirtError("no")
            error.err = (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_FROM_NONE, "no", 2, None, None, None, -1, -1)
            raise error
        return self.memory


def info(memory: dict[str, int] | None) -> NodeInfo:
    session: Any = SimpleNamespace(translated=lambda conn, operation, subject: translated(operation, subject))
    conn: Any = Conn(memory)
    return read_node_info(session, conn, "kvm7")


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
