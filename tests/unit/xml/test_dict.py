"""Models as plain values: readable, whole, and what is wrong in them is said by its path, without a value."""

from __future__ import annotations

import json

import pytest

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.models.domain import BackingStore, Disk
from virtsdk.models.nwfilter import NWFilterDef

GUEST = """<domain type='kvm' id='7' zz='1'>
  <name zz='2'>web1</name>
  <memory unit='MiB'>0012</memory>
  <features><acpi/></features>
  <devices>
    <disk type='file'><source file='/a'/><novel/>odd<target dev='vda'/></disk>
    <graphics type='vnc' passwd='hunter2'/>
  </devices>
  <metadata><a:x xmlns:a='urn:a'><!-- kept --> y</a:x></metadata>
</domain>"""


def test_fields_have_the_names_of_the_paths_of_a_difference():
    values = xml.to_dict(xml.parse(GUEST))
    assert values["$model"] == "DomainDef"
    assert (values["type"], values["id"], values["name"]) == ("kvm", 7, "web1")
    assert values["memory"] == {"unit": "MiB", "value": "0012"}  # what a number would lose is text
    assert values["features"] == {"acpi": True}
    disk = values["devices"]["disks"][0]
    assert disk["source"] == {"file": "/a"}
    (one, two) = disk["$extras"]["content"]
    assert one == {"xml": "<novel/>", "after": ["source", 0]} and two["xml"] == "odd"
    assert values["metadata"] == {"content": '<a:x xmlns:a="urn:a"><!-- kept --> y</a:x>'}
    assert values["$extras"] == {
        "attributes": {"zz": "1"},
        "leaves": [{"field": "name", "attributes": {"zz": "2"}}],
    }
    assert json.loads(json.dumps(values)) == values


def test_back_it_is_the_same():
    model = xml.parse(GUEST)
    back = xml.from_dict(json.loads(json.dumps(xml.to_dict(model))))
    assert back == model and xml.render(back) == xml.render(model)
    assert type(back.devices.disks[0].source) is type(model.devices.disks[0].source)


def test_what_a_text_of_a_list_carries_goes_where_it_is():
    text = (
        "<sysinfo><oemStrings><entry>a</entry><entry z='1'>a</entry><entry>a</entry></oemStrings></sysinfo>"
    )
    model = xml.parse(text)
    back = xml.from_dict(json.loads(json.dumps(xml.to_dict(model))))
    assert xml.render(back) == xml.render(model)


def test_a_list_of_several_kinds_keeps_their_order():
    text = """<filter name='f'><rule action='drop' direction='in'/><filterref filter='g'/>
      <rule action='accept' direction='out'/></filter>"""
    model = xml.parse(text, NWFilterDef)
    values = xml.to_dict(model)
    several = next(value for value in values.values() if isinstance(value, list))
    assert [one["$model"] for one in several] == ["NWFilterRule", "Filterref", "NWFilterRule"]
    assert xml.render(xml.from_dict(values)) == xml.render(model)


