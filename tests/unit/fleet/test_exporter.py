"""Figures for Prometheus: the catalogue's names, nothing for what is missing, and no wait for a slow host."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.fleet.members import Door, fleet_of, member
from tests.unit.stats.records import fleet as records
from tests.waiting import until
from virtsdk import errors
from virtsdk.fleet.exporter import FleetExporter, Reading, exported, exposition, serve
from virtsdk.stats import catalogue, from_records


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


def test_names_are_unique_and_well_formed_and_help_is_the_catalogue_s() -> None:
    columns = exported()
    assert len({one.name for one in columns}) == len(columns)
    for one in columns:
        assert one.name.endswith("_total") == one.counter, one
        assert one.help
    meaning = catalogue().set_index(["frame", "column"])["meaning"]
    cpu = next(one for one in columns if one.name == "virtsdk_domain_cpu_time_seconds_total")
    assert cpu.help.startswith(meaning["domains", "cpu_time_seconds_total"])
    assert {"virtsdk_domain_memory_used_bytes", "virtsdk_node_memory_free_bytes"} <= {
        one.name for one in columns
    }


def test_every_figure_of_a_sample_is_a_sample() -> None:
    stats = from_records(records(3), host="kvm7")
    families = list(exposition({"kvm7": Reading(stats.frames, 0.0)}, {"kvm7": True}, 1.0))
    found = {family.name: family for family in families}
    assert len(found) == len(families)
    for column in exported():
        frame = stats.frames.get(column.frame)
        if frame is None or column.column not in frame:
            continue
        known = int(frame[column.column].notna().sum())
        family = found.get(column.name.removesuffix("_total"))
        assert (0 if family is None else len(family.samples)) == known, column
    frame = stats.disks
    reads = found["virtsdk_disk_read_bytes"].samples
    assert [one.value for one in reads] == frame["read_bytes_total"].dropna().astype(float).tolist()
    assert reads[0].labels == {
        "host": "kvm7",
        "domain": frame["domain"][0],
        "disk": frame["disk"][0],
        "name": frame["name"][0],
    }
    states = found["virtsdk_domain_state"].samples
    assert [one.labels["state"] for one in states] == stats.domains["state"].dropna().tolist()


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
