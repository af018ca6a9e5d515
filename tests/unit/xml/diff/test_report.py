"""Changes show what tells devices apart, sizes with their unit, and no secrets, as text, table and frame."""

import copy
import html
import pickle
import re

import pytest

from virtsdk import xml
from virtsdk.models.common import ScaledMemory
from virtsdk.models.domain import DomainDef, Memory
from virtsdk.units import GiB, MiB
from virtsdk.xml import Changes
from virtsdk.xml._fields import describe


def domain(text):
    return xml.parse(f"<domain>{text}</domain>")


def lines(before, after):
    return [str(change) for change in xml.diff(domain(before), domain(after))]


def cells(changes):
    """The texts of the rows of the table that a notebook shows."""
    return [
        tuple(html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row))
        for row in re.findall(r"<tr>(.*?)</tr>", changes._repr_html_().partition("<tbody>")[2])
    ]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("<memory unit='GiB'>8</memory>", "<memory unit='MiB'>4096</memory>", "memory: 8 GiB -> 4 GiB"),
        (
            "<memory unit='b'>1500000</memory>",
            "<memory unit='b'>1500001</memory>",
            "memory: 1500000 bytes -> 1500001 bytes",
        ),
        ("", "<memory unit='KiB'>0</memory>", "memory: nothing -> 0 bytes"),
        ("", "<memory unit='GiB' dumpCore='off'>8</memory>", "memory: nothing -> 8 GiB (dump_core='off')"),
        ("<memory dumpCore='off'>1</memory>", "<memory dumpCore='off'>2</memory>", "memory: 1 KiB -> 2 KiB"),
        ("<memory unit='KiB'>x</memory>", "<memory>1536</memory>", "memory: x KiB -> 1536 KiB"),
        ("<vcpu>2</vcpu>", "<vcpu>4</vcpu>", "vcpu.value: 2 -> 4"),
        ("<name>a</name>", "", "name: 'a' -> nothing"),
        ("", "<features><acpi/></features>", "features: nothing -> Features(acpi=present)"),
        ("<features/>", "<features><acpi/></features>", "features.acpi: nothing -> present"),
        ("<features><acpi/></features>", "<features/>", "features.acpi: present -> nothing"),
        ("", "<name new='1'/><newer/>", None),
        (
            "<os><type arch='i686'>hvm</type></os>",
            "<os><type arch='x86_64'>hvm</type></os>",
            "os.type.arch: 'i686' -> 'x86_64'",
        ),
    ],
)
def test_a_line(before, after, line):
    (found,) = lines(before, after) if line else lines("<name/>", after)
    assert found == (line or "extras: nothing -> <newer/>, name: new='1'")


def test_an_element_that_holds_nothing_is_as_good_as_none_unless_it_says_something_itself():
    assert lines("<features/><devices/><cputune/>", "") == lines("", "<features/><devices/><cputune/>") == []
    assert lines("<cpu><numa/></cpu>", "<cpu/>") == []
    assert lines("<cpu/>", "") == ["cpu: present -> nothing"]
    empty = xml.parse("<pool><target><permissions/></target></pool>")
    assert xml.diff(empty, xml.parse("<pool/>")) == xml.diff(xml.parse("<pool/>"), empty) == []
    pages = "<memoryBacking>{}</memoryBacking>".format
    assert lines(pages("<hugepages/>"), pages("<locked/>")) == [
        "memory_backing.hugepages: present -> nothing",
        "memory_backing.locked: nothing -> present",
    ]


def test_an_amount_with_its_unit_beside_it():
    cell = "<cpu><numa><cell id='0' memory='{}' unit='{}'/></numa></cpu>"
    (change,) = xml.diff(domain(cell.format(2, "GiB")), domain(cell.format(2, "MiB")))
    assert (change.path, change.before, change.after) == ("cpu.numa.cells[0].memory", GiB(2), MiB(2))
    assert str(change) == "cpu.numa.cells[0].memory (0): 2 GiB -> 2 MiB"
    assert lines(cell.format(2, "fathoms"), cell.format(2, "GiB")) == [
        "cpu.numa.cells[0].memory (0): '2 fathoms' -> 2 GiB",
    ]
    assert lines("<cpu><numa/></cpu>", cell.format(2, "GiB")) == [
        "cpu.numa.cells[0] (0): nothing -> CpuNumaCell(id=0, memory=2 GiB)"
    ]
    lease = "<lease expiry='{}' unit='{}'/>"
    lease = f"<network><ip><dhcp><range start='1' end='2'>{lease}</range></dhcp></ip></network>"
    hour, minutes, seconds = (
        xml.parse(lease.format(*given)) for given in ((1, "hours"), (60, "minutes"), (60, "seconds"))
    )
    assert xml.diff(hour, minutes) == []
    assert [str(change) for change in xml.diff(minutes, seconds)] == [
        "ips[0].dhcp.ranges[0].lease.expiry (1 2): '60 minutes' -> '60 seconds'"
    ]


