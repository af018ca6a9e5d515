"""`xml.diff(..., only_said=True)`: what the second model leaves unsaid is no wish."""

import libvirt
import pytest

from virtsdk import xml
from virtsdk.models.domain import DomainDef
from virtsdk.models.network import NetworkDef
from virtsdk.models.storage_pool import StoragePoolDef


def changes(before, after, root="domain"):
    one, two = (xml.parse(f"<{root}>{text}</{root}>") for text in (before, after))
    return [(change.path, change.before, change.after) for change in xml.diff(one, two, only_said=True)]


@pytest.mark.parametrize(
    "left_out",
    [
        "<name>a</name>",
        "<features><acpi/></features>",
        "<memory unit='KiB' dumpCore='off'>1</memory>",
        "<metadata><a:x xmlns:a='urn:a'/></metadata>",
        "<new-element/>",
        "<devices><sound model='ich9'/></devices>",
        "<os><boot dev='hd'/></os>",
    ],
)
def test_what_is_left_unsaid_is_no_change(left_out):
    assert changes(left_out, "<vcpu>2</vcpu>") == [
        ("vcpu", None, xml.parse("<domain><vcpu>2</vcpu></domain>").vcpu)
    ]


def test_what_is_said_is():
    assert changes("", "<name>a</name>") == [("name", None, "a")]
    assert changes("<name>b</name>", "<name>a</name>") == [("name", "b", "a")]
    ((path, before, after),) = changes("<memory>1</memory>", "<memory>2</memory>")
    assert (path, before.bytes, after.bytes) == ("memory", 1024, 2048)
    ((path, before, after),) = changes("", "<features><acpi/></features>")
    assert (path, before) == ("features", None)
    assert after.acpi
    assert [path for path, _, _ in changes("<name>a</name>", "<name new='1'>a</name>")] == ["extras"]
    assert changes("<name old='1' new='1'>a</name>", "<name new='1'>a</name>") == []
    assert changes("<new k='1'/>", "<new k='2'/>")[0][0] == "extras"


def test_a_list_that_says_something_says_all():
    disk = "<disk type='file'><source file='/{}'/><target dev='{}'/></disk>".format
    both = f"<devices>{disk('a', 'vda')}{disk('b', 'vdb')}</devices>"
    ((path, before, after),) = changes(both, f"<devices>{disk('b', 'vdb')}</devices>")
    assert (path, before.target.dev, after) == ("devices.disks[0]", "vda", None)
    assert changes(both, "<devices/>") == []
    ((path, before, after),) = changes(f"<devices>{disk('a', 'vda')}</devices>", both)
    assert (path, before, after.target.dev) == ("devices.disks[1]", None, "vdb")


def test_inside_an_item_what_is_left_unsaid_is_no_change_again():
    full = (
        "<interface type='network'><mac address='52:54:00:00:00:0{0}'/><source network='{1}'/>"
        "<target dev='vnet{0}'/><model type='virtio'/><alias name='net{0}'/></interface>"
    )
    current = f"<devices>{full.format(1, 'a')}{full.format(2, 'b')}</devices>"
    wish = "<interface type='network'><source network='{}'/></interface>"
    assert changes(current, f"<devices>{wish.format('b')}{wish.format('a')}</devices>") == []
    assert changes(current, f"<devices>{wish.format('b')}{wish.format('c')}</devices>") == [
        ("devices.interfaces[1].source.network", "a", "c")
    ]


def test_a_wish_in_another_spelling():
    pci = "<devices><hostdev type='pci'><source><address {}/></source></hostdev></devices>".format
    assert (
        changes(
            pci("domain='0x0000' bus='0x0b' slot='0x00' function='0x0'"), pci("domain='0' bus='11' slot='0'")
        )
        == []
    )
    assert changes(
        pci("domain='0x0000' bus='0x0b' slot='0x00' function='0x1'"), pci("domain='0' bus='11' slot='0'")
    )


