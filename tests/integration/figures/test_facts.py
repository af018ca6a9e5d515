"""What figures are read beside, while guests get other devices: in the next sample after the event."""

from __future__ import annotations

import re
import subprocess
import time

import pytest

import virtsdk
from tests.waiting import until
from virtsdk.resources.figures import known_facts

NETWORK = "<network><name>{0}</name><bridge name='virbr-{0}'/></network>"
NIC = "<interface type='network'><mac address='{}'/><source network='{}'/><model type='virtio'/></interface>"
MAC, OTHER = "52:54:00:aa:bb:01", "52:54:00:aa:bb:02"


@pytest.fixture(scope="module")
def host(lab_daemon):  # which comes first: names go on from lab to lab, and others know its guests by theirs
    with virtsdk.lab.hosts(1, guests=2, progress=None) as (one,):
        for name in ("red", "blue"):
            one.networks.create(NETWORK.format(name))
        yield one


def names(host):
    """What the two guests are called; the first one is plugged at, the second one defined anew."""
    return [domain.name for domain in host.domains]


def virsh(host, *words):
    """Another program's doing."""
    command = ["virsh", "--connect", host.uri, "--quiet", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def plug(host, tmp_path, verb, document):
    path = tmp_path / "device.xml"
    path.write_text(document)
    virsh(host, verb, names(host)[0], path, "--live")


def nics(host):
    frame = host.stats().nics
    mine = frame["name"] == names(host)[0]
    return dict(frame.loc[mine, ["mac", "source"]].dropna().itertuples(index=False))


def mac(host):
    """The address of the second guest's nic."""
    frame = host.stats().nics
    return frame.set_index("name")["mac"].get(names(host)[1])


def device_of(host, mac):
    found = re.findall(r"<interface.*?</interface>", virsh(host, "dumpxml", names(host)[0]), re.DOTALL)
    return next(one for one in found if mac in one)


def test_devices_that_others_plug_in_and_out_are_in_the_next_sample(host, tmp_path):
    host.stats()
    image = tmp_path / "more.img"
    image.write_bytes(bytes(2**20))
    disk = f"<disk type='file'><source file='{image}'/><target dev='vdz' bus='virtio'/></disk>"
    with host.events(["domain_device_added", "domain_device_removed"]) as events:
        plug(host, tmp_path, "attach-device", NIC.format(MAC, "red"))
        events.get(timeout=60)
        assert nics(host)[MAC] == "red"
        plug(host, tmp_path, "attach-device", disk)
        events.get(timeout=60)
        disks = host.stats().disks.set_index(["name", "disk"])
        assert disks.loc[(names(host)[0], "vdz"), ["bus", "source"]].tolist() == ["virtio", str(image)]
        plug(host, tmp_path, "detach-device", device_of(host, MAC))
        events.get(timeout=60)
        assert MAC not in nics(host)


def test_a_disk_that_was_copied_elsewhere(host, tmp_path):
    name = names(host)[0]
    copy = tmp_path / "copy.qcow2"
    assert host.stats().disks.set_index(["name", "disk"]).loc[(name, "vda"), "source"] != str(copy)
    with host.events("domain_block_job") as events:
        words = ("--dest", copy, "--transient-job", "--wait", "--pivot")
        virsh(host, "blockcopy", name, "vda", *words)
        while events.get(timeout=60).status != "completed":
            pass
    assert host.stats().disks.set_index(["name", "disk"]).loc[(name, "vda"), "source"] == str(copy)


def test_a_guest_defined_anew_shows_it(host):
    name = names(host)[1]
    document = virsh(host, "dumpxml", "--inactive", name)
    host.domains[name].destroy()
    assert mac(host) is None
    with host.events("domain_lifecycle") as events:
        host.domains.define(re.sub(r"52:54:00:[0-9a-f:]{8}", OTHER, document))
        while events.get(timeout=60).event != "defined":
            pass  # that it has stopped may be told only now
        host.domains[name].start()
        while events.get(timeout=60).event != "started":
            pass
    assert mac(host) == OTHER


def test_a_nic_moved_to_another_network(host, tmp_path, monkeypatch):
    plug(host, tmp_path, "attach-device", NIC.format(MAC, "red"))
    until(lambda: nics(host).get(MAC) == "red")  # once the event is there
    guest = host.domains[names(host)[0]]

    def move(source, target):
        return re.sub(rf"('|-){source}'", rf"\1{target}'", device_of(host, MAC))

    # by this program: at once, though libvirt sends no event
    document = move("red", "blue")
    guest._call("update a device of", lambda raw: raw.updateDeviceFlags(document, 1), changes=True)
    assert nics(host)[MAC] == "blue"
    # by another one: when it is read again in turn
    plug(host, tmp_path, "update-device", move("blue", "red"))
    moment = time.monotonic() + known_facts.RECHECK
    monkeypatch.setattr(known_facts, "monotonic", lambda: moment)
    assert nics(host)[MAC] == "red"


def test_a_daemon_that_comes_back_is_asked_anew(host):
    host.stats()
    guest = host.domains[names(host)[1]]
    with host.events("domain_lifecycle") as events:
        host.kill_daemon()
        host.start_daemon()
        while type(events.get(timeout=60)).__name__ != "Reconnected":
            pass
    assert mac(host) == OTHER
    assert guest.is_active
