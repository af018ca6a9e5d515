# ruff: noqa: E501 - RELAX NG in a line each
"""RELAX NG -> rules: nothing of it is lost, and no hand touches them."""

import json

import pytest
from lxml import etree

from schemas import rules
from schemas.patterns import SchemaError
from schemas.relaxng import load, start
from virtsdk.xml._validate import _relaxng, _rules

RNG = (
    'xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"'
)


@pytest.fixture
def compiled(tmp_path):
    """Compile RELAX NG; return what lxml makes of it and what the package makes of the rules."""

    def build(body, **named):
        for name, other in named.items():
            (tmp_path / f"{name}.rng").write_text(f"<grammar {RNG}>{other}</grammar>")
        path = tmp_path / "main.rng"
        path.write_text(f"<grammar {RNG}>{body}</grammar>")
        text = rules.write({"ThingDef": start(load(path))}, {})
        assert rules.write(rules.read(text), {}) == text
        return etree.RelaxNG(etree.parse(str(path))), text

    return build


def grammar(text, monkeypatch):
    data = json.loads(text)
    defines = {key: encoded for file in data["files"].values() for key, encoded in file.items()}
    monkeypatch.setattr(_rules, "encoded_define", defines.__getitem__)
    return _relaxng._compile(data["roots"]["ThingDef"])


A, B = "<element name='a'><empty/></element>", "<element name='b'><empty/></element>"
CONTENTS = {
    f"<group>{A}{B}</group>": ["<r><a/><b/></r>", "<r><b/><a/></r>"],
    f"<interleave>{A}{B}</interleave>": ["<r><b/><a/></r>", "<r><a/></r>"],
    f"<choice>{A}<group>{B}{B}</group></choice>": ["<r><a/></r>", "<r><b/></r>", "<r><b/><b/></r>"],
    f"<optional>{A}</optional>{B}": ["<r><b/></r>", "<r><a/></r>"],
    f"<zeroOrMore>{A}</zeroOrMore>": ["<r/>", "<r><a/><a/></r>", "<r><b/></r>"],
    f"<oneOrMore>{A}</oneOrMore>": ["<r/>", "<r><a/><a/></r>"],
    f"<mixed>{A}</mixed>": ["<r>x<a/>y</r>", "<r>x</r>"],
    "<choice><value>a</value><value>b &lt; c</value></choice>": [
        "<r>a</r>",
        "<r> b &lt;  c </r>",
        "<r>c</r>",
    ],
    "<attribute name='x'/>": ["<r x=''/>", "<r/>"],
    "<optional><attribute name='x'><data type='int'><param name='maxInclusive'>9</param></data></attribute></optional>": [
        "<r x='9'/>",
        "<r x='10'/>",
        "<r/>",
    ],
    "<data type='string'><param name='pattern'>[^/&lt;]+</param><except><choice><value>.</value><value>..</value></choice></except></data>": [
        "<r>a</r>",
        "<r>..</r>",
        "<r>a/b</r>",
    ],
    "<zeroOrMore><attribute><anyName/></attribute></zeroOrMore>": ["<r x='1' y='2'/>", "<r><a/></r>"],
    "<element><anyName><except><name>a</name><nsName ns='urn:x'/></except></anyName><empty/></element>": [
        "<r><b/></r>",
        "<r><a/></r>",
        "<r><c xmlns='urn:x'/></r>",
    ],
    "<element name='a' ns='urn:x'><empty/></element>": ["<r><a xmlns='urn:x'/></r>", "<r><a/></r>"],
    f"<choice><notAllowed/>{A}</choice>": ["<r><a/></r>", "<r/>"],
}


@pytest.mark.parametrize("content", CONTENTS)
def test_the_rules_say_what_the_relaxng_says(compiled, monkeypatch, content):
    original, text = compiled(f"<start><element name='r'>{content}</element></start>")
    again = grammar(text, monkeypatch)
    verdicts = [original.validate(etree.fromstring(document)) for document in CONTENTS[content]]
    assert [again.validate(etree.fromstring(document)) for document in CONTENTS[content]] == verdicts
    assert set(verdicts) == {True, False}


def test_a_define_that_is_overridden_stands_there_twice(compiled, monkeypatch):
    """Two documents include one file; the second says otherwise what a part of it is."""
    base = "<define name='box'><element name='box'><ref name='part'/></element></define><define name='part'>{}</define>"
    original, text = compiled(
        "<include href='plain.rng'/><start><element name='r'><ref name='box'/><grammar>"
        f"<include href='plain.rng'><define name='part'>{B}</define></include><start><ref name='box'/></start></grammar>"
        "</element></start>",
        plain=base.format(A),
    )
    assert {"box", "box~2"} < set(json.loads(text)["files"]["plain.rng"])
    again = grammar(text, monkeypatch)
    for document in ("<r><box><a/></box><box><b/></box></r>", "<r><box><a/></box><box><a/></box></r>"):
        root = etree.fromstring(document)
        assert again.validate(root) == original.validate(root)


def test_defines_that_are_combined(compiled, monkeypatch):
    original, text = compiled(
        f"<define name='i' combine='interleave'>{A}</define><define name='i' combine='interleave'>{B}</define>"
        "<start><element name='r'><ref name='i'/></element></start>"
    )
    again = grammar(text, monkeypatch)
    for document in ("<r><a/><b/></r>", "<r><b/><a/></r>", "<r><a/></r>"):
        root = etree.fromstring(document)
        assert again.validate(root) == original.validate(root) == (len(root) == 2)


def test_a_list_of_words_is_refused(compiled):
    with pytest.raises(SchemaError, match=r"main\.rng:1: the rules have no form for ListOf"):
        compiled("<start><element name='r'><list><data type='int'/></list></element></start>")


@pytest.mark.parametrize(
    ("old", "new"), [('["@","x"]', '["@","y"]'), ("}\n}", "}"), ('"digest": "', '"digest": "0'), ("{", "[")]
)
def test_what_was_edited_is_refused(compiled, old, new):
    _, text = compiled("<start><element name='r'><attribute name='x'/></element></start>")
    assert old in text.decode()
    with pytest.raises(SchemaError, match=r"rules\.json (was edited by hand|is not what)"):
        rules.read(text.decode().replace(old, new, 1).encode())


def test_what_is_no_rule_is_refused():
    with pytest.raises(SchemaError, match="not a rule"):
        rules._Reader({"files": {}, "roots": {"A": ["what"]}}).roots()
    with pytest.raises(TypeError, match="not a rule"):
        _rules.read([])
