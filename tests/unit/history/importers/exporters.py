"""What exporters expose of guests whose true figures are known, and what Prometheus makes of it.

`Guest` is the truth; a function an exporter writes it in that exporter's names, labels and units, as its
source has them. `query_range`, `export_lines` and `openmetrics` are forms that people have such series in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from virtsdk.stats import from_records, rates
from virtsdk.stats.samples.times import utc

START = 1_772_366_400  # 2026-03-01 12:00 UTC
GIB = 2**30


@dataclass(frozen=True)
class Guest:
    """Counters that grow at steady paces from `since` on; all figures are exact in floats."""

    name: str = "web1"
    uuid: str = "6f1d7c62-0000-4000-8000-000000000001"
    host: str = "kvm7"
    vcpus: int = 2
    cpu: float = 0.5
    memory: int = 4 * GIB
    used: int = GIB
    rx: int = 1000
    write: int = 4096
    delay: float = 0.125
    since: int = START
    state: int = 1

    def cpu_seconds(self, at):
        return 100 + self.cpu * (at - self.since)

    def bytes_of(self, pace, at):
        return 10_000 + int(pace * (at - self.since))

    def record(self, at):
        """The same as libvirt would tell it, for `from_records`."""
        second = at - self.since
        return {
            "state.state": self.state, "vcpu.current": self.vcpus, "vcpu.maximum": self.vcpus,
            "cpu.time": int(self.cpu_seconds(at) * 1e9),
            "balloon.maximum": self.memory // 1024, "balloon.current": self.memory // 1024,
            "balloon.available": self.memory // 1024, "balloon.usable": (self.memory - self.used) // 1024,
            "balloon.minor_fault": 1000 + second, "balloon.last-update": int(at),
            "balloon.swap_in": 4 * second,
            **{f"vcpu.{n}.time": int((10 + self.cpu / self.vcpus * second) * 1e9) for n in range(self.vcpus)},
            **{f"vcpu.{n}.delay": int(self.delay / self.vcpus * second * 1e9) for n in range(self.vcpus)},
            "block.count": 1, "block.0.name": "vda", "block.0.rd.bytes": 500, "block.0.rd.reqs": 5,
            "block.0.wr.bytes": self.bytes_of(self.write, at), "block.0.wr.reqs": 10 + second,
            "net.count": 1, "net.0.name": "vnet0", "net.0.rx.bytes": self.bytes_of(self.rx, at),
            "net.0.tx.bytes": 77,
        }  # fmt: skip


def libvirt_exporter(guest, at, kind="inovex"):
    """Series of one guest as the exporters for libvirt write them: (name, labels, value)."""
    known = guest.record(at)
    own = {"domain": guest.name, "instance": f"{guest.host}:9177", "job": "libvirt"}
    if kind == "kumina":
        own["uuid"] = guest.uuid
    found = [
        ("domain_info_maximum_memory_bytes", {}, guest.memory),
        ("domain_info_memory_usage_bytes", {}, guest.memory),
        ("domain_info_virtual_cpus", {}, guest.vcpus),
        ("domain_info_cpu_time_seconds_total", {}, guest.cpu_seconds(at)),
        ("domain_info_state", {"state_desc": "the domain is running"}, guest.state),
    ]
    if kind == "tinkoff":
        found[-1] = ("domain_info_vstate", {}, guest.state)
        found.append(("domain_info_meta", {"uuid": guest.uuid, "flavor": "m1"}, 1))
    if kind == "inovex":
        found += [
            ("domain_memory_stats_last_update_timestamp_seconds", {}, at),
            ("domain_memory_stats_swap_in_bytes", {}, known["balloon.swap_in"] * 1024),
            ("domain_openstack_info", {"instance_id": guest.uuid, "instance_name": "shop"}, 1),
            ("domain_vcpu_current", {}, guest.vcpus),
        ]
    if kind != "kumina":
        found += [
            ("domain_memory_stats_available_bytes", {}, guest.memory),
            ("domain_memory_stats_usable_bytes", {}, guest.memory - guest.used),
            ("domain_memory_stats_minor_fault_total", {}, known["balloon.minor_fault"]),
            ("domain_memory_stats_used_percent", {}, 25),
        ]
        for number in range(guest.vcpus):
            vcpu = {"vcpu": str(number)}
            found.append(("domain_vcpu_time_seconds_total", vcpu, known[f"vcpu.{number}.time"] / 1e9))
            found.append(("domain_vcpu_delay_seconds_total", vcpu, known[f"vcpu.{number}.delay"] / 1e9))
    disk, nic = {"target_device": "vda"}, {"target_device": "vnet0"}
    if kind == "kumina":
        disk |= {"source_file": "/a.qcow2"}
        nic |= {"source_bridge": "br0"}
    found += [
        ("domain_block_stats_read_bytes_total", disk, 500),
        ("domain_block_stats_write_bytes_total", disk, known["block.0.wr.bytes"]),
        ("domain_interface_stats_receive_bytes_total", nic, known["net.0.rx.bytes"]),
        ("domain_interface_stats_transmit_bytes_total", nic, 77),
    ]
    return [(f"libvirt_{name}", {**own, **labels}, value) for name, labels, value in found]


def kubevirt(guest, at):
    """Series of one guest as virt-handler writes them; the state of vCPUs changes every minute."""
    known = guest.record(at)
    own = {"name": guest.name, "namespace": "shop", "node": guest.host, "instance": "10.1.2.3:8443"}
    state = "running" if at // 60 % 2 else "blocked"
    found = [
        ("cpu_usage_seconds_total", {}, guest.cpu_seconds(at)),
        ("memory_domain_bytes", {}, guest.memory),
        ("memory_available_bytes", {}, guest.memory),
        ("memory_usable_bytes", {}, guest.memory - guest.used),
        ("memory_pgminfault_total", {}, known["balloon.minor_fault"]),
        ("memory_swap_in_traffic_bytes", {}, known["balloon.swap_in"] * 1024),
        ("storage_read_traffic_bytes_total", {"drive": "rootdisk"}, 500),
        ("storage_write_traffic_bytes_total", {"drive": "rootdisk"}, known["block.0.wr.bytes"]),
        ("network_receive_bytes_total", {"interface": "net1", "network": "default"}, known["net.0.rx.bytes"]),
        ("network_transmit_bytes_total", {"interface": "net1", "network": "default"}, 77),
        ("info", {"phase": "Running"}, 1),
    ]
    for number in range(guest.vcpus):
        vcpu = {"id": str(number)}
        found.append(("vcpu_seconds_total", {**vcpu, "state": state}, known[f"vcpu.{number}.time"] / 1e9))
        found.append(("vcpu_delay_seconds_total", vcpu, known[f"vcpu.{number}.delay"] / 1e9))
    return [(f"kubevirt_vmi_{name}", {**own, **labels}, value) for name, labels, value in found]


def node_exporter(host, at, cpus=2, boot=START - 5000, busy=0.25):
    """Series of a machine as node_exporter writes them: counters since its boot."""
    own = {"instance": f"{host}:9100", "job": "node"}
    up = at - boot
    shares = dict.fromkeys(("nice", "irq", "softirq", "iowait", "steal"), 0.0)
    shares |= {"user": busy / 2, "system": busy / 2, "idle": 1 - busy}
    found = [("node_boot_time_seconds", {}, boot), ("node_memory_MemTotal_bytes", {}, 64 * GIB),
             ("node_memory_MemFree_bytes", {}, 8 * GIB),
             ("node_uname_info", {"nodename": f"{host}.example"}, 1),
             ("node_pressure_cpu_waiting_seconds_total", {}, up / 8), ("node_load1", {}, 1)]  # fmt: skip
    for cpu in range(cpus):
        for mode, share in shares.items():
            found.append(("node_cpu_seconds_total", {"cpu": str(cpu), "mode": mode}, share * up))
    return [(name, {**own, **labels}, value) for name, labels, value in found]


def over(times, expose):
    """Scrape what `expose(at)` gives at each time: {series as a tuple: [(time, value)]}."""
    found = {}
    for at in times:
        for name, labels, value in expose(at):
            found.setdefault((name, tuple(sorted(labels.items()))), []).append((at, float(value)))
    return found


def query_range(series):
    result = [
        {"metric": {"__name__": name, **dict(labels)}, "values": [[at, repr(value)] for at, value in samples]}
        for (name, labels), samples in series.items()
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def export_lines(series):
    lines = [
        {"metric": {"__name__": name, **dict(labels)}, "values": [value for _, value in samples],
         "timestamps": [int(at * 1000) for at, _ in samples]}
        for (name, labels), samples in series.items()
    ]  # fmt: skip
    return "\n".join(map(json.dumps, lines)).encode()


def openmetrics(series):
    lines = []
    for (name, labels), samples in series.items():
        said = ",".join(f'{key}="{value}"' for key, value in labels)
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} Something.", f"# TYPE {name} {kind}"]
        lines += [f"{name}{{{said}}} {value!r} {at}" for at, value in samples]
    return "\n".join([*lines, "# EOF", ""]).encode()


def truth(guests, times):
    """The usage that virtsdk's own samples of the same moments give."""
    return _truth(tuple(guests), tuple(times))


@cache
def _truth(guests, times):
    samples = [
        from_records(
            [(guest.uuid, guest.name, guest.record(at)) for guest in guests if guest.host == host],
            host=host,
            time=utc(float(at), "s"),
        )
        for at in times
        for host in dict.fromkeys(guest.host for guest in guests)
    ]
    return rates(samples)


def scrapes(number=11, every=30):
    return np.arange(START, START + number * every, every).tolist()
