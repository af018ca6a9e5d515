"""Every place where the order of differently named children could mean something has been looked at."""

import pytest

from schemas import relaxng, roles
from schemas.generate import HERE, compile_models
from schemas.naming import Naming, class_names
from schemas.order import Order
from schemas.patterns import SchemaError
from tests.canonical import ORDERED
from virtsdk import models
from virtsdk.xml._fields import describe

GRAMMAR = """<grammar xmlns="http://relaxng.org/ns/structure/1.0">
<start><element name="filter"><ref name="content"/></element></start>
<define name="content">{}</define></grammar>"""
A, B = (f"<element name='{name}'><text/></element>" for name in "ab")
MIXED = f"<zeroOrMore><choice>{A}{B}</choice></zeroOrMore>"


@pytest.fixture(scope="module")
def order():
    return Order.read(HERE / "order.toml")


def check(order, tmp_path, content):
    """Hold an order against a document `filter` of that content."""
    (tmp_path / "x.rng").write_text(GRAMMAR.format(content))
    naming = Naming.read(HERE / "naming.toml")
    graph = roles.build({"nwfilter": relaxng.start(relaxng.load(tmp_path / "x.rng"))}, {}, [])
    naming.classes = {}
    order.check(graph, class_names(graph, naming))


@pytest.mark.parametrize(
    "content",
    [
        MIXED,
        f"<interleave><attribute name='c'/>{MIXED}</interleave>",
        f"<oneOrMore><group><optional>{A}</optional><optional>{B}</optional></group></oneOrMore>",
        f"<optional><oneOrMore><choice>{A}<group>{B}</group></choice></oneOrMore></optional>",
    ],
)
def test_a_repeated_choice_that_nobody_looked_at_is_refused(tmp_path, content):
    with pytest.raises(
        SchemaError, match=r"filter: children named a, b may mix; .* add NWFilterDef to order.toml"
    ):
        check(Order(), tmp_path, content)
    check(Order(free={"NWFilterDef": "why"}), tmp_path, content)
    check(Order(lists={"NWFilterDef": {"entries": ["a", "b"]}}), tmp_path, content)
    with pytest.raises(SchemaError, match="children named a, b may mix"):
        check(Order(lists={"NWFilterDef": {"entries": ["a"]}}), tmp_path, content)


def test_a_repetition_of_one_name_is_no_choice(tmp_path):
    lists = [f"<zeroOrMore>{one}</zeroOrMore>" for one in (A, B)]
    check(Order(), tmp_path, f"<interleave>{''.join(lists)}</interleave>")
    with pytest.raises(SchemaError, match=r"order\.toml tells of classes whose children do not mix: Gone"):
        check(Order(free={"Gone": "why"}), tmp_path, lists[0])


def test_a_list_of_what_is_not_there_is_refused(analysed, monkeypatch):
    right = {"NWFilterDef": {"entries": ["filterref", "rule"]}}
    for given, said in (
        (Order(lists={"NWFilterDef": {"entries": ["rule", "filterref"]}}), "no such lists in this order"),
        (Order(lists={"NWFilterDef": {"entries": ["rule", "uuid"]}}), "no such lists in this order"),
        (Order(lists=right | {"Gone": {"entries": ["a"]}}), "order.toml names what is no class: Gone"),
        (Order(lists=right, first={"Gone": "why"}), "order.toml names what is no class: Gone"),
    ):
        monkeypatch.setattr(Order, "read", lambda path, given=given: given)
        with pytest.raises(SchemaError, match=said):
            compile_models(Naming.read(HERE / "naming.toml"))


def test_the_models_and_the_canonical_form_follow_the_recipe(order):
    found = {}
    for name, fields in order.lists.items():
        xml = describe(getattr(models, name))
        for field, elements in fields.items():
            assert [one.key for one in xml.field(field).choices] == elements
            found[xml.root] = set(elements)
    for name in order.first:
        xml = describe(getattr(models, name))
        assert xml.first_decides
        found[xml.root] = None
    assert found == ORDERED


def test_every_reason_is_given(order):
    assert all(order.first.values())
    assert all(order.free.values())
