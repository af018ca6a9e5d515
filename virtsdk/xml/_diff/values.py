"""The value that a text stands for, decided by its field, so that spellings of one value are equal.

libvirt reads ``0x0B`` and ``11`` as one PCI bus, ``0,1,2,3`` and ``0-3`` as one set of CPUs, and writes them
back in one form. A serial number ``0x0B`` is text. `SPELLINGS` says for each field how its text is read; a
number is read as one where the schema has numbers, all else is text. A text that is not of the form that its
field has stays as it is, so that it differs from every other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from decimal import Decimal
from ipaddress import AddressValueError, IPv4Network, IPv6Address

from virtsdk.xml._fields import XmlField
from virtsdk.xml._text import SPACE

Spelling = Callable[[str], Hashable]
"""Give the value that a text stands for; the text itself where it is not of the form."""

_DECIMAL = re.compile("[+-]?[0-9]{1,40}")
_FRACTION = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_HEX = re.compile("0[xX][0-9a-fA-F]{1,40}")
_DIGITS16 = re.compile("(0[xX])?([0-9a-fA-F]{1,40})")
_OCTAL = re.compile("[0-7]{1,40}")
_UUID = re.compile("[0-9a-f]{32}")
_MAC = re.compile("([0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}")
_COLONS = re.compile("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2})+")
_WWN = re.compile("(0[xX])?[0-9a-fA-F]{16}")
_RANGE = re.compile(r"(\^)?([0-9]{1,6})(?:-([0-9]{1,6}))?")
_PORTS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*")
_BITS = 1 << 17  # more CPUs or NUMA cells than libvirt has in a set


def text(given: str) -> Hashable:
    """Text that stands for itself."""
    return given


def number(given: str) -> Hashable:
    """A whole number in decimal, or in hex with ``0x``."""
    stripped = given.strip(SPACE)
    if _DECIMAL.fullmatch(stripped):
        return int(stripped)
    return int(stripped, 16) if _HEX.fullmatch(stripped) else given


def c_number(given: str) -> Hashable:
    """A whole number as C reads it without a base: ``0x1f``, and octal after a leading 0, as in ``010``."""
    stripped = given.strip(SPACE)
    if stripped.startswith("0") and _DECIMAL.fullmatch(stripped):
        return int(stripped, 8) if _OCTAL.fullmatch(stripped) else given
    return number(given)


def either_number(given: str) -> Hashable:
    """A number that is decimal or octal, by a type that stands elsewhere: only where both are the same."""
    found = c_number(given)
    return found if found == number(given) else given


def hexadecimal(given: str) -> Hashable:
    """A number in hex, with or without ``0x``."""
    match = _DIGITS16.fullmatch(given.strip(SPACE))
    return int(match[2], 16) if match else given


def octal(given: str) -> Hashable:
    """A mode such as ``0755``."""
    stripped = given.strip(SPACE)
    return int(stripped, 8) if _OCTAL.fullmatch(stripped) else given


def fraction(given: str) -> Hashable:
    """A decimal number that may have a fraction, such as a time in seconds."""
    stripped = given.strip(SPACE)
    return Decimal(stripped) if _FRACTION.fullmatch(stripped) else given


def uuid(given: str) -> Hashable:
    """A UUID; libvirt reads it in either case, with or without hyphens."""
    digits = given.strip(SPACE).replace("-", "").lower()
    return ("uuid", digits) if _UUID.fullmatch(digits) else given


def wwn(given: str) -> Hashable:
    """A World Wide Name, with or without ``0x``."""
    stripped = given.strip(SPACE)
    return ("wwn", stripped.lower().removeprefix("0x")) if _WWN.fullmatch(stripped) else given


def lower(given: str) -> Hashable:
    """A word or hex digits in which case does not count."""
    return given.lower()


def address(given: str) -> Hashable:
    """A MAC or an IP address; anything else, such as a name, is text."""
    if _MAC.fullmatch(given):
        return tuple(int(part, 16) for part in given.split(":"))
    if ":" not in given:
        return given  # IPv4 has one form: libvirt reads 010.0.0.1 as octal, and Python not at all
    try:
        return IPv6Address(given)
    except AddressValueError:
        return given


def mask(given: str) -> Hashable:
    """A network mask as an address or as the length of its prefix."""
    if ":" in given:
        found = address(given)
        bits = f"{int(found):0128b}" if isinstance(found, IPv6Address) else ""
        return len(bits.rstrip("0")) if "01" not in bits and bits else found
    if given.count(".") == 3:
        try:
            network = IPv4Network(f"0.0.0.0/{given}")
        except ValueError:
            return given
        return network.prefixlen if str(network.netmask) == given else given
    return number(given)


def client_id(given: str) -> Hashable:
    """A DHCP client's DUID: bytes in hex."""
    return tuple(int(part, 16) for part in given.split(":")) if _COLONS.fullmatch(given) else given


