"""Figures for Prometheus: the catalogue's names, nothing for what is missing, and no wait for a slow host."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import virtsdk
from tests.unit.fleet.members import Door, fleet_of, member
from tests.waiting import until
from virtsdk import errors
from virtsdk.fleet.exporter import FleetExporter, Server, serve
from virtsdk.resources import rereading

TAKEN = "virtsdk_host_last_success_timestamp_seconds"


def samples(collector: FleetExporter) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["host"]): sample.value
        for family in collector.collect()
        for sample in family.samples
        if len(sample.labels) == 1
    }


def figures(collector: FleetExporter) -> set[str]:
    """The hosts of which there are figures."""
    return {
        sample.labels["host"]
        for family in collector.collect()
        for sample in family.samples
        if sample.name == "virtsdk_domain_state"
    }


def page_of(server) -> str:
    url = "http://{}:{}/metrics".format(*server.address)
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


@pytest.fixture
def slow() -> Iterator[tuple[FleetExporter, threading.Event]]:
    """One host that answers, one that answers once it may, one that is down."""
    may = threading.Event()
    down = Door("kvm9", errors.ConnectError("down"))
    with fleet_of(member("kvm7"), member("kvm8"), member("kvm9", down)) as fleet:
        stats = fleet["kvm8"].stats
        fleet["kvm8"].stats = lambda: (may.wait(), stats())[1]  # type: ignore[method-assign]
        fleet["kvm7"].stats()  # what is loaded at first use
        yield FleetExporter(fleet, patience=10.0), may
        may.set()


def test_a_slow_host_stalls_no_scrape(slow: tuple[FleetExporter, threading.Event]) -> None:
    exporter, may = slow
    exporter._patience = 0.2
    until(lambda: samples(exporter).get(("virtsdk_host_up", "kvm7")) == 1.0)
    found = samples(exporter)
    assert ("virtsdk_host_up", "kvm8") not in found  # nobody knows yet
    assert (TAKEN, "kvm8") not in found
    began = time.monotonic()
    for _ in range(5):
        samples(exporter)
    assert time.monotonic() - began < 30  # its round is still under way
    may.set()
    until(lambda: samples(exporter).get(("virtsdk_host_up", "kvm8")) == 1.0)
    until(lambda: samples(exporter).get(("virtsdk_host_up", "kvm9")) == 0.0)


def test_a_scrape_gives_figures_of_now(slow: tuple[FleetExporter, threading.Event]) -> None:
    exporter, may = slow
    may.set()
    samples(exporter)
    before = time.time()
    until(lambda: samples(exporter)[TAKEN, "kvm7"] >= before)


def test_a_host_that_went_away_has_no_figures_and_says_since_when(
    slow: tuple[FleetExporter, threading.Event],
) -> None:
    exporter, may = slow
    may.set()
    until(lambda: figures(exporter) == {"kvm7", "kvm8"})
    taken = samples(exporter)[TAKEN, "kvm7"]
    until(lambda: exporter._round is None)
    stats = exporter._fleet["kvm7"].stats
    exporter._fleet["kvm7"].stats = lambda: 1 // 0  # type: ignore[method-assign]
    until(lambda: samples(exporter)["virtsdk_host_up", "kvm7"] == 0.0)
    assert figures(exporter) == {"kvm8"}
    assert samples(exporter)[TAKEN, "kvm7"] >= taken
    exporter._fleet["kvm7"].stats = stats  # type: ignore[method-assign]
    until(lambda: figures(exporter) == {"kvm7", "kvm8"})


def test_where_no_host_answers_none_is_up() -> None:
    with fleet_of(member("kvm7")) as fleet:
        exporter = FleetExporter(fleet, patience=10.0)
        until(lambda: figures(exporter) == {"kvm7"})
        until(lambda: exporter._round is None)
        exporter._fleet["kvm7"].stats = lambda: 1 // 0  # type: ignore[method-assign]
        until(lambda: samples(exporter)["virtsdk_host_up", "kvm7"] == 0.0)
        assert not figures(exporter)


def test_old_figures_of_a_host_that_is_still_asked_are_left_out(
    slow: tuple[FleetExporter, threading.Event],
) -> None:
    exporter, may = slow
    may.set()
    until(lambda: figures(exporter) == {"kvm7", "kvm8"})
    until(lambda: exporter._round is None)
    may.clear()
    exporter._patience = 0.0
    samples(exporter)
    assert "kvm8" in figures(exporter)  # of the round before
    exporter._oldest = 0.0
    assert "kvm8" not in figures(exporter)
    assert samples(exporter)["virtsdk_host_up", "kvm8"] == 1.0  # as far as is known


def test_a_scrape_waits_for_a_part_of_the_time_that_it_says_it_has(
    slow: tuple[FleetExporter, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, _ = slow
    exporter._patience = 0.0
    waited: list[float | None] = []
    real = exporter.families
    monkeypatch.setattr(exporter, "families", lambda patience: (waited.append(patience), real(patience))[1])
    with Server(exporter, "127.0.0.1", 0) as server:
        url = "http://{}:{}/metrics".format(*server.address)
        for headers in ({"X-Prometheus-Scrape-Timeout-Seconds": "0.5"}, {}):
            urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60).read()
    assert waited == [0.25, None]


def test_prometheus_can_read_the_page() -> None:
    with fleet_of(member('a"b\\'), member("kvm8")) as fleet, serve(fleet, port=0) as server:
        until(lambda: 'virtsdk_host_up{host="kvm8"} 1.0' in page_of(server))
        families = {one.name: one for one in text_string_to_metric_families(page_of(server))}
        assert {one.labels["host"] for one in families["virtsdk_host_up"].samples} == {'a"b\\', "kvm8"}
        assert families["virtsdk_domain_state"].samples[0].labels["state"] == "running"
        with pytest.raises(errors.VirtError, match=f"cannot listen on 127.0.0.1:{server.address[1]}"):
            serve(fleet, port=server.address[1])


def test_other_paths_are_not_there_and_the_page_says_what_it_is() -> None:
    with fleet_of(member("kvm7")) as fleet, serve(fleet, port=0) as server:
        where = "http://{}:{}".format(*server.address)
        with urllib.request.urlopen(f"{where}/metrics?x=1", timeout=60) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{where}/etc/passwd", timeout=60)


def test_hosts_that_come_and_go_in_the_file_do_so_in_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rereading, "_PAUSE", 0.001)
    file = tmp_path / "hosts.toml"
    file.write_text("[hosts]\na = 'test:///default'\nb = 'test:///default'\n")
    with virtsdk.connect_fleet(file) as fleet, serve(fleet, port=0) as server:
        exporter = server.exporter
        until(lambda: figures(exporter) == {"a", "b"})
        file.write_text("[hosts")
        until(lambda: bool(samples(exporter)) and "it stays at those before" in caplog.text)
        assert figures(exporter) == {"a", "b"}
        file.write_text("[hosts]\nb = 'test:///default'\nc = 'test:///default'\n")
        until(lambda: figures(exporter) == {"b", "c"})
        until(lambda: exporter._round is None)
        assert {host for name, host in samples(exporter) if name.startswith("virtsdk_host_")} == {"b", "c"}
        assert "which hosts to ask is told again" in caplog.text
        assert fleet.host_names == ["a", "b"]
        assert not fleet["a"].session.closed
