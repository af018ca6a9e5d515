import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xsdata.formats.dataclass.parsers import JsonParser, XmlParser
from xsdata.formats.dataclass.serializers import JsonSerializer, XmlSerializer

from virtsdk import xml
from virtsdk.model import Extras, Leaf
from virtsdk.models.domain import DomainDef, Os

TEXT = """<domain zz='1' xmlns:f='urn:f'>
  <name new='yes'>web1</name>
  <f:thing a='1'><inner/></f:thing>
  <devices>
    <disk/>
    <disk odd='2'><target dev='vda'/><strange/>words</disk>
  </devices>
</domain>"""


def test_extras_are_listed_by_their_path():
    assert [(extra.path, extra.kind, extra.name) for extra in xml.extras(xml.parse(TEXT))] == [
        ("", "attribute", "zz"),
        ("", "element", "{urn:f}thing"),
        ("name", "attribute", "new"),
        ("devices.disks[1]", "attribute", "odd"),
        ("devices.disks[1]", "element", "strange"),
        ("devices.disks[1]", "text", ""),
    ]


def test_an_extra_carries_its_value():
    first, thing, *_, words = xml.extras(xml.parse(TEXT))
    assert first.value == "1"
    assert thing.value == '<f:thing xmlns:f="urn:f" a="1"><inner/></f:thing>'
    assert words.value == "words"


def test_clearing_extras_drops_them():
    domain = xml.parse(TEXT)
    domain.extras = None
    domain.devices.disks[1].extras = None
    assert xml.extras(domain) == []
    assert "strange" not in xml.render(domain)


def test_a_document_that_the_schema_knows_has_none():
    assert xml.extras(xml.parse("<domain><name>a</name><metadata><x/></metadata></domain>")) == []


# --- texts of a list -----------------------------------------------------------------------------------


def arguments(*given):
    """An element of arguments: of text and number, the number as an unknown attribute."""
    inside = "".join(
        f"<initarg zz='{given[1]}'>{given[0]}</initarg>"
        if isinstance(given, tuple)
        else f"<initarg>{given}</initarg>"
        for given in given
    )
    return xml.parse(f"<domain><os>{inside}</os></domain>").os


def written(os):
    """Text and number of each argument as it is written, after holding that it reads back equal."""
    domain = DomainDef(os=os)
    back = xml.parse(xml.render(domain))
    assert back == domain
    numbers = {extra.path: extra.value for extra in xml.extras(back)}
    assert numbers == {extra.path: extra.value for extra in xml.extras(domain)}
    return [
        (text, numbers[path]) if (path := f"os.initargs[{position}]") in numbers else text
        for position, text in enumerate(back.os.initargs)
    ]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda list_: None, ["a", ("b", "1"), "c", ("b", "2"), "b"]),
        (lambda list_: list_.pop(0), [("b", "1"), "c", ("b", "2"), "b"]),
        (lambda list_: list_.pop(1), ["a", "c", ("b", "2"), "b"]),
        (lambda list_: list_.pop(3), ["a", ("b", "1"), "c", "b"]),
        (lambda list_: list_.insert(0, "b"), ["b", "a", ("b", "1"), "c", ("b", "2"), "b"]),
        (lambda list_: list_.sort(), ["a", ("b", "1"), ("b", "2"), "b", "c"]),
        (lambda list_: list_.reverse(), ["b", ("b", "2"), "c", ("b", "1"), "a"]),
        (lambda list_: list_.__setitem__(1, "b"), ["a", "b", "c", ("b", "2"), "b"]),
        (lambda list_: list_.clear(), []),
        (lambda list_: list_.remove("c"), ["a", ("b", "1"), ("b", "2"), "b"]),
    ],
)
@pytest.mark.parametrize("made", [lambda os: os, copy.deepcopy, lambda os: pickle.loads(pickle.dumps(os))])
def test_what_a_text_carries_along_goes_where_it_goes(edit, expected, made):
    os = made(arguments("a", ("b", "1"), "c", ("b", "2"), "b"))
    edit(os.initargs)
    assert written(os) == expected


def test_it_goes_along_into_a_new_list():
    os = arguments("a", ("b", "1"), "c", ("b", "2"), "b")
    os.initargs = [*reversed(os.initargs), "b"]
    assert written(os) == ["b", ("b", "2"), "c", ("b", "1"), "a", "b"]


@given(
    st.lists(st.sampled_from("ab") | st.tuples(st.sampled_from("ab"), st.sampled_from("12")), max_size=6),
    st.lists(st.tuples(st.sampled_from(["pop", "insert", "move"]), st.integers(0, 5), st.integers(0, 5))),
)
def test_any_edits_leave_each_text_what_it_carries_along(given, edits):
    os, expected = arguments(*given), list(given)
    for edit, here, there in edits:
        for each in (os.initargs, expected):
            if edit == "insert":
                each.insert(here, "a")
            elif here < len(each):
                item = each.pop(here)
                if edit == "move":
                    each.insert(there, item)
    assert written(os) == expected


def test_texts_that_carry_other_things_along_differ():
    one, two, none = arguments(("a", "1")), arguments(("a", "2")), arguments("a")
    assert one != two
    assert one != none
    assert one == copy.deepcopy(one) == arguments(("a", "1"))
    assert len(xml.diff(one, two)) == len(xml.diff(one, none)) == 1
    one.initargs.clear()
    none.initargs.clear()
    assert one == none
    assert xml.diff(one, none) == xml.extras(one) == []


def test_a_text_that_is_no_list_keeps_it_when_it_changes():
    domain = xml.parse("<domain><name new='yes'>web1</name></domain>")
    domain.name = "web2"
    assert xml.render(domain, pretty=False) == '<domain><name new="yes">web2</name></domain>'
    domain.name = None
    assert xml.render(domain, pretty=False) == "<domain/>"
    assert xml.extras(domain) == []
    assert domain == DomainDef()


def test_leaves_may_be_made():
    leaf = Leaf("initargs", "b", Extras(attributes={"zz": "1"}))
    os = Os(initargs=["a", "b"], extras=Extras(leaves=[leaf]))
    assert written(os) == ["a", ("b", "1")]


# --- xsdata's own forms --------------------------------------------------------------------------------

WHOLE = """<domain zz='1' f:a='2' xmlns:f='urn:f'><name new='yes'>web1<b/>x</name><f:thing a='1'/>
<os><initarg>a</initarg><initarg zz='1'>b</initarg></os><metadata><x:y xmlns:x='urn:x'>z</x:y></metadata>
<devices><disk/><disk odd='2'><target dev='vda'/><strange/>words</disk></devices></domain>"""


@pytest.mark.parametrize(
    "through",
    [
        lambda model: JsonParser().from_string(JsonSerializer().render(model), DomainDef),
        lambda model: XmlParser().from_string(XmlSerializer().render(model), DomainDef),
    ],
    ids=["JSON", "XML"],
)
def test_xsdatas_forms_keep_what_a_model_carries_along(through):
    model = xml.parse(WHOLE)
    assert len(xml.extras(model)) == 10
    model.metadata = None  # xsdata has no XML for free content
    back = through(model)
    assert back == model
    assert xml.render(back) == xml.render(model)
    assert xml.extras(back) == xml.extras(model)
