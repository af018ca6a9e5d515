"""How long devices and block jobs take, beside the same calls on libvirt's own object."""

import subprocess
import tempfile
import time
from pathlib import Path

import libvirt

import virtsdk
from tests.benchmarks.figures import report

LEASE = "<lease><lockspace>a</lockspace><key>k</key><target path='/lease'/></lease>"  # no guest is asked
DISK = "<disk type='file'><driver type='raw'/><source file='{}'/><target dev='sdb' bus='scsi'/></disk>"
CONTROLLER = "<controller type='scsi' model='virtio-scsi'/>"


def main():
    with tempfile.TemporaryDirectory() as folder, virtsdk.lab.hosts(1, guests=1, progress=None) as (host,):
        Path(folder).chmod(0o777)
        image = Path(folder, "image.img")
        subprocess.run(["qemu-img", "create", "-q", "-f", "raw", image, "64M"], check=True)
        image.chmod(0o666)
        guest = host.domains["web1"]
        guest.attach(CONTROLLER, scope="live")
        connection = libvirt.open(host.uri)
        raw = connection.lookupByName("web1")
        disk = DISK.format(image)
        here, floor = in_turn(lambda: plug(guest, LEASE), lambda: plain_plug(raw, LEASE), 20)
        report("a lease plugged in and out", 1000 * here, "ms")
        report("  by libvirt's own calls", 1000 * floor, "ms")
        report("  ratio: two definitions are read each way", here / floor, "x", bar=8)
        here, floor = in_turn(lambda: plug(guest, disk), lambda: plain_plug(raw, disk), 7)
        report("a disk plugged in and out, guest included", 1000 * here, "ms")
        report("  ratio to libvirt's own calls", here / floor, "x", bar=2)
        guest.attach(disk, scope="live")
        here, floor = in_turn(
            lambda: copy(guest, Path(folder, "copy")), lambda: plain_copy(raw, Path(folder, "copy")), 5
        )
        report("a disk of 64 MiB copied", 1000 * here, "ms")
        report("  ratio to libvirt's own calls and a look each 5 ms", here / floor, "x", bar=4)
        connection.close()


def plug(guest, device):
    guest.detach(guest.attach(device, scope="live"), scope="live")


def plain_plug(raw, device):
    raw.attachDeviceFlags(device, 1)
    raw.detachDeviceFlags(device, 1)


def copy(guest, target):
    target.unlink(missing_ok=True)
    guest.disks["sdb"].copy(target)


def plain_copy(raw, target):
    target.unlink(missing_ok=True)
    document = f"<disk type='file'><source file='{target}'/><driver type='raw'/></disk>"
    raw.blockCopy("sdb", document, {}, libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB)
    while (job := raw.blockJobInfo("sdb", 0))["cur"] != job["end"]:
        time.sleep(0.005)
    raw.blockJobAbort("sdb", 0)


def in_turn(ours, theirs, repeat):
    """Run the two in turn; return the shortest time of each."""
    best = [float("inf")] * 2
    for _ in range(repeat):
        for place, way in enumerate((ours, theirs)):
            start = time.perf_counter()
            way()
            best[place] = min(best[place], time.perf_counter() - start)
    return best
