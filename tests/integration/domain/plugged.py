"""A real guest that has room for devices of many kinds: USB, SCSI, memory slots, a CD-ROM drive."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import virtsdk
from virtsdk import xml
from virtsdk.models.domain import DomainDef

_PARTS = """<domain>
  <maxMemory slots='4' unit='MiB'>1024</maxMemory><memory unit='MiB'>160</memory>
  <cpu><numa><cell id='0' cpus='0' memory='160' unit='MiB'/></numa></cpu>
  <devices>
    <controller type='usb' index='0' model='qemu-xhci'/>
    <controller type='scsi' index='0' model='virtio-scsi'/>
    <disk type='file' device='cdrom'><target dev='sda' bus='scsi'/></disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <serial type='pty'/><sound model='ich6'/><hub type='usb'/><panic model='isa'/><audio id='1' type='none'/>
    <graphics type='vnc' sharePolicy='allow-exclusive'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <video><model type='vga' vram='16384'/></video><memballoon model='virtio'/>
  </devices>
</domain>"""


def definition(host: virtsdk.Host, name: str) -> DomainDef:
    """What boots like a guest of the lab, without its disk and its load."""
    found = host.domains["web1"].definition(persistent=True)
    parts = xml.parse(_PARTS, DomainDef)
    found.name, found.uuid = name, None
    found.max_memory, found.cpu, found.devices = parts.max_memory, parts.cpu, parts.devices
    found.vcpu, found.memory = (
        None,
        xml.parse("<domain><memory unit='MiB'>160</memory></domain>", DomainDef).memory,
    )
    found.current_memory = None
    words = str(found.os.cmdline).split()
    found.os.cmdline = " ".join(
        word for word in words if not word.startswith(("lab.cpu", "lab.mem", "lab.net"))
    )
    return found


@contextmanager
def running(host: virtsdk.Host, name: str) -> Iterator[virtsdk.Domain]:
    """The guest, which has just been started; gone afterwards."""
    guest = host.domains.define(definition(host, name))
    try:
        guest.start()
        yield guest
    finally:
        if guest.is_active:
            guest.destroy()
        guest.undefine(snapshots=True, managed_save=True)


def image(path: Path, size: int, kind: str = "raw") -> Path:
    """A disk image that the host's QEMU may write to."""
    subprocess.run(["qemu-img", "create", "-q", "-f", kind, str(path), f"{size:d}"], check=True)
    path.chmod(0o666)
    return path


def disk(path: Path, target: str, *, kind: str = "raw", bus: str = "virtio", more: str = "") -> str:
    """A disk as XML text."""
    return (
        f"<disk type='file' device='disk'><driver name='qemu' type='{kind}'{more}/><source file='{path}'/>"
        f"<target dev='{target}' bus='{bus}'/></disk>"
    )
