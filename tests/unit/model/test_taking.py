"""What fields take, what they give back, and what they say where they take something else."""

import copy
import pathlib
import re
import traceback
import uuid

import numpy as np
import pytest

from tests.unit.model.assigning import assigned, ways
from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.model import Empty
from virtsdk.models.common import CpuNumaCell, SysinfoEntry, SysinfoOemStrings
from virtsdk.models.domain import (
    Devices,
    Disk,
    DiskDriver,
    DiskIoTune,
    DiskSource,
    DiskTarget,
    DomainDef,
    Features,
    Graphics,
    Memory,
    MemoryBackingHugepagesPage,
    Os,
    OsBoot,
    OsType,
    Sysinfo,
    Vcpu,
    VideoModel,
)
from virtsdk.models.domain_capabilities import DomainCapabilitiesFeaturesSgxSectionSize
from virtsdk.models.sysinfo import SysinfoDef
from virtsdk.units import KB, B, GiB, KiB, MiB, Size

DOMAIN = uuid.UUID("4dea22b3-1d52-d8f3-2516-782e98ab3fa0")


def with_item(model, item):
    model.entries.append(item)
    return model


# --- presence


@pytest.mark.parametrize("yes", [True, np.True_, Empty()])
def test_presence_is_true(yes):
    for features in ways(Features, "acpi", yes):
        assert features.acpi
        assert features == Features(acpi=Empty())
        assert xml.render(features, pretty=False) == "<features><acpi/></features>"


@pytest.mark.parametrize("no", [False, np.False_, None])
def test_presence_is_taken_away(no):
    for features in (*ways(Features, "acpi", no), assigned(Features(acpi=True), "acpi", no)):
        assert not features.acpi
        assert features == Features()
        assert xml.render(features, pretty=False) == "<features/>"


@pytest.mark.parametrize("wrong", ["yes", 1, np.int64(1), [], Disk()])
def test_presence_is_nothing_else(wrong):
    with pytest.raises(TypeError, match=r"Features\.acpi must be True or False, not "):
        Features(acpi=wrong)


def test_an_element_with_more_to_say_is_no_presence_and_says_what_to_write():
    with pytest.raises(
        TypeError, match=r"Features\.gic must be FeaturesGic, not True; write FeaturesGic\(\)"
    ):
        Features(gic=True)


# --- sizes


def test_a_size_makes_the_element_and_reads_back():
    for guest in ways(DomainDef, "memory", GiB(8)):
        assert guest.memory == Memory(unit="KiB", value=8 * 1024**2)
        assert guest.memory.bytes == GiB(8)
    guest.memory = B(1001)
    assert xml.render(guest, pretty=False) == '<domain><memory unit="bytes">1001</memory></domain>'


@pytest.mark.parametrize(
    ("given", "number", "unit"),
    [
        ("8 GiB", 8 * 2**20, "KiB"),
        ("1001 B", 1001, "bytes"),
        ("07", "07", None),  # what is no size stays: validate() says so
        ("0x10", "0x10", None),
        ("five", "five", None),
    ],
)
def test_a_text_with_a_unit_is_a_size_in_an_attribute_too(given, number, unit):
    for cell in ways(CpuNumaCell, "memory", given):
        assert (cell.memory, cell.unit) == (number, unit)


def test_a_text_with_a_unit_takes_the_unit_that_is_written_beside_it():
    for cell in (CpuNumaCell(memory="8 GiB", unit="MiB"), CpuNumaCell(unit="MiB", memory="8 GiB")):
        assert (cell.memory, cell.unit) == (8192, "MiB")


@pytest.mark.parametrize("number", [4096, np.int64(4096), "4096"])
def test_a_bare_number_is_in_the_unit_that_libvirt_assumes(number):
    for guest in ways(DomainDef, "memory", number):
        assert guest.memory == Memory(value=4096)
        assert guest.memory.bytes == MiB(4)


