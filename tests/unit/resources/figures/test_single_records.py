"""Figures of a driver without the bulk call: what it does not count is left out, never made up."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import libvirt
import pytest

from virtsdk.binding.calls import translated
from virtsdk.resources.figures.single_records import Record, SingleReader

XML = """<domain type='lxc'><name>web1</name><devices>
  <disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='disk'><target dev='vdb' bus='virtio'/></disk>
  <interface type='network'><target dev='vnet0'/></interface>
  <interface type='network'/>
</devices></domain>"""


class Raw:
    """A domain of some driver; `fails` says which calls give which of libvirt's errors."""

    def __init__(self, number: int = 7, name: str = "web1", **fails: int) -> None:
        self.number, self.given_name, self.fails = number, name, fails
        self.asked: Counter[str] = Counter()

    def ask(self, call: str) -> None:
        self.asked[call] += 1
        if call in self.fails:
            error = libvirt.libvirtError("no")
            error.err = (self.fails[call], libvirt.VIR_FROM_DOMAIN, "no", 2, None, None, None, -1, -1)
            raise error

    def name(self) -> str:
        return self.given_name

    def UUIDString(self) -> str:  # noqa: N802
        return f"uuid of {self.given_name}"

    def ID(self) -> int:  # noqa: N802
        return self.number

    def info(self) -> list[int]:
        self.ask("info")
        return [1, 4096, 2048, 2, 90]

    def state(self, flags: int) -> list[int]:
        return [1, 5]

    def getCPUStats(self, total: bool, flags: int) -> list[dict[str, int]]:  # noqa: N802
        self.ask("cpu")
        return [{"cpu_time": 100, "user_time": 60, "system_time": 40, "other": 1}]

    def memoryStats(self) -> dict[str, int]:  # noqa: N802
        self.ask("memory")
        return {"actual": 2048, "swap_in": 11, "rss": 1024, "unheard_of": 1}

    def maxVcpus(self) -> int:  # noqa: N802
        return 4

    def vcpus(self) -> tuple[list[tuple[int, int, int, int]], list[object]]:
        self.ask("vcpus")
        return [(0, 1, 50, 3), (1, 1, 50, 2)], []

    def XMLDesc(self, flags: int) -> str:  # noqa: N802
        self.ask("definition")
        return XML

    def interfaceStats(self, nic: str) -> tuple[int, ...]:  # noqa: N802
        self.ask(nic)
        return (1, 2, -1, 0, 5, 6, 7, 8)

    def blockStats(self, disk: str) -> tuple[int, ...]:  # noqa: N802
        self.ask(disk)
        return (1, 512, 2, 1024, -1)

    def blockInfo(self, disk: str, flags: int) -> list[int]:  # noqa: N802
        self.ask(f"size of {disk}")
        return [30, 20, 10]


def reader(driver: str = "vz") -> SingleReader:
    def told(conn: object, operation: str, subject: str) -> Any:
        return translated(operation, subject)

    session: Any = SimpleNamespace(driver=driver, translated=told)
    return SingleReader(session)


def read(raw: Raw, *groups: str, by: SingleReader | None = None) -> Record:
    domains: Any = [raw]
    conn: Any = None
    ((uuid, name, record),) = (by or reader()).read(conn, domains, groups or None)
    assert (uuid, name) == (raw.UUIDString(), raw.name())
    return record


def test_a_running_domain_has_all_figures_under_the_keys_of_the_bulk_call() -> None:
    assert read(Raw()) == {
        "state.state": 1,
        "state.reason": 5,
        "cpu.time": 100,
        "cpu.user": 60,
        "cpu.system": 40,
        "balloon.current": 2048,
        "balloon.maximum": 4096,
        "balloon.swap_in": 11,
        "balloon.rss": 1024,
        "vcpu.current": 2,
        "vcpu.maximum": 4,
        "vcpu.0.state": 1,
        "vcpu.0.time": 50,
        "vcpu.1.state": 1,
        "vcpu.1.time": 50,
        "net.count": 1,
        "net.0.name": "vnet0",
        "net.0.rx.bytes": 1,
        "net.0.rx.pkts": 2,
        "net.0.rx.drop": 0,
        "net.0.tx.bytes": 5,
        "net.0.tx.pkts": 6,
        "net.0.tx.errs": 7,
        "net.0.tx.drop": 8,
        "block.count": 2,
        **{
            f"block.{number}.{key}": value
            for number, disk in enumerate(("vda", "vdb"))
            for key, value in {
                "name": disk,
                "rd.reqs": 1,
                "rd.bytes": 512,
                "wr.reqs": 2,
                "wr.bytes": 1024,
                "capacity": 30,
                "allocation": 20,
                "physical": 10,
            }.items()
        },
    }


def test_only_the_groups_that_were_asked_for_are_read() -> None:
    raw = Raw()
    assert read(raw, "cpu-total").keys() == {"cpu.time", "cpu.user", "cpu.system"}
    assert raw.asked == {"info": 1, "cpu": 1}


def test_a_domain_that_is_off_has_no_figures_of_a_run() -> None:
    raw = Raw(number=-1)
    assert read(raw) == {
        "state.state": 1,
        "state.reason": 5,
        "balloon.current": 2048,
        "balloon.maximum": 4096,
        "vcpu.current": 2,
        "vcpu.maximum": 2,
    }
    assert raw.asked == {"info": 1}


def test_what_lxc_calls_swapped_in_is_swap_in_use_and_left_out() -> None:
    assert "balloon.swap_in" not in read(Raw(), by=reader("lxc"))
    assert read(Raw(), by=reader("lxc"))["balloon.rss"] == 1024


def test_what_the_driver_does_not_have_is_asked_for_once() -> None:
    same, raw = reader(), Raw(cpu=libvirt.VIR_ERR_NO_SUPPORT)
    for _ in range(3):
        assert read(raw, by=same)["cpu.time"] == 90  # as its info says
    assert raw.asked["cpu"] == 1
    assert raw.asked["memory"] == 3


@pytest.mark.parametrize(
    "code", ["VIR_ERR_OPERATION_INVALID", "VIR_ERR_INVALID_ARG", "VIR_ERR_OPERATION_FAILED"]
)
def test_a_device_without_figures_does_not_cost_those_of_the_others(code: str) -> None:
    same, raw = reader(), Raw(vda=getattr(libvirt, code), vnet0=getattr(libvirt, code))
    for _ in range(2):
        record = read(raw, by=same)
        assert "block.0.rd.bytes" not in record
        assert record["block.0.capacity"] == 30
        assert record["block.1.rd.bytes"] == 512
        assert record["net.0.name"] == "vnet0"
    assert raw.asked["vda"] == 2


def test_a_domain_that_is_gone_meanwhile_is_left_out() -> None:
    domains: Any = [Raw(name="gone", info=libvirt.VIR_ERR_NO_DOMAIN), Raw()]
    conn: Any = None
    assert [name for _, name, _ in reader().read(conn, domains, ["state"])] == ["web1"]
