# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Guests from nothing
#
# Seven guests, valid by libvirt's schema and at most half as long as their XML. A size is a `GiB`, a flag is
# `True`; what an element is about stands for the element (`boots=["hd"]`, `vcpu=4`); what repeats is a
# comprehension, and what guests have in common is a function of your own. Nothing here needs a host:
# `host.domains.define(guest)` takes any of them where there is one.

# %%
from collections.abc import Iterable
from typing import Literal

import virtsdk.models as m
from virtsdk import xml
from virtsdk.units import GiB, MiB

# %% [markdown]
# ## What they have in common
#
# Functions, so that each guest gets parts of its own: models can be changed, and a part that two guests
# share changes in both.


# %% tags=["common"]
def disk(file: str, dev: str, bus: Literal["virtio", "sata"] = "virtio") -> m.Disk:
    driver, target = m.DiskDriver(name="qemu", type="qcow2", discard="unmap"), m.DiskTarget(dev=dev, bus=bus)
    return m.Disk(type="file", device="disk", driver=driver, source=m.DiskSource(file=file), target=target)


def cdrom(file: str, dev: str) -> m.Disk:
    driver, target = m.DiskDriver(name="qemu", type="raw"), m.DiskTarget(dev=dev, bus="sata")
    source = m.DiskSource(file=file)
    return m.Disk(type="file", device="cdrom", driver=driver, source=source, target=target, readonly=True)


def network(name: str, model: str | None = "virtio") -> m.Interface:
    return m.Interface(type="network", source=m.InterfaceSource(network=name), model=model)


def passed_through(address: str) -> m.Hostdev:
    domain, bus, slot, function = (f"0x{part}" for part in address.replace(".", ":").split(":"))
    source = m.HostdevSourceAddress(domain=domain, bus=bus, slot=slot, function=function)
    return m.Hostdev(mode="subsystem", type="pci", managed="yes", source=m.HostdevSource(address=source))


def devices(*disks: m.Disk, networks: Iterable[str] = ("default",)) -> m.Devices:
    agent = m.ChannelTarget(type="virtio", name="org.qemu.guest_agent.0")
    return m.Devices(
        disks=disks,
        interfaces=[network(name) for name in networks],
        consoles=[m.Console(type="pty", target=m.ChardevTarget(type="serial", port=0))],
        channels=[m.Channel(type="unix", target=agent)],
        rngs=[m.Rng(model="virtio", backend=m.RngBackend(model="random", value="/dev/urandom"))],
    )


def q35(*boots: Literal["hd", "cdrom"], firmware: Literal["bios", "efi"] | None = None) -> m.Os:
    return m.Os(firmware=firmware, type=m.OsType(value="hvm", arch="x86_64", machine="q35"), boots=boots)


# %% [markdown]
# ## Windows 11: UEFI, Secure Boot, TPM 2.0
#
# libvirt picks a firmware that has what `features` asks for; the enlightenments for Hyper-V are all on.

# %% tags=["guest"]
ENLIGHTENED = ("relaxed", "vapic", "vpindex", "runtime", "synic", "reset", "frequencies", "reenlightenment")

windows = m.DomainDef(type="kvm", name="windows11", memory=GiB(8), vcpu=4)
windows.os = q35("hd", "cdrom", firmware="efi")
windows.os.firmware_element = m.OsFirmwareElement(
    features=[m.OsFirmwareFeature(name=name, enabled="yes") for name in ("secure-boot", "enrolled-keys")]
)
windows.features = m.Features(acpi=True, apic=True, smm=m.FeaturesSmm(state="on"))
windows.features.hyperv = m.FeaturesHyperv(
    spinlocks=m.FeaturesHypervSpinlocks(state="on", retries=8191),
    stimer=m.FeaturesHypervStimer(state="on"),
)
for name in ENLIGHTENED:
    setattr(windows.features.hyperv, name, "on")