def test_a_prefix_or_a_netmask():
    ip = "<network><ip address='10.0.0.1' {}/></network>".format
    one, same, other = (
        xml.parse(ip(text)) for text in ("netmask='255.255.255.0'", "prefix='24'", "netmask='255.255.0.0'")
    )
    assert xml.diff(one, same) == xml.diff(same, one) == []
    assert [str(change) for change in xml.diff(one, other)] == [
        "ips[0].netmask (10.0.0.1): '255.255.255.0' -> '255.255.0.0'"
    ]
    assert [str(change) for change in xml.diff(same, other)] == [
        "ips[0].netmask (10.0.0.1): 24 -> '255.255.0.0'"
    ]


def test_type_identity_and_source_come_first_and_are_never_cut():
    path = "/var/lib/libvirt/images/" + "very-long-" * 40
    disk = (
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/>"
        "<source file='{}'/><target dev='vdb' bus='virtio'/><serial>{}</serial></disk>"
    )
    (line,) = lines("", f"<devices>{disk.format(path, 'x' * 500)}</devices>")
    (same,) = lines("<devices/>", f"<devices>{disk.format(path, 'x' * 500)}</devices>")
    assert line.startswith("devices: nothing -> Devices(")
    assert same.startswith(
        "devices.disks[0] (vdb): nothing -> "
        f"Disk(type='file', device='disk', target.dev='vdb', source.file='{path}'"
    )
    assert "xxx" not in same
    assert "…" in same
    (_, item, _, after) = cells(
        xml.diff(domain("<devices/>"), domain(f"<devices>{disk.format(path, 'x')}</devices>"))
    )[0]
    assert item == "vdb"
    assert path in after


def test_two_long_texts_show_where_they_differ():
    long = "<description>{}</description>".format
    (line,) = lines(long("y" * 900 + "1" + "z" * 900), long("y" * 900 + "2" + "z" * 900))
    assert len(line) < 800
    assert "y1z" in line
    assert "y2z" in line
    (line,) = lines(long("y" * 900), long("y" * 901))
    assert len(line) < 800
    assert line.count("y'") == 2
    (line,) = lines("", long("a" + "y" * 900))
    assert "'ay" in line
    assert len(line) < 500


VNC = "<devices><graphics type='vnc'{}/></devices>".format
HIDDEN, CHANGED = "*** (secret, not shown)", "changed (secret, not shown)"


@pytest.mark.parametrize(
    ("before", "after", "cells_of_it", "line"),
    [
        (" passwd='hunter2'", " passwd='hunter3'", (HIDDEN, CHANGED), CHANGED),
        (" passwd='hunter2'", "", (HIDDEN, None), f"{HIDDEN} -> nothing"),
        ("", " passwd='hunter2'", (None, HIDDEN), f"nothing -> {HIDDEN}"),
    ],
)
def test_of_a_secret_it_is_said_what_became_of_it_and_no_more(before, after, cells_of_it, line):
    changes = xml.diff(domain(VNC(before)), domain(VNC(after)))
    (change,) = changes
    assert str(change) == f"devices.graphics[0].passwd (vnc): {line}"
    assert change.cells()[2:] == cells_of_it == tuple(changes.frame().iloc[0, 2:])
    words = tuple("nothing" if one is None else one for one in cells_of_it)
    assert change.words()[2:] == cells(changes)[0][2:] == words
    assert repr(change).endswith(f"before={words[0]}, after={words[1]}, item='vnc')")
    everywhere = [str(change), repr(change), repr(changes), changes._repr_html_(), f"{changes.frame()}"]
    assert not [text for text in everywhere if "hunter" in text]


def test_a_secret_that_is_the_same_is_no_change():
    assert xml.diff(domain(VNC(" passwd='hunter2'")), domain(VNC(" passwd='hunter2'"))) == []
    changes = xml.diff(domain("<devices/>"), domain(VNC(" passwd='hunter2'")))
    assert "nothing -> Graphics(type='vnc', passwd='***')" in repr(changes)


ARGUMENT = """<qemu:commandline xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <qemu:arg value="{}"/></qemu:commandline>""".format


