"""Models as plain values: readable, whole, and what is wrong in them is said by its path, without a value."""

from __future__ import annotations

import json

import pytest

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.models.domain import Disk
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
    values = {"$model": "DomainDef", "name": None, "features": {"acpi": False, "pae": True}}
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


@pytest.mark.parametrize("given", [None, 5, "<domain/>", [], {}])
def test_what_is_no_model_is_said(given):
    with pytest.raises(XmlError, match=f"a model is wanted.*not {type(given).__name__}"):
        xml.to_dict(given)
