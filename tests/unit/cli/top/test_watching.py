"""Hosts that are watched: one that is down, hangs or fails is said, holds nobody up, and comes back."""

from __future__ import annotations

import threading

import pytest

import virtsdk
from tests.waiting import until
from virtsdk.cli.top import watching
from virtsdk.cli.top.choices import Choices
from virtsdk.cli.top.layout import picture
from virtsdk.cli.top.watching import Watch
from virtsdk.errors import ConnectError
from virtsdk.tables import source


@pytest.fixture
def watch(monkeypatch):
    """Watch hosts, each opened by a function of its own."""
    monkeypatch.setattr("virtsdk.history.hosts._APART", 0.01)
    made = []

    def make(timeout=30, **opens):
        monkeypatch.setattr(watching, "_open", lambda name, uri, timeout: opens[name]())
        hosts = dict.fromkeys(opens, "test:///default")
        made.append(Watch(hosts, every=0.05, timeout=timeout, told=lambda: None))
        return made[-1]

    yield make
    for one in made:
        one.close()


def well():
    return virtsdk.connect("test:///default", readonly=True)


def test_the_rows_are_those_of_the_explorer(watch):
    one = watch(a=well)
    one.wait(threading.Event())
    found = picture(one, Choices())
    assert [(row["name"], row["label"], row["memory"]) for row in found.rows] == [
        ("test", "running", "8 GiB")
    ]
    assert [host.up for host in found.hosts] == [True]


def test_a_host_that_is_down_holds_nobody_up_and_comes_back(watch):
    there = threading.Event()

    def late():
        if not there.is_set():
            raise ConnectError("nobody\x1b[31m listens\nthere")
        return well()

    one = watch(a=well, b=late)
    one.wait(threading.Event())
    up, down = one.hosts()
    assert (up.up, up.error) == (True, "")
    assert (down.up, down.error) == (False, r"nobody\x1b[31m listens\nthere")
    assert len(picture(one, Choices()).rows) == 1
    there.set()
    until(lambda: all(host.up for host in one.hosts()))
    assert len(picture(one, Choices()).rows) == 2


def test_a_host_that_hangs_is_said_and_not_waited_for_for_ever(watch, monkeypatch):
    monkeypatch.setattr(watching, "_SILENT", 0.2)
    go_on = threading.Event()
    try:
        one = watch(a=well, b=lambda: go_on.wait() and well(), timeout=0.5)
        one.wait(threading.Event())
        until(lambda: [host.up for host in one.hosts()] == [True, False] and one.hosts()[1].error)
    finally:
        go_on.set()


def test_rows_of_a_host_that_is_lost_stay_without_figures(watch, monkeypatch):
    one = watch(a=well)
    one.wait(threading.Event())

    def lost(*_given):
        raise RuntimeError("of whatever kind")

    monkeypatch.setattr(watching.Source, "sample", lost)
    until(lambda: not one.hosts()[0].up)
    (row,) = picture(one, Choices()).rows
    assert row["old"] and row["cpu"] is None
    assert one.hosts()[0].error == "of whatever kind"


def test_a_wait_ends_when_it_is_told(watch):
    told, go_on = threading.Event(), threading.Event()
    told.set()
    try:
        watch(a=lambda: go_on.wait() and well()).wait(told)
    finally:
        go_on.set()


def test_a_guest_that_comes_or_goes_is_seen_at_once(watch):
    host = virtsdk.connect("test:///default")
    one = watch(a=lambda: host)
    one.wait(threading.Event())
    host.domains["test"].suspend()
    try:
        until(lambda: picture(one, Choices()).rows[0]["label"] == "paused")
    finally:
        host.domains["test"].resume()


def test_while_it_is_paused_the_table_stays_and_can_be_ordered(watch):
    host = virtsdk.connect("test:///default")
    one = watch(a=lambda: host)
    one.wait(threading.Event())
    one.pause(True)
    since = picture(one, Choices()).time
    host.domains["test"].suspend()
    try:
        one.wait(threading.Event())
        one.wait(threading.Event())
        found = picture(one, Choices("name", filter="test"))
        assert (found.rows[0]["label"], found.time) == ("running", since)
        one.pause(False)
        until(lambda: picture(one, Choices()).rows[0]["label"] == "paused")
    finally:
        host.domains["test"].resume()


def test_no_figures_are_worked_out_over_a_gap(watch, monkeypatch):
    host = virtsdk.connect("test:///default", readonly=True)
    real, taken, used = host.stats, [], []

    def stats(groups):
        if len(taken) == 3:
            taken.append(None)
            raise ConnectError("lost")
        taken.append(real(groups))
        return taken[-1]

    def figures_of(earlier, later):
        used.append((taken.index(earlier), taken.index(later)))
        return figures(earlier, later)

    figures = source.figures_of
    monkeypatch.setattr(host, "stats", stats)
    monkeypatch.setattr(source, "figures_of", figures_of)
    watch(a=lambda: host)
    until(lambda: len(used) >= 4)
    assert used[:4] == [(0, 1), (1, 2), (4, 5), (5, 6)]
