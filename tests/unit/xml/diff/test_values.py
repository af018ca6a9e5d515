"""Values compare by what their field means: the schema's type says which spellings are one value."""

import itertools
from functools import cache
from pathlib import Path

import pytest

import virtsdk.models
from schemas.xsdindex import XsdIndex
from virtsdk import xml
from virtsdk.model import FreeXml, Model, Scaled
from virtsdk.xml._fields import describe

SCHEMAS = Path(virtsdk.models.__file__).parents[2] / "schemas" / "xsd"

MAC = ("52:54:00:AA:BB:01", "52:54:0:aa:bb:1")
IP = ("FD00:0:0::1", "fd00::1", "fd00:0:0:0:0:0:0:1")
NUMBER = ("7", "007", " 7 ", "+7", 7)
HEX = ("0x1", "0x01", "1", "0X1", 1)
CPUS = ("0,1,2,3", "0-3", "3,0-2", "0-5,^4,^5", "0, 1, 2-3")

ONE_VALUE = {
    "UUID": ("C7A5FDBD-EDAF-9455-926A-D65C16DB1809", "c7a5fdbdedaf9455926ad65c16db1809"),
    "wwn": ("5000C50015EA71AA", "0x5000c50015ea71aa"),
    "uniMacAddr": MAC,
    "macAddr": MAC,
    "mac": MAC,
    "addrMAC": MAC,
    "ipAddr": IP,
    "ipv6Addr": IP,
    "addrIPv6": IP,
    "addrIPorName": IP,
    "addrMask": ("255.255.255.0", "24", 24),
    "addrMaskv6": ("FFFF:ffff::", "32", 32),
    "cpuset": CPUS,
    "octalMode": ("0644", "644"),
    "createMode": ("0644", "644"),
    "hexuint": ("0x0B", "0x0b", "0xb"),
    "spaprvioReg": ("0x2000", "2000", "00002000"),
    "usbId": ("0x46D", "0x046d", "1133"),
    "usbAddr": ("0x3", "3", "003"),
    "usbPort": ("1.2", "01.2"),
    "uint8": HEX,
    "uint16": HEX,
    "uint24": HEX,
    "uint32": HEX,
    "usbClass": HEX,
    "uint16range": HEX,
    "uint32range": HEX,
    "sixbitrange": HEX,
    "pciSlot": HEX,
    "pciFunc": HEX,
    "ccwCssidRange": HEX,
    "ccwSsidRange": HEX,
    "ccwDevnoRange": HEX,
    "apDomainRange": HEX,
    "vlan-vlanid": HEX,
    "unsignedInt": NUMBER,
    "unsignedLong": NUMBER,
    "unsignedShort": NUMBER,
    "positiveInteger": NUMBER,
    "PortNumber": NUMBER,
    "countCPU": NUMBER,
    "timestamp": ("12.50", "12.5"),
    "timeval": ("1.0", "1"),
    "timeDelta": ("+3600", "3600"),
    "DUID": ("00:03:00:01:0A", "0:3:0:1:a"),
    "tcpflags-type": ("SYN,ACK/SYN", "ACK,SYN/SYN"),
    "variable-name-type": ("$A", "$ A", "$A[@0]", "$A[ @0 ] "),
    "usbVersion": ("9.4", "9.40"),
    "stateflags-type": ("NEW,ESTABLISHED", "ESTABLISHED,NEW"),
    "ipset-flags-type": ("SRC,dst", "src,DST"),
    "statematch-type": ("False", "0"),
    "NWFilterBoolean": ("yes", "true", "1"),
    "arpOpcodeType": ("Request", "request", "1", 1),
    "ipProtocolType": ("tcp", "6", "0x6", 6),
    "mac-protocolid": ("arp", "0x806", "2054", 2054),
}
"""Spellings of one value, by the name of the XSD type."""

TWO_VALUES = [
    ("0x1F", "31"),
    ("007", "7"),
    ("A", "a"),
    ("a", "a "),
    ("0,1", "0-1"),
    ("AA:BB:CC:DD:EE:01", "aa:bb:cc:dd:ee:01"),
    ("FD00::1", "fd00::1"),
    ("C7A5FDBD-EDAF-9455-926A-D65C16DB1809", "c7a5fdbd-edaf-9455-926a-d65c16db1809"),
    ("/a//b", "/a/b"),
    ("yes", "YES"),
    ("1.0", "1"),
]
"""Texts that are two values where the schema has text."""

