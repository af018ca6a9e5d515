import copy
import json
import pickle

import pytest
from xsdata.formats.dataclass.parsers import JsonParser
from xsdata.formats.dataclass.serializers import JsonSerializer

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.model import Empty
from virtsdk.models.domain import (
    BackingStore,
    Devices,
    Disk,
    DiskSource,
    DiskTarget,
    DomainDef,
    Features,
    FeaturesApic,
    Filesystem,
    Graphics,
    Memory,
    MemoryBacking,
    MemoryBackingHugepages,
    Os,
    OsBoot,
    Vcpu,
)
from virtsdk.units import GiB, KiB, Size


def domain():
    return xml.parse(
        """<domain type='kvm' new='1'><name flag='x'>web&lt;1&gt;</name><memory unit='GiB'>2</memory>
        <metadata><a:b xmlns:a='urn:a'>x<!-- y --></a:b></metadata><features><acpi/></features>
        <devices><disk type='file'><source file='/a'/><oddity/></disk>
        <graphics type='vnc' passwd='hunter2'/></devices></domain>""",
        DomainDef,
    )


def test_models_compare_copy_and_pickle_with_what_they_carry_along():
    one = domain()
    assert one == domain()
    for twin in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert twin == one
        assert xml.render(twin) == xml.render(one)
        twin.devices.disks[0].extras = None
        assert twin != one


def test_a_misspelt_field_is_an_error_that_names_what_was_perhaps_meant():
    with pytest.raises(AttributeError, match="sorce"):
        Disk().sorce = None
    with pytest.raises(TypeError, match="unknown field 'sorce' of Disk; nearest: source"):
        Disk(sorce=None)
    with pytest.raises(TypeError, match="unknown field 'bsu' of DiskTarget; nearest: bus"):
        DiskTarget(bsu="virtio")
    with pytest.raises(TypeError, match="unknown field 'passwd' of Devices; graphics has one"):
        Devices(passwd="x")
    with pytest.raises(TypeError, match="unknown field 'zzzzzz' of DiskTarget; known fields: dev, bus"):
        DiskTarget(zzzzzz=None)


def test_fields_go_by_name_only():
    with pytest.raises(TypeError, match="Disk takes its fields by name"):
        Disk("file")


def test_repr_shows_what_is_set_and_no_secrets():
    assert (
        repr(Disk(type="file", source=DiskSource(file="/a")))
        == "Disk(type='file', source=DiskSource(file='/a'))"
    )
    shown = repr(domain())
    assert "hunter2" not in shown
    assert "passwd='***'" in shown
    assert "oddity" in shown


def test_html_outline_is_escaped_and_holds_no_secrets():
    html = domain()._repr_html_()
    assert "web&lt;1&gt;" in html
    assert "hunter2" not in html
    assert "<script" not in html
    assert "2 GiB" in html


def test_presence_is_set_and_tested():
    features = Features(acpi=Empty())
    assert features.acpi
    assert not features.pae
    assert xml.render(features, pretty=False) == "<features><acpi/></features>"


def test_scaled_elements_take_and_give_sizes():
    assert xml.render(Memory.of(GiB(2))) == '<memory unit="KiB">2097152</memory>'
    assert Memory.of(GiB(2)).bytes == 2 * 1024**3
    assert Memory.of(Size(1001)).bytes == 1001
    assert xml.parse("<memory>512</memory>", Memory).size == KiB(512)
    assert xml.parse("<memory unit='G'> 1 </memory>", Memory).bytes == 1024**3
    with pytest.raises(TypeError, match="units"):
        Memory.of(512)
    with pytest.raises(ValueError, match="must be at least 0, not"):
        Memory.of(Size(-1))
    with pytest.raises(ValueError, match="no value"):
        _ = Memory().bytes


def test_xsdatas_json_tools_work():
    one = DomainDef(
        name="web1",
        memory=Memory.of(GiB(2)),
        devices=Devices(disks=[Disk(type="file", device="cdrom", readonly=Empty())]),
    )
    text = JsonSerializer().render(one)
    assert json.loads(text)["devices"]["disk"][0]["device"] == "cdrom"
    assert JsonParser().from_string(text, DomainDef) == one


def test_wrong_values_are_named_by_their_path():
    wrong = DomainDef(devices=Devices(disks=[Disk()]))
    wrong.devices.disks.append("vda")
    with pytest.raises(TypeError, match=r"DomainDef\.devices\.disks\[1\] must be Disk, not 'vda'"):
        xml.render(wrong)
    for value in ("a\0b", "\ud800", "\uffff"):
        with pytest.raises(XmlError, match=r"DomainDef\.name: .*U\+"):
            xml.render(DomainDef(name=value))


def test_a_model_that_holds_itself_is_an_error():
    source = DiskSource()
    disk = Disk(source=source)
    loop = xml.parse("<disk><backingStore/></disk>", Disk).backing_store
    loop.backing_store = loop
    disk.backing_store = loop
    with pytest.raises(XmlError, match="holds itself"):
        xml.render(disk)


def test_a_graphics_password_is_masked():
    assert "geheim" not in repr(Graphics(passwd="geheim"))