def test_a_text_with_a_unit_is_a_size():
    assert DomainDef(memory="8 GiB").memory.bytes == GiB(8)
    with pytest.raises(
        ValueError, match=r"DomainDef\.memory: unknown size unit 'GB/s'|DomainDef\.memory: not a size"
    ):
        DomainDef(memory="8 GB/s")


@pytest.mark.parametrize("wrong", [1.5, True, b"4", [4], Disk()])
def test_a_size_is_nothing_else(wrong):
    with pytest.raises(
        TypeError, match=r"DomainDef\.memory must be a size such as GiB\(8\), or a whole number of KiB, not"
    ):
        DomainDef(memory=wrong)


def test_no_size_is_negative():
    for make in (lambda: DomainDef(memory=Size(-1)), lambda: CpuNumaCell(memory=Size(-1))):
        with pytest.raises(ValueError, match="must be at least 0, not Size"):
            make()


def test_a_size_beside_its_unit_is_written_with_it():
    for cell in ways(CpuNumaCell, "memory", GiB(32)):
        assert (cell.memory, cell.unit) == (32 * 1024**2, "KiB")
        assert cell.memory_bytes == GiB(32)
    shown = xml.render(CpuNumaCell(id=0, cpus="0-7", memory=GiB(32)), pretty=False)
    assert shown == '<cell id="0" cpus="0-7" memory="33554432" unit="KiB"/>'


def test_a_size_keeps_the_unit_that_is_there_where_it_can():
    for cell in (CpuNumaCell(memory=GiB(2), unit="MiB"), CpuNumaCell(unit="MiB", memory=GiB(2))):
        assert (cell.memory, cell.unit) == (2048, "MiB")
    cell.memory = KiB(1)
    assert (cell.memory, cell.unit) == (1, "KiB")
    cell.memory = B(7)
    assert (cell.memory, cell.unit) == (7, "bytes")
    memory = Memory(unit="GiB", value=1)
    memory.value = GiB(3)
    assert (memory.value, memory.unit) == (3, "GiB")


def test_two_sizes_in_one_unit_keep_it():
    control = xml.parse("<bank><control granularity='2' min='4' unit='MiB'/></bank>", bank()).controls[0]
    control.granularity = MiB(3)
    assert (control.granularity, control.granularity_bytes, control.min_bytes) == (3, MiB(3), MiB(4))
    with pytest.raises(ValueError, match=r"granularity: KiB\(1\) is no whole number of MiB, as min is in"):
        control.granularity = KiB(1)
    assert (control.granularity, control.unit) == (3, "MiB")


def bank():
    from virtsdk.models.capabilities import CapabilitiesHostCacheBank

    return CapabilitiesHostCacheBank


def test_a_size_of_a_fixed_unit_is_a_number_of_it():
    video = VideoModel(vram=MiB(64))
    assert (video.vram, video.vram_bytes) == (65536, MiB(64))
    assert DiskIoTune(total_bytes_sec=MiB(100)).total_bytes_sec == MiB(100)
    assert type(DiskIoTune(total_bytes_sec=MiB(100)).total_bytes_sec) is int
    with pytest.raises(ValueError, match=r"VideoModel\.vram must be a whole number of KiB, not Size\(1000\)"):
        VideoModel(vram=KB(1))


def test_sizes_read_in_bytes_whatever_the_unit():
    assert xml.parse("<cell memory='2' unit='G'/>", CpuNumaCell).memory_bytes == GiB(2)
    assert xml.parse("<cell memory='2048'/>", CpuNumaCell).memory_bytes == MiB(2)
    assert MemoryBackingHugepagesPage(size=2, unit="M").size_bytes == MiB(2)
    assert DomainCapabilitiesFeaturesSgxSectionSize(value=2, unit="MiB").bytes == MiB(2)
    with pytest.raises(ValueError, match="CpuNumaCell has no memory"):
        _ = CpuNumaCell().memory_bytes