def test_a_part_is_read_as_what_it_is_said_to_be():
    disk = xml.from_dict({"target": {"dev": "vda"}}, Disk)
    assert xml.render(disk, pretty=False) == '<disk><target dev="vda"/></disk>'
    with pytest.raises(XmlError, match=r"\$model must be Disk, not 'DomainDef'"):
        xml.from_dict({"$model": "DomainDef"}, Disk)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "$model is missing"),
        ({"$model": "Nonsense"}, "$model must name a document of libvirt, not 'Nonsense'"),
        ({"$model": ["DomainDef"]}, "$model must name a document of libvirt"),
        ({"nam": 1}, "unknown field 'nam' of DomainDef; nearest: name"),
        ({"devices": {"disks": [{"sourc": {}}]}}, "devices.disks[0]: unknown field 'sourc' of Disk"),
        ({"devices": {"disks": {}}}, "devices.disks must be a list, not an object"),
        ({"devices": []}, "devices must be an object (Devices), not a list"),
        ({"devices": {"graphics": [{"passwd": ["hunter2"]}]}}, "must be text or a whole number, not a list"),
        ({"devices": {"graphics": [{"passwd": 1.5}]}}, "must be text or a whole number, not a number"),
        ({"name": True}, "name must be text or a whole number, not true"),
        ({"Name": "web1"}, "unknown field 'Name' of DomainDef; nearest: name"),
        ({"UUID": ""}, "unknown field 'UUID' of DomainDef; nearest: uuid"),
        ({"currentMemory": {}}, "unknown field 'currentMemory' of DomainDef; nearest: current_memory"),
        ({"seclabel": {}}, "unknown field 'seclabel' of DomainDef; nearest: seclabels"),
        ({"launchSecurity": {}}, "unknown field 'launchSecurity' of DomainDef; nearest: launch_security"),
        ({"on-crash": "destroy"}, "unknown field 'on-crash' of DomainDef; nearest: on_crash"),
        ({"qemu:commandline": {}}, "of DomainDef; nearest: qemu_commandline"),
        ({"devices": {"disks": [{"WWN": 1}]}}, "disks[0]: unknown field 'WWN' of Disk; nearest: wwn"),
        ({b"name": "web1"}, "unknown field \"b'name'\" of DomainDef"),
        ({7: "web1"}, "unknown field '7' of DomainDef"),
        ({"name": b"hunter2"}, "name must be text or a whole number, not bytes"),
        ({"name": float("nan")}, "name must be text or a whole number, not NaN"),
        ({"id": float("-inf")}, "id must be text or a whole number, not infinity"),
        ({"id": 4.0}, "id must be text or a whole number, not a number with a point"),
        ({"name": ["hunter2"]}, "name must be text or a whole number, not a list"),
        ({"vcpu": [{"value": 2}]}, "vcpu must be an object (Vcpu), not a list"),
        ({"vcpu": 2}, 'vcpu must be an object (Vcpu), not a number; write {"value": ...}'),
        ({"memory": "4 GiB"}, 'must be an object (Memory), not text; write {"value": ..., "unit": "GiB"}'),
        ({"os": {"boots": ["hd"]}}, 'os.boots[0] must be an object (OsBoot), not text; write {"dev": ...}'),
        ({"clock": "utc"}, "clock must be an object (Clock), not text"),
        ({"features": {"pae": "off"}}, "features.pae must be true or false, not text"),
        ({"features": {"pae": 1}}, "features.pae must be true or false, not a number"),
        ({"vcpu": {"value": 2**64}}, "vcpu.value must be a whole number of 64 bits at most"),
        ({"vcpu": {"value": -(2**63) - 1}}, "vcpu.value must be a whole number of 64 bits at most"),
        ({"memory": False}, "memory must be an object (Memory), not false"),
        ({"devices": {"disks": [None]}}, "devices.disks[0] must be an object (Disk), not null"),
        ({"devices": {"disks": [False]}}, "devices.disks[0] must be an object (Disk), not false"),
        ({"devices": {"disks": "vda"}}, "devices.disks must be a list, not text"),
        ({"devices": {"filesystems": [{"fmode": 644}]}}, "fmode must be an octal number as text"),
        ({"$model": "NWFilterDef", "entries": [{}]},
         "entries[0] must be an object whose $model is Filterref or NWFilterRule, not an object"),
        ({"$model": "NWFilterDef", "entries": [{"$model": "Disk"}]},
         "entries[0] must be an object whose $model is Filterref or NWFilterRule, not 'Disk'"),
        ({"$model": "NWFilterDef", "entries": [{"$model": ["Disk"]}]}, "NWFilterRule, not ['Disk']"),
        ({"$model": "NWFilterDef", "entries": [None]}, "Filterref or NWFilterRule, not null"),
        ({"devices": {"$model": "Disk"}}, "devices.$model must be Devices, not 'Disk'"),
        ({"devices": {"disks": [{"source": {"$model": "InterfaceSource", "bridge": "br0"}}]}},
         "devices.disks[0].source.$model must be DiskSource, not 'InterfaceSource'"),
        ({"$model": "Domain"}, "$model must name a document of libvirt, not 'Domain'; nearest: DomainDef"),
        ({"$model": "DiskSource"}, "DiskSource is a part of one: from_dict(values, models.DiskSource)"),
        ({"$extras": []}, "$extras must be an object, not a list"),
        ({"$extras": {"attribute": {}}}, "$extras has the unknown key 'attribute'"),
        ({"$extras": {"attributes": {"a": 1}}}, "$extras.attributes must have text, not a number"),
        ({"$extras": {"content": [{"xml": "", "after": "name"}]}}, "after must be a field and a position"),
        ({"$extras": {"leaves": [{"field": "name"}]}}, "field must be one that is text and is there"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_its_path_and_without_the_value(values, said):
    document = values if "$model" in values or not values else {"$model": "DomainDef", **values}
    with pytest.raises(XmlError) as error:
        xml.from_dict(document)
    assert said in str(error.value)
    assert "hunter2" not in str(error.value)


def test_what_is_nothing_is_not_written():
    features = {"acpi": False, "apic": False, "pae": True}
    values = {"$model": "DomainDef", "name": None, "vcpu": None, "vcpus": None, "features": features}
    assert xml.render(xml.from_dict(values), pretty=False) == "<domain><features><pae/></features></domain>"


def test_it_nests_no_deeper_than_a_document():
    values: dict[str, object] = {}
    for _ in range(xml.limits.depth + 5):
        values = {"backing_store": values}
    with pytest.raises(XmlError, match="nests more than"):
        xml.from_dict({"$model": "Disk", **values})


def test_a_number_that_readers_of_json_would_round_is_text():
    model = xml.parse("<domain><vcpu>9007199254740993</vcpu><memory>9007199254740992</memory></domain>")
    values = xml.to_dict(model)
    assert (values["vcpu"]["value"], values["memory"]["value"]) == ("9007199254740993", 2**53)
    assert xml.from_dict(values) == model


def test_what_nests_too_deeply_or_holds_itself_is_said():
    inner = disk = Disk()
    for _ in range(3000):
        inner.backing_store = BackingStore()
        inner = inner.backing_store
    with pytest.raises(XmlError, match="Disk nests too deeply, or holds itself"):
        xml.to_dict(disk)
    with pytest.raises(XmlError, match="Disk nests too deeply, or holds itself"):
        xml.diff(disk, Disk(backing_store=inner))


@pytest.mark.parametrize("given", [None, 5, "<domain/>", [], {}])
def test_what_is_no_model_is_said(given):
    with pytest.raises(XmlError, match=f"a model is wanted.*not {type(given).__name__}"):
        xml.to_dict(given)


def test_a_model_that_is_named_in_its_place_is_read():
    values = {"$model": "DomainDef", "devices": {"$model": "Devices", "disks": [{"$model": "Disk"}]}}
    assert xml.render(xml.from_dict(values), pretty=False) == "<domain><devices><disk/></devices></domain>"


def test_numbers_up_to_64_bits_are_read_and_longer_ones_as_text():
    for value in (2**64 - 1, -(2**63), "184467440737095516160"):
        model = xml.from_dict({"$model": "DomainDef", "vcpu": {"value": value}})
        assert xml.from_dict(xml.to_dict(model)) == model and str(model.vcpu.value) == str(value)


@pytest.mark.parametrize("cls", [dict, "Disk", Disk()])
def test_what_is_no_class_of_a_model_is_said(cls):
    with pytest.raises(TypeError, match=r"cls must be a class of virtsdk\.models, not "):
        xml.from_dict({}, cls)
