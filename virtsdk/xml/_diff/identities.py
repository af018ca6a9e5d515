"""Identities of list items: one rule for each list of the models.

A key is a value by which libvirt, the guest or the network tells items apart: a disk's target, a MAC address,
the name of a CPU feature. Items whose keys differ are never the same item, whatever else agrees; of several
keys the first that both items say decides. Two items of one key, and items that say none, are paired by what
else agrees (`virtsdk.xml._diff.matching`). What libvirt numbers or fills in by itself is no key: an index, an
alias, a guest address, the name of a tap device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from virtsdk.model import Model

if TYPE_CHECKING:
    from virtsdk.xml._diff.parts import Part

Key = Callable[["Part"], Hashable]
"""Read a key of an item, in the form in which it compares; None where the item does not say it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rule by which the items of a list find their counterparts.

    Attributes
    ----------
    keys
        Paths of values that name an item, the strongest first. Paths with spaces between them are one key,
        which an item has that says the first of them; ``pci:`` reads an address as a whole, ``user:`` an
        alias unless libvirt gave it.
    apart
        Paths of values by which items are of different kinds; no edit makes one the other.
    order
        ``"free"``: the order says nothing. ``"counts"``: it does. ``"unkeyed"``: it does among the items
        without a key, since libvirt counts those. ``"same key"``: it does among the items of one key.
    spread
        Name of a set of numbers for each of which the item stands: libvirt writes one item for each.
    sorts
        What libvirt sorts the items by first, stably, among those that have it; None for an item that others
        do not pass.
    label
        Paths of further values that show which item it is; they decide nothing.
    why
        The reason for a rule without keys, or for an order.
    """

    keys: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    order: Literal["free", "counts", "unkeyed", "same key"] = "free"
    spread: str = ""
    sorts: Callable[[Model], int | None] | None = None
    label: tuple[str, ...] = ()
    why: str = ""


def _filter_priority(entry: Model) -> int | None:
    """Give the priority of a rule as libvirt reads it; none of a reference, whose rules have theirs."""
    if not hasattr(entry, "action"):
        return None
    found = re.fullmatch(r"\s*([+-]?[0-9]+)", str(getattr(entry, "priority", None)))
    priority = int(found[1]) if found else _PRIORITY
    return priority if abs(priority) <= 1000 else _PRIORITY


_PRIORITY = 500  # of a rule that says none, or none that libvirt takes: virNWFilterRuleParse


def _by(*keys: str, label: tuple[str, ...] = ()) -> Rule:
    return Rule(keys=keys, label=label)


NAMED = _by("name")
NUMBERED = _by("id")
BY_VALUE = _by("value")
_ONE_OF_ITS_KIND = "one of its kind as a rule; several pair by what else agrees"
_COMMAND_LINE = Rule(order="counts", why="a command line is read from left to right")
_WORDS = Rule(why="a set of words; each is its own identity")
_ARRAY = Rule(order="counts", why="the position is the meaning")
_HOST_ADDRESS = "pci:source.address"

RULES: dict[str, Rule] = {
    # --- devices of a domain ------------------------------------------------------------------------------
    "Disk": _by("target.dev", "user:alias.name"),
    "Interface": _by("mac.address", "user:alias.name", label=("target.dev", "type")),
    "Hostdev": Rule(
        keys=(
            "source.vendor.id source.product.id",
            "source.address.uuid",
            "source.wwpn",
            "source.block",
            "source.char",
            "source.interface",
            "source.protocol source.name",
            "source.adapter.name source.address.bus source.address.target source.address.unit",
            _HOST_ADDRESS,
            "source.address.bus source.address.device",
            "user:alias.name",
        ),
        apart=("mode", "type"),
    ),
    "Controller": Rule(
        keys=("user:alias.name",),
        apart=("type",),
        label=("index", "model"),
        why="an index is given by libvirt, and USB companions share one",
    ),
    "Filesystem": _by("target.dir", "user:alias.name"),
    "Channel": Rule(
        keys=("target.name", "target.address target.port", "user:alias.name"), apart=("target.type",)
    ),
    "Serial": Rule(keys=("target.port",), order="unkeyed", label=("type",), why="ports count up from 0"),
    "Parallel": Rule(keys=("target.port",), order="unkeyed", label=("type",), why="ports count up from 0"),
    "Console": Rule(
        keys=("target.port",),
        apart=("target.type",),
        order="unkeyed",
        label=("type",),
        why="ports count up from 0",
    ),
    "Smartcard": Rule(apart=("mode",), label=("type",), why=_ONE_OF_ITS_KIND),
    "Input": Rule(
        keys=("source.evdev", "user:alias.name"), apart=("type",), label=("bus",), why=_ONE_OF_ITS_KIND
    ),
    "Graphics": Rule(
        apart=("type",),
        label=("port", "socket"),
        why="ports, sockets and passwords change; the type does not",
    ),
    "Sound": Rule(keys=("user:alias.name",), label=("model",), why=_ONE_OF_ITS_KIND),
    "Audio": NUMBERED,
    "Video": Rule(keys=("user:alias.name",), label=("model.type",), why=_ONE_OF_ITS_KIND),
    "Redirdev": Rule(keys=("user:alias.name",), label=("bus", "type"), why="nothing tells them apart"),
    "Redirfilter": Rule(why=_ONE_OF_ITS_KIND),
    "RedirfilterUsbdev": Rule(order="counts", why="the first rule that fits a device holds"),
    "Hub": Rule(keys=("user:alias.name",), label=("type",), why="nothing tells them apart"),
    "Watchdog": Rule(keys=("user:alias.name",), label=("model",), why=_ONE_OF_ITS_KIND),
    "Rng": Rule(keys=("user:alias.name",), label=("backend.model",), why=_ONE_OF_ITS_KIND),
    "Panic": Rule(keys=("user:alias.name",), label=("model",), why=_ONE_OF_ITS_KIND),
    "Tpm": Rule(keys=("user:alias.name",), label=("model",), why=_ONE_OF_ITS_KIND),
    "Iommu": Rule(keys=("user:alias.name",), label=("model",), why=_ONE_OF_ITS_KIND),
    "Crypto": Rule(keys=("user:alias.name",), label=("model",), why=_ONE_OF_ITS_KIND),
    "MemoryDevice": Rule(
        keys=("uuid", "user:alias.name"),
        apart=("model",),
        label=("address.slot", "target.node"),
        why="slot and base are given by libvirt",
    ),
    "Shmem": NAMED,
    "Lease": _by("lockspace key"),
    # --- parts of devices ---------------------------------------------------------------------------------
    "ChardevSource": _by("mode"),
    "Smartcard.certificates": Rule(order="counts", why="the three certificates have their slots"),
    "DeviceSeclabel": _by("model"),
    "DeviceSeclabel.labels": _WORDS,
    "DiskSourceHost": _by("name", "socket"),
    "DiskSourceCookie": NAMED,
    "DiskThrottlefilter": Rule(keys=("group",), order="counts", why="filters form a chain"),
    "DiskDriverStatistic": _by("interval"),
    "DiskDriverStatisticsLatencyHistogram": _by("type"),
    "DiskDriverStatisticsLatencyHistogramBin": _by("start"),
    "DriverIothread": Rule(keys=("id",), order="counts", why="queues are dealt out in this order"),
    "DriverIothreadQueue": NUMBERED,
    "Secret": Rule(label=("type",), why="a secret may change its UUID or usage; there is one as a rule"),
    "Filterref.parameters": Rule(
        keys=("name",), order="same key", why="values of one name are an array that rules step through"
    ),
    "GraphicsListen": Rule(label=("type",), why=_ONE_OF_ITS_KIND),
    "GraphicsChannel": NAMED,
    "HostdevSourceHost": _by("name"),
    "InterfaceIp": _by("address"),
    "Route": _by("address prefix"),
    "InterfacePortForward": Rule(
        apart=("proto",), label=("address", "dev"), why="address and device may change"
    ),
    "InterfacePortForwardRange": Rule(label=("start", "end"), why="a range may move"),
    "SoundCodec": _by("type"),
    "VlanTag": NUMBERED,
    # --- the rest of a domain -----------------------------------------------------------------------------
    "BlkiotuneDevice": _by("path"),
    "ClockTimer": NAMED,
    "CpuFeature": NAMED,
    "CpuNumaCell": Rule(keys=("id",), order="unkeyed", why="libvirt counts the cells that have no id"),
    "NumaSibling": NUMBERED,
    "NumaCellCache": _by("level"),
    "NumaInterconnectsLatency": _by("type initiator target cache"),
    "NumaInterconnectsBandwidth": _by("type initiator target cache"),
    "CputuneVcpupin": _by("vcpu"),
    "CputuneIothreadpin": _by("iothread"),
    "CputuneVcpusched": Rule(keys=("vcpus",), spread="vcpus"),
    "CputuneIothreadsched": Rule(keys=("iothreads",), spread="iothreads"),
    "CputuneCachetune": _by("vcpus"),
    "CputuneCachetuneCache": _by("type id level"),
    "CputuneCachetuneMonitor": _by("level vcpus"),
    "CputuneMemorytune": _by("vcpus"),
    "CputuneMemorytuneNode": NUMBERED,
    "CputuneMemorytuneMonitor": _by("vcpus"),
    "CputuneEnergytune": _by("vcpus"),
    "CputuneEnergytuneMonitor": _by("vcpus"),
    "DiskIoTune": _by("group_name"),
    "IdmapUid": _by("start"),
    "IdmapGid": _by("start"),
    "IothreadidsIothread": NUMBERED,
    "KeywrapCipher": NAMED,
    "MemoryBackingHugepagesPage": Rule(label=("size", "unit", "nodeset"), why="size and nodes may change"),
    "NumatuneMemnode": _by("cellid"),
    "OsBoot": Rule(order="counts", label=("dev",), why="devices are tried in this order"),
    "Os.initargs": _COMMAND_LINE,
    "OsInitenv": Rule(keys=("name",), order="same key", why="the last value of a name holds"),
    "OsAcpiTable": _by("type value"),
    "OsFirmwareFeature": NAMED,
    "PerfEvent": NAMED,
    "Seclabel": _by("model"),
    "Sysinfo": _by("type"),
    "VcpuState": NUMBERED,
    "BhyveCommandlineArg": _COMMAND_LINE,
    "XenCommandlineArg": _COMMAND_LINE,
    "QemuCommandlineArg": _COMMAND_LINE,
    "QemuCommandlineEnv": Rule(keys=("name",), order="same key", why="the last value of a name holds"),
    "QemuCapabilitiesAdd": _by("capability"),
    "QemuCapabilitiesDel": _by("capability"),
    "QemuOverrideDevice": _by("alias"),
    "QemuOverrideDeviceFrontendProperty": NAMED,
    # --- snapshots, checkpoints, backups ------------------------------------------------------------------
    "SnapshotDisk": NAMED,
    "CheckpointDisk": NAMED,
    "BackupDisk": NAMED,
    # --- SMBIOS -------------------------------------------------------------------------------------------
    "SysinfoBiosEntry": Rule(keys=("name",), order="same key", why="libvirt reads one of a name"),
    "SysinfoSystemEntry": Rule(keys=("name",), order="same key", why="libvirt reads one of a name"),
    "SysinfoBaseBoardEntry": Rule(keys=("name",), order="same key", why="libvirt reads one of a name"),
    "SysinfoChassisEntry": Rule(keys=("name",), order="same key", why="libvirt reads one of a name"),
    "SysinfoEntry": NAMED,
    "SysinfoOemStrings.entries": Rule(order="counts", why="guests read the strings by their number"),
    "SysinfoBaseBoard": _ARRAY,
    "HostSysinfoProcessor": _ARRAY,
    "HostSysinfoProcessorEntry": NAMED,
    "HostSysinfoMemoryDevice": _ARRAY,
    "HostSysinfoMemoryDeviceEntry": NAMED,
    # --- networks and host interfaces ---------------------------------------------------------------------
    "NetworkIp": Rule(apart=("family",), label=("address",), why="an address may change with all below it"),
    "NetworkIpDhcpHost": _by("mac", "id", "name", "ip"),
    "NetworkIpDhcpRange": Rule(label=("start", "end"), why="a range may move or grow"),
    "NetworkPortgroup": NAMED,
    "NetworkDnsForwarder": Rule(order="counts", label=("addr", "domain"), why="dnsmasq asks them in order"),
    "NetworkDnsTxt": NAMED,
    "NetworkDnsSrv": _by("service protocol domain target port"),
    "NetworkDnsHost": _by("ip"),
    "NetworkDnsHost.hostnames": Rule(order="counts", why="the first name answers the reverse question"),
    "NetworkForwardInterface": _by("dev"),
    "NetworkForwardAddress": _by("pci:"),
    "NetworkDnsmasqOption": _COMMAND_LINE,
    "HostInterfaceBondInterface": NAMED,
    "HostInterfaceBridgeInterface": NAMED,
    "HostInterfaceProtocol": _by("family"),
    "HostInterfaceProtocolIp": _by("address"),
    # --- network filters ----------------------------------------------------------------------------------
    "NWFilterDef.entries": Rule(
        keys=("filter",),
        order="counts",
        sorts=_filter_priority,
        label=("action", "direction", "priority"),
        why="of one priority the first rule that fits decides",
    ),
    "NWFilterRule": Rule(
        order="counts",
        label=("action", "direction", "priority"),
        why="of one priority the first rule that fits decides",
    ),
    "Filterref": Rule(keys=("filter",), order="counts", why="filters are entered in this order"),
    # --- storage ------------------------------------------------------------------------------------------
    "StoragePoolSourceDevice": _by("path"),
    "StoragePoolSourceDeviceFreeExtent": _by("start"),
    "StoragePoolSourceHost": _by("name"),
    "StoragePoolSource.names": _WORDS,
    "StoragePoolFsMountOptsOption": NAMED,
    "StoragePoolRbdConfigOptsOption": NAMED,
    "StorageVolumeSourceDevice": _by("path"),
    "StorageVolumeSourceDeviceExtent": _by("start"),
    # --- what a host can do -------------------------------------------------------------------------------
    "CapabilitiesGuest": _by("os_type arch.name"),
    "CapabilitiesGuestMachine": BY_VALUE,
    "CapabilitiesGuestArchDomain": _by("type"),
    "CapabilitiesHostSecmodel": _by("model doi"),
    "CapabilitiesHostSecmodelBaselabel": _by("type"),
    "CapabilitiesHostCacheBank": _by("level type id"),
    "CapabilitiesHostCacheBankControl": _by("type"),
    "CapabilitiesHostCpuFeature": NAMED,
    "HostCpuFeature": NAMED,
    "HostCpuPages": _by("size"),
    "CapabilitiesHostEnergyMonitorFeature": NAMED,
    "CapabilitiesHostMemoryBandwidthNode": NUMBERED,
    "CapabilitiesHostMemoryBandwidthNodeControl": Rule(why=_ONE_OF_ITS_KIND),
    "CapabilitiesHostMigrationFeaturesUriTransports.uri_transports": _WORDS,
    "CapabilitiesHostTopologyCell": NUMBERED,
    "CapabilitiesHostTopologyCellPages": _by("size"),
    "CapabilitiesHostTopologyCellCpu": NUMBERED,
    "CapabilitiesResourceMonitorFeature": NAMED,
    "DomainCapabilitiesEnum": NAMED,
    "DomainCapabilitiesEnum.values": _WORDS,
    "DomainCapabilitiesOsLoader.values": _WORDS,
    "DomainCapabilitiesCpuMode": NAMED,
    "DomainCapabilitiesCpuModeModel": BY_VALUE,
    "DomainCapabilitiesCpuModeBlockers": _by("model"),
    "DomainCapabilitiesCpuModeBlockersFeature": NAMED,
    "DomainCapabilitiesFeaturesSgxSection": _by("node"),
    "StoragePoolCapabilitiesPool": _by("type"),
    "StoragePoolCapabilitiesEnum": NAMED,
    "StoragePoolCapabilitiesEnum.values": _WORDS,
    # --- devices of a host --------------------------------------------------------------------------------
    "NodeDeviceCapability": _by("type"),
    "NodeDeviceSubcapability": _by("type"),
    "NodeDeviceCapabilityFeature": NAMED,
    "NodeDeviceCapabilityAttr": Rule(
        keys=("name",), order="same key", why="the order is given to the device"
    ),
    "NodeDeviceAddress": _by("pci:"),
    "NodeDeviceSubcapabilityTypeElement": NUMBERED,
    "NodeDeviceSubcapabilityFields": _by("access"),
    "NodeDeviceSubcapabilityFieldsVendorField": _by("index"),
    "NodeDeviceSubcapabilityFieldsSystemField": _by("index"),
    "NodeDeviceCapabilityMembersCcwDevice": _by("ref value"),
    "NodeDeviceCapabilityPciExpressLink": _by("validity"),
    "NodeDeviceDevnode": _by("type value"),
}
"""The rule of each list, by ``Class.field`` of the list, else by the class of its items."""

NO_RULE = Rule(why="a list that this table does not have yet: items pair by what agrees")


def rule_of(owner: str, field: str, item: str | None) -> Rule:
    """Find the rule of a list: that of the field, else that of the class of its items."""
    found = RULES.get(f"{owner}.{field}") or RULES.get(item or "")
    return found or NO_RULE
