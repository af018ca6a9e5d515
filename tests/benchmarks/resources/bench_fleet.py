"""How long a round of a fleet takes: 50 test drivers and 3 daemons; all well, one frozen and one killed."""

import threading
import time

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

import virtsdk
from tests.benchmarks.figures import best_of, report
from tests.unit.stats.records import fleet as records
from virtsdk.fleet.families import Reading, families, page
from virtsdk.stats import from_records

DEADLINE = 3.5
TESTS = {f"t{n:02}": "test:///default" for n in range(50)}


def main():
    pages()
    with (
        virtsdk.lab.hosts(3, guests=1, wait=False, progress=None) as hosts,
        virtsdk.connect_fleet({host.name: host.uri for host in hosts} | TESTS, timeout=30) as fleet,
    ):
        fleet.stats().domains  # noqa: B018 - what is loaded at first use is no part of a round
        every = {name: fleet[name] for name in fleet}
        alone = {name: best_of(lambda host=host: host.stats(), repeat=3) for name, host in every.items()}
        round_ = best_of(fleet.stats, repeat=5)
        report("a round of 53 hosts", round_ * 1e3, "ms")
        report("  against one host after the other", round_ / sum(alone.values()), "x", bar=1.3)
        report("  against the slowest host alone", round_ / max(alone.values()), "x")
        report("  with its frame of guests", best_of(lambda: fleet.stats().domains, repeat=3) * 1e3, "ms")
        misbehaving(fleet, hosts)


def misbehaving(fleet, hosts):
    """One that is frozen and one that is killed: the round ends at the deadline, later ones do not wait."""
    hosts[0].freeze()
    hosts[1].kill_daemon(restart=False)
    try:
        guests, took = timed(lambda: fleet.domains.frame(timeout=DEADLINE))
        missing = 53 - guests["host"].nunique()
        report("one frozen, one killed: hosts without an answer", missing, "hosts", bar=2)
        report(f"  seconds past the deadline of {DEADLINE:g} s", max(0.0, took - DEADLINE), "s", bar=0.5)
        fleet.stats(timeout=DEADLINE)
        before = threading.active_count()
        _, took = timed(lambda: [fleet.stats(timeout=DEADLINE) for _ in range(10)])
        report("  a later round", took / 10 * 1e3, "ms", bar=DEADLINE * 1e3 / 4)
        more = max(0, threading.active_count() - before)
        report("  threads more after ten of them", more, "threads", bar=5)
    finally:
        hosts[0].thaw()
        hosts[1].start_daemon(60)
    began = time.monotonic()
    while len(fleet.stats().samples) < 53 and time.monotonic() - began < 60:
        time.sleep(0.05)
    report("  until both are back", time.monotonic() - began, "s", bar=10)


def pages():
    """A scrape of 30 hosts with 33 guests each, as text; beside prometheus-client's own writer."""
    readings = {
        f"kvm{n}": Reading(from_records(records(33), host=f"kvm{n}").frames, 0.0, 0.0) for n in range(30)
    }
    every = list(families(readings, {}, {}))

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
    theirs = best_of(lambda: generate_latest(registry), repeat=3)
    ours = best_of(lambda: page(families(readings, {}, {})), repeat=3)
    report("a page of 990 guests for Prometheus", ours * 1e3, "ms")
    report("  against prometheus-client's writer alone", ours / theirs, "x", bar=1)


def timed(function):
    began = time.monotonic()
    found = function()
    return found, time.monotonic() - began


if __name__ == "__main__":
    main()
