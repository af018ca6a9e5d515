import pytest

from virtsdk import xml
from virtsdk.models.domain import Disk, DomainDef
from virtsdk.units import GiB

DISKS = """<domain><name>web</name><memory unit='GiB'>2</memory><os><boot dev='hd'/><boot dev='network'/></os>
<devices>
<disk type='file'><source file='/a'/><target dev='vda'/></disk>
<disk type='file'><source file='/b'/><target dev='vdb'/></disk>
<interface type='network'><mac address='52:54:00:AA:bb:01'/><source network='one'/></interface>
<controller type='usb' index='0'/><controller type='scsi' index='0'/>
<graphics type='vnc' passwd='old'/><memballoon model='virtio'/></devices></domain>"""


def changes(old, new):
    before = xml.parse(DISKS)
    assert old in DISKS
    return xml.diff(before, xml.parse(DISKS.replace(old, new)))


def test_equal_models_do_not_differ():
    assert changes("web", "web") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<memory unit='GiB'>2</memory>", "<memory unit='KiB'>2097152</memory>"),
        ("52:54:00:AA:bb:01", "52:54:00:aa:BB:01"),
        (
            "<controller type='usb' index='0'/><controller type='scsi' index='0'/>",
            "<controller type='scsi' index='0'/><controller type='usb' index='0'/>",
        ),
    ],
)
def test_what_means_the_same_does_not_differ(old, new):
    assert changes(old, new) == []


def test_a_value():
    (change,) = changes("<name>web</name>", "<name>db</name>")
    assert (change.path, change.before, change.after) == ("name", "web", "db")


def test_a_size_is_one_change():
    (change,) = changes(">2</memory>", ">3</memory>")
    assert change.path == "memory"
    assert (change.before.bytes, change.after.bytes) == (GiB(2), GiB(3))


def test_devices_are_matched_by_identity_not_by_position():
    first = "<disk type='file'><source file='/a'/><target dev='vda'/></disk>\n"
    (gone,) = changes(first, "")
    assert (gone.path, gone.item, gone.after) == ("devices.disks[0]", "vda", None)
    assert gone.before.source.file == "/a"
    (new,) = changes(first, first + first.replace("vda", "vdc"))
    assert (new.path, new.item, new.before) == ("devices.disks[1]", "vdc", None)
    (moved,) = changes(first, "<disk type='file'><source file='/n'/><target dev='vdn'/></disk>\n" + first)
    assert moved.item == "vdn"
    (inside,) = changes("file='/b'", "file='/c'")
    assert (inside.path, inside.item) == ("devices.disks[1].source.file", "vdb")
    assert (inside.before, inside.after) == ("/b", "/c")


def test_items_of_other_documents_have_identities_too():
    network = "<network><ip><dhcp><host mac='52:54:00:00:00:01' ip='1.2.3.4'/>{}</dhcp></ip></network>"
    before = xml.parse(network.format(""))
    after = xml.parse(network.format("<host mac='52:54:00:00:00:02' ip='1.2.3.5'/>").replace("1.2.3.4", "9"))
    assert [(change.item, change.after) for change in xml.diff(before, after) if change.before] == [
        ("52:54:00:00:00:01", "9")
    ]
    host = (
        "<hostdev type='pci'><source><address domain='0' bus='1' slot='{}' function='0'/></source></hostdev>"
    )
    first = xml.parse(f"<domain><devices>{host.format(1)}{host.format(2)}</devices></domain>")
    second = xml.parse(f"<domain><devices>{host.format(2)}</devices></domain>")
    assert [(change.path, change.after) for change in xml.diff(first, second)] == [
        ("devices.hostdevs[0]", None)
    ]


def test_a_device_without_an_identity_yet_is_the_one_that_is_left():
    assert [change.path for change in changes("<mac address='52:54:00:AA:bb:01'/>", "")] == [
        "devices.interfaces[0].mac"
    ]


