"""The outline of a model: what a notebook and `print` show."""

import pytest
from IPython.lib.pretty import pretty

from virtsdk import xml
from virtsdk.model._outline import ROWS, outline, text
from virtsdk.models.capabilities import Capabilities
from virtsdk.models.domain import (
    BackingStore,
    Devices,
    Disk,
    DiskDriver,
    DiskIoTune,
    DiskSource,
    DiskTarget,
    DomainDef,
    Memory,
)
from virtsdk.units import GiB

ADDRESS = "<address type='pci' domain='0x0000' bus='0x{:02x}' slot='0x00' function='0x0'/>"
CONTROLLERS = "".join(
    f"<controller type='pci' index='{n}' model='pcie-root-port'>{ADDRESS.format(n)}</controller>"
    for n in range(14)
)
GUEST = f"""
<domain type='kvm'><name>web1</name><uuid>61288c03-0b0d-4f1e-9496-0f0256f2e013</uuid>
<metadata><a:x xmlns:a="urn:a"><password>hunter2</password></a:x></metadata>
<memory unit='KiB'>8388608</memory><currentMemory unit='KiB'>4194305</currentMemory>
<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking>
<vcpu placement='static'>4</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/></os>
<features><acpi/><apic/></features><cpu mode='host-passthrough' check='none'/>
<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='hpet' present='no'/></clock>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
{CONTROLLERS}
<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/>
<model type='virtio'/></interface>
<graphics type='vnc' port='-1' passwd='hunter2'/></devices></domain>
"""


def rows(pairs):
    return sum(1 + (rows(each) if isinstance(each, dict) else 0) for each in pairs.values())


def test_a_usual_guest_is_a_page():
    guest = xml.parse(GUEST)
    shown = outline(guest)
    assert 15 < rows(shown) <= ROWS
    assert shown["name"] == "web1"
    assert shown["memory"] == "8 GiB"
    assert shown["current_memory"] == "4 GiB (4194305 KiB)"  # which it is not quite
    assert shown["memory_backing"] == "hugepages(pages[size=2 MiB])"
    assert shown["vcpu"] == "4 placement=static"
    assert shown["os"] == "type(hvm arch=x86_64 machine=q35) boots[dev=hd]"
    assert set(shown["features"].split()) == {"acpi", "apic"}
    devices = shown["devices"]
    assert devices["emulator"] == "/usr/bin/qemu-system-x86_64"
    assert devices["controllers"].startswith("14: type=pci index=0 model=pcie-root-port, ")
    assert devices["interfaces[0]"] == (
        "type=network mac(address=52:54:00:00:00:01) source(network=default) model(type=virtio)"
    )


def test_page_and_text_say_the_same_and_no_secret():
    guest = xml.parse(GUEST)
    page, said = guest._repr_html_(), str(guest)
    assert page.count("<tr") == rows(outline(guest)) == len(said.splitlines()) - 1
    for shown in (page, said, pretty(guest)):
        assert "8 GiB" in shown
        assert "hunter2" not in shown
    assert pretty(guest) == said
    assert "goes on" in said.splitlines()[0]
    assert "goes on" in page


def test_hundreds_of_rows_are_folded():
    def guest(arch):
        names = "".join(f"<machine maxCpus='{n}'>{arch}-{n}</machine>" for n in range(50))
        return (
            f"<guest><os_type>hvm</os_type><arch name='{arch}'><wordsize>64</wordsize>{names}</arch></guest>"
        )

    cpus = "".join(
        f"<cpu id='{n}' socket_id='0' die_id='0' core_id='{n}' siblings='{n}'/>" for n in range(96)
    )
    cell = f"<cell id='0'><memory unit='KiB'>1048576</memory><cpus num='96'>{cpus}</cpus></cell>"
    topology = f"<topology><cells num='1'>{cell}</cells></topology>"
    capabilities = xml.parse(
        f"<capabilities><host><cpu><arch>x86_64</arch></cpu>{topology}</host>"
        f"{''.join(guest(f'arch{n}') for n in range(30))}</capabilities>"
    )
    assert isinstance(capabilities, Capabilities)
    shown = outline(capabilities)
    assert rows(shown) <= ROWS
    assert shown["guests"].startswith("30: os_type=hvm arch(name=arch0 ")
    assert "1 GiB" in str(shown)
    assert rows(outline(capabilities.guests[0])) < 10


def test_items_of_a_list_are_unfolded_together():
    long = "/" + 120 * "x"
    few = Devices(disks=[_disk(long), _disk("/a")])
    shown = outline(few)
    assert isinstance(shown["disks[0]"], dict)
    assert shown["disks[1]"] == "type=file source(file=/a)"
    many = outline(Devices(disks=[_disk(long) for _ in range(41)]))
    assert many["disks"].startswith("41: type=file ")
    assert many["disks"].endswith("... x 41")
    huge = outline(Devices(disks=[_disk("/a")] * 100_000))
    assert huge["disks"] == "100000: type=file source(file=/a) x 200, ..."


def test_a_line_about_many_items_says_what_tells_them_apart():
    driver = DiskDriver(name="qemu", type="qcow2", cache="none", io="native")
    disks = [
        Disk(type="file", driver=driver, source=DiskSource(file=f"/a/{n}"), target=f"vd{n}")
        for n in "abcdefghijkl"
    ]
    disks[-1].iotune = DiskIoTune(total_bytes_sec=1000 * 2**20 + 1)
    says = outline(Devices(disks=disks))["disks"]
    assert says.startswith("12: file=/a/a dev=vda, file=/a/b dev=vdb, file=/a/c dev=vdc, ")
    alone = outline(Devices(disks=[*[disks[0]] * 10, disks[-1]]))["disks"]
    assert alone.startswith("11: file=/a/a dev=vda x 10, file=/a/l dev=vdl total_bytes_sec=")


def _disk(file):
    return Disk(type="file", source=DiskSource(file=file))


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (DiskTarget(dev="vda", bus="virtio"), "DiskTarget(dev='vda', bus='virtio')"),
        (Memory.of(GiB(2)), "Memory(unit='KiB', value=2097152)"),
        (DomainDef(), "DomainDef()"),
    ],
    ids=["target", "size", "nothing"],
)
def test_what_fits_in_a_line_is_one(model, line):
    assert str(model) == pretty(model) == repr(model) == line


def test_a_model_in_other_things_is_one_line():
    guest = xml.parse(GUEST)
    assert pretty([guest]) == f"[{guest!r}]"


def test_a_text_has_no_line_breaks_and_an_end():
    guest = DomainDef(name="web1", description="first\n  second " + 1000 * "x")
    said = outline(guest)["description"]
    assert said.startswith("first second xxx")
    assert said.endswith("...")
    assert len(said) <= 300


@pytest.mark.parametrize("unit", ["parsecs", ""], ids=["unknown", "empty"])
def test_a_size_that_is_none_is_shown_as_written(unit):
    guest = DomainDef(name="web1", memory=Memory(unit=unit, value="much"))
    assert "much" in text(guest)


def test_what_holds_itself_is_shown():
    store = BackingStore(type="file")
    store.backing_store = store
    assert rows(outline(store)) <= ROWS
    assert "..." in str(store)


def test_what_is_beyond_the_schema_is_counted():
    guest = xml.parse("<domain zz='1'><name>web1</name><new/></domain>")
    assert outline(guest)["extras"] == "2 beyond the schema"
