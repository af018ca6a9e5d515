"""Elements of applications in <metadata>."""

import copy
import pickle
from dataclasses import dataclass, field
from xml.etree import ElementTree

import pytest
from lxml import etree

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.model import Model, Text, model
from virtsdk.model import field as model_field
from virtsdk.models.common import Metadata
from virtsdk.models.domain import DomainDef
from virtsdk.models.network import NetworkDef

URI = "urn:a"


@dataclass
class Owner:
    name: str = ""
    cost: int | None = None
    tags: list[str] = field(default_factory=list)


@dataclass
class Placed:
    class Meta:
        name = "place"
        namespace = "urn:a"

    rack: str = field(default="", metadata={"type": "Attribute"})
    note: str = field(default="", metadata={"type": "Element"})


@model
class Note(Model):
    class Meta:
        name = "note"

    by: Text = model_field(default=None, metadata={"type": "Attribute"})
    value: Text = model_field(default=None, metadata={"type": "Text"})


def guest(inside, above=""):
    return xml.parse(f"<domain{above}><name>web1</name><metadata>{inside}</metadata></domain>")


A = '<a:x xmlns:a="urn:a" k="1 &lt; 2">one<b/></a:x>'
B = "<b:y xmlns:b='urn:b'><!-- > --><![CDATA[<a:x>]]></b:y>"


# --- read


def test_an_element_is_read_by_its_namespace():
    definition = guest(f"\n  {A}\n  {B}")
    found = definition.metadata.get(URI)
    assert (found.tag, found.text, found.get("k"), found.tail) == ("{urn:a}x", "one", "1 < 2", None)
    assert definition.metadata.get("urn:b").tag == "{urn:b}y"
    assert definition.metadata.get("urn:c") is None
    found.text = "two"
    assert definition.metadata.get(URI).text == "one"


def test_of_several_of_one_namespace_the_first_is_read_and_one_is_left():
    definition = guest('<a:x xmlns:a="urn:a">1</a:x> <a:z xmlns:a="urn:a">2</a:z><b xmlns="urn:b"/>')
    assert definition.metadata.get(URI).text == "1"
    definition.metadata.set(URI, "<x>3</x>")
    assert definition.metadata.content == '<a:x xmlns:a="urn:a">3</a:x><b xmlns="urn:b"/>'


def test_only_the_outermost_elements_count():
    inner = '<b:y xmlns:b="urn:b"><a:x xmlns:a="urn:a"/></b:y>'
    definition = guest(inner)
    assert definition.metadata.get(URI) is None
    assert not definition.metadata.remove(URI)
    assert definition.metadata.content == inner


@pytest.mark.parametrize("cls", [DomainDef, NetworkDef])
def test_where_nothing_is_written_the_first_element_writes_it(cls):
    definition = cls(name="n")
    assert not definition.metadata
    assert definition.metadata.get(URI) is None
    assert definition.metadata.remove(URI) is False
    assert "metadata" not in xml.render(definition) + repr(definition)
    assert definition == cls(name="n")
    definition.metadata.set(URI, "<x/>", prefix="a")
    assert definition.metadata
    assert xml.render(definition).count('<metadata>\n    <a:x xmlns:a="urn:a"/>\n  </metadata>') == 1
    assert xml.parse(xml.render(definition)) == definition


def test_two_that_stand_for_what_is_not_written_are_one():
    definition = DomainDef()
    first, second = definition.metadata, definition.metadata
    first.set(URI, "<x/>")
    second.set("urn:b", "<y/>")
    assert second.get(URI) is not None
    assert definition.metadata.get(URI) is not None
    assert definition.metadata.get("urn:b") is not None


def test_an_empty_one_that_is_assigned_is_written_once_something_is_in_it():
    empty = Metadata()
    definition = DomainDef(metadata=empty)
    assert definition == DomainDef()
    assert xml.render(definition, pretty=False) == "<domain/>"
    empty.content = "<x/>"
    assert definition.metadata is empty
    other = DomainDef()
    other.metadata = DomainDef().metadata
    assert not other.metadata


def test_an_empty_element_stays():
    text = "<domain><metadata/></domain>"
    definition = xml.parse(text)
    assert xml.render(definition, pretty=False) == text
    assert definition == DomainDef()  # nothing is in it
    loose = '<domain><metadata zz="1"/></domain>'
    assert xml.render(xml.parse(loose), pretty=False) == loose


# --- write


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"\n    {A}\n    {B}\n  ", '\n    <a:x xmlns:a="urn:a">new</a:x>\n    {B}\n  '),
        (f"text{A}{B}tail", 'text<a:x xmlns:a="urn:a">new</a:x>{B}tail'),
        ("", '\n    <x xmlns="urn:a">new</x>\n  '),
        (f"\n    {B}\n  ", '\n    {B}\n    <x xmlns="urn:a">new</x>\n  '),
        (f"{B}<!-- end -->", '{B}<!-- end --><x xmlns="urn:a">new</x>'),
        ("<x xmlns='urn:a'/>\t<?p a:x?>", '<x xmlns="urn:a">new</x>\t<?p a:x?>'),
        (f"ü€{A}é", 'ü€<a:x xmlns:a="urn:a">new</a:x>é'),
    ],
    ids=["indented", "mixed", "empty", "appended", "comment", "default", "wide"],
)
def test_the_rest_stays_to_the_byte(before, after):
    definition = guest(before)
    kept = guest(B).metadata.content
    definition.metadata.set(URI, "<x>new</x>")
    assert definition.metadata.content == after.replace("{B}", kept)
    assert xml.parse(xml.render(definition)) == definition


