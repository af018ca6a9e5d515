"""Guests of the lab: names, sizes and loads, and their domain definitions."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from virtsdk.lab.guest.image import Image

__all__ = ["Guest", "domain_xml", "guest"]


@dataclasses.dataclass(frozen=True, slots=True)
class Guest:
    """One lab guest: its size, and the load that it puts on its host.

    Attributes
    ----------
    name, uuid, mac
        Fixed by the host's number and the guest's place on it.
    vcpus, memory_mib
        Its size.
    cpu_percent
        Share of one CPU that its load keeps busy, about.
    ballast_mib
        Memory that its load fills, about.
    disk_kib
        Kibibytes that its load writes a second, about; it reads half as much.
    packets
        Packets that its load sends a second, at least.
    seed
        Seed of the variation in all of these.
    """

    name: str
    uuid: str
    mac: str
    address: str
    seed: int
    vcpus: int
    memory_mib: int
    cpu_percent: int
    ballast_mib: int
    disk_kib: int
    packets: int


# Linux tries its timer by counting ten ticks within a moment; where the machine is busy, an emulated timer
# misses them, Linux takes it for broken and stands still. no_timer_check leaves that out, as on KVM.
# The last two leave out self-tests that take an emulated CPU half a second.
_KERNEL_OPTIONS = (
    "console=ttyS0 quiet panic=-1 no_timer_check "
    "cryptomgr.notests=1 initcall_blacklist=crypto_kdf108_init,init_kprobe_trace"
)

#            role     vcpus MiB  cpu ballast disk packets
_ROLES = (
    ("web", 2, 160, 10, 24, 96, 14),
    ("db", 1, 224, 4, 96, 640, 6),
    ("cache", 1, 192, 1, 72, 32, 10),
    ("batch", 3, 128, 20, 12, 320, 2),
)


def guest(host: int, place: int, guests_per_host: int) -> Guest:
    """Describe the guest at one place of one lab host; the same arguments, the same guest.

    Parameters
    ----------
    host
        0 for the embedded lab, from 1 for private daemons.
    place
        The guest's place on its host, from 0.
    guests_per_host
        How many there are on each host; keeps names unique over the hosts of one lab.

    Examples
    --------
    >>> from virtsdk.lab.guest.guests import guest
    >>> [guest(0, place, 5).name for place in range(5)]
    ['web1', 'db1', 'cache1', 'batch1', 'web2']
    >>> guest(2, 0, 2).name                 # the second daemon goes on where the first one stopped
    'cache1'
    """
    index = max(host - 1, 0) * guests_per_host + place
    round_, kind = divmod(index, len(_ROLES))
    role, vcpus, memory, cpu, ballast, disk, packets = _ROLES[kind]
    return Guest(
        name=f"{role}{round_ + 1}",
        uuid=f"00000000-0000-4000-8000-{host:04x}{place + 1:08x}",
        mac=f"52:54:00:{host & 0xFF:02x}:{(place + 1) >> 8 & 0xFF:02x}:{(place + 1) & 0xFF:02x}",
        address=f"169.254.{host % 250 + 1}.{place % 250 + 1}/16",
        seed=1000 * host + place + 1,
        vcpus=vcpus,
        memory_mib=memory + 16 * (round_ % 4),
        cpu_percent=cpu + round_ % 3,
        ballast_mib=ballast,
        disk_kib=disk + 8 * (round_ % 8),
        packets=packets + round_ % 4,
    )


def domain_xml(
    guest: Guest,
    image: Image,
    folder: Path,
    *,
    emulator: str,
    virtualisation: Literal["kvm", "qemu"],
    nic: Literal["ethernet", "user"],
    tap: str = "",
) -> str:
    """Write the definition of a lab guest.

    Parameters
    ----------
    guest
        Which one.
    image
        What it boots from.
    folder
        Where its disk ``NAME.qcow2`` is and its console log ``NAME.log`` goes, as the host's daemon sees it.
    emulator
        Path of QEMU.
    virtualisation
        ``kvm``, or ``qemu`` for emulation.
    nic
        ``ethernet``, a tap device that libvirt makes, with statistics; ``user`` needs no root and has none.
    tap
        Name of the tap device on the host, at most 15 characters; without one libvirt chooses it.
    """
    load = (
        f"lab.name={guest.name} lab.addr={guest.address} lab.seed={guest.seed} lab.cpu={guest.cpu_percent}"
        f" lab.mem={guest.ballast_mib} lab.disk={guest.disk_kib} lab.net={guest.packets}"
    )
    if virtualisation == "kvm":
        cpu, emulation = "<cpu mode='host-passthrough'/>", ""
    else:  # left alone, QEMU's translation buffer grows to a gigabyte a guest
        cpu, emulation = "", "<tcg><tb-cache unit='MiB'>64</tb-cache></tcg>"
    target = f"<target dev='{tap}'/>" if tap else ""
    return f"""<domain type='{virtualisation}'>
  <name>{escape(guest.name)}</name>
  <uuid>{guest.uuid}</uuid>
  <title>virtsdk lab guest</title>
  <memory unit='MiB'>{guest.memory_mib}</memory>
  <vcpu placement='static'>{guest.vcpus}</vcpu>
  <iothreads>1</iothreads>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{escape(str(image.kernel))}</kernel>
    <initrd>{escape(str(image.initrd))}</initrd>
    <cmdline>{_KERNEL_OPTIONS} {load}</cmdline>
  </os>
  <features><acpi/><apic/>{emulation}</features>
  {cpu}
  <clock offset='utc'><timer name='hpet' present='no'/></clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <pm><suspend-to-mem enabled='yes'/><suspend-to-disk enabled='no'/></pm>
  <devices>
    <emulator>{escape(emulator)}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' iothread='1'/>
      <source file={quoteattr(str(folder / f"{guest.name}.qcow2"))}/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='{nic}'><mac address='{guest.mac}'/>{target}<model type='virtio'/></interface>
    <controller type='usb' model='none'/>
    <serial type='pty'>
      <log file={quoteattr(str(folder / f"{guest.name}.log"))} append='off'/>
      <target port='0'/>
    </serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc'><listen type='socket'/></graphics>
    <video><model type='vga' vram='16384'/></video>
    <memballoon model='virtio'><stats period='1'/></memballoon>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
"""
