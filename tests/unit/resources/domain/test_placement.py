"""What binds a guest to its host, by its definition."""

from __future__ import annotations

import pandas as pd
import pytest

import virtsdk
from virtsdk import xml
from virtsdk.capacity import Fleet
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.placement import bound, numbers_of

GIB = 2**30
CELLS = (
    "<cpu><numa><cell id='0' cpus='0' memory='1' unit='GiB'/><cell id='1' cpus='1' memory='3' unit='GiB'/>"
    "</numa></cpu>"
)
FREE = {"pinned": False, "host_devices": 0, "hugepages_bytes": 0, "cell": None}


def huge(*pages):
    return f"<memoryBacking><hugepages>{''.join(pages)}</hugepages></memoryBacking>"


def numa(nodeset, mode=""):
    return f"<numatune><memory {mode and f'mode={mode!r}'} nodeset='{nodeset}'/></numatune>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", {}),
        ("<devices/>", {}),
        ("<vcpu cpuset='0-3'>2</vcpu>", {"pinned": True}),
        ("<vcpu>2</vcpu>", {}),
        ("<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>", {"pinned": True}),
        ("<cputune><shares>5</shares></cputune>", {}),
        ("<devices><hostdev mode='subsystem' type='usb'/></devices>", {"host_devices": 1}),
        ("<devices><interface type='hostdev'/><disk type='nvme'/></devices>", {"host_devices": 2}),
        ("<devices><interface type='network'/></devices>", {}),
        (huge(), {"hugepages_bytes": 4 * GIB}),
        (huge("<page size='2' unit='MiB'/>"), {"hugepages_bytes": 4 * GIB}),
        (huge("<page size='4' unit='KiB'/>"), {}),
        (huge("<page size='2048' nodeset='1'/>") + CELLS, {"hugepages_bytes": 3 * GIB}),
        (huge("<page size='2048'/>", "<page size='4' nodeset='1'/>") + CELLS, {"hugepages_bytes": GIB}),
        (numa(1), {"cell": 1}),
        (numa(1, "strict"), {"cell": 1}),
        (numa(1, "restrictive"), {"cell": 1}),
        (numa(1, "preferred"), {}),
        (numa("0-1"), {}),
        (numa("0-1,^0"), {"cell": 1}),
    ],
)  # fmt: skip
def test_a_definition_says_what_binds(inside, expected):
    definition = xml.parse(f"<domain><name>a</name>{inside}</domain>", DomainDef)
    assert bound(definition, 4 * GIB) == {**FREE, **expected}


@pytest.mark.parametrize(("text", "numbers"), [("3", {3}), ("0-2,7", {0, 1, 2, 7}), ("0-3,^1-2", {0, 3})])
def test_sets_of_numbers_are_read(text, numbers):
    assert numbers_of(text) == numbers


def test_frames_of_a_host_are_those_that_a_fleet_takes():
    with virtsdk.connect("test:///default") as host:
        plain, frame = host.domains.frame(), host.domains.frame(placement=True)
        node = host.node_info().frame()
    more = ["pinned", "host_devices", "local_disk_bytes", "hugepages_bytes", "cell"]
    assert list(frame) == [*plain, *more]
    pd.testing.assert_frame_equal(frame[list(plain)], plain)
    assert [str(frame[column].dtype) for column in more] == ["boolean", *["Int64"] * 4]
    assert frame["pinned"].tolist() == [False]
    assert frame["local_disk_bytes"][0] > 0  # its one disk is a file
    assert Fleet.from_frames(node, frame).n_plus(1).binding == "local disk"


def test_the_frame_of_an_empty_host_has_the_columns_too():
    with virtsdk.connect("test:///default") as host:
        for guest in host.domains:
            guest.destroy()
            guest.undefine()
        assert list(host.domains.frame(placement=True))[-1] == "cell"
