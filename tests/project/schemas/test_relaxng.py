# ruff: noqa: E501 - RELAX NG in a line each
"""The RELAX NG reader: every construct is understood, or refused with its place."""

import pytest
from lxml import etree

from schemas.content import UNBOUNDED, content_of, element_content
from schemas.patterns import AnyName, Name, SchemaError
from schemas.relaxng import load, start

RNG = (
    'xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"'
)


@pytest.fixture
def grammar(tmp_path):
    """Write RELAX NG files and return the content of the root element of the last."""

    def build(*bodies, **named):
        for name, body in named.items():
            (tmp_path / f"{name}.rng").write_text(f"<grammar {RNG}>{body}</grammar>")
        path = tmp_path / "main.rng"
        path.write_text(f"<grammar {RNG}>{''.join(bodies)}</grammar>")
        etree.RelaxNG(etree.parse(str(path)))  # what is tested here is RELAX NG
        content = content_of(start(load(path)))
        ((_, use),) = content.children.items()
        return element_content(use.elements)

    return build


def names(mapping):
    return {name.local for name in mapping}


def test_include_takes_the_override_and_drops_what_it_replaces(grammar):
    content = grammar(
        '<include href="base.rng"><define name="part"><element name="new"><text/></element></define></include>',
        '<start><element name="root"><ref name="part"/></element></start>',
        base='<define name="part"><element name="old"><text/></element></define>',
    )
    assert names(content.children) == {"new"}


def test_an_override_of_what_is_not_there_is_refused(grammar, tmp_path):
    (tmp_path / "base.rng").write_text(f"<grammar {RNG}><define name='a'><empty/></define></grammar>")
    path = tmp_path / "main.rng"
    path.write_text(
        f"<grammar {RNG}>\n<include href='base.rng'><define name='b'><empty/></define></include></grammar>"
    )
    with pytest.raises(
        SchemaError, match=r"main\.rng:2: overrides of what base\.rng does not define: \['b'\]"
    ):
        load(path)


def test_combine_choice_and_interleave(grammar):
    content = grammar(
        '<define name="c" combine="choice"><attribute name="a"/></define>',
        '<define name="c" combine="choice"><attribute name="b"/></define>',
        '<define name="i" combine="interleave"><element name="x"><empty/></element></define>',
        '<define name="i" combine="interleave"><element name="y"><empty/></element></define>',
        '<start><element name="root"><ref name="c"/><ref name="i"/></element></start>',
    )
    assert {name.local: use.required for name, use in content.attributes.items()} == {"a": False, "b": False}
    assert {name.local: use.minimum for name, use in content.children.items()} == {"x": 1, "y": 1}


def test_a_choice_with_notallowed_is_the_rest(grammar):
    content = grammar(
        '<define name="extra"><notAllowed/></define>',
        '<define name="extra" combine="choice"><element name="kept"><text/></element></define>',
        '<start><element name="root"><choice><ref name="extra"/></choice></element></start>',
    )
    assert {name.local: use.minimum for name, use in content.children.items()} == {"kept": 1}


def test_an_element_that_is_not_allowed_is_not_there(grammar):
    content = grammar(
        '<start><element name="root"><optional><element name="no"><notAllowed/></element></optional>'
        '<element name="yes"><empty/></element></element></start>'
    )
    assert names(content.children) == {"yes"}


def test_a_nested_grammar_is_a_scope_of_its_own(grammar):
    content = grammar(
        '<define name="part"><element name="outer"><empty/></element></define>',
        '<define name="shared"><element name="shared"><empty/></element></define>',
        '<start><element name="root"><grammar>'
        '<define name="part"><element name="inner"><empty/></element></define>'
        '<start><group><ref name="part"/><parentRef name="shared"/></group></start>'
        "</grammar></element></start>",
    )
    assert names(content.children) == {"inner", "shared"}


def test_an_external_file_stands_for_its_start(grammar):
    content = grammar(
        '<start><element name="root"><externalRef href="other.rng"/></element></start>',
        other='<start><element name="there"><text/></element></start>',
    )
    assert names(content.children) == {"there"}


def test_a_namespace_is_inherited_by_elements_but_not_by_named_attributes(grammar):
    content = grammar(
        '<start><element name="root"><element name="child" ns="urn:x"><attribute name="plain"/>'
        '<element name="below"><empty/></element></element></element></start>'
    )
    ((name, use),) = content.children.items()
    child = element_content(use.elements)
    assert name == Name("urn:x", "child")
    assert set(child.children) == {Name("urn:x", "below")}
    assert set(child.attributes) == {Name("", "plain")}


