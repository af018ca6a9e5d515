"""Devices of a real guest: plugged in and out as the guest sees it, changed and read back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.plugged import disk, image, running
from tests.integration.figures.test_truth import in_guest
from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.events import DomainDeviceRemoved
from virtsdk.models.domain import Disk, DiskDriver, DiskSource, DiskTarget, Interface, InterfaceLink
from virtsdk.units import MiB

MAC = "52:54:00:d1:00:01"
NIC = f"<interface type='ethernet'><mac address='{MAC}'/><model type='virtio'/></interface>"


@pytest.fixture(scope="module")
def started(lab_daemon: virtsdk.lab.LabHost) -> Iterator[virtsdk.Domain]:
    with running(lab_daemon, "plug") as found:
        yield found


@pytest.fixture
def guest(started: virtsdk.Domain) -> virtsdk.Domain:
    started.wait("agent", timeout=120)
    return started


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


@pytest.fixture
def raw(images: Path) -> Path:
    path = images / "raw.img"
    return path if path.exists() else image(path, MiB(8))


def has(guest: virtsdk.Domain, target: str, *, persistent: bool = False) -> bool:
    devices = guest.definition(persistent=persistent).devices
    return any(one.target.dev == target for one in devices.disks)


def test_a_guest_that_boots_lets_go_once_it_is_up(started: virtsdk.Domain, raw: Path) -> None:
    started.attach(disk(raw, "vdb"))
    started.detach("vdb", timeout=120)
    assert not has(started, "vdb")
    started.wait("agent", timeout=120)
    assert "vda" not in in_guest(started.host, "plug", "ls /sys/block")


def test_a_disk_comes_and_goes_as_the_guest_sees_it(guest: virtsdk.Domain, raw: Path) -> None:
    source = DiskSource(file=str(raw))
    given = Disk(type="file", source=source, target=DiskTarget(dev="vdb", bus="virtio"))
    given.driver, given.serial = DiskDriver(name="qemu", type="raw"), "d1"
    found = guest.attach(given)
    assert (found.alias.name, found.address.type) == ("virtio-disk1", "pci")
    assert has(guest, "vdb")
    assert has(guest, "vdb", persistent=True)
    # the only virtio disk of a guest that booted without one
    until(lambda: in_guest(guest.host, "plug", "ls /sys/block | grep ^vd; true").split() == ["vda"])
    table = "printf 'o\\nn\\np\\n1\\n\\n\\nw\\n' | fdisk /dev/vda >/dev/null 2>&1; ls /sys/block/vda"
    assert "vda1" in in_guest(guest.host, "plug", table)
    with pytest.raises(errors.AlreadyExists, match="target vdb already exists"):
        guest.attach(given)
    guest.detach("vdb")
    assert "vda" not in in_guest(guest.host, "plug", "ls /sys/block")
    assert not has(guest, "vdb")
    assert not has(guest, "vdb", persistent=True)
    with pytest.raises(errors.DeviceNotFound, match=r"no device 'vdb'; there (is|are) .*'sda'"):
        guest.detach("vdb")


def test_a_device_is_called_by_alias_address_file_or_as_it_is(guest: virtsdk.Domain, raw: Path) -> None:
    nic = guest.attach("<interface type='ethernet'><model type='virtio'/></interface>")
    assert isinstance(nic, Interface)
    persistent = guest.definition(persistent=True).devices.interfaces
    assert [one.mac.address for one in persistent] == [nic.mac.address]  # one for both
    guest.detach(nic.mac.address.upper())
    assert guest.definition(persistent=True).devices.interfaces == []
    guest.attach(disk(raw, "sdb", bus="scsi"))
    guest.detach(str(raw))
    rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
    one, other = guest.attach(rng, scope="live"), guest.attach(rng, scope="live")
    assert one.alias.name != other.alias.name
    with pytest.raises(errors.InvalidArgument, match="2 devices are like this rng; give the one"):
        guest.detach(rng)
    guest.detach(one.alias.name)
    assert [left.alias for left in guest.definition().devices.rngs] == [other.alias]
    guest.detach(other)
    assert guest.definition().devices.rngs == []
    # the two definitions have a nic in different places by now
    other = guest.attach(rng, scope="live")
    nic = guest.attach(NIC)
    assert isinstance(nic, Interface)
    (kept,) = guest.definition(persistent=True).devices.interfaces
    assert kept.address != nic.address
    for one in (nic, kept):
        one.link = InterfaceLink(state="down" if one is nic else "up")
        assert guest.update_device(one).link.state == one.link.state
        assert guest.definition(persistent=True).devices.interfaces[0].link.state == one.link.state
    guest.detach(nic)
    guest.detach(other)
    # all or nothing: what cannot be live is not kept for the next start either
    with pytest.raises(errors.NotLive, match="scope='persistent'"):
        guest.attach("<sound model='ac97'/>")
    assert [one.model for one in guest.definition(persistent=True).devices.sounds] == ["ich6"]


def test_a_paused_guest_does_not_let_go_before_it_runs_again(guest: virtsdk.Domain, raw: Path) -> None:
    guest.attach(disk(raw, "vdb"))
    guest.suspend()
    try:
        began = time.monotonic()
        with pytest.raises(errors.TimedOut, match=r"in 3 s: still attached; .*paused, booting, or busy"):
            guest.detach("vdb", timeout=3)
        assert 3 <= time.monotonic() - began < 3 + SLOW
        assert has(guest, "vdb")
        with pytest.raises(errors.TimedOut, match=r"still attached|no answer"):
            guest.detach("vdb", timeout=0.5)  # once more, be it refused by QEMU or not
        with guest.host.events(DomainDeviceRemoved) as events:
            guest.resume()
            assert events.get(timeout=60).alias == "virtio-disk1"
    finally:
        if guest.state == "paused":
            guest.resume()
    until(lambda: not has(guest, "vdb"))
    assert not has(guest, "vdb", persistent=True)


def test_what_the_host_accepts_and_does_not_do_is_told(guest: virtsdk.Domain, images: Path) -> None:
    path = image(images / "ignored.qcow2", MiB(8), "qcow2")
    guest.attach(disk(path, "vdb", kind="qcow2", more=" iothread='1'"))
    guest.attach(NIC)
    try:
        found = guest.definition().devices
        graphics = found.graphics[0]
        ignored = {
            "driver.queues": disk(path, "vdb", kind="qcow2", more=" iothread='1' queues='2'"),
            "driver.detect_zeroes": disk(path, "vdb", kind="qcow2", more=" iothread='1' detect_zeroes='on'"),
            "driver.packed": disk(path, "vdb", kind="qcow2", more=" iothread='1' packed='on'"),
            "driver.metadata_cache.max_size": disk(path, "vdb", kind="qcow2").replace(
                "type='qcow2'/>",
                "type='qcow2' iothread='1'><metadata_cache><max_size unit='KiB'>64</max_size>"
                "</metadata_cache></driver>",
            ),
            "trust_guest_rx_filters": NIC.replace("<interface", "<interface trustGuestRxFilters='yes'"),
            "teaming.type": NIC.replace("<model", "<teaming type='persistent'/><model"),
            "guest.dev": NIC.replace("<model", "<guest dev='eth7'/><model"),
            "target.managed": NIC.replace(
                "<model", f"<target dev='{found.interfaces[0].target.dev}' managed='no'/><model"
            ),
        }
        graphics.share_policy = "ignore"
        newer = guest.host.libvirt_version >= (9, 1, 0)  # which may refuse what this one ignores
        refusals = (errors.NotApplied, errors.NotLive) if newer else errors.NotApplied
        for path_in_model, wish in {**ignored, "share_policy": graphics}.items():
            with pytest.raises(refusals) as caught:
                guest.update_device(wish, scope="live")
            if isinstance(caught.value, errors.NotApplied):
                assert caught.value.paths == (path_in_model,), str(caught.value)
                assert f"left {path_in_model} as it was in its running definition" in str(caught.value)
        # what is left out of a device that was read from the guest was taken out on purpose
        taken = found.disks[-1]
        taken.driver.iothread = None
        with pytest.raises(errors.NotApplied, match=r"left driver\.iothread as it was") as caught:
            guest.update_device(taken)
        # what takes, takes; what cannot be live says what can
        assert guest.update_device(NIC.replace("<model", "<link state='down'/><model")).link.state == "down"
        with pytest.raises(errors.NotLive, match="scope='persistent'"):
            guest.update_device(disk(path, "vdb", kind="qcow2", more=" iothread='1' cache='none'"))
        changed = guest.update_device(
            disk(path, "vdb", kind="qcow2", more=" iothread='1' cache='none'"), scope="persistent"
        )
        assert changed.driver.cache == "none"
    finally:
        guest.detach("vdb")
        guest.detach(MAC)


def test_a_medium_is_put_in_and_ejected(guest: virtsdk.Domain, raw: Path) -> None:
    guest.change_media("sda", raw)
    assert guest.disks["sda"].source == str(raw)
    assert guest.disks["sda"].definition(persistent=True).source.file == str(raw)
    assert guest.disks["sda"].capacity_bytes == MiB(8)
    guest.change_media("sda", None)
    assert guest.disks["sda"].source is None
    with pytest.raises(errors.VirtError, match="nowhere"):
        guest.change_media("sda", "/nowhere/cd.iso", scope="live")
    guest.attach(disk(raw, "vdb"), scope="live")
    with pytest.raises(errors.InvalidArgument, match="'vdb' is no CD-ROM or floppy drive"):
        guest.change_media("vdb", None)
    guest.detach("vdb")


KINDS = {
    "disk virtio": "<disk type='file'><driver type='raw'/><source file='{raw}'/><target dev='vdb'/></disk>",
    "disk scsi": "<disk type='file'><source file='{raw}'/><target dev='sdb' bus='scsi'/></disk>",
    "disk usb": "<disk type='file'><source file='{raw}'/><target dev='sdc' bus='usb'/></disk>",
    "cdrom": "<disk type='file' device='cdrom'><source file='{raw}'/><target dev='sdd' bus='scsi'/></disk>",
    "floppy": "<disk type='file' device='floppy'><source file='{raw}'/><target dev='fda' bus='fdc'/></disk>",
    "controller scsi": "<controller type='scsi' model='virtio-scsi' index='3'/>",
    "controller usb": "<controller type='usb' model='qemu-xhci' index='2'/>",
    "lease": "<lease><lockspace>a</lockspace><key>k</key><target path='/lease'/></lease>",
    "filesystem": "<filesystem><source dir='/tmp'/><target dir='x'/></filesystem>",
    "interface": NIC,
    "input virtio": "<input type='keyboard' bus='virtio'/>",
    "input usb": "<input type='tablet' bus='usb'/>",
    "sound": "<sound model='ac97'/>",
    "video": "<video><model type='virtio'/></video>",
    "watchdog": "<watchdog model='i6300esb' action='none'/>",
    "graphics": "<graphics type='vnc'><listen type='address' address='127.0.0.1'/></graphics>",
    "hub": "<hub type='usb'/>",
    "redirdev": "<redirdev bus='usb' type='unix'><source mode='bind' path='{raw}.socket'/></redirdev>",
    "serial isa": "<serial type='pty'><target type='isa-serial' port='1'/></serial>",
    "serial usb": "<serial type='pty'><target type='usb-serial' port='2'/></serial>",
    "parallel": "<parallel type='pty'/>",
    "channel": "<channel type='unix'><target type='virtio' name='org.x.1'/></channel>",
    "console": "<console type='pty'><target type='virtio'/></console>",
    "memballoon": "<memballoon model='virtio'/>",
    "rng": "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    "shmem": "<shmem name='s0'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",
    "panic": "<panic model='isa'/>",
    "memory": "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    "hostdev": "<hostdev type='usb'><source><address bus='1' device='99'/></source></hostdev>",
}
# not on a machine for tests: a TPM, an IOMMU, vsock, smart cards, NVRAM of PowerPC, crypto (libvirt 9.1)
EXPECTED = """\
                 live                          persistent
