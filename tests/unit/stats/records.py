"""Records as libvirt gives them, made by hand or by number."""

from __future__ import annotations

import random

WEB = "0d5c7a3e-0000-4000-8000-000000000001"
DB = "0d5c7a3e-0000-4000-8000-000000000002"


def running(**more: object) -> dict[str, object]:
    """A small running guest: 2 vCPUs of 4 (numbers 0 and 2), one disk, one nic."""
    return {
        "state.state": 1,
        "state.reason": 5,
        "cpu.time": 22_002_276_000,
        "cpu.user": 17_092_323_000,
        "cpu.system": 4_909_952_000,
        "cpu.cache.monitor.count": 0,
        "balloon.current": 2_097_152,
        "balloon.maximum": 4_194_304,
        "balloon.unused": 1_921_792,
        "balloon.available": 2_010_804,
        "balloon.usable": 1_851_408,
        "balloon.last-update": 1_728_120_434,
        "balloon.rss": 1_388_484,
        "vcpu.current": 2,
        "vcpu.maximum": 4,
        "vcpu.0.state": 1,
        "vcpu.0.time": 115_940_000_000,
        "vcpu.0.wait": 0,
        "vcpu.0.delay": 34_399_069_382,
        "vcpu.0.halted": True,
        "vcpu.2.state": 2,
        "vcpu.2.time": 10_000_000,
        "net.count": 1,
        "net.0.name": "vnet8",
        "net.0.rx.bytes": 95_541,
        "net.0.rx.pkts": 970,
        "net.0.tx.drop": 3,
        "block.count": 2,
        "block.0.name": "vda",
        "block.0.path": "/var/lib/libvirt/images/web1.qcow2",
        "block.0.backingIndex": 2,
        "block.0.rd.reqs": 4_303,
        "block.0.rd.bytes": 126_719_488,
        "block.0.rd.times": 56_885_760,
        "block.0.capacity": 21_474_836_480,
        "block.1.name": "sda",
        "block.1.capacity": 0,
        **more,
    }


def large(number: int, *, vcpus: int = 8, disks: int = 4, nics: int = 2) -> dict[str, object]:
    """A guest with everything that a busy KVM host reports in its default groups."""
    draw = random.Random(number).getrandbits
    record: dict[str, object] = {"state.state": 1, "state.reason": 1}
    record |= {f"cpu.{key}": draw(50) for key in ("time", "user", "system")}
    names = "current maximum swap_in swap_out major_fault minor_fault unused available usable last-update rss"
    record |= {f"balloon.{key}": draw(22) for key in names.split()}
    record |= {"vcpu.current": vcpus, "vcpu.maximum": vcpus}
    for vcpu in range(vcpus):
        record[f"vcpu.{vcpu}.state"] = 1
        record |= {f"vcpu.{vcpu}.{key}": draw(50) for key in ("time", "wait", "delay")}
        record[f"vcpu.{vcpu}.halted"] = bool(draw(1))
    record["net.count"] = nics
    for nic in range(nics):
        record[f"net.{nic}.name"] = f"vnet{number * nics + nic}"
        for way in ("rx", "tx"):
            record |= {f"net.{nic}.{way}.{key}": draw(40) for key in ("bytes", "pkts", "errs", "drop")}
    record["block.count"] = disks
    for disk in range(disks):
        record[f"block.{disk}.name"] = "vd" + chr(ord("a") + disk)
        record[f"block.{disk}.path"] = f"/var/lib/libvirt/images/guest{number}-{disk}.qcow2"
        names = "rd.reqs rd.bytes rd.times wr.reqs wr.bytes wr.times fl.reqs fl.times allocation capacity"
        record |= {f"block.{disk}.{key}": draw(40) for key in [*names.split(), "physical"]}
    return record


def fleet(count: int, **parts: int) -> list[tuple[str, str, dict[str, object]]]:
    """`count` such guests."""
    return [
        (f"0d5c7a3e-0000-4000-8000-{number:012x}", f"guest{number}", large(number, **parts))
        for number in range(count)
    ]