def bits(given: str) -> Hashable:
    """A set of CPUs or NUMA cells, such as ``0-3,^2,8``."""
    found: set[int] = set()
    for part in given.split(","):
        match = _RANGE.fullmatch(part.strip(SPACE))
        if match is None:
            return given
        first, last = int(match[2]), int(match[3] or match[2])
        if last >= _BITS or first > last:
            return given
        if match[1]:
            found.difference_update(range(first, last + 1))
        else:
            found.update(range(first, last + 1))
    return frozenset(found)


def ports(given: str) -> Hashable:
    """A USB port below its hubs, such as ``1.2``."""
    stripped = given.strip(SPACE)
    return tuple(int(part) for part in stripped.split(".")) if _PORTS.fullmatch(stripped) else given


def path(given: str) -> Hashable:
    """A path as libvirt keeps it: without double slashes, without one at the end."""
    lead = "//" if re.match("//[^/]", given) else ""
    short = re.sub("/+", "/", given)
    return (lead + short[1:] if lead else short).rstrip("/") or short


def flags(given: str) -> Hashable:
    """Names in any order and case, such as the states of a connection."""
    return frozenset(part.strip(SPACE).upper() for part in given.split(","))


def tcp_flags(given: str) -> Hashable:
    """TCP flags that are looked at, and those of them that are set: ``SYN,ACK/SYN``."""
    every: set[str] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"}
    found: list[Hashable] = []
    for part in given.split("/"):
        names = {name.strip(SPACE).upper() for name in part.split(",")}
        found.append(frozenset((names | every if "ALL" in names else names) - {"ALL", "NONE"}))
    return tuple(found)


def boolean(given: str) -> Hashable:
    """Yes or no in the words that network filters take."""
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(
        given.lower(), given
    )


def named(**names: int) -> Spelling:
    """Make the spelling of a number that has names, in any case."""

    def read(given: str) -> Hashable:
        return names.get(given.lower(), number(given))

    return read


# Where libvirt's src/conf/nwfilter_conf.c has these maps, it writes the name where it has one.
ethernet_type = named(ipv4=0x800, arp=0x806, rarp=0x8035, vlan=0x8100, ipv6=0x86DD)
ip_protocol = named(icmp=1, igmp=2, tcp=6, udp=17, esp=50, ah=51, icmpv6=58, sctp=132, udplite=136)
arp_opcode = named(
    request=1,
    reply=2,
    request_reverse=3,
    reply_reverse=4,
    drarp_request=5,
    drarp_reply=6,
    drarp_error=7,
    inarp_request=8,
    arp_nak=9,
)

