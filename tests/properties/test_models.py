"""What holds for every model and every document that the schema's classes can have."""

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.budget import examples
from tests.canonical import canonical
from tests.properties.models import documents, models
from virtsdk import xml
from virtsdk.models.capabilities import Capabilities
from virtsdk.models.domain import Disk, DomainDef, Interface
from virtsdk.models.domain_snapshot import DomainSnapshotDef
from virtsdk.models.network import NetworkDef
from virtsdk.models.node_device import NodeDeviceDef
from virtsdk.models.nwfilter import NWFilterDef
from virtsdk.models.storage_pool import StoragePoolDef
from virtsdk.models.storage_volume import StorageVolumeDef

DOCUMENTS = [
    DomainDef,
    DomainSnapshotDef,
    NetworkDef,
    StoragePoolDef,
    StorageVolumeDef,
    NodeDeviceDef,
    NWFilterDef,
]
CLASSES = [*DOCUMENTS, Capabilities, Disk, Interface]


@given(st.sampled_from(CLASSES).flatmap(models))
def test_a_model_that_is_written_reads_back_equal(model):
    for pretty in (True, False):
        assert xml.parse(xml.render(model, pretty=pretty), type(model)) == model


@given(st.data())
@pytest.mark.parametrize("cls", [DomainDef, NetworkDef, Disk])
def test_any_document_is_written_back_whole(cls, data):
    text = data.draw(documents(cls))
    model = xml.parse(text, cls)
    before = canonical(etree.fromstring(text))
    for pretty in (True, False):
        written = xml.render(model, pretty=pretty)
        assert canonical(etree.fromstring(written)) == before
        assert xml.parse(written, cls) == model


@examples(25)
@given(st.sampled_from(CLASSES).flatmap(models))
def test_a_model_as_json_is_the_same_model(model):
    values = json.loads(json.dumps(xml.to_dict(model)))
    back = xml.from_dict(values, type(model))
    assert back == model
    assert xml.render(back) == xml.render(model)
    assert xml.to_dict(back) == values


@examples(15)
@given(documents(DomainDef))
def test_any_document_as_json_is_the_same_document(text):
    model = xml.parse(text)
    back = xml.from_dict(json.loads(json.dumps(xml.to_dict(model))))
    assert back == model
    assert xml.render(back) == xml.render(model)


@pytest.mark.soak
@settings(max_examples=3000)
@given(documents(DomainDef))
def test_any_domain_is_written_back_whole_however_often_it_is_drawn(text):
    model = xml.parse(text, DomainDef)
    assert canonical(etree.fromstring(xml.render(model))) == canonical(etree.fromstring(text))


@given(models(DomainDef))
def test_models_copy_pickle_show_and_do_not_differ_from_themselves(model):
    assert copy.deepcopy(model) == model
    assert pickle.loads(pickle.dumps(model)) == model
    assert xml.diff(model, copy.deepcopy(model)) == []
    assert repr(model).startswith("DomainDef(")
    assert "<script" not in model._repr_html_()
    assert len(xml.extras(model)) == len(xml.extras(xml.parse(xml.render(model), DomainDef)))