DOMAIN = """<domain type='test'><name>said</name><uuid>C7A5FDBDEDAF9455926AD65C16DB1809</uuid>
<memory unit='GiB'>8</memory><vcpu cpuset='0,1, 2-5,^4'>4</vcpu><iothreads>3</iothreads>
<metadata>
<b:y xmlns:b='urn:b' k='1' j='2'><b:z/> </b:y></metadata>
<cputune><vcpupin vcpu='1' cpuset='1'/><vcpupin vcpu='0' cpuset='3,1'/>
<vcpusched vcpus='0-1,3' scheduler='fifo' priority='1'/><iothreadsched iothreads='1,2' scheduler='batch'/>
<cachetune vcpus='0'><cache id='0' level='3' type='both' size='4096'/></cachetune></cputune>
<memoryBacking><hugepages><page size='1' unit='GiB' nodeset='0,1'/></hugepages></memoryBacking>
<os><type>hvm</type></os>
<cpu mode='custom'><model>qemu64</model><feature name='vmx' policy='require'/>
<numa><cell cpus='0,1' memory='2' unit='GiB'><cache level='1' associativity='direct' policy='writeback'>
<size value='10'/><line value='8' unit='B'/></cache></cell><cell cpus='2,3' memory='2048' unit='MiB'/>
<interconnects><bandwidth initiator='0' target='0' type='access' value='2' unit='MiB'/></interconnects>
</numa></cpu>
<clock offset='variable' adjustment='+3600'/>
<launchSecurity type='sev'><policy>30</policy><cbitpos>047</cbitpos><reducedPhysBits>1</reducedPhysBits>
</launchSecurity>
<devices>
<disk type='file'><source file='/b'/><target dev='vdb'/><serial> 0x1F </serial></disk>
<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/><wwn>5000C50015EA71AA</wwn></disk>
<controller type='usb' index='0' model='ich9-uhci2'><master startport='02'/></controller>
<controller type='usb' index='0' model='ich9-ehci1'/>
<controller type='pci' index='0' model='pcie-root'><pcihole64 unit='GiB'>1</pcihole64></controller>
<controller type='pci' index='1' model='pcie-root-port'><target chassis='010' port='0x10'/></controller>
<filesystem type='mount' fmode='0700' dmode='755'><source dir='/a'/><target dir='x'/></filesystem>
<filesystem type='ram'><source usage='4' units='MiB'/><target dir='/x'/></filesystem>
<interface type='user'><mac address='52:54:0:AA:bb:1'/></interface>
<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0xB' slot='010' function='0'/></source>
</hostdev>
<hostdev mode='subsystem' type='usb'><source><vendor id='0x46D'/><product id='010'/></source></hostdev>
<hostdev mode='subsystem' type='usb'><source><address bus='010' device='0x03'/></source></hostdev>
<serial type='pty'><target type='isa-serial' port='00'/><address type='isa' iobase='3f8' irq='4'/></serial>
<graphics type='vnc' port='05900' autoport='no'/><audio id='01' type='none'/>
<memballoon model='none'/></devices></domain>"""

NETWORK = """<network><name>said</name><uuid>C7A5FDBDEDAF9455926AD65C16DB1808</uuid>
<forward mode='nat'><nat><port start='01024' end='65535'/></nat></forward>
<bridge name='virbr77' delay='00'/><mac address='52:54:0:aa:BB:cc'/>
<dns><srv service='x' protocol='tcp' domain='d' target='.' port='080'/>
<host ip='FD00::0:1'><hostname>b</hostname><hostname>a</hostname></host></dns>
<ip address='192.168.177.1' netmask='255.255.255.0'><dhcp><range start='192.168.177.2' end='192.168.177.9'/>
<host mac='52:54:0:aa:BB:cd' ip='192.168.177.2'><lease expiry='60'/></host></dhcp></ip>
<ip family='ipv6' address='FD00:0:0::1' prefix='064'><dhcp><range start='FD00::0:10' end='fd00::20'>
<lease expiry='1' unit='hours'/></range></dhcp></ip>
<route family='ipv6' address='FD01::0' prefix='64' gateway='FD00::0:2'/></network>"""

POOL = """<pool type='dir'><name>said</name><uuid>C7A5FDBDEDAF9455926AD65C16DB1807</uuid>
<target><path>/a//b/</path><permissions><mode>755</mode><owner>01</owner></permissions></target></pool>"""


@pytest.mark.parametrize(
    ("cls", "define", "text"),
    [
        (DomainDef, "defineXML", DOMAIN),
        (NetworkDef, "networkDefineXML", NETWORK),
        (StoragePoolDef, "storagePoolDefineXML", POOL),
    ],
)
def test_what_libvirt_writes_back_is_what_was_said(cls, define, text):
    connection = libvirt.open("test:///default")
    try:
        defined = getattr(connection, define)(text)
        try:
            written = defined.XMLDesc()
        finally:
            defined.undefine()
    finally:
        connection.close()
    mine, back = xml.parse(text, cls), xml.parse(written, cls)
    assert mine != back
    changes = xml.diff(back, mine, only_said=True)
    added = [
        change for change in changes if change.after is None and change.path.startswith("devices.controllers")
    ]
    assert [change for change in changes if change not in added] == []
