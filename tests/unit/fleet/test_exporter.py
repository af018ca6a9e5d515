"""Figures for Prometheus: the catalogue's names, nothing for what is missing, and no wait for a slow host."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.fleet.members import Door, fleet_of, member
from tests.waiting import until
from virtsdk import errors
from virtsdk.fleet.exporter import FleetExporter, serve


def samples(collector: FleetExporter) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["host"]): sample.value
        for family in collector.collect()
        for sample in family.samples
        if len(sample.labels) == 1
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
    assert ("virtsdk_host_age_seconds", "kvm8") not in found
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
    time.sleep(0.3)
    assert samples(exporter)["virtsdk_host_age_seconds", "kvm7"] < 0.3


def test_figures_of_a_host_that_went_away_end(slow: tuple[FleetExporter, threading.Event]) -> None:
    exporter, may = slow
    may.set()
    assert samples(exporter)["virtsdk_host_up", "kvm7"] == 1.0
    until(lambda: exporter._round is None)
    exporter._fleet["kvm7"].stats = lambda: 1 // 0  # type: ignore[method-assign]
    found = samples(exporter)
    assert found["virtsdk_host_up", "kvm7"] == 0.0
    assert ("virtsdk_host_age_seconds", "kvm7") in found
    exporter._oldest = 0.0
    assert ("virtsdk_host_age_seconds", "kvm7") not in samples(exporter)


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
