"""libvirt's own test documents, read and written back: no difference is accepted."""

import dataclasses
import json
import pickle

from lxml import etree
from xsdata.formats.dataclass.parsers import JsonParser, XmlParser
from xsdata.formats.dataclass.serializers import JsonSerializer

from tests.canonical import canonical
from virtsdk import xml
from virtsdk.model import FreeXml, Model


def test_every_document_is_written_back_whole(documents):
    different = []
    for document in documents:
        model = xml.parse(document.data)
        before = canonical(etree.fromstring(document.data))
        for pretty in (True, False):
            written = xml.render(model, pretty=pretty)
            if canonical(etree.fromstring(written)) != before or xml.parse(written, type(model)) != model:
                different.append(str(document))
    assert different == []


def test_models_are_not_changed_by_pickling(documents):
    for document in documents[::25]:
        model = xml.parse(document.data)
        assert pickle.loads(pickle.dumps(model)) == model


def test_every_document_as_json_is_the_same_document(documents):
    different = []
    for document in documents:
        model = xml.parse(document.data)
        back = xml.from_dict(json.loads(json.dumps(xml.to_dict(model))))
        if back != model or xml.render(back) != xml.render(model):
            different.append(str(document))
    assert different == []


def test_xsdatas_json_holds_all_that_a_model_has(documents):
    """xsdata turns every number into int."""
    beyond = 0
    for position, document in enumerate(documents):
        model = xml.parse(document.data)
        carries = any(each.extras for _, each in walk(model))
        beyond += carries
        if carries or position % 10 == 0:
            text = JsonSerializer().render(model)
            back = JsonParser().from_string(text, type(model))
            assert not [*differences(model, back)], str(document)
    assert beyond > 10


def test_xsdatas_own_parser_reads_the_same(documents):
    """Where the schema knows all of a document; xsdata turns every number into int and keeps blank text."""
    parser = XmlParser()
    compared = 0
    different = []
    for document in documents:
        ours = xml.parse(document.data)
        if any(model.extras for _, model in walk(ours)):
            continue
        root = etree.fromstring(document.data)
        for free in [model for _, model in walk(ours) if isinstance(model, FreeXml) and model]:
            free.content = None
            for element in root.iter("metadata", "cookie"):
                element[:] = []
                element.text = None
        stock = parser.from_bytes(etree.tostring(root), type(ours))
        compared += 1
        different += [f"{document}: {what}" for what in differences(ours, stock)]
    assert different == []
    assert compared > 0.9 * len(documents)


def walk(model, path=""):
    yield path, model
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Model):
                yield from walk(item, f"{path}.{field.name}")


def differences(ours, stock, path=""):
    if isinstance(ours, Model) and type(ours) is type(stock):
        for field in dataclasses.fields(ours):
            yield from differences(
                getattr(ours, field.name), getattr(stock, field.name), f"{path}.{field.name}"
            )
    elif isinstance(ours, list) and len(ours) == len(stock):
        for position, pair in enumerate(zip(ours, stock, strict=True)):
            yield from differences(*pair, f"{path}[{position}]")
    elif ours != stock:
        other_form = isinstance(ours, str) and isinstance(stock, int) and int(ours) == stock
        blank = ours is None and isinstance(stock, str) and not stock.strip()
        if not (blank or (other_form and str(stock) != ours)):
            yield f"{path}: {ours!r} is not {stock!r}"
