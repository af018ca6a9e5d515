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


@pytest.fixture(params=["RELAX NG", "shipped XSD"])
def relaxng(request):
    """Both ways to a verdict; the first needs an installed libvirt, which the tests' set-up brings."""
    if request.param == "RELAX NG":
        assert INSTALLED.is_dir()
        return INSTALLED
    return None


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
        (" type='kvm'", "", "type", 1, "the attribute 'type' is missing", ""),
        (">1024<", ">lots<", "memory", 3, "'lots' is not allowed", "a whole number"),
        ("</name>", "</name><name>x</name>", "", 2, "<name> is there once too often", ""),
        ("<name>web</name>", "", "", 1, "<domain> is not complete", "<name>"),
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


def test_where_only_relax_ng_objects_the_finding_says_so():
    text = GOOD.replace("<source file='/b'/>", "<source dev='/b'/>")
    (finding,) = xml.validate(text)
    assert finding.path == "devices.disks[1]"
    assert finding.line == 7
    assert "only libvirt's RELAX NG" in finding.message
    assert xml.validate(text, relaxng=None) == []


def test_what_cannot_be_checked_is_an_error():
    with pytest.raises(XmlError, match="not well-formed"):
        xml.validate("<domain>")
    with pytest.raises(XmlError, match="<html>"):
        xml.validate("<html/>")
    with pytest.raises(ValueError, match="DiskTarget has no schema of its own"):
        xml.validate(DiskTarget(dev="vda"))
