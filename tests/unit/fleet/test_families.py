"""Figures as metrics: the catalogue's names, nothing for what is missing, the text of prometheus-client."""

from __future__ import annotations

import pandas as pd
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.stats.records import fleet as records
from virtsdk.fleet.families import Family, Reading, exported, families, page
from virtsdk.stats import Stats, catalogue, from_records


@pytest.fixture(scope="module")
def stats() -> Stats:
    return from_records(records(3), host='kvm"7\\n')


def test_names_are_unique_and_well_formed_and_help_is_the_catalogue_s() -> None:
    columns = exported()
    names = {one.name for one in columns}
    assert len(names) == len(columns)
    for one in columns:
        assert one.name.endswith("_total") == one.counter, one
        assert one.help
    meaning = catalogue().set_index(["frame", "column"])["meaning"]
    cpu = next(one for one in columns if one.name == "virtsdk_domain_cpu_time_seconds_total")
    assert cpu.help.startswith(meaning["domains", "cpu_time_seconds_total"])
    assert {"virtsdk_domain_memory_used_bytes", "virtsdk_node_memory_free_bytes"} <= names


def test_every_figure_of_a_sample_is_a_sample(stats: Stats) -> None:
    every = list(families({"kvm7": Reading(stats.frames, 0.0, 7.0)}, {"kvm7": True}, {"kvm7": 7.0}))
    found = {one.name: one for one in every}
    assert len(found) == len(every)
    for column in exported():
        frame = stats.frames.get(column.frame)
        if frame is None or column.column not in frame:
            continue
        known = frame[column.column].dropna()
        values = found[column.name].values if column.name in found else []
        assert len(values) == len(known), column
        if known.dtype.kind in "iuf":
            assert values == known.astype(float).tolist()
    frame = stats.disks
    reads = found["virtsdk_disk_read_bytes_total"]
    assert dict(zip(reads.labels.names, reads.labels.rows[reads.places[0]], strict=True)) == {
        "host": frame["host"][0],
        "domain": frame["domain"][0],
        "disk": frame["disk"][0],
        "name": frame["name"][0],
    }
    states = found["virtsdk_domain_state"].labels
    assert [row[-1] for row in states.rows] == stats.domains["state"].dropna().tolist()
    assert found["virtsdk_host_last_success_timestamp_seconds"].values == [7.0]


def by_prometheus(every: list[Family]) -> str:
    """The same families, written by prometheus-client."""

    class Collector:
        def collect(self):
            for one in every:
                kind = CounterMetricFamily if one.counter else GaugeMetricFamily
                metric = kind(one.name, one.help, labels=one.labels.names)
                for place, value in zip(one.places, one.values, strict=True):
                    metric.add_metric(one.labels.rows[place], value)
                yield metric

        def describe(self):
            return []

    registry = CollectorRegistry()
    registry.register(Collector())
    return generate_latest(registry).decode()


def test_the_page_says_what_prometheus_client_would_write(stats: Stats) -> None:
    readings = {"kvm7": Reading(stats.frames, 0.0, 7.0), "kvm8": Reading({}, 0.5, 8.0)}
    every = list(families(readings, {"kvm7": True, "kvm8": False}, {"kvm7": 7.0}))
    ours, theirs = (
        {
            (family.name, family.type, family.documentation): [one[:3] for one in family.samples]
            for family in text_string_to_metric_families(text)
        }
        for text in (page(every), by_prometheus(every))
    )
    assert ours == theirs
    assert ours


def test_a_time_is_seconds_since_1970_and_what_is_missing_has_no_sample() -> None:
    time = pd.DatetimeIndex(["2026-03-01 12:00:00.5", None], tz="UTC").as_unit("us")
    column = next(one for one in exported() if one.name.endswith("_timestamp_seconds"))
    keys = {"host": "kvm7", "domain": ["u1", "u2"], "name": ["a", None]}
    frame = pd.DataFrame(keys | {column.column: time})
    found = {one.name: one for one in families({"kvm7": Reading({column.frame: frame}, 0.0, 0.0)}, {}, {})}
    assert found[column.name].values == [1772366400.5]
    assert list(found[column.name].places) == [0]
    assert found[column.name].labels.rows[1] == ("kvm7", "u2", "")


def test_of_nothing_there_is_nothing() -> None:
    assert page(families({}, {}, {})).count("\n") == 4


def test_parts_that_nothing_tells_apart_are_left_out() -> None:
    keys = {"host": "kvm7", "domain": "u1", "name": "a", "nic": [None, None, "vnet3"]}
    nics = pd.DataFrame(keys | {"rx_bytes_total": [1, 2, 3], "mac": "52:54:00:00:00:01"})
    found = {one.name: one for one in families({"kvm7": Reading({"nics": nics}, 0.0, 0.0)}, {}, {})}
    assert found["virtsdk_nic_rx_bytes_total"].values == [3.0]
    assert [row[2] for row in found["virtsdk_nic_info"].labels.rows] == ["vnet3"]
