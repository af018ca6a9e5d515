"""Errors: the tree that is drawn is the tree that there is, and each is found where people import it from."""

from __future__ import annotations

import inspect
import pickle
import re

from virtsdk import errors

CLASSES = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, Exception)]
_LINE = re.compile(r"^ {4}(?P<lead>[ │├└─]*)(?P<name>[A-Z]\w+)(?: {2,}(?P<words>.*))?$")


def drawn() -> dict[str, str]:
    """Return each class of the docstring's tree with the one that it hangs on."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = _LINE.match(line)
        if match:
            depth = len(match["lead"]) // 4
            above = [*above[:depth], match["name"]]
            found[match["name"]] = above[depth - 1] if depth else "Exception"
    return found


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert drawn() == {one.__name__: one.__bases__[0].__name__ for one in CLASSES}


def test_what_also_is_a_builtin_error_is_said() -> None:
    said = dict(re.findall(r"(\w+) +.*\(also (\w+)\)", errors.__doc__ or ""))
    builtin = {one.__name__: one.__bases__[1].__name__ for one in CLASSES if len(one.__bases__) > 1}
    assert said == builtin


def test_one_is_named_after_where_it_is_imported_from() -> None:
    for kind in CLASSES:
        assert f"{kind.__module__}.{kind.__name__}" == f"virtsdk.errors.{kind.__name__}"
        assert kind.__name__ in errors.__all__


def test_one_travels_between_processes_with_all_that_it_knows() -> None:
    for kind in CLASSES:
        sent = kind("cannot start it", **({} if kind is errors.MissingDependency else {"operation": "start"}))
        got = pickle.loads(pickle.dumps(sent))
        assert (type(got), str(got), vars(got)) == (kind, "cannot start it", vars(sent))


def test_what_did_not_take_travels_along() -> None:
    sent = errors.NotApplied("not all of it", paths=("driver.queues",), subject="domain 'a'")
    got = pickle.loads(pickle.dumps(sent))
    assert (got.paths, got.subject, str(got)) == (("driver.queues",), "domain 'a'", "not all of it")


def test_details_make_an_error_that_says_more() -> None:
    first = errors.DomainNotFound("no", code=42, code_name="VIR_ERR_NO_DOMAIN", subject="domain 'a'")
    second = errors.DomainNotFound("no; look again", **first.details)
    assert {**vars(second), "message": "no"} == vars(first)


def test_only_its_names_are_listed() -> None:
    assert dir(errors) == sorted(errors.__all__)
