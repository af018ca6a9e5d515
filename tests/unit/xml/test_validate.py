"""The verdict, where a finding is, and who decides."""

import pytest

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.models.domain import Devices, Disk, DiskSource, DiskTarget, DomainDef, Memory, Os, OsType
from virtsdk.units import GiB
from virtsdk.xml._validate import INSTALLED

GOOD = """<domain type='kvm'>
  <name>web</name>
  <memory unit='KiB'>1024</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='disk'>
      <source file='/b'/>
      <target dev='vdb' bus='virtio'/>
    </disk>
  </devices>
</domain>"""


@pytest.fixture(params=["shipped rules", "installed RELAX NG", "a directory without any"])
def relaxng(request, tmp_path):
    """Who decides; the second needs an installed libvirt, which the tests' set-up brings."""
    if request.param == "installed RELAX NG":
        assert INSTALLED.is_dir()
        return INSTALLED
    return tmp_path if request.param == "a directory without any" else None


def test_a_valid_document_has_no_findings(relaxng):
    assert xml.validate(GOOD, relaxng=relaxng) == []
    assert xml.validate(xml.parse(GOOD), relaxng=relaxng) == []


@pytest.mark.parametrize(
    ("old", "new", "path", "line", "message", "expected"),
    [
        ("vdb' bus='virtio", "vdb' bus='virtoi", "devices.disks[1].target.bus", 9, "mean 'virtio'", "scsi"),
        ("file='/b'", "fiel='/b'", "devices.disks[1].source", 8, "'fiel' is not known here, did you", ""),
        ("<target dev='vda' bus='virtio'/>", "", "devices.disks[0]", 6, "<disk> is not complete", "<target>"),
        (
            "</devices>",
            "  <disc/></devices>",
            "devices",
            11,
            "<disc> is not known here, did you mean 'disk'",
            "",
        ),
        (" type='kvm'", "", "type", 1, "the attribute 'type' is missing", "kvm"),
        (">1024<", ">lots<", "memory", 3, "'lots' is not allowed", "a whole number"),
        ("</name>", "</name><name>x</name>", "", 2, "<name> is there once too often", ""),
        ("<name>web</name>", "", "", 1, "<domain> is not complete", "<name>"),
        ("<devices>", "<devices>loose words", "devices", 5, "<devices> has no text of its own", ""),
    ],
)
def test_a_finding_says_where_and_what(relaxng, old, new, path, line, message, expected):
    assert old in GOOD
    (finding,) = xml.validate(GOOD.replace(old, new), relaxng=relaxng)
    assert (finding.path, finding.line) == (path, line)
    assert message in finding.message
    assert expected in finding.expected
    assert (path or "the document") in str(finding)


def test_every_mistake_is_found():
    text = GOOD.replace("vda' bus='virtio", "vda' bus='virtoi").replace(
        "device='disk'>\n", "device='dusk'>\n"
    )
    assert [finding.path for finding in xml.validate(text)] == [
        "devices.disks[0].target.bus",
        "devices.disks[1].device",
    ]


def test_a_misspelt_name_is_not_said_to_be_missing_too():
    (finding,) = xml.validate(GOOD.replace("target dev='vda'", "target dve='vda'"))
    assert "'dve' is not known here, did you mean 'dev'?" in finding.message


def test_comments_and_white_space_are_no_content():
    assert xml.validate(GOOD.replace("<devices>", "<!-- a --><devices> <?pi?> <!-- b -->\n")) == []


def test_a_model_can_be_checked_before_it_is_complete():
    domain = DomainDef(
        type="kvm",
        name="web",
        memory=Memory.of(GiB(2)),
        os=Os(type=OsType(value="hvm")),
        devices=Devices(disks=[Disk(type="file", source=DiskSource(file="/a"))]),
    )
    assert [finding.path for finding in xml.validate(domain)] == ["devices.disks[0]"]
    domain.devices.disks[0].target = DiskTarget(dev="vda")
    assert xml.validate(domain) == []


def test_a_device_on_its_own():
    disk = xml.parse(GOOD).devices.disks[0]
    assert xml.validate(disk) == []
    disk.target.bus = "virtoi"
    (finding,) = xml.validate(disk)
    assert finding.path == "target.bus"


def test_a_part_of_another_namespace_on_its_own():
    text = "<commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'><arg val='-s'/></commandline>"
    from virtsdk.models.domain_qemu import QemuCommandline

    (finding,) = xml.validate(text, QemuCommandline)
    assert (finding.path, finding.message) == (
        "args[0]",
        "the attribute 'val' is not known here, did you mean 'value'?",
    )
    assert xml.validate(text.replace("val=", "value="), QemuCommandline) == []


def test_what_cannot_be_checked_is_an_error():
    with pytest.raises(XmlError, match="not well-formed"):
        xml.validate("<domain>")
    with pytest.raises(XmlError, match="<html>"):
        xml.validate("<html/>")
    with pytest.raises(XmlError, match="Disk is <disk>, not <domain>"):
        xml.validate(GOOD, Disk)
    with pytest.raises(ValueError, match="DiskTarget has no schema of its own"):
        xml.validate(DiskTarget(dev="vda"))


def test_free_xml_is_free_however_deep_it_is():
    free = "<x:a xmlns:x='urn:x' b='c'>" * 200 + "words" + "</x:a>" * 200
    text = GOOD.replace("<devices>", f"<metadata>{free}</metadata><devices>")
    assert xml.validate(text) == []
    (finding,) = xml.validate(text.replace("virtio", "virtoi", 1))
    assert finding.path == "devices.disks[0].target.bus"


def test_a_chain_beyond_all_measure_is_still_rejected():
    chain = "<backingStore type='file'><format type='raw'/><source file='/b'/>"
    text = f"<disk><source file='/a'/>{chain * 200}{'</backingStore>' * 200}<target/></disk>"
    (finding,) = xml.validate(text)
    assert finding.message.startswith("<disk> is rejected by libxml2, which says: ")


RNG = """<grammar xmlns='http://relaxng.org/ns/structure/1.0'>
<start><element name='domain'><attribute name='type'/>
<optional><element name='{}'><text/></element></optional></element></start></grammar>"""


def test_a_given_directory_decides(tmp_path):
    (tmp_path / "domain.rng").write_text(RNG.format("hologram"))
    newer = "<domain type='kvm'>\n<hologram>x</hologram></domain>"
    assert [finding.message for finding in xml.validate(newer)] == [
        "<domain> is not complete",
        "<hologram> is not known here",
    ]
    assert xml.validate(newer, relaxng=tmp_path) == []
    (finding,) = xml.validate(GOOD, relaxng=str(tmp_path))
    assert finding.message.startswith("<domain> is rejected by libxml2, which says: ")
    assert (finding.path, finding.line) == ("", 1)


def test_a_directory_that_changed_is_read_again(tmp_path):
    text = "<domain type='kvm'><b>x</b></domain>"
    (tmp_path / "domain.rng").write_text(RNG.format("a"))
    assert xml.validate(text, relaxng=tmp_path) != []
    (tmp_path / "domain.rng").write_text(RNG.format("b") + "\n")
    assert xml.validate(text, relaxng=tmp_path) == []
