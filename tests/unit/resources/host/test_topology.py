"""Machines whose parts are not all alike."""

from __future__ import annotations

import libvirt
import pytest

from virtsdk.resources.host.topology import Topology, known_topology, read_topology, topology_of


def document(*cells: str) -> str:
    inside = f"<topology><cells num='{len(cells)}'>{''.join(cells)}</cells></topology>" if cells else ""
    return f"<capabilities><host><cpu><arch>ppc64</arch></cpu>{inside}</host></capabilities>"


def cell(number: int, *cpus: str) -> str:
    inside = f"<cpus num='{len(cpus)}'>{''.join(cpus)}</cpus>" if cpus else ""
    return f"<cell id='{number}'><memory unit='KiB'>1024</memory>{inside}</cell>"


def cpu(number: int, socket: int, core: int, siblings: str | None = None, die: int = 0) -> str:
    told = "" if siblings is None else f" siblings='{siblings}'"
    return f"<cpu id='{number}' socket_id='{socket}' die_id='{die}' core_id='{core}'{told}/>"


CASES = {
    "cells with gaps": (
        document(cell(0, cpu(0, 0, 0, "0,4"), cpu(4, 0, 0, "0,4")), cell(8, cpu(8, 8, 0, "8"))),
        Topology((0, 8), 2, 2, 2),
    ),
    "a cell of memory alone": (document(cell(0, cpu(0, 0, 0, "0")), cell(1)), Topology((0, 1), 1, 1, 1)),
    "more cores in one socket than in the other": (
        document(cell(0, *(cpu(n, int(n > 0), n, str(n)) for n in range(4)))),
        Topology((0,), 2, 4, 1),
    ),
    "two cells in one socket": (
        document(
            cell(0, cpu(0, 0, 0, "0"), cpu(1, 0, 1, "1")), cell(1, cpu(2, 0, 2, "2"), cpu(3, 0, 3, "3"))
        ),
        Topology((0, 1), 1, 4, 1),
    ),
    "one number of a core on two dies": (
        document(cell(0, cpu(0, 0, 0), cpu(1, 0, 0, die=1), cpu(2, 0, 0, die=1))),
        Topology((0,), 1, 2, 2),
    ),
    "CPUs that are offline": (
        document(cell(0, cpu(0, 0, 0, "0"), "<cpu id='1'/>", "<cpu id='2'/>")),
        Topology((0,), 1, 1, 1),
    ),
    "nothing of CPUs": (document(cell(0), cell(2)), Topology((0, 2), 0, 0, 0)),
    "no topology": (document(), None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_machine_is_made_like_that(case: str) -> None:
    text, expected = CASES[case]
    assert topology_of(text) == expected


def test_it_is_read_once_for_a_connection() -> None:
    asked: list[int] = []

    class Conn:
        def getCapabilities(self) -> str:  # noqa: N802
            asked.append(1)
            return document(cell(3))

    conn = Conn()
    assert known_topology(conn) == known_topology(conn) == Topology((3,), 0, 0, 0)
    assert len(asked) == 1
    read_topology(conn)
    assert len(asked) == 2


def test_a_driver_may_have_none() -> None:
    class Conn:
        def getCapabilities(self) -> str:  # noqa: N802
            error = libvirt.libvirtError("no")
            error.err = (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_FROM_NONE, "no", 2, None, None, None, -1, -1)
            raise error

    assert read_topology(Conn()) is None


def pages(size: int, number: int, unit: str = "KiB") -> str:
    return f"<pages unit='{unit}' size='{size}'>{number}</pages>"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([""], None),
        ([pages(4, 1000), pages(4, 1000)], 0),
        ([pages(4, 9) + pages(2048, 3), pages(64, 9) + pages(1, 2, "GiB")], 2**21 * 3 + 2**31),
    ],
    ids=["no pages", "ordinary pages", "two cells"],
)
def test_huge_pages_are_those_above_the_smallest_of_a_cell(cells: list[str], expected: int | None) -> None:
    inside = (f"<cell id='{number}'>{told}</cell>" for number, told in enumerate(cells))
    found = topology_of(document(*inside))
    assert found is not None
    assert found.hugepages_bytes == expected


def test_the_cpu_model_is_libvirts_name() -> None:
    told = document(cell(0)).replace("</arch>", "</arch><model>POWER9</model>")
    found = topology_of(told)
    assert found is not None
    assert found.cpu_model == "POWER9"
