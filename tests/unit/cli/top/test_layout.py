"""Columns and cells: the useful ones stay where there is little room, and nothing is wider than that."""

from __future__ import annotations

import pytest

from virtsdk.cli.top.choices import Choices
from virtsdk.cli.top.layout import GAP, Picture, cells_of, fitted
from virtsdk.cli.top.watching import HostState

ROW = {
    "name": "web1", "host": "kvm7", "number": 0, "state": "running", "label": "running", "kind": "good",
    "vcpus": 4, "memory_bytes": 8 * 2**30, "memory": "8 GiB", "persistent": True, "old": False,
    "cpu": 12.3, "used": 2.5 * 2**30, "disk": 1536.0, "net": 0.0, "steal": 0.4,
}  # fmt: skip
UP = HostState("kvm7", "qemu:///system", 0, True, "", 0.0)


def shown(width, hosts=1, **row):
    found = Picture([UP] * hosts, [ROW | row], 0, 1, 1, 1)
    return fitted(found, Choices(), width)


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (None, "name state cpu mem disk net steal vcpus"),
        (200, "name state cpu mem disk net steal vcpus"),
        (80, "name state cpu mem disk net steal"),
        (60, "name state cpu mem net"),
        (40, "name state cpu mem"),
        (30, "name state cpu"),
        (18, "name cpu"),
        (5, "name"),
    ],
)
def test_the_useful_columns_are_kept(width, columns):
    table = shown(width)
    assert " ".join(table.columns) == columns
    assert width is None or sum(table.widths) + GAP * (len(table.widths) - 1) <= width


def test_of_several_hosts_each_guest_says_its_host():
    assert "host" in shown(80, hosts=2).columns
    assert shown(80, hosts=2).columns[:2] == ("name", "host")


def test_a_long_name_takes_what_is_left_and_no_more():
    table = shown(40, name="n" * 100)
    assert table.columns == ("name", "state", "cpu", "mem")
    assert sum(table.widths) + 3 * GAP == 40
    assert shown(200, name="n" * 100).widths[0] == 40
    assert shown(None, name="n" * 100).widths[0] == 100


def test_where_there_is_little_room_memory_is_what_is_used():
    assert shown(80).lines[0][3].text == "2.5 of 8 GiB"
    assert shown(40).lines[0][3].text == "2.5 GiB"


@pytest.mark.parametrize(
    ("column", "row", "text", "look"),
    [
        ("cpu", {}, "12 %", ""),
        ("cpu", {"cpu": 0.0}, "0 %", ""),
        ("cpu", {"cpu": 0.04}, "0.0 %", ""),
        ("cpu", {"cpu": 55.0}, "55 %", "wait"),
        ("cpu", {"cpu": 104.0}, "104 %", "bad"),
        ("cpu", {"cpu": None}, "—", "off"),
        ("steal", {"steal": 12.0}, "12 %", "bad"),
        ("disk", {}, "1.5 KiB/s", ""),
        ("net", {}, "0 bytes/s", ""),
        ("mem", {"used": None}, "8 GiB", ""),
        ("mem", {"used": 300 * 2**20}, "300 MiB of 8 GiB", ""),
        ("mem", {"used": 7.9 * 2**30}, "7.9 of 8 GiB", "wait"),
        ("vcpus", {}, "4", ""),
        ("vcpus", {"vcpus": None}, "—", "off"),
        ("state", {"label": "paused", "kind": "wait"}, "paused", "wait"),
        ("state", {"old": True}, "running", "off"),
        ("name", {"kind": "off"}, "web1", "off"),
    ],
)
def test_cells(column, row, text, look):
    cell = cells_of(ROW | row, column)
    assert (cell.text, cell.look) == (text, look)


def test_the_headline_counts_what_there_is_and_what_is_shown():
    down = HostState("kvm8", "qemu:///system", 1, False, "gone", 3.0)
    assert Picture([UP], [], 0, 3, 3, 2).headline == "1 host, 3 guests: 2 running"
    assert Picture([UP, down], [], 0, 1, 3, 2).headline == "1 of 2 hosts, 3 guests: 2 running, 1 shown"


def test_the_order_is_marked():
    found = Picture([UP], [ROW], 0, 1, 1, 1)
    assert "CPU▼" in fitted(found, Choices(), None).titles
    assert "Name▲" in fitted(found, Choices("name"), None).titles
    assert "Memory▼" in fitted(found, Choices("used"), None).titles
