"""Examples of the pages about documents: one expression a class, each shown with the XML that it renders.

A class without one here is shown as a document of examples/ has it (tools/site/model_examples.py). The tests
render all, parse them back and validate them: a part in the place of another of its class in one of those.
"""

# ruff: noqa: F821
# pyright: basic, reportUndefinedVariable=false, reportUnusedExpression=false, reportUnusedCallResult=false

DomainDef(
    type="kvm",
    name="web1",
    memory=GiB(4),
    vcpu=2,
    os=Os(type=OsType(arch="x86_64", machine="q35", value="hvm"), boots=["hd"]),
    cpu=Cpu(mode="host-passthrough"),
    devices=Devices(
        disks=[
            Disk(
                type="file",
                device="disk",
                driver=DiskDriver(name="qemu", type="qcow2"),
                source=DiskSource(file="/var/lib/libvirt/images/web1.qcow2"),
                target=DiskTarget(dev="vda", bus="virtio"),
            )
        ],
        interfaces=[Interface(type="network", source=InterfaceSource(network="default"), model="virtio")],
    ),
)

Devices(
    emulator="/usr/bin/qemu-system-x86_64",
    controllers=[Controller(type="scsi", model="virtio-scsi")],
    rngs=[Rng(model="virtio", backend=RngBackend(model="random", value="/dev/urandom"))],
)

Disk(
    type="file",
    device="disk",
    driver=DiskDriver(name="qemu", type="qcow2", cache="none", io="native"),
    source=DiskSource(file="/var/lib/libvirt/images/web1.qcow2"),
    target=DiskTarget(dev="vda", bus="virtio"),
)

DiskDriver(name="qemu", type="qcow2", cache="none", io="native", discard="unmap")

DiskSource(file="/var/lib/libvirt/images/web1.qcow2")

DiskTarget(dev="vda", bus="virtio")

DiskIoTune(total_iops_sec=500, total_bytes_sec=MiB(50))

Interface(
    type="network",
    mac="52:54:00:12:34:56",
    source=InterfaceSource(network="default"),
    model="virtio",
    link=InterfaceLink(state="up"),
)

InterfaceSource(bridge="br0")

Bandwidth(
    inbound=BandwidthInbound(average=1000, peak=5000, burst=1024), outbound=BandwidthOutbound(average=1000)
)

Graphics(type="spice", autoport="yes", listens=[GraphicsListen(type="address", address="127.0.0.1")])

GraphicsListen(type="address", address="127.0.0.1")

Controller(type="scsi", index=0, model="virtio-scsi", driver=ControllerDriver(queues=4))

Hostdev(
    type="pci",
    mode="subsystem",
    managed="yes",
    source=HostdevSource(
        address=HostdevSourceAddress(domain="0x0000", bus="0x06", slot="0x02", function="0x0")
    ),
)

Address(type="pci", domain="0x0000", bus="0x00", slot="0x03", function="0x0")

PciAddress(domain="0x0000", bus="0x06", slot="0x02", function="0x0")

Filesystem(
    type="mount",
    driver=FilesystemDriver(type="virtiofs"),
    source=FilesystemSource(dir="/srv/share"),
    target=FilesystemTarget(dir="share"),
)

Tpm(model="tpm-crb", backend=TpmBackend(type="emulator", version="2.0"))

Memballoon(model="virtio", stats=MemballoonStats(period=10))

Rng(model="virtio", backend=RngBackend(model="random", value="/dev/urandom"))

Shmem(name="ring", model=ShmemModel(type="ivshmem-plain"), size=MiB(4))

Video(model=VideoModel(type="virtio", heads=1, primary="yes"))

Watchdog(model="itco", action="reset")

Vsock(model="virtio", cid=VsockCid(auto="yes"))

Console(type="pty", target=ChardevTarget(type="virtio", port=0))

Serial(type="pty", target=ChardevTarget(type="isa-serial", port=0))

Parallel(type="pty", target=ChardevTarget(port=0))

Channel(type="unix", target=ChannelTarget(type="virtio", name="org.qemu.guest_agent.0"))

Redirdev(type="spicevmc", bus="usb")

Input(type="tablet", bus="usb")

Sound(model="ich9")

Audio(type="none", id=1)

