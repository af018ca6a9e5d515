"""Networks, pools, devices, filters and secrets of a real daemon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from virtsdk import errors

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="networks and filters need root")

NETWORK = """<network><name>blue</name><bridge name='blue0'/><ip address='192.0.2.1' netmask='255.255.255.0'>
<dhcp><range start='192.0.2.10' end='192.0.2.20'/></dhcp></ip></network>"""
NIC = """<interface type='network'><mac address='52:54:00:00:00:b1'/><source network='blue'/>
<model type='virtio'/><filterref filter='plain'/></interface>"""
FILTER = "<filter name='plain' chain='root'><rule action='accept' direction='inout'/></filter>"
SECRET = """<secret ephemeral='no' private='no'><description>for a disk</description>
<usage type='volume'><volume>/images/secret.qcow2</volume></usage></secret>"""


def test_a_network_with_a_filtered_guest(lab_daemon: virtsdk.lab.LabHost) -> None:
    host = lab_daemon
    with host.events("network") as events:
        network = host.networks.define(NETWORK)
        network.start()
        assert [vars(events.get(timeout=60))["event"] for _ in range(2)] == ["defined", "started"]
    assert network.bridge == "blue0"
    rules = host.nwfilters.define(FILTER)
    guest = host.domains.define(BARE.replace("</devices>", f"{NIC}</devices>").replace("bare", "filtered"))
    guest.start()
    try:
        assert network.dhcp_leases().empty
        bindings = host.nwfilter_bindings.frame()
        assert bindings["nwfilter_name"].tolist() == ["plain"]
        binding = host.nwfilter_bindings[bindings.loc[0, "name"]]
        document = binding.definition()
        binding.delete()
        assert host.nwfilter_bindings.frame().empty
        assert host.nwfilter_bindings.create(document) == binding
        assert "plain" in host.nwfilters
        assert rules.definition().name == "plain"
        assert guest.addresses() == []
        with pytest.raises(errors.TimedOut, match="has no address"):
            guest.wait("address", timeout=0.3)
        frame = host.networks.frame().set_index("name")
        assert frame.loc["blue", ["active", "persistent", "autostart"]].tolist() == [True, True, False]
    finally:
        guest.destroy()
        guest.undefine()
        rules.undefine()
        network.destroy()
        network.undefine()
    assert "blue" not in host.networks


def test_a_directory_pool(lab_daemon: virtsdk.lab.LabHost, tmp_path: Path) -> None:
    pool = lab_daemon.storage_pools.define(
        f"<pool type='dir'><name>fast</name><target><path>{tmp_path}/pool</path></target></pool>"
    )
    pool.build()
    pool.start()
    try:
        row = lab_daemon.storage_pools.frame().set_index("name").loc["fast"]
        assert row["state"] == "running"
        disk = os.statvfs(tmp_path)
        assert row["capacity_bytes"] == pytest.approx(disk.f_blocks * disk.f_frsize, rel=0.01)
    finally:
        pool.destroy()
        pool.delete()
        pool.undefine()


def test_devices_and_interfaces_of_this_machine(lab_daemon: virtsdk.lab.LabHost) -> None:
    devices = lab_daemon.node_devices.frame().set_index("name")
    assert devices.loc["computer", "capabilities"] == "system"
    assert lab_daemon.node_devices["computer"].definition().name == "computer"
    interfaces = lab_daemon.interfaces.frame().set_index("name")
    assert interfaces.loc["lo", "mac"] == "00:00:00:00:00:00"
    assert lab_daemon.interfaces["lo"].definition().name == "lo"


def test_secrets_keep_their_value_to_themselves(lab_daemon: virtsdk.lab.LabHost) -> None:
    secret = lab_daemon.secrets.define(SECRET)
    try:
        assert secret.name == "/images/secret.qcow2"
        with pytest.raises(errors.SecretNotFound):
            secret.value()
        secret.set_value(b"s3cret")
        assert secret.value() == b"s3cret"
        assert lab_daemon.secrets["/images/secret.qcow2"] == lab_daemon.secrets[secret.uuid] == secret
        row = lab_daemon.secrets.frame().set_index("secret").loc[secret.uuid]
        assert row[["name", "usage"]].tolist() == ["/images/secret.qcow2", "volume"]
        assert "s3cret" not in repr(secret) + secret._repr_html_() + repr(lab_daemon.secrets)
        with pytest.raises(errors.SecretNotFound, match=r"there is '/images/secret\.qcow2'"):
            lab_daemon.secrets["other"]
    finally:
        secret.undefine()


def test_what_becomes_of_a_secret_is_told_and_not_what_it_is(lab_daemon: virtsdk.lab.LabHost) -> None:
    with lab_daemon.events("secret") as events:
        secret = lab_daemon.secrets.define(SECRET)
        secret.set_value(b"s3cret")
        secret.undefine()
        seen = [events.get(timeout=60) for _ in range(3)]
    assert [(event.kind, vars(event).get("event")) for event in seen] == [
        ("secret_lifecycle", "defined"),
        ("secret_value_changed", None),
        ("secret_lifecycle", "undefined"),
    ]
    assert {vars(event)["secret"] for event in seen} == {secret.uuid}
    assert "s3cret" not in repr(seen)


@pytest.mark.parametrize("name", ["networks", "storage_pools", "node_devices", "interfaces", "secrets"])
def test_embedded_has_no_daemon_and_so_none_of_them(name: str, lab_host: virtsdk.Host) -> None:
    assert lab_host.supports(name) is False
    with pytest.raises(errors.NotSupported):
        getattr(lab_host, name).frame()


def test_transient_guest_events_arrive_in_order(lab_daemon: virtsdk.lab.LabHost) -> None:
    with lab_daemon.events("domain_lifecycle") as events:
        guest = lab_daemon.domains.create(BARE.replace("bare", "passing"), paused=True)
        guest.resume()
        guest.destroy()
        seen: list[str] = []
        while "stopped" not in seen:
            event = vars(events.get(timeout=60))
            seen += [event["event"]] if event["name"] == "passing" else []
    assert {"started", "resumed"} <= set(seen)


def test_one_file_whose_name_is_not_utf_8_hides_nothing_else(
    lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    host, pools = lab_daemon, []
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.img").write_bytes(b"1")
        pools.append(
            host.storage_pools.create(
                f"<pool type='dir'><name>{name}</name><target><path>{tmp_path / name}</path></target></pool>"
            )
        )
    try:
        file = bytes(tmp_path / "old") + b"/caf\xe9.img"
        Path(os.fsdecode(file)).write_bytes(b"1")
        pools[0].refresh()
        shown, volumes = r"caf\xe9.img", pools[0].volumes
        assert sorted(one.name for one in volumes) == [shown, "old.img"]
        assert sorted(volumes.frame()["path"]) == [f"{tmp_path}/old/{one}" for one in (shown, "old.img")]
        assert shown in volumes._repr_html_()
        assert set(host.storage_stats().volumes["name"]) >= {shown, "old.img", "new.img"}
        volume = volumes[shown]
        assert volume == volumes[os.fsdecode(b"caf\xe9.img")]
        assert volume == host.storage_pools.volume(os.fsdecode(file))
        assert volume == volumes[f"{tmp_path}/old/{shown}"]
        assert (volume.definition().name, volume.allocation_bytes > 0) == (shown, True)
        Path(os.fsdecode(file)).unlink()
        with pytest.raises(
            errors.OperationFailed, match=r"cannot wipe storage volume .*caf\\\\xe9"
        ) as caught:
            volume.wipe()
        assert caught.value.code_name == "VIR_ERR_SYSTEM_ERROR"
        volume.delete()
        assert [one.name for one in volumes] == ["old.img"]
    finally:
        for pool in pools:
            pool.destroy()


def test_what_libvirt_refuses_says_by_its_class_what_it_is(
    lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    host = lab_daemon
    text = "<secret ephemeral='no' private='{0}'><usage type='volume'><volume>/{0}</volume></usage></secret>"
    public, private = host.secrets.define(text.format("no")), host.secrets.define(text.format("yes"))
    network = host.networks.create(NETWORK)
    try:
        private.set_value(b"x")
        with pytest.raises(errors.AccessDenied, match="only libvirt itself"):
            private.value()
        with pytest.raises(errors.AlreadyExists):
            host.secrets.define(text.format("no"))
        with pytest.raises(errors.AlreadyExists, match="leave the bridge's name out"):
            host.networks.define(NETWORK.replace(">blue<", ">red<"))
        with pytest.raises(errors.AlreadyExists, match="give it other addresses"):
            host.networks.create(NETWORK.replace(">blue<", ">red<").replace("blue0", "red0"))
        with pytest.raises(errors.InvalidArgument, match="line breaks"):
            host.domains["web1"].rename("a\nb")
    finally:
        network.destroy()
        for secret in (public, private):
            secret.undefine()


def test_a_guest_without_a_channel_and_one_that_was_saved(lab_daemon: virtsdk.lab.LabHost) -> None:
    host = lab_daemon
    guest = host.domains.define(BARE.replace("bare", "plain"))
    guest.start()
    try:
        for ask in (
            lambda: guest.shutdown(mode="agent"),
            lambda: guest.addresses("agent"),
            lambda: guest.wait("agent", timeout=30),
        ):
            with pytest.raises(errors.AgentMissing, match=r"org\.qemu\.guest_agent\.0"):
                ask()
        guest.managed_save()
        with pytest.raises(errors.InvalidState, match=r"undefine\(managed_save=True\)"):
            guest.undefine()
        with pytest.raises(errors.InvalidState, match=r"remove_managed_save\(\)"):
            guest.rename("other")
        with pytest.warns(UserWarning, match="ignores what was defined now") as told:
            host.domains.define(guest.definition(persistent=True))
        assert told[0].filename == __file__
        with pytest.raises(errors.DomainExists, match="cannot rename"):
            guest.remove_managed_save()
            guest.rename("web1")
    finally:
        guest.undefine(managed_save=True)


def test_an_image_under_a_running_guest_and_what_wiping_makes_of_it(
    lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    host = lab_daemon
    pool = host.storage_pools.create(
        f"<pool type='dir'><name>used</name><target><path>{tmp_path}</path></target></pool>"
    )
    layout = "<capacity unit='MiB'>8</capacity><target><format type='qcow2'/></target>"
    base = pool.volumes.create(f"<volume><name>base</name>{layout}</volume>")
    store = f"<backingStore><path>{base.path}</path><format type='qcow2'/></backingStore>"
    disk = pool.volumes.create(f"<volume><name>disk</name>{layout}{store}</volume>")
    xml = (
        "<disk type='volume'><driver name='qemu' type='qcow2'/><source pool='used' volume='disk'/>"
        "<target dev='vda' bus='virtio'/></disk>"
    )
    guest = host.domains.create(
        BARE.replace("bare", "busy").replace("</devices>", f"{xml}</devices>"), paused=True
    )
    off = host.domains.define(BARE.replace("bare", "off").replace("</devices>", f"{xml}</devices>"))
    try:
        assert disk.used_by() == pool.domains() == [guest, off]
        assert base.used_by() == [guest]  # only of one that runs the images below are known
        for volume in (disk, base):
            for change in (volume.wipe, volume.delete, lambda volume=volume: volume.upload(b"x")):
                with pytest.raises(errors.ResourceBusy, match=r"busy.*in_use=True"):
                    change()
        with pytest.raises(errors.ResourceBusy, match="a running guest has it as a disk"):
            disk.resize(16 << 20)
        paths = host.stats().disks.set_index("domain")["path"]
        assert paths[guest.uuid] == paths[off.uuid] == disk.path
    finally:
        guest.destroy()
        off.undefine()
    with pytest.warns(UserWarning, match=r"'disk' was overwritten .* no qcow2 image any more") as told:
        disk.wipe()
    assert told[0].filename == __file__
    for volume in pool.volumes:
        volume.delete()
    pool.destroy()
