"""Views on a list of several classes: lists of their own that keep the order of the whole."""

import dataclasses
import inspect
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtsdk.models.common import Filterref
from virtsdk.models.nwfilter import NWFilterDef, NWFilterRule


def rule(name):
    return NWFilterRule(action=name)


def made(text):
    """A filter of entries in short: a letter is a rule, a digit a reference."""
    return NWFilterDef(entries=[Filterref(filter=each) if each.isdigit() else rule(each) for each in text])


def told(model):
    return "".join(each.filter if isinstance(each, Filterref) else each.action for each in model.entries)


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("a1b2", lambda f: f.rules.append(rule("c")), "a1b2c"),
        ("a1b2", lambda f: f.filterrefs.append(Filterref(filter="3")), "a1b23"),
        ("1", lambda f: f.rules.append(rule("a")), "1a"),
        ("a1b2", lambda f: f.rules.insert(0, rule("c")), "ca1b2"),
        ("1a2b", lambda f: f.rules.insert(1, rule("c")), "1a2cb"),
        ("1a2b", lambda f: f.rules.insert(-1, rule("c")), "1a2cb"),
        ("1a2b", lambda f: f.rules.insert(-9, rule("c")), "1ca2b"),
        ("1a2b", lambda f: f.rules.insert(9, rule("c")), "1a2bc"),
        ("a1b2", lambda f: f.rules.pop(), "a12"),
        ("a1b2", lambda f: f.rules.pop(0), "1b2"),
        ("a1b2", lambda f: f.rules.remove(rule("b")), "a12"),
        ("a1b2", lambda f: f.rules.clear(), "12"),
        ("a1b2", lambda f: f.rules.extend([rule("c"), rule("d")]), "a1b2cd"),
        ("a1b2", lambda f: f.rules.__setitem__(1, rule("c")), "a1c2"),
        ("a1b2", lambda f: f.rules.__setitem__(-2, rule("c")), "c1b2"),
        ("a1b2c", lambda f: f.rules.__setitem__(slice(0, 2), [rule("d")]), "d12c"),
        ("a1b2c", lambda f: f.rules.__setitem__(slice(1, 1), [rule("d")]), "a1db2c"),
        ("a1b2c", lambda f: f.rules.__delitem__(slice(1, None)), "a12"),
        ("a1b2c", lambda f: f.rules.__delitem__(-1), "a1b2"),
        ("c1a2b", lambda f: f.rules.sort(key=lambda one: one.action), "a1b2c"),
        ("a1b2c", lambda f: f.rules.reverse(), "c1b2a"),
        ("a1b2", lambda f: setattr(f, "rules", f.rules), "a1b2"),
        ("a1b2", lambda f: setattr(f, "rules", list(f.rules)[1:]), "1b2"),
        ("a1b2", lambda f: setattr(f, "rules", list(f.rules)[::-1]), "b1a2"),
        ("a1b2", lambda f: setattr(f, "rules", [rule("c"), f.rules[1]]), "c1b2"),
        ("a1b2", lambda f: setattr(f, "rules", [*f.rules, rule("c")]), "a1b2c"),
        ("a1b2", lambda f: setattr(f, "rules", [rule("c"), *f.rules]), "ca1b2"),
        ("a1b2", lambda f: setattr(f, "rules", [f.rules[0], rule("c"), f.rules[1]]), "a1cb2"),
        ("a1b2", lambda f: setattr(f, "rules", []), "12"),
        ("a1b2", lambda f: setattr(f, "rules", [rule("x"), rule("y"), rule("z")]), "x1y2z"),
        ("12", lambda f: setattr(f, "rules", (rule("x"), rule("y"))), "12xy"),
        ("a1b2", lambda f: setattr(f, "filterrefs", []), "ab"),
    ],
)
def test_a_view_changes_the_whole_list(before, edit, after):
    model = made(before)
    edit(model)
    assert told(model) == after


def test_adding_in_place_keeps_the_places():
    model = made("a1b2")
    model.rules += [rule("c")]
    assert told(model) == "a1b2c"