def chain(length, last=None):
    """A disk on a chain of that many backing files."""
    files = [*(f"/{n}" for n in range(length - 1)), last or f"/{length - 1}"]
    stores = "".join(f"<backingStore type='file'><source file='{file}'/>" for file in files)
    return xml.parse(f"<disk type='file'>{stores}{'</backingStore>' * length}</disk>", Disk)


def test_the_longest_chain_of_backing_files_shows_copies_and_compares():
    """libvirt follows 200; 254 is as deep as a document may be."""
    for length in (200, 254):
        disk = chain(length)
        assert repr(disk).count("BackingStore(type='file'") == length
        assert repr(disk).endswith(")" * (length + 1))
        assert copy.deepcopy(disk) == disk == chain(length)
        assert disk._repr_html_().count("<tr") <= 40
        assert xml.parse(xml.render(disk), Disk) == disk
        assert xml.diff(disk, chain(length)) == []
        assert xml.extras(disk) == []
        assert disk != chain(length, last="/x")
    assert pickle.loads(pickle.dumps(chain(180))) == chain(180)


def test_a_model_that_holds_itself_shows_where():
    disk = Disk(type="file", backing_store=BackingStore())
    disk.backing_store.backing_store = disk.backing_store
    assert repr(disk) == "Disk(type='file', backing_store=BackingStore(backing_store=...))"


def test_the_same_model_twice_shows_twice():
    target = DiskTarget(dev="vda")
    assert repr(Devices(disks=[Disk(target=target), Disk(target=target)])).count("dev='vda'") == 2


def test_a_subclass_shows_as_it_likes():
    class Quiet(Filesystem):  # no Disk: xsdata offers a class's subclasses to whoever reads JSON after this
        def __repr__(self):
            return "<quiet>"

    assert repr(Devices(filesystems=[Quiet(type="file")])) == "Devices(filesystems=[<quiet>])"


def test_what_an_element_is_about_stands_for_it():
    guest = DomainDef(os=Os(boots=["hd", OsBoot(dev="cdrom")]), devices=Devices())
    assert [boot.dev for boot in guest.os.boots] == ["hd", "cdrom"]
    guest.os.boots.append("network")
    guest.os.smbios = "sysinfo"
    guest.devices.disks = [Disk(target="vda", alias="ua-data")]
    assert guest.devices.disks[0].target == DiskTarget(dev="vda")
    text = xml.render(guest, pretty=False)
    assert '<boot dev="hd"/><boot dev="cdrom"/><boot dev="network"/><smbios mode="sysinfo"/>' in text
    assert '<target dev="vda"/><alias name="ua-data"/>' in text


@pytest.mark.parametrize("wrong", [True, 1.5, b"vda", ["vda"]], ids=str)
def test_other_things_do_not_stand_for_it(wrong):
    with pytest.raises(TypeError, match=r"Disk\.target must be DiskTarget, or its dev, not "):
        Disk(target=wrong)


def test_true_stands_for_an_element_that_says_something_by_itself():
    features = Features(apic=True, acpi=True)
    assert features.apic == FeaturesApic()
    features.apic.eoi = "on"
    assert xml.render(features, pretty=False) == '<features><apic eoi="on"/><acpi/></features>'
    features.apic = False
    assert features.apic is None
    assert MemoryBacking(hugepages=True).hugepages == MemoryBackingHugepages()
    for wrong in (1, "yes"):
        with pytest.raises(TypeError, match=r"Features\.apic must be True or False, or FeaturesApic, not "):
            features.apic = wrong
    with pytest.raises(TypeError, match=r"Features\.smm must be FeaturesSmm, not True; write FeaturesSmm"):
        features.smm = True


# --- what stands for an element that is there


@pytest.mark.parametrize(
    ("cls", "text", "path", "value", "after"),
    [
        (DomainDef, "<vcpu cpuset='0-3' z='1'>4</vcpu>", "vcpu", 8, "<vcpu cpuset='0-3' z='1'>8</vcpu>"),
        (DomainDef, "<vcpu cpuset='0-3'>4</vcpu>", "vcpu", Vcpu(value=8), "<vcpu>8</vcpu>"),
        (
            DomainDef,
            "<memory unit='GiB' dumpCore='off'>8</memory>",
            "memory",
            GiB(4),
            "<memory unit='KiB' dumpCore='off'>4194304</memory>",
        ),
        (
            DomainDef,
            "<memory unit='GiB' dumpCore='off'>8</memory>",
            "memory",
            4,
            "<memory dumpCore='off'>4</memory>",
        ),
        (Disk, "<target dev='vda' bus='scsi'/>", "target", "vdb", "<target dev='vdb' bus='scsi'/>"),
        (Features, "<apic eoi='on'/>", "apic", True, "<apic eoi='on'/>"),
        (Features, "<apic eoi='on'/>", "apic", False, ""),
    ],
    ids=["text", "element", "size", "number", "attribute", "true", "false"],
)
def test_a_text_put_into_an_element_leaves_the_rest_of_it(cls, text, path, value, after):
    root = cls.Meta.name
    model = xml.parse(f"<{root}>{text}</{root}>", cls)
    before = getattr(model, path)
    was = copy.deepcopy(before)
    setattr(model, path, value)
    assert model == xml.parse(f"<{root}>{after}</{root}>", cls)
    assert before == was  # whoever else holds it
