"""The matcher finds nothing wrong where libxml2 accepts, and something where it rejects: all small documents.

Not among the forms are an interleave in an interleave and one that is repeated: libxml2 rejects more there
than RELAX NG says.
"""

import itertools

import pytest
from lxml import etree

from virtsdk.xml._validate import _relaxng, _rules
from virtsdk.xml._validate._match import Matcher
from virtsdk.xml._validate._problem import Node

A, B, C = (["<", name, ["e"]] for name in "abc")
X, Y = ["@", "x", ["=", "1", "2"]], ["@", "y"]
FORMS = {
    "group": [",", A, B, C],
    "interleave": ["&", A, B, C],
    "choice": ["|", A, [",", B, C]],
    "optional": [",", ["?", A], ["?", B]],
    "optional group": ["?", ["&", A, B]],
    "repeated": [",", ["*", A], ["+", B]],
    "repeated choice": ["*", ["|", A, B]],
    "repeated group": ["*", [",", A, B]],
    "group of the same": [",", A, A, ["?", B], A],
    "repetition and the same": [",", ["*", A], B, ["*", A]],
    "same in choices": [",", ["|", A, B], ["|", A, C], ["?", A]],
    "interleave of groups": ["&", [",", A, B], C],
    "any but": [",", ["*", ["<", {"except": ["a"]}, ["e"]]], ["?", A]],
    "of no namespace": ["*", ["<", {"namespace": "", "except": ["b"]}, ["e"]]],
    "attributes": ["&", X, ["?", Y], ["?", A]],
    "by value": ["|", [",", ["@", "x", ["=", "1"]], A], [",", ["@", "x", ["=", "2"]], ["?", Y], B]],
    "attribute or child": ["|", [",", Y, ["?", A]], ["&", X, A, B]],
    "any attribute": [",", ["*", ["@", {}]], ["*", A]],
    "impossible": [",", ["?", ["<", "a", ["!"]]], ["|", ["!"], B]],
    "text": [",", ["?", X], ["=", "v", "w"]],
    "text or child": ["|", ["=", "v"], ["+", A]],
    "text or nothing": [",", ["?", ["d", "int", [["minInclusive", "3"]]]], ["?", X]],
    "mixed": ["&", ["t"], ["*", A]],
    "anything": ["*", ["|", ["@", {}], ["t"], ["<", {}, ["*", ["t"]]]]],
}


def documents():
    for length in range(5):
        for children in itertools.product("abc", repeat=length):
            if length < 3 or len(set(children)) > 1 or children[:1] == ("a",):
                for attributes in ({}, {"x": "1"}, {"x": "2", "y": "z"}, {"x": "3"}, {"y": "1"}):
                    yield element("", children, attributes)
    for text in ("v", " v ", "w", "5", "2", " ", "u"):
        for children in ("", "a", "aa"):
            for attributes in ({}, {"x": "2"}):
                yield element(text, children, attributes)


def element(text, children, attributes):
    root = etree.Element("r", attributes)
    root.text = text
    root.extend([etree.Element(name) for name in children])
    return root


@pytest.fixture(scope="module")
def trials():
    found = list(documents())
    assert len(found) > 400
    return found


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_wrong_where_libxml2_accepts_and_only_there(form, trials):
    encoded = ["<", "r", FORMS[form]]
    grammar = _relaxng._compile(encoded)
    rule = _rules.read(encoded)
    accepted = 0
    for root in trials:
        verdict = grammar.validate(root)
        found = Matcher().document(Node.of(root), rule)
        assert (not found.problems) == (found.cost == 0) == verdict, (etree.tostring(root), found.problems)
        accepted += verdict
    assert accepted > 0


def wrong(form, *document):
    rule = _rules.read(["<", "r", FORMS[form]])
    problems = Matcher().document(Node.of(element(*document)), rule).problems
    return [(each.kind, each.name or (each.child is not None and each.child.tag)) for each in problems]


@pytest.mark.parametrize(
    ("form", "document", "problems"),
    [
        ("group", ("", "abc", {}), []),
        ("group", ("", "ac", {}), [("missing child", "b")]),
        ("group", ("", "acb", {}), [("order", "c")]),
        ("group", ("", "abcc", {}), [("extra child", "c")]),
        ("interleave", ("", "ca", {"y": "1"}), [("missing child", "b"), ("extra attribute", "y")]),
        ("by value", ("", "a", {"x": "2"}), [("missing child", "b"), ("extra child", "a")]),
        ("by value", ("", "a", {"x": "3"}), [("value", "x")]),
        ("by value", ("", "b", {"x": "1"}), [("missing child", "a"), ("extra child", "b")]),
        ("by value", ("", "b", {"x": "3", "y": ""}), [("value", "x")]),
        ("repeated group", ("", "aba", {}), [("missing child", "b")]),
        ("group of the same", ("", "aa", {}), [("missing child", "a")]),
        ("text", ("u", "", {"x": "1"}), [("value", False)]),
        ("interleave", ("u", "abc", {}), [("extra text", False)]),
        ("optional group", ("", "a", {}), [("missing child", "b")]),
    ],
)
def test_what_is_wrong_is_the_least_that_is(form, document, problems):
    assert sorted(map(str, wrong(form, *document))) == sorted(map(str, problems))


def test_only_what_takes_everything_is_free(monkeypatch):
    free = ["<", {}, ["*", ["|", ["@", {}], ["t"], "tests-free"]]]
    some = ["<", {"except": ["a"]}, ["*", ["|", ["@", {}], ["t"], "tests-some"]]]
    defines = {"tests-free": free, "tests-some": some}
    monkeypatch.setattr(_rules, "encoded_define", defines.__getitem__)
    assert _rules.define("tests-free").is_free
    assert not _rules.define("tests-some").is_free
    assert not _rules.read(["<", {}, ["*", ["|", ["@", {}], ["t"], "tests-some"]]]).is_free