def test_a_size_is_refused_where_a_number_without_a_unit_stands():
    with pytest.raises(
        TypeError, match=r"CpuNumaCell\.id must be a number without a unit of its own, not the size"
    ):
        CpuNumaCell(id=GiB(1))


# --- an element around a text


def test_the_text_stands_for_the_element_around_it():
    for guest in ways(DomainDef, "vcpu", 4):
        assert guest.vcpu == Vcpu(value=4)
    guest.vcpu.placement = "static"
    assert xml.render(guest, pretty=False) == '<domain><vcpu placement="static">4</vcpu></domain>'
    assert Os(type="hvm").type == OsType(value="hvm")
    assert DomainDef(vcpu="4") == DomainDef(vcpu=np.int64(4)) == DomainDef(vcpu=4)
    assert DomainDef(metadata="<a/>").metadata.content == "<a/>"


@pytest.mark.parametrize("wrong", [1.5, True, b"4", [4], Disk(), GiB(1)])
def test_other_things_do_not_stand_for_it(wrong):
    with pytest.raises(TypeError, match=r"DomainDef\.vcpu must be Vcpu, or its text, not "):
        DomainDef(vcpu=wrong)


# --- parts


def test_what_is_assigned_is_what_parsing_gives():
    disk = Disk(
        type="file",
        source=DiskSource(file=pathlib.Path("/a")),
        target=DiskTarget(dev="vda", bus="virtio"),
        driver=DiskDriver(name="qemu", queues=np.int32(4)),
        readonly=True,
    )
    assert xml.parse(xml.render(disk), Disk) == disk
    assert xml.diff(disk, xml.parse(xml.render(disk), Disk)) == []


def test_a_part_is_of_its_class():
    for make in (lambda: Disk(source="/a"), lambda: setattr(Disk(), "source", "/a")):
        with pytest.raises(TypeError, match=re.escape("Disk.source must be DiskSource, not '/a'")):
            make()


def test_a_small_part_says_how_it_is_written():
    with pytest.raises(
        TypeError, match=r"Features\.ioapic must be .*; write FeaturesIoapic\(driver=\.\.\.\)"
    ):
        Features(ioapic="kvm")


# --- lists


def test_a_list_is_the_one_that_was_given_where_all_of_it_fits():
    disks = [Disk()]
    devices = Devices(disks=disks)
    disks.append(Disk(type="file"))
    assert len(devices.disks) == 2
    assert devices.disks is disks


def test_items_take_their_form():
    assert SysinfoDef(entries=["a", SysinfoEntry(value="b")]).entries == [
        SysinfoEntry(value="a"),
        SysinfoEntry(value="b"),
    ]
    assert Os(initargs=[pathlib.PurePosixPath("/x"), 7]).initargs == ["/x", "7"]
    assert Devices(disks=(Disk(),)).disks == [Disk()]
    assert Devices(disks=(Disk() for _ in range(2))).disks == [Disk(), Disk()]
    assert Devices(disks=None).disks == []


@pytest.mark.parametrize("wrong", [Disk(), "vda", {"dev": "vda"}, 7, b"x"])
def test_one_item_is_no_list(wrong):
    with pytest.raises(TypeError, match=r"Devices\.disks must be a list, not "):
        Devices(disks=wrong)


def test_a_wrong_item_is_named_by_its_position():
    with pytest.raises(TypeError, match=r"Devices\.disks\[1\] must be Disk, not None"):
        Devices(disks=[Disk(), None])


def test_what_was_put_into_a_list_takes_its_form_when_it_is_written():
    sysinfo = SysinfoDef(type="fwcfg")
    sysinfo.entries.append("a")
    os = Os()
    os.initargs.extend([pathlib.PurePosixPath("/x"), np.int64(7)])
    assert xml.render(sysinfo, pretty=False) == '<sysinfo type="fwcfg"><entry>a</entry></sysinfo>'
    assert sysinfo.entries == [SysinfoEntry(value="a")]
    assert xml.render(os, pretty=False) == "<os><initarg>/x</initarg><initarg>7</initarg></os>"
    assert os.initargs == ["/x", "7"]