def test_what_was_set_first_is_gone_when_it_is_removed():
    for inside in ("", f"\n    {B}\n  ", B, "\n    <!-- note -->\n  "):
        definition = guest(inside)
        before = xml.render(definition)
        definition.metadata.set(URI, "<x><y/></x>")
        assert definition.metadata.remove(URI) is True
        assert xml.render(definition) == before
        assert definition.metadata.remove(URI) is False


@pytest.mark.parametrize("inside", ["\n  {B}\n  text", "\n  {B} <![CDATA[ x ]]>", "text"])
def test_what_comes_after_a_text_leaves_it_as_it_was(inside):
    definition = DomainDef(metadata=inside.replace("{B}", B))
    definition.metadata.set(URI, "<x/>")
    assert definition.metadata.content == inside.replace("{B}", B) + '<x xmlns="urn:a"/>'
    assert definition.metadata.remove(URI)
    assert definition.metadata.content == inside.replace("{B}", B)


def test_white_space_of_a_text_stays():
    definition = guest(f"said: {A} and")
    definition.metadata.remove(URI)
    assert definition.metadata.content == "said:  and"


def lxml_of(text):
    return etree.fromstring(text)


@pytest.mark.parametrize(
    ("element", "prefix", "written"),
    [
        ("<x k='1'><y/>t</x>", "a", '<a:x xmlns:a="urn:a" k="1"><a:y/>t</a:x>'),
        ("<x k='1'><y/>t</x>", None, '<x xmlns="urn:a" k="1"><y/>t</x>'),
        ("<b:x xmlns:b='urn:a'><b:y/></b:x>", None, '<b:x xmlns:b="urn:a"><b:y/></b:x>'),
        ("<b:x xmlns:b='urn:a'><b:y b:k='1'/></b:x>", "a", '<a:x xmlns:a="urn:a"><a:y a:k="1"/></a:x>'),
        ("<x xmlns='urn:a'><y xmlns='urn:c'/></x>", "a", '<a:x xmlns:a="urn:a"><y xmlns="urn:c"/></a:x>'),
        (lxml_of("<r xmlns:a='urn:a'><a:x/>tail</r>")[0], None, '<a:x xmlns:a="urn:a"/>'),
        (ElementTree.fromstring("<x><y/></x>"), "a", '<a:x xmlns:a="urn:a"><a:y/></a:x>'),
        (ElementTree.Element("{urn:a}x"), "a", '<a:x xmlns:a="urn:a"/>'),
        (Note(by="ana", value="hi"), "a", '<a:note xmlns:a="urn:a" by="ana">hi</a:note>'),
    ],
    ids=[
        "bare",
        "bare-default",
        "prefixed",
        "renamed",
        "default-renamed",
        "lxml",
        "tree",
        "tree-named",
        "model",
    ],
)
def test_what_stands_for_an_element(element, prefix, written):
    definition = DomainDef()
    definition.metadata.set(URI, element, prefix=prefix)
    assert definition.metadata.content == f"\n    {written}\n  "
    assert xml.parse(xml.render(definition)) == definition


def test_a_prefix_that_a_value_uses_is_kept():
    definition = DomainDef()
    definition.metadata.set(
        URI, lxml_of("<r xmlns:v='urn:v' xmlns:u='urn:u'><x t='v:n'/></r>")[0], prefix="a"
    )
    assert definition.metadata.content.strip() == '<a:x xmlns:v="urn:v" xmlns:a="urn:a" t="v:n"/>' or (
        definition.metadata.content.strip() == '<a:x xmlns:a="urn:a" xmlns:v="urn:v" t="v:n"/>'
    )


def test_a_namespace_declared_on_the_document():
    text = '<domain xmlns:a="urn:a"><name>web1</name><metadata><a:x>1</a:x></metadata></domain>'
    definition = xml.parse(text)
    assert definition.metadata.get(URI).text == "1"
    definition.metadata.set(URI, "<x>2</x>")
    assert definition.metadata.content == '<a:x xmlns:a="urn:a">2</a:x>'


# --- dataclasses


def test_a_dataclass_goes_both_ways():
    definition = DomainDef()
    owner = Owner(name="ana & co", cost=7, tags=["a", "b"])
    definition.metadata.set(URI, owner, prefix="o")
    assert definition.metadata.get(URI, Owner) == owner
    assert definition.metadata.get(URI, cls=Owner) == owner
    assert definition.metadata.get("urn:b", Owner) is None
    assert "<o:name>ana &amp; co</o:name>\n      <o:cost>7" in xml.render(definition)
    placed = Placed(rack="r1", note="top")
    definition.metadata.set(URI, placed)
    assert definition.metadata.get(URI, Placed) == placed
    assert '<o:place xmlns:o="urn:a" rack="r1">' in xml.render(definition)
    note = Note(by="ana", value="hi")
    definition.metadata.set(URI, note)
    assert definition.metadata.get(URI, Note) == note