def test_order_counts_where_items_have_no_identity():
    (gone,) = changes("<boot dev='hd'/>", "")
    assert (gone.path, gone.before.dev, gone.after) == ("os.boots[0]", "hd", None)
    swapped = changes("<boot dev='hd'/><boot dev='network'/>", "<boot dev='network'/><boot dev='hd'/>")
    assert swapped


def test_an_item_is_called_what_it_was_where_that_is_what_changes():
    swapped = changes("<boot dev='hd'/><boot dev='network'/>", "<boot dev='network'/><boot dev='hd'/>")
    assert [(each.item, each.before, each.after) for each in swapped] == [
        ("hd", "hd", "network"),
        ("network", "network", "hd"),
    ]


def test_an_item_is_called_by_the_identity_that_one_side_has():
    known = "<domain><devices><interface><mac address='52:54:00:00:00:01'/>{}</interface></devices></domain>"
    one = xml.parse(known.format("<model type='virtio'/>"))
    other = xml.parse(known.format("<model type='e1000'/>").replace("<mac address='52:54:00:00:00:01'/>", ""))
    assert {each.item for each in xml.diff(one, other) + xml.diff(other, one)} == {"52:54:00:00:00:01"}


@pytest.mark.parametrize(
    "text",
    [
        "<domain><os>{}</os></domain>",
        "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:commandline>{}</qemu:commandline></domain>",
    ],
    ids=["init", "qemu"],
)
def test_the_last_value_of_a_variable_holds(text):
    form = "<initenv name='{}'>{}</initenv>" if "<os>" in text else "<qemu:env name='{}' value='{}'/>"

    def made(*pairs):
        return xml.parse(text.format("".join(form.format(*pair) for pair in pairs)))

    assert xml.diff(made(("A", 1), ("A", 2)), made(("A", 2), ("A", 1)))
    assert not xml.diff(made(("A", 1), ("B", 2)), made(("B", 2), ("A", 1)))


def test_presence_extras_and_free_xml():
    (there,) = changes("<memballoon model='virtio'/>", "")
    assert (there.path, there.after) == ("devices.memballoon", None)
    (extra,) = changes("<name>", "<name new='1'>")
    assert extra.path == "extras"
    one = xml.parse("<domain><metadata> <a/> </metadata></domain>")
    assert xml.diff(one, xml.parse("<domain><metadata><a/></metadata></domain>")) == []
    (meta,) = xml.diff(one, xml.parse("<domain><metadata><b/></metadata></domain>"))
    assert meta.path == "metadata.content"


def test_secrets_are_not_shown():
    (change,) = changes("passwd='old'", "passwd='new'")
    assert (change.before, change.after) == ("old", "new")
    assert "'old'" not in f"{change} {change!r}"


def test_changes_show_one_a_line_and_make_a_frame():
    found = changes("<name>web</name>", "<name>db&lt;b></name>")
    assert repr(found) == "1 change\n  name: 'web' -> 'db<b>'"
    assert found.frame().to_dict("records") == [
        {"path": "name", "item": "", "before": "web", "after": "db<b>"}
    ]
    assert "db&lt;b&gt;" in found._repr_html_()
    assert "no changes" in changes("web", "web")._repr_html_()


def test_two_classes_are_not_compared():
    with pytest.raises(TypeError, match="DomainDef and Disk"):
        xml.diff(DomainDef(), Disk())


def test_entries_of_one_name_do_not_change_places() -> None:
    text = "<domain><sysinfo><oemStrings/><bios>{}</bios></sysinfo></domain>"
    same = [f"<entry name='0'>{word}</entry>" for word in "ab"]
    before, after = (xml.parse(text.format("".join(entries))) for entries in (same, [*same, same[0]]))
    assert xml.diff(before, before) == []
    (change,) = xml.diff(before, after)
    assert (change.path, change.before) == ("sysinfos[0].bios.entries[2]", None)
