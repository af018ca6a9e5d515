# ruff: noqa: E501 - RELAX NG in a line each
"""RELAX NG -> XSD: what the one accepts the other accepts, and values are held to the same facets."""

import itertools

import pytest
import xmlschema
from lxml import etree

from schemas import roles, xsd
from schemas.generate import HERE, XSD
from schemas.naming import Document, Naming
from schemas.patterns import SchemaError
from schemas.relaxng import load, start

RNG = (
    'xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"'
)


@pytest.fixture
def compile_both(tmp_path):
    """Compile one RELAX NG grammar; return it and its XSD, both ready to validate."""

    def build(body):
        path = tmp_path / "thing.rng"
        path.write_text(f"<grammar {RNG}>{body}</grammar>")
        naming = Naming.read(HERE / "naming.toml")
        naming.documents = {"thing": Document("thing", "thing.rng", "ThingDef", "thing", "Thing")}
        naming.classes, naming.order = {}, {}
        graph = roles.build({"thing": start(load(path))}, naming.units, naming.distinct)
        for name, content in xsd.Compiler(graph, naming).compile().items():
            (tmp_path / name).write_bytes(content)
        return etree.RelaxNG(etree.parse(str(path))), xmlschema.XMLSchema11(str(tmp_path / "thing.xsd"))

    return build


def verdicts(both, documents):
    rng, schema = both
    return [(text, rng.validate(etree.fromstring(text)), schema.is_valid(text)) for text in documents]


VALUES = {
    "<choice><value>a</value><value>b</value></choice>": ["a", "b", " a ", "c", ""],
    '<data type="unsignedInt"><param name="pattern">[0-9]+</param></data>': ["1", "012", "+1", "-1", "x"],
    '<data type="int"><param name="minInclusive">0</param><param name="maxInclusive">31</param></data>': [
        "0",
        "31",
        "32",
        "-1",
    ],
    '<choice><data type="string"><param name="pattern">(0x)?[0-9a-f]{1,2}</param></data>'
    '<data type="int"><param name="maxInclusive">255</param></data></choice>': ["0xff", "255", "ff", "0x100"],
    '<data type="string"><param name="pattern">[^/]+</param><except><choice><value>.</value><value>..</value>'
    "</choice></except></data>": ["a", "...", ".", "..", "a/b"],
    '<data type="string"><param name="pattern">[ab]+</param><param name="pattern">.{2}</param></data>': [
        "ab",
        "a",
        "abc",
        "xy",
    ],
    '<list><oneOrMore><data type="int"/></oneOrMore></list>': ["1 2", "1", "1 x"],
    '<choice><value>none</value><data type="positiveInteger"/></choice>': ["none", "3", "0", "some"],
    "<text/>": ["", "anything", "<!-- -->"],
}


def test_attributes_of_any_name_and_notes_for_people(compile_both):
    others = (
        "<zeroOrMore><attribute><anyName><except><name>v</name></except></anyName></attribute></zeroOrMore>"
    )
    note = '<a:documentation xmlns:a="http://relaxng.org/ns/compatibility/annotations/1.0">what v is</a:documentation>'
    number = f'<attribute name="v">{note}<data type="decimal"><param name="totalDigits">2</param></data></attribute>'
    both = compile_both(f'<start><element name="r">{note}{number}{others}</element></start>')
    for text, rng, schema in verdicts(
        both, ['<r v="1"/>', '<r v="1" w="x"/>', '<r w="x"/>', '<r v="123"/>', '<r v="x"/>']
    ):
        assert rng == schema, text


@pytest.mark.parametrize("pattern", VALUES)
def test_attribute_values_get_the_same_verdict(compile_both, pattern):
    both = compile_both(
        f'<start><element name="r"><attribute name="v">{pattern}</attribute></element></start>'
    )
    documents = [f'<r v="{value.replace("<", "&lt;")}"/>' for value in VALUES[pattern]]
    for text, rng, schema in verdicts(both, documents):
        assert rng == schema, text


@pytest.mark.parametrize("pattern", VALUES)
def test_element_text_gets_the_same_verdict(compile_both, pattern):
    body = f'<element name="v">{pattern}</element>'
    both = compile_both(f'<start><element name="r"><attribute name="x"/>{body}</element></start>')
    documents = [f'<r x=""><v>{value}</v></r>' for value in VALUES[pattern]]
    for text, rng, schema in verdicts(both, documents):
        assert rng == schema, text


def test_text_beside_attributes_gets_the_same_verdict(compile_both):
    both = compile_both(
        '<start><element name="r"><optional><attribute name="unit"/></optional><data type="int"/></element></start>'
    )
    results = verdicts(both, ["<r>1</r>", '<r unit="k">1</r>', "<r>x</r>", '<r other="k">1</r>'])
    assert [rng for _, rng, _ in results] == [schema for *_, schema in results] == [True, True, False, False]


def test_whatever_the_grammar_accepts_the_xsd_accepts(compile_both):
    both = compile_both(
        """<start><element name="r"><choice>
          <group><attribute name="t"><value>a</value></attribute><element name="s"><attribute name="f"/></element></group>
          <group><attribute name="t"><value>b</value></attribute><optional><element name="s"><attribute name="g"/>
            </element></optional><zeroOrMore><element name="x"><empty/></element></zeroOrMore></group>
        </choice></element></start>"""
    )
    parts = ['<s f=""/>', '<s g=""/>', "<x/>", "<y/>"]
    documents = [
        f'<r t="{kind}">{"".join(chosen)}</r>'
        for kind in "abc"
        for count in range(4)
        for chosen in itertools.product(parts, repeat=count)
    ]
    results = verdicts(both, documents)
    assert sum(rng for _, rng, _ in results) > 5
    assert not [text for text, rng, schema in results if rng and not schema]
    # one that no branch of the grammar could take
    assert not both[1].is_valid('<r t="a"><y/></r>')
    assert not both[1].is_valid('<r t="c"/>')


def test_two_enumerations_of_one_name_are_refused(compile_both):
    values = "<choice><value>{}</value><value>z</value></choice>"
    with pytest.raises(SchemaError, match=r"two enumerations are called .*naming\.toml"):
        compile_both(
            f'<start><element name="r"><element name="a"><attribute name="b"/><element name="c">{values.format(1)}'
            f'</element></element><element name="d"><attribute name="aC">{values.format(2)}</attribute>'
            f'<element name="a-c">{values.format(3)}</element></element></element></start>'
        )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            '<data type="string"><param name="whiteSpace">collapse</param></data>',
            "the facet whiteSpace is not known",
        ),
        ('<data type="string"><except><data type="int"/></except></data>', "only literals can be excepted"),
        (
            '<list><data type="string"><except><data type="int"/></except></data></list>',
            "only literals can be excepted",
        ),
    ],
    ids=["facet", "except", "list"],
)
def test_a_value_that_the_xsd_has_no_form_for_is_refused_with_its_class(compile_both, value, said):
    thing = (
        '<element name="thing"><element name="part"><attribute name="mode">{}</attribute></element></element>'
    )
    with pytest.raises(SchemaError, match=rf"^ThingPart\.mode: .*thing\.rng.*: {said}"):
        compile_both(f"<start>{thing.format(value)}</start>")


@pytest.mark.parametrize("path", sorted(XSD.glob("*.xsd")), ids=lambda path: path.stem)
def test_every_committed_xsd_is_valid(path):
    xmlschema.XMLSchema11(str(path))
