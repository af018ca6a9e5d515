"""Node info of many hosts."""

from __future__ import annotations

from dataclasses import replace

from virtsdk.fleet.node import FleetNodeInfo
from virtsdk.resources.host.node import NodeInfo

PLAIN = NodeInfo("kvm7", 8, 4, 1, 2, 1, 2**34, "x86_64", 3000)


def test_columns_that_only_some_hosts_tell() -> None:
    told = replace(PLAIN, host="kvm8", hugepages_bytes=2**30, cpu_model="EPYC")
    frame = FleetNodeInfo({"kvm7": PLAIN, "kvm8": told}).frame()
    assert frame["host"].tolist() == ["kvm7", "kvm8"]
    assert frame["hugepages_bytes"].dtype == "Int64"
    assert frame["hugepages_bytes"].tolist() == [0, 2**30]
    assert frame["cpu_model"].isna().tolist() == [True, False]
    assert list(FleetNodeInfo({"kvm7": PLAIN}).frame()) == list(PLAIN.frame())
    assert FleetNodeInfo({"kvm7": PLAIN}).frame().equals(PLAIN.frame())


def test_none_have_a_frame_of_no_rows() -> None:
    none = FleetNodeInfo({})
    assert list(none.frame()) == list(PLAIN.frame())
    assert none.frame()["cpus"].dtype == "int64"
    assert repr(none) == "<NodeInfo of 0 hosts, 0 CPUs, 0 bytes>"


def test_it_shows_itself() -> None:
    many = FleetNodeInfo({f"kvm{n}": replace(PLAIN, host=f"kvm{n}") for n in range(30)})
    assert "30 hosts, 240 CPUs, 480 GiB" in repr(many)
    assert "and 10 more" in repr(many)
    assert "kvm3" in many._repr_html_()
    assert many["kvm3"].cpus == 8
    assert len(many) == 30