windows.cpu = m.Cpu(mode="host-passthrough", topology=m.CpuTopology(sockets=1, dies=1, cores=4, threads=1))
windows.clock = m.Clock(offset="localtime", timers=[m.ClockTimer(name="hypervclock", present="yes")])
windows.pm = m.Pm(suspend_to_mem="no", suspend_to_disk="no")
windows.devices = devices(
    disk("/images/windows11.qcow2", "sda", "sata"), cdrom("/images/windows11.iso", "sdb")
)
windows.devices.inputs = [m.Input(type="tablet", bus="usb")]
windows.devices.tpms = [m.Tpm(model="tpm-crb", backend=m.TpmBackend(type="emulator", version="2.0"))]
windows.devices.graphics = [m.Graphics(type="spice", autoport="yes")]
windows.devices.videos = [m.Video(model=m.VideoModel(type="qxl", ram=MiB(64), vram=MiB(64), vgamem=MiB(16)))]

# %% [markdown]
# ## A GPU, with pinned CPUs and huge pages
#
# Each virtual CPU has a CPU of the host to itself, and the memory is in pages of 1 GiB.

# %% tags=["guest"]
gpu = m.DomainDef(type="kvm", name="render1", memory=GiB(64), vcpu=16, iothreads=2)
gpu.memory_backing = m.MemoryBacking(nosharepages=True, locked=True)
gpu.memory_backing.hugepages = m.MemoryBackingHugepages(pages=[m.MemoryBackingHugepagesPage(size=GiB(1))])
gpu.cputune = m.Cputune(
    vcpupins=[m.CputuneVcpupin(vcpu=n, cpuset=n + 8) for n in range(16)],
    emulatorpin="0-1",
    iothreadpins=[m.CputuneIothreadpin(iothread=n, cpuset=n + 1) for n in (1, 2)],
)
gpu.numatune = m.Numatune(memory=m.NumatuneMemory(mode="strict", nodeset="0"))
gpu.os = q35("hd", firmware="efi")
gpu.features = m.Features(acpi=True, apic=True, kvm=m.FeaturesKvm(hidden="on"), pmu="off")
gpu.cpu = m.Cpu(mode="host-passthrough", topology=m.CpuTopology(sockets=1, dies=1, cores=8, threads=2))
gpu.devices = devices(disk("/images/render1.qcow2", "vda"))
gpu.devices.hostdevs = [passed_through(address) for address in ("0000:65:00.0", "0000:65:00.1")]
gpu.devices.memballoon = m.Memballoon(model="none")

# %% [markdown]
# ## A database over four NUMA nodes
#
# A node of the guest for each node of the host: its CPUs, its memory, its distances.

# %% tags=["guest"]
NODES = range(4)

database = m.DomainDef(type="kvm", name="database1", memory=GiB(256), vcpu=32)
database.memory_backing = m.MemoryBacking(hugepages=True)
database.cputune = m.Cputune(vcpupins=[m.CputuneVcpupin(vcpu=n, cpuset=2 * n) for n in range(32)])
database.numatune = m.Numatune(
    memory=m.NumatuneMemory(mode="strict", nodeset="0-3"),
    memnodes=[m.NumatuneMemnode(cellid=n, mode="strict", nodeset=n) for n in NODES],
)
database.os = q35("hd")
database.features = m.Features(acpi=True, apic=True)
database.cpu = m.Cpu(mode="host-passthrough", topology=m.CpuTopology(sockets=4, dies=1, cores=8, threads=1))
database.cpu.numa = m.CpuNuma(
    cells=[m.CpuNumaCell(id=n, cpus=f"{8 * n}-{8 * n + 7}", memory=GiB(64)) for n in NODES]
)
for cell in database.cpu.numa.cells:
    siblings = [m.NumaSibling(id=n, value=10 if n == cell.id else 21) for n in NODES]
    cell.distances = m.CpuNumaCellDistances(siblings=siblings)
database.devices = devices(
    *(disk(f"/images/database1-{dev}.qcow2", dev) for dev in ("vda", "vdb", "vdc", "vdd")),
    networks=("storage", "clients"),
)

# %% [markdown]
# ## Functions of an SR-IOV network card
#
# Two from a pool that libvirt hands out of, with VLANs; a paravirtual card stands in while the guest moves.