@pytest.mark.parametrize(
    ("before", "after", "after_in_words", "changed"),
    [
        (ARGUMENT("secret,data=hunter2"), ARGUMENT("secret,data=hunter3"), "'secret,data=***'", True),
        (ARGUMENT("a=1,secret=hunter2"), ARGUMENT("a=2,secret=hunter3"), "'a=2,secret=***'", True),
        (ARGUMENT("a=1,secret=hunter2"), ARGUMENT("a=2,secret=hunter2"), "'a=2,secret=***'", False),
        (ARGUMENT("secret=hunter2,a=1"), ARGUMENT("secret=hunter3,a=1"), "'secret=***,a=1'", True),
        (ARGUMENT("secret=hunter2"), ARGUMENT("a=1"), "'a=1'", False),
        (ARGUMENT("a=1,pwd=hunter2,a=1,pwd=hunter3,a=1"), ARGUMENT("a=1,pwd=hunter2,a=1,pwd=hunter4,a=1"),
         "'a=1,pwd=***,a=1,pwd=***,a=1'", True),
        (ARGUMENT("a=1,pwd=hunter2,a=1,pwd=hunter3,a=1"), ARGUMENT("a=2,pwd=hunter2,a=1,pwd=hunter4,a=1"),
         "'a=2,pwd=***,a=1,pwd=***,a=1'", True),
        ("<metadata><a token='hunter2'/></metadata>", "<metadata><a token='hunter3'/></metadata>",
         "'<a token=\"***\"/>'", True),
        ("<novel token='hunter2'/>", "<novel token='hunter3'/>", '<novel token="***"/>', True),
        ("<name pwd='hunter2'/>", "<name pwd='hunter3'/>", "name: pwd='***'", True),
    ],
)  # fmt: skip
def test_a_secret_inside_a_text_that_changed_is_said_after_it(before, after, after_in_words, changed):
    (change,) = changes = xml.diff(domain(before), domain(after))
    said = " (and a secret changed, not shown)" if changed else ""
    assert str(change).endswith(f" -> {after_in_words}{said}")
    assert str(change.cells()[3]).endswith(said) and "hunter" not in str(change.cells()) + repr(changes)


def test_what_a_person_sees_is_one_line_and_harmless():
    label = "<devices><disk><target dev='v&#10;da'/><serial>{}</serial></disk></devices>".format
    changes = xml.diff(domain(label("<b>".replace("<", "&lt;"))), domain(label("b")))
    assert repr(changes).count("\n") == 1
    assert "<b>" not in changes._repr_html_()


def test_changes_are_a_list_that_shows_one_thing_as_text_and_as_a_table():
    before = "<memory unit='GiB'>8</memory><name>a</name><devices><sound model='ich9'/></devices>"
    changes = xml.diff(domain(before), domain("<memory unit='GiB'>4</memory><name>b</name><devices/>"))
    assert isinstance(changes, list)
    assert isinstance(changes, Changes)
    assert cells(changes) == [change.words() for change in changes]
    for path, item, old, new in cells(changes):
        assert f"  {path}{f' ({item})' if item else ''}: {old} -> {new}" in repr(changes).splitlines()
    assert repr(changes).startswith("3 changes\n")
    assert changes.frame().columns.tolist() == ["path", "item", "before", "after"]
    assert set(changes.frame()["before"]) == {"8 GiB", "a", "Sound(model='ich9')"}
    for twin in (copy.copy(changes), pickle.loads(pickle.dumps(changes)), copy.deepcopy(changes)):
        assert twin == changes
        assert repr(twin) == repr(changes)
    assert repr(Changes()) == "no changes"


def test_a_long_list_of_changes_counts_the_rest():
    pins = ["".join(f"<vcpupin vcpu='{n}' cpuset='{n + more}'/>" for n in range(80)) for more in (0, 1)]
    changes = xml.diff(*(domain(f"<cputune>{each}</cputune>") for each in pins))
    assert len(changes) == 80
    assert repr(changes).splitlines()[-1] == "  … and 30 more"
    assert len(repr(changes).splitlines()) == 52
    assert "and 30 more" in changes._repr_html_()


def test_changes_come_in_the_order_of_the_fields():
    before = "<name>a</name><vcpu>1</vcpu><title>x</title><clock offset='utc'/>"
    changes = xml.diff(domain(before), domain("<memory>2</memory><title>y</title><iothreads>1</iothreads>"))
    fields = [field.name for field in describe(DomainDef).elements]
    paths = [change.path for change in changes]
    assert sorted(paths) == ["clock", "iothreads", "memory", "name", "title", "vcpu"]
    assert paths == sorted(paths, key=fields.index)


def test_the_amount_itself_has_a_path_too():
    (change,) = xml.diff(ScaledMemory(value=1), ScaledMemory(value=2))
    assert str(change) == "value: 1 KiB -> 2 KiB"
    assert xml.diff(Memory(unit="KiB"), Memory()) != []
    (change,) = xml.diff(Memory(value=1, dump_core="on"), Memory(value=1, dump_core="off"))
    assert change.path == "dump_core"


@pytest.mark.parametrize("wrong", [None, "<domain/>", [DomainDef()]])
def test_only_models_are_compared(wrong):
    for pair in ((wrong, DomainDef()), (DomainDef(), wrong)):
        with pytest.raises(TypeError, match=r"diff\(\) takes two models"):
            xml.diff(*pair)
    with pytest.raises(TypeError):
        xml.diff(DomainDef(), DomainDef(), True)
