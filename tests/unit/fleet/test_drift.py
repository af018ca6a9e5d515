"""Drift: what most hosts have first, by meaning, and which hosts differ."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.fleet.members import fleet_of, member
from virtsdk import xml
from virtsdk.fleet.drift import Drift, Part, Parts, _without_own, compare, read

NETWORK = """<network><name>{name}</name><uuid>{uuid}</uuid><mac address='52:54:00:00:00:0{n}'/>
<bridge name='{bridge}' stp='on'/><ip address='{ip}' netmask='255.255.255.0'/></network>"""


def networks(
    n: int, bridge: str = "virbr0", ip: str = "10.0.0.1", name: str = "lan", active: bool = True
) -> Parts:
    text = NETWORK.format(
        name=name, uuid=f"00000000-0000-4000-8000-00000000000{n}", n=n, bridge=bridge, ip=ip
    )
    part = Part({"active": active, "autostart": False}, _without_own(xml.parse(text), "networks"))
    return {f"networks[{name!r}]": part}


def rows(drift: Drift) -> list[tuple[str, str | None, list[str]]]:
    frame = drift.frame()
    values = [None if pd.isna(value) else value for value in frame["value"]]
    return list(zip(frame["path"], values, frame["hosts"], strict=True))


def test_the_majority_comes_first_whichever_host_was_first() -> None:
    drift = compare(
        "networks",
        {"a": networks(1, bridge="br0"), "b": networks(2), "c": networks(3, active=False), "d": networks(4)},
    )
    assert rows(drift) == [
        ("networks['lan'].active", "yes", ["a", "b", "d"]),
        ("networks['lan'].active", "no", ["c"]),
        ("networks['lan'].bridge.name", "virbr0", ["b", "c", "d"]),
        ("networks['lan'].bridge.name", "br0", ["a"]),
    ]
    assert drift.frame()["count"].tolist() == [3, 1, 3, 1]
    assert drift.hosts().to_dict("list") == {"host": ["a", "c", "b", "d"], "differs": [1, 1, 0, 0]}
    assert repr(drift).startswith("<Drift in networks of 4 hosts: 2 differ from most (c, a), in 2 places>")
    assert "virbr0" in drift._repr_html_()
    assert drift
    assert drift.to_dict()["rows"][0]["hosts"] == ["a", "b", "d"]


def test_what_differs_by_its_nature_is_no_drift() -> None:
    drift = compare("networks", {"a": networks(1), "b": networks(2), "c": networks(3)})
    assert drift.frame().empty
    assert not drift
    assert repr(drift) == "<Drift in networks of 3 hosts: no difference>"
    assert drift._repr_html_()


@pytest.mark.parametrize(("hosts", "of"), [({}, "0 hosts"), ({"a": networks(1)}, "1 host")])
def test_fewer_than_two_hosts_are_no_comparison(hosts: dict[str, Parts], of: str) -> None:
    assert repr(compare("networks", hosts)) == f"<Drift in networks of {of}: nothing to compare>"


def test_a_value_that_each_host_has_its_own_of_is_marked_and_last() -> None:
    hosts = {str(n): networks(n, ip=f"10.0.{n}.1") for n in (1, 2, 3)}
    hosts["3"] = networks(3, ip="10.0.3.1", active=False)
    drift = compare("networks", hosts)
    frame = drift.frame()
    assert frame["own"].tolist() == [False, False, True, True, True]
    assert frame["path"].iloc[2] == "networks['lan'].ips['10.0.1.1'].address"
    assert drift.hosts()["differs"].tolist() == [1, 0, 0]
    only = compare("networks", {str(n): networks(n, ip=f"10.0.{n}.1") for n in (1, 2, 3)})
    assert not only
    assert len(only.frame()) == 3
    two = compare("networks", {str(n): networks(n, ip=f"10.0.{n}.1") for n in (1, 2)})
    assert two  # of two nobody can tell


def test_what_one_host_lacks_is_missing_there_and_its_parts_are_not_compared() -> None:
    drift = compare("networks", {"a": networks(1), "b": {}, "c": networks(3, bridge="br0")})
    assert rows(drift)[:2] == [("networks['lan']", "there", ["a", "c"]), ("networks['lan']", None, ["b"])]
    assert rows(drift)[2:] == [
        ("networks['lan'].bridge.name", "virbr0", ["a"]),
        ("networks['lan'].bridge.name", "br0", ["c"]),
    ]


def test_values_compare_by_their_meaning() -> None:
    texts = [
        f"<domain><memory unit='{unit}'>{memory}</memory><vcpu cpuset='{cpus}'>4</vcpu></domain>"
        for unit, memory, cpus in [("GiB", 4, "0-3"), ("MiB", 4096, "0,1,2,3"), ("KiB", 4194305, "0-3")]
    ]
    hosts = {
        str(n): {"domains['web1']": Part({}, _without_own(xml.parse(one), "domains"))}
        for n, one in enumerate(texts)
    }
    assert rows(compare("domains", hosts)) == [
        ("domains['web1'].memory", "4 GiB", ["0", "1"]),
        ("domains['web1'].memory", "4194305 KiB", ["2"]),
    ]


DISK = "<disk type='file'><source file='/{0}'/><target dev='{0}'/><serial>{1}</serial></disk>"


def test_a_secret_that_differs_is_told_and_not_shown() -> None:
    def guest(password: str) -> Parts:
        graphics = f"<graphics type='vnc' passwd='{password}'/>"
        document = xml.parse(f"<domain type='kvm'><name>web1</name><devices>{graphics}</devices></domain>")
        return {"domains['web1']": Part({}, _without_own(document, "domains"))}

    assert not compare("domains", {"a": guest("hunter2"), "b": guest("hunter2")})
    drift = compare("domains", {"a": guest("hunter2"), "b": guest("hunter3")})
    assert [(path, hosts) for path, _, hosts in rows(drift)] == [
        ("domains['web1'].devices.graphics['vnc'].passwd", ["a"]),
        ("domains['web1'].devices.graphics['vnc'].passwd", ["b"]),
    ]
    assert "secret, not shown" in repr(drift)
    shown = repr(drift) + drift._repr_html_() + str(drift.to_dict()) + drift.frame().to_string()
    assert "hunter" not in shown


def test_items_of_lists_are_named_and_a_part_that_is_gone_has_no_values() -> None:
    def guest(*disks: tuple[str, str]) -> Parts:
        devices = "".join(DISK.format(*one) for one in disks)
        text = f"<domain type='kvm'><name>w</name><devices>{devices}</devices></domain>"
        return {"domains['w']": Part({}, _without_own(xml.parse(text), "domains"))}

    drift = compare(
        "domains",
        {
            "a": guest(("vda", "1"), ("vdb", "1")),
            "b": guest(("vda", "1")),
            "c": guest(("vdb", "2"), ("vda", "1")),
        },
    )
    found = rows(drift)
    assert [path for path, _, _ in found[:2]] == ["domains['w'].devices.disks['vdb']"] * 2
    assert not drift.frame()["own"].any()  # one lacks it, which is no value of its own
    serials = [row for row in found if row[0].endswith(".serial")]
    assert serials == [
        ("domains['w'].devices.disks['vdb'].serial", "1", ["a"]),
        ("domains['w'].devices.disks['vdb'].serial", None, ["b"]),
        ("domains['w'].devices.disks['vdb'].serial", "2", ["c"]),
    ]


def test_where_libvirt_puts_a_device_is_no_drift() -> None:
    def guest(slot: int) -> Parts:
        address = (
            f"<address type='pci' domain='0' bus='0' slot='{slot}' function='0'/><alias name='a{slot}'/>"
        )
        text = (
            f"<domain><name>w</name><devices><watchdog model='ib700'>{address}</watchdog></devices></domain>"
        )
        return {"domains['w']": Part({}, _without_own(xml.parse(text), "domains"))}

    assert compare("domains", {"a": guest(3), "b": guest(4)}).frame().empty


def test_a_guest_of_one_host_alone_is_no_drift() -> None:
    one = {"domains['a']": Part({}, xml.parse("<domain><name>a</name></domain>"))}
    other = {"domains['b']": Part({}, xml.parse("<domain><name>b</name></domain>"))}
    assert not compare("domains", {"x": one, "y": other})


def test_hosts_of_one_driver_do_not_differ_in_anything() -> None:
    with fleet_of(member("a"), member("b"), member("c")) as fleet:
        for what in ("versions", "capabilities", "networks", "storage_pools", "domains"):
            drift = fleet.drift(what)
            assert not drift, what
            assert drift.host_names == ["a", "b", "c"]
        with pytest.raises(ValueError, match="what must be one of 'versions'"):
            fleet.drift("pools")  # type: ignore[arg-type]


def test_versions_and_states_are_read() -> None:
    with fleet_of(member("a")) as fleet:
        host = fleet["a"]
        assert set(read(host, "versions")[""].facts) == {"driver", "libvirt", "hypervisor"}
        assert read(host, "networks")["networks['default']"].facts == {"active": True, "autostart": False}
        pools = read(host, "storage_pools")
        assert next(iter(pools.values())).facts["active"] is True
        assert next(iter(pools.values())).document.capacity is None  # type: ignore[union-attr]
        assert read(host, "domains")["domains['test']"].document.uuid is None  # type: ignore[union-attr]