Iommu(model="intel", driver=IommuDriver(intremap="on"))

Panic(model="isa")

Lease(lockspace="images", key="web1", target=LeaseTarget(path="/srv/leases/web1", offset=1024))

Crypto(type="qemu", model="virtio", backend=CryptoBackend(model="builtin", queues=1))

Smartcard(mode="host")

MemoryDevice(model="dimm", target=MemoryDeviceTarget(size=GiB(1), node=0))

Hub(type="usb")

Pstore(backend="acpi-erst", path="/var/lib/libvirt/pstore/web1", size=KiB(8))

Redirfilter(usbdevs=[RedirfilterUsbdev(allow="no")])

Cpu(
    mode="custom",
    match="exact",
    model="Skylake-Server",
    features=[CpuFeature(name="pdpe1gb", policy="require")],
)

CpuTopology(sockets=1, cores=4, threads=2)

CpuNumaCell(id=0, cpus="0-3", memory=GiB(4))

Os(type=OsType(arch="x86_64", machine="q35", value="hvm"), firmware="efi", boots=["hd", "network"])

OsType(arch="x86_64", machine="q35", value="hvm")

Clock(offset="utc", timers=[ClockTimer(name="rtc", tickpolicy="catchup")])

Features(acpi=True, apic=True, hyperv=FeaturesHyperv(mode="passthrough"))

Cputune(shares=2048, vcpupins=[CputuneVcpupin(vcpu=0, cpuset="2"), CputuneVcpupin(vcpu=1, cpuset="3")])

CputuneVcpupin(vcpu=0, cpuset="2-3")

Numatune(memory=NumatuneMemory(mode="strict", nodeset="0"))

MemoryBacking(hugepages=True, locked=True)

Memory(value=4, unit="GiB")

NetworkDef(
    name="lab",
    forward=NetworkForward(mode="nat"),
    bridge=NetworkBridge(name="virbr10"),
    ips=[
        NetworkIp(
            address="192.168.150.1",
            netmask="255.255.255.0",
            dhcp=NetworkIpDhcp(ranges=[NetworkIpDhcpRange(start="192.168.150.10", end="192.168.150.99")]),
        )
    ],
)

NetworkPortDef(
    uuid="4dea22b3-1d52-4c5e-9a5c-6b7d6a8f9e01",
    owner=NetworkPortOwner(name="web1", uuid="8b1f0a52-2f5d-4d5f-9a1f-0f9d2e7c4a11"),
    mac=NetworkPortMac(address="52:54:00:12:34:56"),
)

StoragePoolDef(type="dir", name="images", target=StoragePoolTarget(path="/var/lib/libvirt/images"))

StorageVolumeDef(
    name="web1.qcow2",
    capacity=GiB(20),
    target=StorageVolumeTarget(format=StorageVolumeFormat(type="qcow2")),
)

SecretDef(ephemeral="no", private="yes", usage=SecretUsage(type="ceph", name="client.libvirt"))

NWFilterBindingDef(
    owner=NWFilterBindingOwner(name="web1", uuid="4dea22b3-1d52-4c5e-9a5c-6b7d6a8f9e01"),
    portdev=NWFilterBindingPortdev(name="vnet0"),
    mac=NWFilterBindingMac(address="52:54:00:12:34:56"),
    filterref=Filterref(filter="clean-traffic"),
)

Filterref(filter="clean-traffic", parameters=[FilterrefParameter(name="IP", value="192.168.122.10")])

InterfaceDef(type="ethernet", name="eth0", start=HostInterfaceStart(mode="onboot"))

NodeDeviceDef(name="net_eth0_52_54_00_12_34_56", parent="pci_0000_00_03_0")

DomainSnapshotDef(
    name="before-upgrade", description="Before the upgrade", memory=SnapshotMemory(snapshot="no")
)

DomainCheckpointDef(name="monday", description="After the full backup")

DomainBackupDef(mode="push", disks=BackupDisks(disks=[BackupDisk(name="vda", type="file")]))

CpuDef(arch="x86_64", model="Skylake-Server", vendor="Intel")

NWFilterDef(name="web-only", chain="root")

SysinfoDef(
    type="smbios", system=SysinfoSystem(entries=[SysinfoSystemEntry(name="manufacturer", value="Example")])
)