@pytest.mark.parametrize(
    "inside",
    ["<x><name>a</name><other>b</other></x>", "<x><cost>hunter2</cost></x>", "<x zz='1'/>"],
    ids=["element", "value", "attribute"],
)
def test_a_dataclass_loses_nothing_in_silence(inside):
    definition = DomainDef()
    definition.metadata.set(URI, inside)
    with pytest.raises(XmlError, match="Owner") as caught:
        definition.metadata.get(URI, Owner)
    assert "hunter2" not in str(caught.value)


# --- what is wrong


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.get(""), ValueError, "uri must be"),
        (lambda m: m.set(None, "<x/>"), ValueError, "uri must be"),
        (lambda m: m.remove(" "), ValueError, "uri must be"),
        (lambda m: m.set(URI, "<x/>", prefix="a:b"), ValueError, "prefix must be"),
        (lambda m: m.set(URI, "<x/>", prefix="xmlns"), ValueError, "prefix must be"),
        (lambda m: m.set(URI, "<x xmlns='urn:b'/>"), ValueError, "of the namespace 'urn:b', not 'urn:a'"),
        (lambda m: m.set(URI, Placed(), prefix="1"), ValueError, "prefix must be"),
        (lambda m: m.set("urn:b", Placed()), ValueError, "of the namespace 'urn:a', not 'urn:b'"),
        (lambda m: m.set(URI, 5), TypeError, "element must be"),
        (lambda m: m.set(URI, Owner), TypeError, "element must be"),
        (lambda m: m.set(URI, etree.Comment("c")), TypeError, "element must be"),
        (lambda m: m.set(URI, "<x>"), XmlError, "not well-formed"),
        (lambda m: m.set(URI, "<!DOCTYPE x [<!ENTITY e 'v'>]><x>&e;</x>"), XmlError, "entities"),
        (lambda m: m.get("urn:b", int), TypeError, "cls must be a dataclass"),
        (lambda m: m.get("urn:b", Placed), ValueError, "of the namespace 'urn:a', not 'urn:b'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(call, error, message):
    definition = guest(B)
    before = xml.render(definition)
    with pytest.raises(error, match=message):
        call(definition.metadata)
    assert xml.render(definition) == before


def test_content_that_is_no_xml_is_told():
    definition = DomainDef(metadata="<a>")
    with pytest.raises(XmlError, match="not well-formed"):
        definition.metadata.get(URI)


# --- as a part of its definition


def test_it_is_copied_compared_pickled_and_shown():
    definition = DomainDef(name="web1")
    blank = definition.metadata
    for twin in (copy.deepcopy(definition), pickle.loads(pickle.dumps(definition)), copy.copy(definition)):
        assert twin == definition
        assert not twin.metadata
    assert not pickle.loads(pickle.dumps(blank)).content
    copy.deepcopy(blank).set(URI, "<x/>")
    assert not definition.metadata
    definition.metadata.set(URI, "<x><password>hunter2</password></x>", prefix="a")
    twin = pickle.loads(pickle.dumps(definition))
    assert twin == definition == copy.deepcopy(definition)
    assert "hunter2" not in repr(definition) + definition._repr_html_()
    twin.metadata.set(URI, "<x/>")
    assert twin != definition


def test_a_difference_is_one_of_metadata():
    definition = DomainDef(name="web1")
    other = copy.deepcopy(definition)
    other.metadata.set(URI, "<x/>", prefix="a")
    [change] = xml.diff(definition, other)
    assert change.path == "metadata"
    assert change.before is None
    assert change.after == other.metadata
    [back] = xml.diff(other, definition)
    assert back.after is None
    more = copy.deepcopy(other)
    more.metadata.set("urn:b", "<y/>")
    assert len(xml.diff(other, more)) == 1
    assert not xml.diff(other, xml.parse(xml.render(other)))


def test_a_frame_has_nothing_where_nothing_is_written():
    frame = xml.to_frame([DomainDef(), guest(A)], columns=["metadata.content"])
    assert list(frame["metadata.content"].notna()) == [False, True]


def test_another_element_of_the_namespace_is_not_read_as_one_that_has_its_name():
    holder = guest('<a:shelf xmlns:a="urn:a" rack="4"/>')
    with pytest.raises(XmlError, match=r"<\{urn:a\}shelf> is no Placed: that is read from <place>"):
        holder.metadata.get(URI, Placed)
    assert guest('<a:place xmlns:a="urn:a" rack="4"/>').metadata.get(URI, Placed).rack == "4"


def test_an_element_in_a_default_namespace_is_read_as_a_dataclass() -> None:
    guest = DomainDef(name="web1")
    guest.metadata.set(URI, f"<Owner xmlns='{URI}'><name>ana</name></Owner>")
    assert guest.metadata.get(URI, Owner).name == "ana"