def test_a_wrong_item_is_named_when_it_is_written_and_none_before_it():
    os = Os()
    os.initargs.extend([7, 1.5])
    with pytest.raises(TypeError, match=r"Os\.initargs\[1\] must be text or a whole number, not a float"):
        xml.render(os)
    sysinfo = SysinfoDef()
    sysinfo.entries.extend(["a", 1.5])
    with pytest.raises(TypeError, match=r"SysinfoDef\.entries\[1\] must be SysinfoEntry, not"):
        xml.render(sysinfo)


def unwritten():
    """A definition with what stands for a model, deep in it."""
    guest = DomainDef(name="web1", sysinfos=[Sysinfo(type="fwcfg")])
    guest.sysinfos[0].entries.append("a")
    return guest


WRITTEN = DomainDef(name="web1", sysinfos=[Sysinfo(type="fwcfg", entries=["a"])])


def test_all_else_works_before_it_is_written():
    assert xml.extras(unwritten()) == []
    assert xml.diff(unwritten(), WRITTEN) == xml.diff(WRITTEN, unwritten()) == []
    assert xml.to_frame([unwritten()], columns=["sysinfos[0].entries[0].value"]).iloc[0, 0] == "a"
    assert xml.render(copy.deepcopy(unwritten())) == xml.render(WRITTEN)
    assert xml.validate(unwritten()) == xml.validate(WRITTEN)


# --- secrets, and what stays as it is


PASSWORD = "".join(["hunt", "er2"])  # so that no line of a traceback has it


@pytest.mark.parametrize(
    "make",
    [
        lambda: Graphics(passwd=PASSWORD.encode()),
        lambda: Graphics(passwd=PASSWORD, port=[]),
        lambda: Graphics(passwort=PASSWORD),
        lambda: Graphics(PASSWORD),
        lambda: setattr(Graphics(), "passwd", PASSWORD.encode()),
        lambda: Devices(graphics=[{"passwd": PASSWORD}]),
        lambda: SysinfoDef(entries=[PASSWORD.encode()]),
        lambda: setattr(SysinfoEntry(), "value", [PASSWORD]),
        lambda: xml.render(Devices(graphics=[Graphics(passwd=PASSWORD + "\0")])),
        lambda: xml.render(with_item(SysinfoOemStrings(), PASSWORD.encode())),
    ],
)
def test_an_error_shows_no_secret(make):
    with pytest.raises((TypeError, XmlError)) as error:
        make()
    shown = traceback.TracebackException.from_exception(error.value, capture_locals=True)
    assert PASSWORD not in "".join(shown.format())


def test_an_error_leaves_the_frames_of_one_that_its_caller_handles():
    def fails(mine):
        raise KeyError

    try:
        fails("here")
    except KeyError as other:
        with pytest.raises(TypeError):
            Graphics(port=[])
        assert other.__traceback__.tb_next.tb_frame.f_locals == {"mine": "here"}


def test_a_refused_value_leaves_the_field_as_it_was():
    disk = Disk(type="file", source=DiskSource(file="/a"))
    with pytest.raises(TypeError):
        disk.source = "/b"
    assert disk == Disk(type="file", source=DiskSource(file="/a"))


def test_none_and_del_take_a_field_away():
    disk = Disk(type="file", source=DiskSource(file="/a"))
    disk.type = None
    del disk.source
    assert disk == Disk()


# --- the first of a list


def test_the_first_of_a_list_that_mostly_holds_one():
    os = Os(boots=[OsBoot(dev="cdrom"), OsBoot(dev="hd")])
    assert os.first_boot is os.boots[0]
    assert Os().first_boot is None
    assert Devices(graphics=[Graphics(type="vnc")]).first_graphics.type == "vnc"