def test_any_name_with_exceptions_is_free_content(grammar, tmp_path):
    body = (
        '<start><element name="root"><zeroOrMore><element><anyName><except><nsName ns=""/><name>no</name>'
        "</except></anyName><text/></element></zeroOrMore></element></start>"
    )
    assert grammar(body).any_child
    root = start(load(tmp_path / "main.rng"))
    assert root.content.content.name == AnyName(None, (AnyName("", ()), Name("", "no")))


def test_mixed_and_list_and_data_with_parameters(grammar):
    content = grammar(
        '<start><element name="root"><attribute name="n"><list><data type="int"><param name="maxInclusive">9'
        '</param></data></list></attribute><mixed><element name="b"><text/></element></mixed></element></start>'
    )
    assert content.text and names(content.children) == {"b"}


@pytest.mark.parametrize(
    ("inner", "bounds"),
    [
        ("<optional>{x}</optional>", (0, 1)),
        ("<zeroOrMore>{x}</zeroOrMore>", (0, UNBOUNDED)),
        ("<oneOrMore>{x}</oneOrMore>", (1, UNBOUNDED)),
        ("{x}{x}", (2, 2)),
        ("<choice>{x}<empty/></choice>", (0, 1)),
        ("<choice>{x}<group>{x}{x}</group></choice>", (1, 2)),
        ("<group>{x}<optional>{x}</optional></group>", (1, 2)),
        ("<zeroOrMore><choice>{x}<element name='y'><empty/></element></choice></zeroOrMore>", (0, UNBOUNDED)),
    ],
)
def test_the_bounds_of_children(grammar, inner, bounds):
    x = '<element name="x"><text/></element>'
    content = grammar(f'<start><element name="root">{inner.format(x=x)}</element></start>')
    use = content.children[Name("", "x")]
    assert (use.minimum, use.maximum) == bounds


@pytest.mark.parametrize(
    ("branches", "order"),
    [
        (["abd", "acd"], "abcd"),
        (["bd", "abcd"], "abcd"),
        (["b", "bc", "abz"], "abcz"),
        (["ab", "ba"], "ab"),
        (["", "xy"], "xy"),
    ],
)
def test_children_are_in_an_order_that_the_branches_agree_on(grammar, branches, order):
    groups = [
        "".join(f'<element name="{name}"><text/></element>' for name in branch) or "<empty/>"
        for branch in branches
    ]
    inner = "".join(f"<group>{one}<empty/></group>" for one in groups)
    content = grammar(f'<start><element name="root"><choice>{inner}</choice></element></start>')
    assert "".join(name.local for name in content.children) == order


@pytest.mark.parametrize(
    ("inner", "required"),
    [
        ("{a}", True),
        ("<optional>{a}</optional>", False),
        ("<choice>{a}<empty/></choice>", False),
        ("<choice>{a}<group>{a}<element name='e'><empty/></element></group></choice>", True),
        ("<choice>{a}<attribute name='b'/></choice>", False),
    ],
)
def test_an_attribute_is_required_where_every_branch_requires_it(grammar, inner, required):
    a = '<attribute name="a"/>'
    content = grammar(f'<start><element name="root">{inner.format(a=a)}</element></start>')
    assert content.attributes[Name("", "a")].required is required


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("<start><ref name='gone'/></start>", "no define named 'gone'"),
        ("<start><element name='a'><strange/></element></start>", "strange is not a known pattern"),
        ("<start><element name='a'/></start>", "element has no content"),
        ("<start><parentRef name='a'/></start>", "parentRef outside a nested grammar"),
        ("<start><data type='int'><what/></data></start>", "what is not known inside data"),
        ("<strange/>", "strange is not known inside a grammar"),
        ("<define name='a'><empty/></define><define name='a'><empty/></define>", "defined twice"),
        ("<start><element name='p:a'><empty/></element></start>", "the prefix of 'p:a' is not bound"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(tmp_path, line, message):
    path = tmp_path / "bad.rng"
    path.write_text(f"<grammar {RNG}>\n{line}\n</grammar>")
    with pytest.raises(SchemaError, match=rf"bad\.rng:2: .*{message}"):
        content_of(start(load(path)))


def test_a_file_that_is_no_xml_is_refused(tmp_path):
    path = tmp_path / "broken.rng"
    path.write_text("<grammar")
    with pytest.raises(SchemaError, match=r"broken\.rng"):
        load(path)
