"""The connection itself, its node, and raw figures."""

from __future__ import annotations

import libvirt
import pytest

import virtsdk
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors
from virtsdk.binding import features


def test_what_a_host_says_of_itself() -> None:
    with virtsdk.connect("test:///default") as host:
        assert (host.uri, host.driver, host.is_alive, host.readonly) == (
            "test:///default",
            "test",
            True,
            False,
        )
        assert host.libvirt_version >= (9, 0, 0)
        assert str(host.libvirt_version) in repr(host)
        assert host.name in repr(host)
        html = host._repr_html_()
        for word in (host.name, "test:///default", "connected", str(host.libvirt_version)):
            assert word in html
        assert "<script" not in html
        assert "16 CPUs, 3 GiB" in repr(host)
        assert "16 CPUs, 3 GiB" in html
        assert "1, 1 of them active, read " in html
        assert len(host.domains) == 1
        assert "1, 1 of them active" in host._repr_html_()
    assert not host.is_alive
    assert "closed" in host._repr_html_()


def test_node_info_counts_the_whole_node() -> None:
    with virtsdk.connect("test:///default") as host:
        node = host.node_info()
        frame = node.frame()
    # libvirt's built-in test node: 2 NUMA cells of 2 sockets of 2 cores of 2 threads, 3 GiB
    assert (node.cpus, node.cores, node.sockets, node.threads, node.numa_cells) == (16, 8, 4, 2, 2)
    assert node.memory_bytes == 3 * 2**30
    assert frame.columns.tolist() == [
        "host",
        "cpus",
        "cores",
        "sockets",
        "threads",
        "numa_cells",
        "memory_bytes",
        "model",
        "mhz",
    ]
    assert frame.loc[0, "memory_bytes"] == node.memory_bytes
    assert frame.loc[0, "host"] == host.name
    assert "16 CPUs" in repr(node)
    assert "3 GiB" in node._repr_html_()
    with pytest.raises(AttributeError):
        node.cpus = 1  # type: ignore[misc]


def test_capabilities_are_typed(host: virtsdk.Host) -> None:
    capabilities = host.capabilities()
    assert capabilities.host is not None
    if host.supports("domain_capabilities"):  # libvirt 9.8 brought them to the test driver
        assert host.domain_capabilities().domain == "test"
    else:
        with pytest.raises(errors.NotSupported, match="test driver"):
            host.domain_capabilities()


def test_features_are_known_and_not_tried(host: virtsdk.Host) -> None:
    assert host.supports("bulk_stats") is True
    with pytest.raises(ValueError, match="bulk_stats"):
        host.supports("time travel")
    frame = host.features()
    assert frame["feature"].tolist() == features.names()
    assert frame.set_index("feature").loc["bulk_stats", "supported"]


def test_raw_figures_in_one_call(host: virtsdk.Host) -> None:
    records = host.stats_records(["state"])
    assert {name: record["state.state"] for _, name, record in records} == {"web1": 1, "web2": 5, "db1": 3}
    assert all(uuid == host.domains[name].uuid for uuid, name, _ in records)
    assert [name for _, name, _ in host.stats_records(["state"], ["web1"])] == ["web1"]
    both = host.stats_records(None, [host.domains["web1"], host.domains["db1"].uuid])
    assert sorted(name for _, name, _ in both) == ["db1", "web1"]
    assert host.stats_records(["state"], []) == []
    assert {name for _, name, _ in host.stats_records(states=["inactive"])} == {"web2"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"groups": ["state", "moods"]}, ValueError, "unknown group 'moods'.*balloon"),
        ({"groups": "state"}, TypeError, r"\['state'\]"),
        ({"states": ["sleepy"]}, ValueError, "unknown state 'sleepy'"),
        ({"states": ["active"], "domains": ["web1"]}, ValueError, "not both"),
        ({"domains": ["none"]}, errors.DomainNotFound, "'none'"),
    ],
)
def test_raw_figures_with_bad_arguments(
    arguments: dict[str, object], error: type[Exception], message: str, host: virtsdk.Host
) -> None:
    with pytest.raises(error, match=message):
        host.stats_records(**arguments)  # type: ignore[arg-type]


def test_a_handle_of_another_host_is_a_bad_argument(host: virtsdk.Host) -> None:
    with (
        virtsdk.connect(host.uri) as other,
        pytest.raises(ValueError, match="domain 'web1' is a handle of another host"),
    ):
        host.stats_records(["state"], [other.domains["web1"]])


def test_groups_may_be_named_as_the_frames_are(host: virtsdk.Host) -> None:
    assert host.stats_records(["cpu", "net", "disk", "cpu_total", "CPU-TOTAL"], ["web1"])[0][1] == "web1"


def test_many_hosts_at_once_each_keep_their_own(node_file: NodeFile) -> None:
    uri = node_file(domain_xml("web1", 1))
    hosts = [virtsdk.connect(uri) for _ in range(5)]
    hosts[0].domains["web1"].destroy()
    assert [host.domains["web1"].state.value for host in hosts] == ["shutoff"] + ["running"] * 4
    assert hosts[0].domains["web1"] != hosts[1].domains["web1"]
    for host in hosts:
        host.close()


def test_figures_of_one_guest_that_are_not_utf_8_hide_no_others(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    backing = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING
    some = libvirt.virConnect.domainListGetStats

    def all_of_them(*_: object) -> None:
        b"caf\xe9".decode()

    def of_some(self: libvirt.virConnect, doms: list[libvirt.virDomain], stats: int, flags: int) -> object:
        if flags & backing and doms[0].name() == "web1":
            b"caf\xe9".decode()
        return some(self, doms, stats, flags & ~backing)

    monkeypatch.setattr(libvirt.virConnect, "getAllDomainStats", all_of_them)
    monkeypatch.setattr(libvirt.virConnect, "domainListGetStats", of_some)
    records = host.stats_records(backing=True)
    assert sorted(name for _, name, _ in records) == ["db1", "web1", "web2"]
    assert all("state.state" in values for _, _, values in records)
