"""What a node counts, as libvirt gives it; the kernel's pressure is only ever that of this machine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import libvirt
import pytest

from virtsdk.resources.figures import node
from virtsdk.resources.figures.node import collect_node, read_node_figures

BUSY = {"kernel": 1, "user": 2, "idle": 3}
MEMORY = {"total": 1000, "free": 100}


def refusal(code: int) -> libvirt.libvirtError:
    error = libvirt.libvirtError("no")
    error.err = (code, libvirt.VIR_FROM_NONE, "no", 2, None, None, None, -1, -1)
    return error


class Conn:
    """A node with CPUs 0 to 3, of which 1 and 3 are offline, and two cells, one without memory."""

    def __init__(self, **missing: int) -> None:
        self.missing = missing  # {call: libvirt's error}
        self.asked: list[tuple[str, int]] = []

    def getInfo(self) -> list[object]:  # noqa: N802
        return ["x86_64", 1, 4, 0, 2, 1, 4, 1]

    def getCapabilities(self) -> str:  # noqa: N802
        self.refuse("getCapabilities")
        return "<capabilities><host/></capabilities>"

    def getCPUMap(self, flags: int) -> tuple[int, list[bool], int]:  # noqa: N802
        self.refuse("getCPUMap")
        return 4, [True, False, True, False], 2

    def getCPUStats(self, cpu: int, flags: int) -> dict[str, int]:  # noqa: N802
        self.asked.append(("cpu", cpu))
        self.refuse("getCPUStats")
        return BUSY

    def getMemoryStats(self, cell: int, flags: int) -> dict[str, int]:  # noqa: N802
        self.refuse("getMemoryStats")
        if cell == 1:
            raise refusal(libvirt.VIR_ERR_INVALID_ARG)
        return MEMORY

    def refuse(self, call: str) -> None:
        if call in self.missing:
            raise refusal(self.missing[call])


def figures(conn: Conn) -> node.NodeFigures:
    given: Any = conn
    return read_node_figures(given)


def test_only_cpus_that_are_online_have_figures() -> None:
    conn = Conn()
    read = figures(conn)
    assert read.cpus == {0: BUSY, 2: BUSY}
    assert sorted(conn.asked) == [("cpu", -1), ("cpu", 0), ("cpu", 2)]
    assert (read.total, read.memory, read.cells) == (BUSY, MEMORY, {0: MEMORY})


def test_cells_have_the_numbers_of_the_topology() -> None:
    conn = Conn()
    cells = "".join(f"<cell id='{number}'><cpus num='0'/></cell>" for number in (0, 8))
    document = f"<capabilities><host><topology><cells>{cells}</cells></topology></host></capabilities>"
    conn.getCapabilities = lambda: document  # type: ignore[method-assign]
    assert figures(conn).cells == {0: MEMORY, 8: MEMORY}


def test_without_a_map_all_cpus_are_asked() -> None:
    assert list(figures(Conn(getCPUMap=libvirt.VIR_ERR_NO_SUPPORT)).cpus) == [0, 1, 2, 3]


def test_what_a_driver_does_not_count_is_empty() -> None:
    read = figures(Conn(getCPUStats=libvirt.VIR_ERR_NO_SUPPORT, getMemoryStats=libvirt.VIR_ERR_NO_SUPPORT))
    assert (read.cpus, read.total, read.memory, read.cells) == ({}, {}, {}, {})


@pytest.mark.parametrize(
    ("uri", "driver", "here"),
    [
        ("qemu:///system", "qemu", True),
        ("qemu+unix:///system?socket=/run/x", "qemu", True),
        ("lxc:///system", "lxc", True),
        ("qemu://kvm7/system", "qemu", False),
        ("qemu+tls://kvm7/system", "qemu", False),
        ("qemu+ssh://kvm7/system", "qemu", False),
        ("qemu+unix://kvm7/system", "qemu", False),
        ("test:///default", "test", False),
    ],
)
def test_pressure_is_told_only_of_a_host_that_is_this_machine(
    uri: str, driver: str, here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "read_pressure", lambda: [{"resource": "cpu", "share": "some", "total": 5}])
    session = SimpleNamespace(call=lambda operation, subject, function, timeout: function(Conn()))
    host: Any = SimpleNamespace(uri=uri, driver=driver, name="kvm7", session=session)
    assert len(collect_node(host).pressure) == here