SPELLINGS: tuple[tuple[Spelling, str], ...] = (
    (uuid, "*.uuid *.genid *.hwuuid *.instanceid *.interfaceid *.switchid InterfaceSource.portid"),
    (uuid, "TpmBackendEncryption.secret"),
    (wwn, "*.wwn *.wwnn *.fabric_wwn *.parent_wwnn *.parent_wwpn *.parent_fabric_wwn"),
    (wwn, "ScsiAdapter.wwpn NodeDeviceParent.wwpn NodeDeviceSubcapability.wwpn"),
    (lower, "HostdevSource.wwpn"),
    # addresses of networks
    (number, "VsockCid.address"),
    (text, "Graphics.address NodeDeviceCapability.parent_addr"),
    (address, "*.address *.mac *.current_address *.addr *.peer *.gateway *.ip *.listen"),
    (address, "NetworkIpDhcpRange.start NetworkIpDhcpRange.end HostInterfaceBondArpmon.target"),
    (address, "DiskSourceHost.name BackupServer.name StoragePoolSourceHost.name"),
    (address, "*.srcmacaddr *.srcmacmask *.dstmacaddr *.dstmacmask *.arpsrcmacaddr *.arpdstmacaddr"),
    (address, "NWFilterRuleStp.root_address NWFilterRuleStp.root_address_mask"),
    (address, "NWFilterRuleStp.sender_address NWFilterRuleStp.sender_address_mask"),
    (address, "*.srcipaddr *.srcipfrom *.srcipto *.dstipaddr *.dstipfrom *.dstipto"),
    (mask, "*.srcipmask *.dstipmask"),
    (client_id, "NetworkIpDhcpHost.id"),
    # numbers that the schema has as text, and numbers in other bases than 10
    (number, "ChardevTarget.port ChannelTarget.port NodeDeviceCapability.bus NodeDeviceCapability.target"),
    (c_number, "PciAddress.domain PciAddress.bus PciAddress.slot PciAddress.function"),
    (c_number, "HostdevSourceAddress.bus HostdevSourceAddress.slot InterfaceSourceAddress.bus"),
    (c_number, "HostdevSourceAddress.domain HostdevSourceAddress.function HostdevSourceAddress.device"),
    (c_number, "HostdevSourceAddress.target HostdevSourceAddress.unit InterfaceSourceAddress.domain"),
    (c_number, "InterfaceSourceAddress.slot InterfaceSourceAddress.function InterfaceSourceAddress.device"),
    (c_number, "NetworkForwardAddress.domain NetworkForwardAddress.bus NetworkForwardAddress.slot"),
    (c_number, "NetworkForwardAddress.function AddressZpci.uid AddressZpci.fid ControllerTarget.chassis"),
    (c_number, "NodeDeviceAddress.domain NodeDeviceAddress.bus NodeDeviceAddress.slot"),
    (c_number, "NodeDeviceAddress.function"),
    (c_number, "ControllerTarget.chassis_nr ControllerTarget.port ControllerTarget.bus_nr"),
    (c_number, "ControllerTarget.index DeviceVendor.id DeviceProduct.id *.ssid Address.domain"),
    (c_number, "Address.function Address.cssid Address.devno RedirfilterUsbdev.class_"),
    (c_number, "RedirfilterUsbdev.vendor RedirfilterUsbdev.product"),
    (either_number, "Address.bus Address.slot"),  # base 0 in a PCI address, base 10 in others
    (hexadecimal, "*.base *.iobase *.irq *.reg NodeDeviceCapabilityVendor.id NodeDeviceCapabilityProduct.id"),
    (hexadecimal, "LaunchSecurity.policy"),
    (octal, "StoragePermissions.mode Filesystem.fmode Filesystem.dmode"),
    (fraction, "*.atime *.btime *.ctime *.mtime HostInterfaceBridge.delay Clock.adjustment"),
    (fraction, "DomainSnapshotDef.creation_time RedirfilterUsbdev.version"),
    (ports, "Address.port HostdevSourceAddress.port InterfaceSourceAddress.port ControllerMaster.startport"),
    # sets
    (bits, "*.cpuset *.nodeset *.nodemask CpuNumaCell.cpus CapabilitiesHostCacheBank.cpus"),
    (bits, "CapabilitiesHostMemoryBandwidthNode.cpus CapabilitiesHostTopologyCellCpu.siblings"),
    (bits, "CputuneCachetune.vcpus CputuneCachetuneMonitor.vcpus CputuneEnergytune.vcpus"),
    (bits, "CputuneEnergytuneMonitor.vcpus CputuneMemorytune.vcpus CputuneMemorytuneMonitor.vcpus"),
    (bits, "CputuneVcpusched.vcpus CputuneIothreadsched.iothreads"),
    # what network filters have names for
    (boolean, "*.gratuitous NWFilterRule.statematch"),
    (arp_opcode, "*.opcode"),
    (ethernet_type, "*.protocolid *.encap_protocol"),
    (ip_protocol, "NWFilterRuleIp.protocol NWFilterRuleIpv6.protocol"),
    (tcp_flags, "NWFilterRuleTcp.flags NWFilterRuleTcpIpv6.flags"),
    (flags, "NWFilterRule*.state"),
    (lower, "*.ipsetflags *.loadparm"),
    # paths that libvirt shortens
    (path, "StoragePoolTarget.path StoragePoolSourceDir.path"),
)
"""Reading of the text, by ``Class.field``; the class may be or end in ``*``. The first one holds."""


def _table() -> dict[str, list[tuple[str, Spelling]]]:
    found: dict[str, list[tuple[str, Spelling]]] = {}
    for spelling, names in SPELLINGS:
        for name in names.split():
            cls, _, field = name.partition(".")
            found.setdefault(field, []).append((cls, spelling))
    return found


_BY_FIELD = _table()


def spelling_of(cls: str, field: XmlField) -> Spelling:
    """Find how the text of a class's field is read."""
    spelling = _spelling_of(cls, field)
    return _or_variable(spelling) if cls.startswith("NWFilterRule") else spelling


def _or_variable(spelling: Spelling) -> Spelling:
    """Let a text be a variable of a network filter: ``$A[ 1 ]``, where ``$A`` is ``$A[@0]``."""

    def read(given: str) -> Hashable:
        if not given.startswith("$"):
            return spelling(given)
        name = "".join(given.split())
        return ("variable", name if name.endswith("]") else f"{name}[@0]")

    return read


def _spelling_of(cls: str, field: XmlField) -> Spelling:
    for pattern, spelling in _BY_FIELD.get(field.name, ()):
        if pattern == cls or (pattern.endswith("*") and cls.startswith(pattern[:-1])):
            return spelling
    return number if field.integer else text