NOT_AS_THE_SCHEMA_SAYS = {
    "ChannelTarget.address": "libvirt reads an address",
    "StoragePoolSourceAuthSecret.uuid": "libvirt reads a UUID",
    "DomainSnapshotDef.creation_time": "libvirt reads a number",
    "DeviceBoot.loadparm": "libvirt writes it in upper case",
    "ChardevTarget.port": "libvirt reads a number",
    "ChannelTarget.port": "libvirt reads a number",
    "NodeDeviceCapability.bus": "libvirt reads a number",
    "NodeDeviceCapability.target": "a number, or the name of a target",
    "NodeDeviceCapability.parent_addr": "text that looks like an address",
    "HostdevSource.wwpn": "hex digits after naa.",
    "Address.iobase": "hex digits",
    "Address.irq": "hex digits",
    "StoragePoolTarget.path": "libvirt shortens it",
    "StoragePoolSourceDir.path": "libvirt shortens it",
    "StorageVolumeTarget.path": "may be a URI",
}
"""Fields whose XSD type is text, or a union, and what they hold."""


@cache
def leaves():
    """Every plain field of the models: (class, field, names of the XSD types that its values may have)."""
    index = XsdIndex.read(sorted(SCHEMAS.glob("*.xsd")))
    found = []
    for name in sorted(virtsdk.models.HOMES):
        cls = getattr(virtsdk.models, name)
        if not issubclass(cls, Model) or issubclass(cls, FreeXml | Scaled) or cls.__name__ != name:
            continue
        described = describe(cls)
        text = (described.text,) if described.text else ()
        for field in (*described.attributes, *text, *described.elements):
            if field.model is None and not field.many:
                given = (
                    index.text_base(name)
                    if field.kind == "text"
                    else index.type_of(index.part(name, field.kind, field.local))
                )
                found.append((cls, field, types(index, given)))
    return found


def types(index, given):
    """The names of a type and of those that it is a union of."""
    if isinstance(given, str):
        name = given.rpartition(":")[2]
        inner = index.simple.get(name)
        return {name} | (types(index, inner) if inner is not None else set())
    found = set()
    for union in given.findall("{http://www.w3.org/2001/XMLSchema}union"):
        members = [*union.get("memberTypes", "").split(), *union.findall("{*}simpleType")]
        found.update(*(types(index, member) for member in members))
    for restriction in given.findall("{http://www.w3.org/2001/XMLSchema}restriction"):
        found.add(restriction.get("base"))
    return found


def differ(cls, field, one, other):
    return bool(xml.diff(cls(**{field.name: one}), cls(**{field.name: other})))


@pytest.mark.parametrize("kind", sorted(ONE_VALUE))
def test_spellings_of_one_value_are_no_change_in_every_field_that_has_such_values(kind):
    fields = [(cls, field) for cls, field, kinds in leaves() if kind in kinds]
    assert fields
    wrong = [
        (cls.__name__, field.name, one, other)
        for cls, field in fields
        for one, other in itertools.permutations(ONE_VALUE[kind], 2)
        if differ(cls, field, one, other)
    ]
    assert not wrong


@pytest.mark.parametrize(("one", "other"), TWO_VALUES)
def test_texts_are_themselves_in_every_field_that_holds_text(one, other):
    fields = [
        (cls, field)
        for cls, field, kinds in leaves()
        if not (kinds & {*ONE_VALUE, "ipv4Addr", "addrIP"} or field.integer)
        and f"{cls.__name__}.{field.name}" not in NOT_AS_THE_SCHEMA_SAYS
    ]
    assert fields
    assert not [(cls.__name__, field.name) for cls, field in fields if not differ(cls, field, one, other)]


def test_a_leading_zero_is_octal_where_libvirt_reads_it_so():
    domain = (
        "<domain><devices><hostdev type='pci'><source><address {}/></source></hostdev></devices></domain>"
    )
    eight = xml.parse(domain.format("slot='010'"))
    assert xml.diff(eight, xml.parse(domain.format("slot='0x08'"))) == []
    assert xml.diff(eight, xml.parse(domain.format("slot='10'")))
    assert (
        xml.diff(
            xml.parse("<domain><vcpu>010</vcpu></domain>"), xml.parse("<domain><vcpu>10</vcpu></domain>")
        )
        == []
    )
    drive_or_pci = "<domain><devices><disk><target dev='vda'/><address slot='{}'/></disk></devices></domain>"
    for other in ("8", "10"):
        assert xml.diff(*(xml.parse(drive_or_pci.format(slot)) for slot in ("010", other)))


@pytest.mark.parametrize(
    "text", ["0x", "1_0", "٣", "1.5", "0-", "3-1", "0-99999999999", "52:54:00", "::1::", "255.0.255.0", ""]
)
def test_a_text_that_has_not_the_form_of_its_field_is_itself(text):
    for cls, field, _ in leaves():
        assert not differ(cls, field, text, str(text))
        assert differ(cls, field, text, f"{text}?")
