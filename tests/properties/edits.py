"""Models with lists, the same ones edited, and how many edits that were."""

import copy

import virtsdk.models
from virtsdk.model import FreeXml, Model, Scaled
from virtsdk.xml._diff.identities import rule_of
from virtsdk.xml._diff.parts import Items, Part
from virtsdk.xml._diff.together import AMOUNTS, TIMES
from virtsdk.xml._fields import describe


def list_fields():
    """Every list of the models: (class, field)."""
    for name in sorted(virtsdk.models.HOMES):
        cls = getattr(virtsdk.models, name)
        if issubclass(cls, Model) and cls.__name__ == name:
            for field in describe(cls).elements:
                if field.many:
                    yield cls, field


LISTS = list(list_fields())
OF_MODELS = [(cls, field) for cls, field in LISTS if field.model]


def rule(cls, field):
    return rule_of(cls.__name__, field.name, field.model.__name__ if field.model else None)


def identity_paths(rule):
    """Paths of what makes an item the item that it is."""
    found = {*rule.apart}
    for key in rule.keys:
        kind, _, paths = key.rpartition(":")
        if kind == "pci":
            lead = f"{paths}." if paths else ""
            found |= {f"{lead}{name}" for name in ("domain", "bus", "slot", "function")}
        else:
            found |= {*paths.split()}
    return found | ({"netmask"} if "prefix" in found else set())


def editable(model, keep=frozenset(), path=""):
    """Plain values that a model says and that may change without making it another item: (model, field)."""
    if isinstance(model, FreeXml):
        if model.content is not None:
            yield model, describe(type(model)).text
        return
    units = {"unit"} if isinstance(model, Scaled) else set()
    for table in (AMOUNTS, TIMES):
        units |= {table[type(model).__name__][1]} if type(model).__name__ in table else set()
    described = describe(type(model))
    text = (described.text,) if described.text else ()
    for field in (*described.attributes, *text, *described.elements):
        value, here = getattr(model, field.name), f"{path}{field.name}"
        if value is None or field.name in units:
            continue
        if field.many:
            inner = identity_paths(rule(type(model), field))
            for item in value if field.model else ():
                yield from editable(item, inner)
        elif field.model:
            yield from editable(value, keep, f"{here}.")
        elif here not in keep:
            yield model, field


def edit(model, field, number):
    if isinstance(model, FreeXml):
        fresh = f"<fresh{number}/>"
    elif field.integer:
        fresh = 10**6 + number
    else:
        fresh = f"fresh{number}"
    setattr(model, field.name, fresh)


def shuffle(items, rule, rng):
    """Change an order that says nothing."""
    keyed = Items(items, [Part(each) if isinstance(each, Model) else each for each in items], rule)
    if not keyed.ordered and rule.order != "same key":
        rng.shuffle(items)


def shuffle_below(model, rng):
    for field in describe(type(model)).elements:
        value = getattr(model, field.name)
        if field.many and value:
            shuffle(value, rule(type(model), field), rng)
        if field.model:
            for item in value if field.many else [value] if value is not None else []:
                shuffle_below(item, rng)


WORDS = ["a", "b", "7", "0x1f", "52:54:00:00:00:01", "0-3", "yes"]


def model(rng, cls, depth=2):
    """A model of a class with some of its fields set, to few values, so that items are much alike."""
    if issubclass(cls, FreeXml):
        return cls(content=rng.choice(["<a/>", "<b>1</b>"]))
    described = describe(cls)
    every = [*described.attributes, *((described.text,) if described.text else ()), *described.elements]
    given = {}
    for field in rng.sample(every, min(len(every), rng.randint(0, 5))):
        if field.model and not depth:
            continue
        values = [
            model(rng, field.model, depth - 1)
            if field.model
            else rng.randint(0, 3)
            if field.integer
            else rng.choice(WORDS)
            for _ in range(rng.randint(1, 3) if field.many else 1)
        ]
        given[field.name] = values if field.many else values[0]
    return cls(**given)


def edited(rng):
    """A model with a list, the same one edited and in another order, and the number of edits.

    One edit an item at most, with a value that stands nowhere else: so no other way to pair the items has
    fewer changes than there are edits.
    """
    cls, field = rng.choice(OF_MODELS)
    before = cls(**{field.name: [model(rng, field.model) for _ in range(rng.randint(1, 6))]})
    after = copy.deepcopy(before)
    items = getattr(after, field.name)
    keep = identity_paths(rule(cls, field))
    count, untouched = 0, []
    for number, item in enumerate(items):
        places = list(editable(item, keep))
        if places and rng.random() < 0.5:
            edit(*rng.choice(places), number)
            count += 1
        else:
            untouched.append(number)
    for number in reversed(untouched):
        if rng.random() < 0.2:
            del items[number]
            count += 1
    shuffle_below(after, rng)
    return before, after, count


def made(cls, path, value):
    """A model of a class that says a value at a path."""
    first, _, rest = path.partition(".")
    field = describe(cls).field(first)
    return cls(**{first: made(field.model, rest, value) if rest else value})
