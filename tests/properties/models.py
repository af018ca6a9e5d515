"""Strategies that draw models and documents from the compiled schema."""

import re
from functools import cache

from hypothesis import strategies as st
from lxml import etree

from virtsdk.model import Empty, Extras, FreeXml, Stray
from virtsdk.xml._fields import describe

# What XML can hold; a carriage return and the like come through as character references.
characters = st.one_of(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    st.sampled_from("\t\n\r \"'<>&;]"),
)
texts = st.text(characters, max_size=8).filter(lambda text: not re.search("[\ufffe\uffff]", text))
words = texts.filter(lambda text: text.strip(" \t\r\n") != "")
not_numbers = words.filter(lambda text: not re.fullmatch("-?[0-9]+", text, re.ASCII))
names = st.from_regex(r"[a-z][a-z0-9_-]{0,5}", fullmatch=True).filter(lambda name: not name.startswith("xml"))


def values(field):
    """Values of a plain field: known ones, unknown ones, numbers."""
    options = [not_numbers if field.integer else words]
    if field.enum:
        options.append(st.sampled_from(list(field.enum)))
    if field.integer:
        options += [st.integers(), st.sampled_from(["0012", "0x1f", "-0", "+7", "٣"])]
    return st.one_of(options)


@st.composite
def models(draw, cls, depth=4):
    """A model of a class with a few of its fields set, down to a depth."""
    if issubclass(cls, Empty):
        return cls()
    if issubclass(cls, FreeXml):
        return cls(content=draw(st.none() | free_xml()))
    xml = describe(cls)
    every = (*xml.attributes, *xml.elements, *((xml.text,) if xml.text else ()))
    given = {}
    chosen = (
        draw(st.lists(st.sampled_from(every), max_size=5, unique_by=lambda field: field.name))
        if every
        else []
    )
    if xml.first_decides:  # of several children the first is read, the others are beyond the schema
        parts = [field for field in chosen if field.kind == "element"]
        chosen = [field for field in chosen if field not in parts[1:]]
    for field in chosen:
        classes = [each.model for each in field.choices or (field,)]
        if classes == [None]:
            value = values(field)
        elif depth:
            value = st.sampled_from(classes).flatmap(lambda cls: models(cls, depth - 1))
        else:
            continue
        given[field.name] = draw(st.lists(value, max_size=3) if field.many else value)
    model = cls(**given)
    unknown = draw(st.dictionaries(names.map("zz-{}".format), texts, max_size=1))
    stray = [Stray(None, "<zz-stray>x</zz-stray>")] if draw(st.integers(0, 9)) == 0 else []
    if unknown or stray:
        model.extras = Extras(attributes=unknown, content=stray)
    return model


@st.composite
def free_xml(draw):
    """Free XML as it is after one reading: what stands between the tags of <metadata>."""
    root = etree.Element("metadata")
    app = etree.SubElement(root, "{urn:app}app", nsmap={"app": "urn:app"})
    app.text, app.tail = draw(texts), draw(texts)
    app.set("k", draw(texts))
    etree.SubElement(app, draw(names)).tail = draw(texts)
    text = etree.tostring(root, encoding="unicode")
    return text[len("<metadata>") : -len("</metadata>")]


@cache
def vocabulary(cls):
    """Every element and attribute name below a class."""
    seen, tags, attributes, waiting = {cls}, set(), set(), [cls]
    while waiting:
        xml = describe(waiting.pop())
        attributes |= {field.key for field in xml.attributes}
        for field in xml.elements:
            tags.add(field.key)
            if field.model and field.model not in seen:
                seen.add(field.model)
                waiting.append(field.model)
    return sorted(tags), sorted(attributes)


# Prefixes that libvirt, the encoder or another document writes, bound to anything.
bindings = st.dictionaries(
    st.sampled_from(["qemu", "a", "virtsdk1", None]),
    st.sampled_from(["urn:a", "urn:b", "http://libvirt.org/schemas/domain/qemu/1.0"]),
    max_size=3,
)
names_in_values = st.sampled_from(["qemu:arg", "a:b virtsdk1:c", "x a:b", "http://a:1/"])


def below(draw, parent, tag):
    """Add an element that may declare prefixes, and mention some in its values."""
    # an element in no namespace must not be below a default one
    declared = {prefix: uri for prefix, uri in draw(bindings).items() if prefix or tag.startswith("{")}
    child = etree.SubElement(parent, tag, nsmap=declared)
    if draw(st.integers(0, 5)) == 0:
        child.set("zz-name", draw(names_in_values))
    if draw(st.integers(0, 5)) == 0:
        child.text = draw(names_in_values)
    return child


@st.composite
def documents(draw, cls):
    """Any well-formed document below a class's root: half of it where the schema has it, half anywhere."""
    root = etree.Element(describe(cls).root, nsmap={key: uri for key, uri in draw(bindings).items() if key})
    tags, attributes = vocabulary(cls)
    _fill(draw, root, cls, tags, attributes, draw(st.integers(5, 40)))
    return etree.tostring(root)


def _fill(draw, element, cls, tags, attributes, budget):
    xml = describe(cls) if cls else None
    known = [field.key for field in xml.attributes] if xml else []
    anywhere = st.sampled_from([*attributes, "zz", "{urn:zz}zz", "{urn:b}zz"])
    for name in draw(st.lists(st.sampled_from(known) | anywhere if known else anywhere, max_size=3)):
        element.set(name, draw(texts))
    if element.tag == "metadata":
        return budget
    fields = {field.key: field for field in xml.elements} if xml else {}
    if draw(st.integers(0, 3)) == 0:
        element.text = draw(texts)
    while budget > 0 and draw(st.integers(0, 4)):
        pool = list(fields) if fields and draw(st.booleans()) else [*tags, "{urn:zz}zz", "{urn:a}zz", "zz"]
        child = below(draw, element, draw(st.sampled_from(pool)))
        if draw(st.integers(0, 9)) == 0:
            child.tail = draw(texts)
        field = fields.get(child.tag)
        budget = _fill(draw, child, field.model if field else None, tags, attributes, budget - 1)
    return budget