# %% tags=["guest"]
packets = m.DomainDef(type="kvm", name="packets1", memory=GiB(16), vcpu=8)
packets.memory_backing = m.MemoryBacking(hugepages=True, locked=True)
packets.cputune = m.Cputune(vcpupins=[m.CputuneVcpupin(vcpu=n, cpuset=n + 16) for n in range(8)])
packets.os = q35("hd")
packets.features = m.Features(acpi=True, apic=True)
packets.cpu = m.Cpu(mode="host-passthrough", check="none")
packets.devices = devices(disk("/images/packets1.qcow2", "vda"), networks=())
for tag in (42, 43):
    function, standby = network("sriov", model=None), network(f"vlan{tag}")
    function.mac, standby.alias = f"52:54:00:00:00:{tag:02x}", f"ua-backup{tag}"
    function.vlan = m.Vlan(tags=[m.VlanTag(id=tag)])
    function.teaming = m.InterfaceTeaming(type="transient", persistent=f"ua-backup{tag}")
    standby.teaming = m.InterfaceTeaming(type="persistent")
    packets.devices.interfaces += [function, standby]

# %% [markdown]
# ## A cloud image with NoCloud
#
# cloud-init finds its seed on a CD, and is told so by the serial number of the machine.

# %% tags=["guest"]
serial = m.SysinfoSystemEntry(name="serial", value="ds=nocloud;h=cloud1")

cloud = m.DomainDef(type="kvm", name="cloud1", memory=GiB(2), vcpu=2)
cloud.sysinfos = [m.Sysinfo(type="smbios", system=m.SysinfoSystem(entries=[serial]))]
cloud.os = q35("hd")
cloud.os.smbios = "sysinfo"
cloud.features = m.Features(acpi=True, apic=True)
cloud.cpu = m.Cpu(mode="host-model")
cloud.devices = devices(disk("/images/cloud1.qcow2", "vda"), cdrom("/images/cloud1-seed.iso", "sda"))

# %% [markdown]
# ## aarch64
#
# Emulated on any host: the `virt` board, UEFI, and nothing of a PC.

# %% tags=["guest"]
arm = m.DomainDef(type="qemu", name="arm1", memory=GiB(4), vcpu=4)
arm.os = m.Os(firmware="efi", type=m.OsType(value="hvm", arch="aarch64", machine="virt"), boots=["hd"])
arm.features = m.Features(acpi=True, gic=m.FeaturesGic(version="3"))
arm.cpu = m.Cpu(mode="custom", match="exact", model="cortex-a57")
arm.devices = devices(disk("/images/arm1.qcow2", "vda"), disk("/images/arm1-data.qcow2", "vdb"))
arm.devices.inputs = [m.Input(type=kind, bus="usb") for kind in ("tablet", "keyboard")]
arm.devices.graphics = [m.Graphics(type="vnc", autoport="yes")]
arm.devices.videos = [m.Video(model=m.VideoModel(type="virtio", heads=1))]

# %% [markdown]
# ## A container
#
# LXC: no firmware, no disks; directories of the host, and users that are nobody outside.

# %% tags=["guest"]
SHOWN = {"/srv/container1": "/", "/srv/shared": "/shared", "/srv/logs": "/var/log"}

container = m.DomainDef(type="lxc", name="container1", memory=MiB(512), vcpu=1)
container.os = m.Os(type="exe", init="/sbin/init", initargs=["--unit", "multi-user.target"])
container.idmap = m.Idmap(
    uids=[m.IdmapUid(start=0, target=100_000, count=65_536)],
    gids=[m.IdmapGid(start=0, target=100_000, count=65_536)],
)
container.devices = m.Devices(interfaces=[network("default")], consoles=[m.Console(type="pty")])
container.devices.filesystems = [
    m.Filesystem(type="mount", accessmode="passthrough", source=m.FilesystemSource(dir=here), target=there)
    for here, there in SHOWN.items()
]

# %% [markdown]
# ## Valid, and how long
#
# `xml.validate` has nothing to say of any of them.

# %%
guests = [windows, gpu, database, packets, cloud, arm, container]
{guest.name: (xml.validate(guest), len(xml.render(guest).splitlines())) for guest in guests}

# %%
print(xml.render(container))

# %% [markdown]
# ## Where to go from here
#
# - `host.domains.define(database)` gives it to a host; `host.domains.create(database)` starts it without one.
# - `xml.to_dict` gives a definition as plain values, for a template or a tool; `xml.from_dict` reads them.
# - `virtsdk validate FILE` and `virtsdk convert FILE` do it in a terminal.
