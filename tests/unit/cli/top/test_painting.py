"""Lines of a screen: never wider or more than it has, and they say what is lost and what is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.cli.top.test_layout import ROW, UP
from virtsdk.cli.top.choices import Choices
from virtsdk.cli.top.layout import Picture
from virtsdk.cli.top.painting import painted, room_for_rows
from virtsdk.cli.top.watching import HostState

WHEN = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


def lines(hosts=(UP,), rows=(ROW,), choices=None, width=80, height=24, **counts):
    counts = {"first": 0, "shown": len(rows), "guests": len(rows), "running": len(rows)} | counts
    found = Picture(hosts, rows, time=WHEN, **counts)
    drawn = painted(found, choices or Choices(), width=width, height=height, every=2.0)
    return [line.plain.rstrip() for line in drawn]


def down(number):
    return HostState(f"kvm{number}", "qemu:///system", number, False, "connection refused", 12.0)


@pytest.mark.parametrize("width", [200, 80, 40, 20, 5, 1])
@pytest.mark.parametrize("height", [50, 24, 8, 5, 3, 1])
def test_no_line_is_too_wide_and_there_are_not_too_many(width, height):
    hosts = [UP, *(down(number) for number in range(9))]
    rows = [ROW | {"name": "日本語" * 20}] * 60
    choices = Choices(filter="web")
    page = room_for_rows(Picture(hosts), choices, height=height, every=2.0)
    found = Picture(hosts, rows[:page], 0, 60, 60, 60, WHEN)
    drawn = painted(found, choices, width=width, height=height, every=2.0)
    assert len(drawn) == height
    assert max(line.cell_len for line in drawn) <= width


def test_a_screen():
    head, titles, row, *blank, foot = lines(height=6)
    assert head == "virtsdk top  1 host, 1 guest: 1 running  12:00:05 UTC  every 2 s"
    assert titles.split() == ["Name", "State", "CPU▼", "Memory", "Disk", "Network", "Steal"]
    assert " ".join(row.split()) == "web1 running 12 % 2.5 of 8 GiB 1.5 KiB/s 0 bytes/s 0.4 %"
    assert not any(blank)
    assert foot.startswith("q quit  / filter")


def test_a_host_that_is_lost_is_said_and_of_many_three():
    assert "kvm3: lost 12 s ago: connection refused" in lines([UP, down(3)])
    never = HostState("kvm3", "", 3, False, "no route", None)
    assert "kvm3: not there yet: no route" in lines([UP, never])
    said = lines([down(number) for number in range(9)])
    assert sum("lost 12 s ago" in line for line in said) == 3
    assert "and 6 more do not answer" in said


def test_which_rows_of_how_many():
    assert lines(rows=[ROW] * 3, first=4, shown=20, height=6)[-1].startswith("5 to 7 of 20  ")


def test_pause_and_filter_are_said():
    assert "paused" in lines(choices=Choices(paused=True))[0]
    assert lines(choices=Choices(filter="web"))[1] == "filter: web"
    typing = lines(choices=Choices(typing="cpu>", error="cpu> lacks what to compare with"))
    assert typing[1].startswith("filter: cpu>") and typing[2] == "cpu> lacks what to compare with"
    assert typing[-1].startswith("enter apply")


@pytest.mark.parametrize(
    ("hosts", "guests", "said"),
    [
        ([UP], 0, "no guests"),
        ([UP], 3, "no guest matches 'web'"),
        ([HostState("kvm7", "", 0, False, "", 0.0)], 0, "connecting …"),
    ],
)
def test_an_empty_table_says_why(hosts, guests, said):
    assert said in lines(hosts, [], Choices(filter="web"), guests=guests, running=0)