def test_a_view_is_added_to_itself_once():
    model = made("a1b2")
    model.rules.extend(itertools.islice(model.rules, 9))  # at most so many, if what is put were read again
    assert told(model) == "a1b2ab"
    model.rules += model.rules[:1]
    assert told(model) == "a1b2aba"


@given(st.text("ab12", max_size=6), st.data())
def test_any_list_of_items_is_what_the_view_then_has(text, data):
    """The others keep their order, and what stays in order stays among them."""
    model = made(text)
    items = data.draw(st.permutations(list(model.rules)))[: data.draw(st.integers(0, 6))]
    for _ in range(data.draw(st.integers(0, 3))):
        items.insert(data.draw(st.integers(0, 6)), rule("n"))
    others = list(model.filterrefs)
    before = {id(item): place for place, item in enumerate(model.entries)}
    model.rules = items
    assert all(one is other for one, other in zip(model.rules, items, strict=True))
    assert all(one is other for one, other in zip(model.filterrefs, others, strict=True))
    stays = [before[id(item)] for item in items if id(item) in before]
    if stays == sorted(stays):
        kept = [item for item in model.entries if id(item) in before]
        assert [before[id(item)] for item in kept] == sorted(before[id(item)] for item in kept)


def test_a_view_is_read_like_a_list():
    model = made("a1b2")
    rules = model.rules
    assert len(rules) == 2
    assert rules[1].action == "b"
    assert [each.action for each in rules[::-1]] == ["b", "a"]
    assert rules == [rule("a"), rule("b")]
    assert [rule("a"), rule("b")] == rules
    assert rules == made("ab").rules
    assert rules != [rule("a")]
    assert rules != "ab"
    assert rule("b") in rules
    assert rules.index(rule("b")) == 1
    assert rules.count(rule("x")) == 0
    others = [rule("c")]
    assert rules + others == [*rules, *others]
    assert others + rules == [*others, *rules]
    assert repr(rules) == "[NWFilterRule(action='a'), NWFilterRule(action='b')]"
    assert bool(rules)
    assert not made("1").rules
    assert [*reversed(rules)] == rules.copy()[::-1]
    with pytest.raises(IndexError):
        rules[2]
    model.entries.append(rule("c"))
    assert len(rules) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        lambda f: f.rules.append(Filterref()),
        lambda f: f.rules.insert(0, "x"),
        lambda f: f.rules.__setitem__(0, Filterref()),
        lambda f: f.rules.__setitem__(slice(0, 1), [Filterref()]),
        lambda f: setattr(f, "rules", [Filterref()]),
        lambda f: setattr(f, "rules", "x"),
        lambda f: setattr(f, "rules", None),
        lambda f: NWFilterDef(rules=[Filterref()]),
        lambda f: NWFilterDef(rules=5),
    ],
)
def test_what_does_not_belong_there_is_refused_and_changes_nothing(wrong):
    model = made("a1")
    with pytest.raises(TypeError, match=r"must be NWFilterRule|must be a list"):
        wrong(model)
    assert told(model) == "a1"


def test_replacing_the_items_of_one_class_leaves_the_original_as_it_is():
    model = made("a1b2")
    twin = dataclasses.replace(model, rules=[rule("c")])
    assert (told(twin), told(model)) == ("c12", "a1b2")
    assert told(dataclasses.replace(model, rules=[])) == "12"
    assert told(dataclasses.replace(model, name="x")) == "a1b2"
    assert told(dataclasses.replace(model, entries=made("1").entries)) == "1"


def test_views_are_no_fields_but_show_in_the_signature():
    names = [each.name for each in dataclasses.fields(NWFilterDef)]
    assert "entries" in names
    assert "rules" not in names
    assert {"entries", "rules", "filterrefs"} <= inspect.signature(NWFilterDef).parameters.keys()
    assert repr(made("a1")).count("action='a'") == 1
    with pytest.raises(TypeError, match="unknown field 'rulse' of NWFilterDef; nearest: rules"):
        NWFilterDef(rulse=[])
