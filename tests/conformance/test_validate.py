"""libvirt's verdict on its own documents, as they are and with faults put in, and what is said of them."""

import copy
import pathlib
import random
import re
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.generate import HERE, RULES, compile_rules
from schemas.naming import Naming
from schemas.patterns import SchemaError
from virtsdk import xml
from virtsdk.models.domain import DomainDef
from virtsdk.xml._validate import INSTALLED

PINNED = HERE.parent.parent / "shared" / "libvirt-schemas"  # the input, where it is at hand
FALLBACK = "is rejected by libxml2"  # the words where no fault was found


@pytest.fixture(scope="session")
def relaxng() -> pathlib.Path:
    """The RELAX NG that the rules were made from: the pinned files, or an installed libvirt's."""
    naming = Naming.read(HERE / "naming.toml")
    for directory in (PINNED, INSTALLED):
        if directory.is_dir():
            try:
                if compile_rules(directory, naming) == RULES.read_bytes():
                    return directory
            except SchemaError:
                continue  # an older libvirt, without some of the documents
    pytest.skip("the RELAX NG that the rules were made from is not at hand, nor a libvirt of that version")


def test_the_verdict_is_that_of_the_relaxng(documents, relaxng):
    different = [
        str(document)
        for document in documents
        if bool(xml.validate(document.data)) != bool(xml.validate(document.data, relaxng=relaxng))
    ]
    assert different == []


MOVED = {"pci_8086_27c5_scsi_host_scsi_device_lun0.xml"}
"""Documents that are written back in an order that their schema does not have: <host> after <bus>."""


def test_what_is_valid_is_valid_when_it_is_written_back(documents):
    """But for the order of some, which libvirt does not read."""
    spoilt = [
        document.path.name
        for document in documents
        if not xml.validate(document.data) and xml.validate(xml.parse(document.data))
    ]
    assert set(spoilt) <= MOVED


def test_the_rejected_have_findings_that_name_the_fault(documents):
    rejected = 0
    unnamed = []
    for document in documents:
        findings = xml.validate(document.data)
        rejected += bool(findings)
        root = etree.fromstring(document.data)
        unnamed += [f"{document}: {each}" for each in findings if not names_its_fault(each, root)]
    assert rejected > 90
    assert unnamed == []


def names_its_fault(finding, root):
    """Whether it speaks of an element that is on its line, or of an attribute that one has or lacks."""
    on_line = [element for element in root.iter(etree.Element) if element.sourceline == finding.line]
    there = {folded(etree.QName(name).localname) for each in on_line for name in (each.tag, *each.attrib)}
    said = re.findall(r"[\w-]+", f"{finding.path} {finding.message} {finding.expected}")
    named = finding.message.startswith("the attribute ") or not there.isdisjoint(map(folded, said))
    return FALLBACK not in finding.message and bool(on_line) and named


def folded(name):
    """A name as the model and the document both have it: currentMemory, current_memory; disk, disks."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).rstrip("s")


def test_a_model_gets_the_verdict_of_its_document(documents):
    """Reading and writing changes no verdict."""
    for document in documents[::10]:
        model = xml.parse(document.data)
        if isinstance(model, DomainDef):
            assert bool(xml.validate(model)) == bool(xml.validate(document.data)), str(document)


# --- faults put in


@pytest.fixture(scope="session")
def pieces(documents):
    """Elements of all documents by name, and values by attribute: what faults are made of."""
    elements, values = defaultdict(list), defaultdict(set)
    for document in documents:
        for element in etree.fromstring(document.data).iter(etree.Element):
            if len(elements[element.tag]) < 30:
                elements[element.tag].append(element)
            for name, value in element.attrib.items():
                values[name].add(value)
    return elements, {name: sorted(found) for name, found in values.items()}


STRANGE = ["", " ", "0x10", "-1", "99999999999", " 5 ", "abc", "yes", "a b", "1.5", "é"]


def spoil(root, pieces, rng):
    """Put one fault in, or what may be one."""
    elements, values = pieces
    element = rng.choice([*root.iter(etree.Element)])
    inner = element is not root
    name = rng.choice(sorted(element.attrib) or ["type"])
    match rng.randrange(9):
        case 0 if inner:
            element.getparent().remove(element)
        case 1 if inner:
            element.addnext(copy.deepcopy(element))
        case 2 if inner:
            element.getparent().replace(element, copy.deepcopy(rng.choice(elements[element.tag])))
        case 3 if inner:
            element.tag = rng.choice(sorted(elements))
        case 4:
            element.append(copy.deepcopy(rng.choice(elements[rng.choice(sorted(elements))])))
        case 5:
            element.attrib.pop(name, None)
        case 6:
            other = rng.choice([name, rng.choice(sorted(values))])
            element.set(other, rng.choice(values.get(other, ["x"])))
        case 7:
            element.set(name, rng.choice(STRANGE))
        case _:
            element.text = rng.choice(STRANGE)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_spoilt_document_gets_the_verdict_and_its_fault_is_named(documents, pieces, relaxng, seed):
    rng = random.Random(seed)
    document = rng.choice([each for each in documents[:: rng.randrange(1, 20)] if len(each.data) < 30_000])
    root = etree.fromstring(document.data)
    cls = type(xml.parse(document.data))
    for _ in range(rng.choice([1, 1, 2, 3])):
        spoil(root, pieces, rng)
    text = etree.tostring(root)
    findings = xml.validate(text, cls)
    assert bool(findings) == bool(xml.validate(text, cls, relaxng=relaxng)), text
    assert not any(FALLBACK in finding.message for finding in findings), text
    assert all(finding.line for finding in findings)
