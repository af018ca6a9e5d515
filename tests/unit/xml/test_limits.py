"""Every limit refuses what is above it, says its name, and can be raised."""

import pytest

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.models.domain import Disk

# a document of the size n of each kind
KINDS = {
    "bytes": lambda n: ("<domain>" + "<!---->" * (n // 7 - 3)).ljust(n - 9) + "</domain>",
    "elements": lambda n: "<domain>" + "<a/>" * (n - 1) + "</domain>",
    "depth": lambda n: "<domain>" + "<a>" * (n - 1) + "</a>" * (n - 1) + "</domain>",
    "attributes": lambda n: "<domain><a " + " ".join(f"a{i}=''" for i in range(n)) + "/></domain>",
    "namespaces": lambda n: (
        "<domain xmlns:x='u'><a xmlns:o='u'/><a "
        + " ".join(f"xmlns:a{i}='u'" for i in range(n - 1))
        + "/></domain>"
    ),
}


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    for name in ("bytes", "elements", "depth", "attributes", "namespaces", "text"):
        monkeypatch.setattr(xml.limits, name, getattr(xml.limits, name))  # put back at the end
    return xml.limits


@pytest.mark.parametrize("encoding", ["", "utf-8", "utf-16", "utf-16-le", "utf-7"])
@pytest.mark.parametrize("name", KINDS)
def test_a_document_above_a_limit_is_refused_with_its_name(limits, name, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    for most in (60, 200):
        for size, fits in ((most, True), (most + 1, False)):
            text = head + KINDS[name](size)
            given = text.encode(encoding) if encoding else text
            setattr(limits, name, most if name != "bytes" else len(given) - (not fits))
            if fits:
                xml.parse(given)
                continue
            refusal = rf"more .*than the {getattr(limits, name)} .*xml\.limits\.{name}"
            with pytest.raises(XmlError, match=refusal) as caught:
                xml.parse(given)
            assert caught.value.line


@pytest.mark.parametrize("name", KINDS)
def test_the_default_can_be_raised(limits, name):
    size = getattr(limits, name) + 1
    with pytest.raises(XmlError, match=rf"xml\.limits\.{name}"):
        xml.parse(KINDS[name](size))
    setattr(limits, name, size)
    assert xml.parse(KINDS[name](size)) is not None


def test_a_long_text_is_refused_by_name_and_can_be_read(limits):
    text = f"<domain><name>{'x' * 10_100_000}</name></domain>"
    with pytest.raises(XmlError, match=r"more bytes than the 10000000 .*xml\.limits\.text"):
        xml.parse(text)
    limits.text = 20_000_000
    assert len(xml.parse(text).name) == 10_100_000


def test_comments_and_the_like_are_no_elements(limits):
    limits.elements = 3
    xml.parse("<domain>" + "<!-- <a/><a/> -->" * 20 + "<![CDATA[<a/><a/>]]><?a <a/>?><name>a</name></domain>")


def test_what_a_raised_limit_lets_in_is_safe(limits):
    """libxml2 then drops its guard against entities, so there are none."""
    limits.depth = 300
    for text in ("<!DOCTYPE domain><domain/>", "<!DOCTYPE d [<!ENTITY x 'y'>]><domain type='&x;'/>"):
        for given in (text, text.encode(), text.encode("utf-16")):
            with pytest.raises(XmlError, match="raised limits"):
                xml.parse(given)
    chain = "<disk>" + "<backingStore>" * 290 + "</backingStore>" * 290 + "</disk>"
    assert xml.parse(xml.render(xml.parse(chain, Disk))) == xml.parse(chain)


def test_a_limit_is_a_number_above_zero_and_has_a_known_name(limits):
    for wrong in (0, -1, True, "9", 1.5, None):
        with pytest.raises(ValueError, match=r"xml\.limits\.depth must be"):
            limits.depth = wrong
    with pytest.raises(AttributeError, match="'dept'; known limits: bytes, elements, depth"):
        limits.dept = 3
    assert limits.depth == 256
