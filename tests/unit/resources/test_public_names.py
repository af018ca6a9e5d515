"""What Tab finds on a live object: names for people, each with a word on what it is, and nothing else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

import virtsdk
from virtsdk.resources.base import Resource
from virtsdk.resources.collection import Collection
from virtsdk.resources.nwfilter import NWFilter
from virtsdk.resources.nwfilter_binding import NWFilterBinding
from virtsdk.resources.secret import Secret

# libvirt's own objects, the connection and what serves both: nobody needs them who has a verb
INTERNAL = {
    "forget",
    "raw",
    "handle",
    "job_record",
    "chosen",
    "known_facts",
    "outdated",
    "summary",
    "last_read",
}
VOLUME = "<volume><name>new</name><capacity>1</capacity></volume>"


class Raw:
    """Any object of libvirt's, of a kind that the test driver does not have."""


def objects(host: virtsdk.Host) -> Iterator[Any]:
    """A live object of each kind."""
    pool = host.storage_pools["default-pool"]
    yield host
    guest = host.domains["test"]
    yield guest
    for moments in (guest.checkpoints, guest.snapshots):
        made = moments.create("thing")
        yield made
        made.delete()
        yield moments
    yield host.domains["test"]
    yield host.domains["test"].agent
    yield host.domains["test"].tuning
    yield host.networks["default"]
    yield pool
    yield host.interfaces["eth1"]
    yield host.node_devices["computer"]
    for kind in (Secret, NWFilter, NWFilterBinding):
        yield kind(host, Raw(), "thing", "thing")  # type: ignore[arg-type]
    volume = pool.volumes.create(VOLUME)
    yield volume
    volume.delete()
    yield pool.volumes
    yield host.domains
    yield host.networks
    yield host.storage_pools
    yield host.interfaces
    yield host.node_devices
    yield host.secrets
    yield host.nwfilters
    yield host.nwfilter_bindings
    with host.events("domain_lifecycle") as events:
        yield events


def words(thing: object, name: str) -> str:
    """What is written about a name: its docstring, or its entry among the attributes of a class."""
    found = inspect.getattr_static(type(thing), name, None)
    if callable(found) or isinstance(found, property) or hasattr(found, "func"):
        return inspect.getdoc(found) or ""
    for kind in type(thing).__mro__:
        attributes = (kind.__doc__ or "").partition("Attributes\n")[2]
        entry = re.search(rf"^ *(?:\w+, )*{name}(?:, \w+)*\n +(\S.*)", attributes, flags=re.MULTILINE)
        if entry:
            return entry[1]
    return ""


@pytest.fixture(scope="module")
def names() -> dict[str, dict[str, str]]:
    """The public names of each kind, with the words about each."""
    found: dict[str, dict[str, str]] = {}
    with virtsdk.connect("test:///default") as host:
        for thing in objects(host):
            listed = [name for name in dir(thing) if not name.startswith("_")]
            found[type(thing).__name__] = {name: words(thing, name) for name in listed}
    return found


def test_each_name_is_documented(names: dict[str, dict[str, str]]) -> None:
    assert len(names) == 26
    silent = {f"{kind}.{name}" for kind, its in names.items() for name, said in its.items() if not said}
    assert not silent


def test_no_internals_are_listed(names: dict[str, dict[str, str]]) -> None:
    assert not {f"{kind}.{name}" for kind, its in names.items() for name in its.keys() & INTERNAL}


def test_a_kind_has_the_names_that_people_type(names: dict[str, dict[str, str]]) -> None:
    assert {"name", "uuid", "host", "start", "migrate", "console", "last_seen"} <= names["Domain"].keys()
    assert set(names["Networks"]) == {"create", "define", "find", "frame", "get", "last_seen", "subject"}
    assert {"run", "read_file", "freeze", "command", "guest"} <= names["Agent"].keys()
    assert {"session", "stats", "stats_records", "domains", "node_info"} <= names["Host"].keys()


def live_classes() -> list[type]:
    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            if one.__module__.startswith("virtsdk.resources"):
                yield one
                yield from below(one)

    return list(dict.fromkeys([virtsdk.Host, *below(Resource), *below(Collection)]))


def defined_twice(kind: type) -> Iterator[str]:
    """Names that two classes define which one class brings together, though neither is made of the other."""
    for one, other in combinations(kind.__mro__, 2):
        if issubclass(one, other) or issubclass(other, one):
            continue
        for name in vars(one).keys() & vars(other).keys():
            abstract = any(
                getattr(vars(owner)[name], "__isabstractmethod__", False) for owner in (one, other)
            )
            if not name.startswith("__") and not abstract:
                yield f"{kind.__name__}.{name}: {one.__name__}, {other.__name__}"


def test_no_name_is_defined_by_two_mixins() -> None:
    for kind in live_classes():
        assert not list(defined_twice(kind))


def test_a_name_that_two_mixins_define_is_seen() -> None:
    first = type("First", (), {"start": lambda self: None, "_own": 1})
    second = type("Second", (), {"start": lambda self: None})
    assert list(defined_twice(type("Both", (first, second), {}))) == ["Both.start: First, Second"]
    assert not list(defined_twice(type("Below", (first,), {"start": lambda self: None})))