kind             attach    update    detach    attach     update     detach
disk virtio      done      done      done      done       done       done
disk scsi        done      done      done      done       done       done
disk usb         done      done      done      done       done       done
cdrom            done      done      done      done       done       done
floppy           not live  absent    absent    done       done       done
controller scsi  done      not live  done      done       no         done
controller usb   not live  absent    absent    done       no         done
lease            done      not live  done      done       no         done
filesystem       not live  absent    absent    done       no         done
interface        done      done      done      done       done       done
input virtio     done      not live  done      done       no         done
input usb        done      not live  done      done       no         done
sound            not live  not live  absent    done       no         done
video            not live  not live  absent    no         no         absent
watchdog         done      not live  done      done       no         done
graphics         not live  done      not live  no         done       no
hub              not live  not live  not live  no         no         no
redirdev         done      not live  done      done       no         done
serial isa       not live  not live  absent    done       no         done
serial usb       done      not live  done      done       no         done
parallel         not live  absent    absent    done       no         done
channel          done      not live  done      done       no         done
console          done      not live  done      done       no         done
memballoon       not live  not live  not live  no         no         no
rng              done      not live  done      done       no         done
shmem            done      not live  done      done       no         done
panic            not live  not live  not live  no         no         no
memory           done      not live  done      done       done       done
hostdev          fails     absent    absent    done       no         done
"""


def test_all_kinds_of_devices(guest: virtsdk.Domain, raw: Path) -> None:
    """What each verb does with each kind, live and persistent: the table of libvirt 9.0."""
    before = guest.definition(persistent=True)
    found: dict[str, list[str]] = {}
    for kind, text in KINDS.items():
        device = text.format(raw=raw)
        found[kind] = [outcome(guest, verb, device, scope) for scope in SCOPES for verb in VERBS]
        guest.host.domains.define(before)
    print(EXPECTED.partition("disk")[0], end="")
    for kind, words in found.items():
        print(f"{kind:16} {words[0]:9} {words[1]:9} {words[2]:9} {words[3]:10} {words[4]:10} {words[5]}")
    lines = [line.replace("not live", "not-live").split() for line in EXPECTED.splitlines()[2:]]
    wanted = {" ".join(words[:-6]): words[-6:] for words in lines}
    assert wanted.keys() == found.keys()
    newer = guest.host.libvirt_version >= (9, 1, 0)  # which may do more
    for kind, words in wanted.items():
        for word, said in zip(words, found[kind], strict=True):
            assert said == word.replace("-", " ") or (newer and word != "done"), kind


SCOPES = ("live", "persistent")
VERBS = ("attach", "update_device", "detach")
WORDS = {"NotLive": "not live", "DeviceNotFound": "absent", "NotSupported": "no"}


def outcome(guest: virtsdk.Domain, verb: str, device: str, scope: str) -> str:
    try:
        getattr(guest, verb)(device, scope=scope)
    except errors.VirtError as error:
        return WORDS.get(type(error).__name__, "fails")
    return "done"


@pytest.mark.parametrize("seconds", [5, pytest.param(30, marks=pytest.mark.soak)])
def test_many_plug_in_and_out_at_once(guest: virtsdk.Domain, images: Path, seconds: int) -> None:
    wrong: list[str] = []
    rounds = [0] * 8
    end = time.monotonic() + seconds

    def plug(number: int) -> None:
        target = f"sd{'efghijkl'[number]}"
        path = image(images / f"{target}.img", MiB(1))
        mac = f"52:54:00:d1:01:{number:02x}"
        nic = f"<interface type='ethernet'><mac address='{mac}'/><model type='virtio'/></interface>"
        device, name = (nic, mac) if number in {0, 1} else (disk(path, target, bus="scsi"), target)
        while rounds[number] == 0 or time.monotonic() < end:
            try:
                found = guest.attach(device, timeout=120)
                said = found.mac.address if number in {0, 1} else found.target.dev
                if said != name:
                    wrong.append(f"{name}: attached as {said}")
                guest.detach(name, timeout=120)
                left = guest.definition().devices
                names = [one.target.dev for one in left.disks] + [one.mac.address for one in left.interfaces]
                if name in names:
                    wrong.append(f"{name}: detach returned, and it is there")
                rounds[number] += 1
            except Exception as error:
                wrong.append(f"{name}: {type(error).__name__}: {error}")
                return

    threads = [threading.Thread(target=plug, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 240)
    assert wrong == []
    assert min(rounds) > 0
    assert [one.target.dev for one in guest.definition(persistent=True).devices.disks] == ["sda"]
