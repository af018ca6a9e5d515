"""Every list of the models has a rule that says what its items are known by, or why by nothing."""

import virtsdk.models
from virtsdk import xml
from virtsdk.model import Model
from virtsdk.xml._diff.identities import NO_RULE, RULES, rule_of
from virtsdk.xml._fields import describe


def list_fields():
    for name in sorted(virtsdk.models.HOMES):
        cls = getattr(virtsdk.models, name)
        if issubclass(cls, Model) and cls.__name__ == name:
            yield from ((cls, field) for field in describe(cls).elements if field.many)


LISTS = {f"{cls.__name__}.{field.name}": (cls, field) for cls, field in list_fields()}


def rule(name):
    cls, field = LISTS[name]
    return rule_of(cls.__name__, field.name, field.model.__name__ if field.model else None)


def field_at(cls, path):
    """The field at a path below a class; None where there is none."""
    field = None
    for name in path.split("."):
        field = describe(cls).field(name) if cls else None
        cls = field.model if field else None
    return field


def test_every_list_has_a_rule():
    assert len(LISTS) > 200
    for name in LISTS:
        found = rule(name)
        assert found is not NO_RULE, (
            f"say in identities.RULES what tells the items of {name} apart, or why nothing"
        )
        assert found.keys or found.why, name
        assert found.order == "free" or found.why, name


def test_what_a_rule_reads_is_there():
    for name, (_, field) in LISTS.items():
        if field.model:
            hold_reading(rule(name), field.model)


def hold_reading(found, item):
    """Hold that what a rule reads of an item are fields of it, each with one value that may be shown."""
    for key in found.keys:
        kind, _, paths = key.rpartition(":")
        lead = [f"{paths}.{each}" if paths else each for each in ("domain", "slot")]
        for path in lead if kind == "pci" else paths.split():
            field = field_at(item, path)
            assert field is not None, path
            assert not field.many
            assert not field.secret, "an identity is shown"
    for path in (*found.apart, *found.label):
        assert field_at(item, path) is not None, path


def test_no_rule_is_for_nothing():
    used = {name for name in LISTS if name in RULES}
    used |= {
        one.model.__name__ for _, field in LISTS.values() for one in field.choices or (field,) if one.model
    }
    assert set(RULES) <= used


def made(item, path, value):
    """An item that says a value at a path."""
    first, _, rest = path.partition(".")
    field = describe(item).field(first)
    return item(**{first: made(field.model, rest, value) if rest else value})


SINGLE = [
    name
    for name, (_, field) in LISTS.items()
    if field.model and rule(name).keys and ":" not in rule(name).keys[0] and " " not in rule(name).keys[0]
]


def test_another_identity_is_another_item():
    assert len(SINGLE) > 150
    for name in SINGLE:
        hold_another(name)


def hold_another(name):
    """Hold that an item with another value in its first key is one gone and one new."""
    cls, field = LISTS[name]
    path = rule(name).keys[0]
    number = field_at(field.model, path).integer
    one, two, other = (
        cls(**{field.name: [made(field.model, path, value) for value in values]})
        for values in (([1, 2], [2, 1], [3, 2]) if number else (["a", "b"], ["b", "a"], ["c", "b"]))
    )
    gone, new = xml.diff(one, other)
    assert (gone.path, gone.after) == (f"{field.name}[0]", None)
    assert (new.path, new.before) == (f"{field.name}[0]", None)
    assert gone.item == str(1 if number else "a")
    assert bool(xml.diff(one, two)) == (rule(name).order == "counts")
