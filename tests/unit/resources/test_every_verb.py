"""Every public method of every live object either only reads, or is refused read-only and in the audit log.

The methods are found by looking: one that is new and neither is listed here nor guarded fails the test.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.unit.resources.verbs import ALSO_GIVEN, GIVEN, MAY_HOLD, NO_HANDLES, READS, REFUSED_READS
from tests.unit.tracebacks import showing
from virtsdk import errors, resources, xml
from virtsdk.binding.session import Session
from virtsdk.resources.base import Resource
from virtsdk.resources.collection import Collection
from virtsdk.resources.domain.devices.disk import GuestDisk
from virtsdk.resources.domain.devices.disks import GuestDisks
from virtsdk.resources.domain.part import Part
from virtsdk.resources.domain.snapshots.moment import Moments

PACKAGE = Path(virtsdk.__file__).parent

# every module of the live objects, however deep in packages
MODULES = [
    importlib.import_module(one.name)
    for one in pkgutil.walk_packages(resources.__path__, f"{resources.__name__}.")
]
UUID = "00000000-0000-4000-8000-0000000000aa"

# handles, collections, and what hangs on a handle by a noun
BASES = (Resource, Collection, Part, virtsdk.Host, GuestDisk, GuestDisks)


class Raw:
    """Any object of libvirt's, as far as a handle asks it before a call."""

    def name(self) -> str:
        return "thing"


def kinds(base: type) -> Iterator[type]:
    """The classes of live objects: those below `base` that nothing is below."""
    below = [one for one in base.__subclasses__() if one.__module__.startswith("virtsdk.resources")]
    if not below and base.__module__.startswith("virtsdk.resources"):
        yield base
    for one in below:
        yield from kinds(one)


def reads(name: str, function: Callable[..., Any]) -> bool:
    owner = function.__qualname__.split(".")[0]
    return name in READS["*"] | READS.get(owner, set())


VERBS = {
    f"{kind.__name__}.{name}": (kind, name)
    for base in BASES
    for kind in dict.fromkeys(kinds(base))
    for name, function in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith("_") and not reads(name, function)
}


def thing(kind: type, host: virtsdk.Host) -> Any:
    """A live object of a kind, also where the test driver has none: nothing of it reaches libvirt here."""
    if kind is virtsdk.Host:
        return host
    if issubclass(kind, Resource):
        made: Any = object.__new__(kind)
        Resource.__init__(made, host, Raw(), "thing", UUID)
        made._pool = host.storage_pools.get("default-pool")  # of a volume
        made._domain = host.domains.get("test")  # of a snapshot
        made._glance = None  # of a domain
        made._network = host.networks.get("default")  # of a port
        return made
    if kind in {GuestDisk, GuestDisks}:
        return kind(thing(virtsdk.Domain, host), *(["vda"] if kind is GuestDisk else []))
    if issubclass(kind, Moments):
        return kind(host.domains.get("test"))
    if issubclass(kind, Part):
        return getattr(thing(virtsdk.Domain, host), noun_of(kind))
    if kind.__name__ == "StorageVolumes":
        return host.storage_pools.get("default-pool").volumes
    if kind.__name__ == "NetworkPorts":
        return host.networks.get("default").ports
    return next(one for one in vars(type(host)).values() if _makes(one, kind)).__get__(host)


def noun_of(kind: type) -> str:
    """The property of a guest that gives a part of this kind."""
    return next(
        name
        for name, one in inspect.getmembers(virtsdk.Domain, lambda one: isinstance(one, property))
        if one.fget.__annotations__.get("return") == kind.__name__
    )


def _makes(attribute: object, kind: type) -> bool:
    made_by = getattr(attribute, "func", None)
    return made_by is not None and made_by.__annotations__.get("return") == kind.__name__


def arguments(verb: Callable[..., Any], label: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a verb that wants something is given: in a row, and by name."""
    beside = ALSO_GIVEN.get(label, {})
    given = GIVEN | beside
    named: dict[str, Any] = dict(beside)
    listed: tuple[Any, ...] = ()
    for one in inspect.signature(verb).parameters.values():
        if one.kind is one.VAR_POSITIONAL:
            listed += named.pop(one.name, ())
        elif one.kind is one.VAR_KEYWORD:
            named |= named.pop(one.name, given.get(one.name, {}))
        elif one.default is one.empty:
            assert one.name in given, f"say in GIVEN what {label} is to be given for {one.name}"
            named[one.name] = given[one.name]
            if one.kind is one.POSITIONAL_ONLY:
                listed += (named.pop(one.name),)
    return listed, named


def use(thing: object, name: str, **more: object) -> None:
    verb = getattr(thing, name)
    listed, named = arguments(verb, f"{type(thing).__name__}.{name}")
    verb(*listed, **named | more)


def live() -> set[type]:
    """The classes of live objects and those that they are made of."""
    handles = [one for base in BASES for one in kinds(base)]
    return {one for handle in handles for one in handle.__mro__}


def test_there_are_verbs() -> None:
    assert len(VERBS) > 60
    assert {"Domain.start", "Networks.define", "Secret.value", "NodeDevice.reset"} <= VERBS.keys()
    assert {"Domain.migrate", "Domain.console", "StorageVolume.upload"} <= VERBS.keys()  # deep in packages


def is_value(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_no_handle_is_overlooked() -> None:
    others = {
        one.__name__
        for module in MODULES
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__ and one not in live()
        if any(not name.startswith("_") for name, _ in inspect.getmembers(one, inspect.isfunction))
        if not is_value(one)
    }
    assert others == NO_HANDLES.keys(), "a live object derives from Resource or Collection, or is listed"


def test_a_change_is_a_verb_and_not_an_assignment() -> None:
    for one in live():
        for name, value in vars(one).items():
            assert getattr(value, "fset", None) is None, f"{one.__name__}.{name} can be set"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_refused_on_a_read_only_connection_before_anything_is_sent(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, name = VERBS[verb]
    with virtsdk.connect("test:///default", readonly=True) as host:
        one = thing(kind, host)
        with monkeypatch.context() as patch:
            patch.setattr(Session, "_current", lambda *_: pytest.fail("it asked for the connection"))
            with pytest.raises(errors.ReadOnly, match=r"cannot .* readonly=True"):
                use(one, name)


LONG = [
    verb
    for verb, (kind, name) in VERBS.items()
    if "wait" in inspect.signature(getattr(kind, name)).parameters
]


def test_long_verbs_have_one_form() -> None:
    names = {verb.partition(".")[2] for verb in LONG}
    assert names >= {
        "migrate", "save", "managed_save", "core_dump", "restore", "upload", "download", "measure_dirty_rate",
    }  # fmt: skip
    for verb in LONG:
        kind, name = VERBS[verb]
        parameters = inspect.signature(getattr(kind, name)).parameters
        for word, default in (("wait", True), ("progress", None), ("timeout", None)):
            assert parameters[word].kind is inspect.Parameter.KEYWORD_ONLY, f"{verb}: {word}"
            assert parameters[word].default in {default, parameters[word].empty}, f"{verb}: {word}"


@pytest.mark.parametrize("verb", LONG)
def test_a_long_verb_is_refused_at_once_also_where_nobody_waits_for_it(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, name = VERBS[verb]
    with virtsdk.connect("test:///default", readonly=True) as host:
        one = thing(kind, host)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", lambda *_: pytest.fail("it began"))
            with pytest.raises(errors.ReadOnly, match=r"cannot .* readonly=True"):
                use(one, name, wait=False)


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - REFUSED_READS))
def test_a_verb_is_in_the_audit_log(
    verb: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: object) -> None:
        raise errors.ResourceBusy("not now")

    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    kind, name = VERBS[verb]
    with virtsdk.connect("test:///default") as host:
        one = thing(kind, host)
        with monkeypatch.context() as patch:
            patch.setattr(Session, "_current", busy)
            patch.setattr(virtsdk.Host, "supports", lambda *_: True)  # of a driver that has it
            with pytest.raises(errors.ResourceBusy):
                use(one, name)
    records = [vars(record) for record in caplog.records if record.name == "virtsdk.audit"]
    assert len(records) == 1
    assert (records[0]["host"], records[0]["outcome"]) == ("test:///default", "ResourceBusy")
    assert records[0]["verb"]
    assert records[0]["object"]
    assert "s3cret" not in records[0]["message"]


TAKERS = [
    verb
    for verb, (kind, name) in VERBS.items()
    if verb not in {"Domain.console", "GuestDisk.copy", "Tuning.set_block_weights"}  # names, a file
    if MAY_HOLD.keys() & inspect.signature(getattr(kind, name)).parameters.keys()
]


@pytest.mark.parametrize("verb", TAKERS)
@pytest.mark.parametrize("trouble", ["while it is sent", "of a wrong type"])
def test_no_variable_in_a_traceback_shows_what_may_be_a_password(
    verb: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise errors.ResourceBusy("not now")

    kind, name = VERBS[verb]
    with virtsdk.connect("test:///default") as host:
        function = getattr(thing(kind, host), name)
        listed, named = arguments(function, verb)
        for one in MAY_HOLD.keys() & inspect.signature(function).parameters.keys():
            named[one] = MAY_HOLD[one] if trouble == "while it is sent" else ["hunter2"]
        with monkeypatch.context() as patch:
            patch.setattr(Session, "_current", busy)
            patch.setattr(virtsdk.Host, "supports", lambda *_: True)
            with pytest.raises((errors.VirtError, TypeError)) as caught:
                function(*listed, **named)
    assert showing(caught.value, "hunter2") == []


def test_there_are_verbs_that_may_be_given_a_password() -> None:
    assert {"Domain.migrate", "Domains.define", "Secret.set_value", "Domain.save", "Domains.restore"} <= {
        *TAKERS
    }


LOGIN: dict[str, Any] = {"username": "ana", "password": "hunter2"}
WRONG_WAYS: dict[str, dict[str, Any]] = {
    "auth with a mistyped key": {"uri": "qemu+tcp://[::1]:1/system", "auth": {**LOGIN, "pasword": "hunter2"}},
    "auth as a tuple": {"uri": "qemu+tcp://[::1]:1/system", "auth": ("ana", "hunter2")},
    "auth with a number": {"uri": "qemu+tcp://[::1]:1/system", "auth": {**LOGIN, "realm": 3}},
    "no time": {"uri": "qemu+tcp://ana:hunter2@kvm7/system", "auth": LOGIN, "timeout": 0},
    "a time that is none": {"uri": "qemu+tcp://ana:hunter2@kvm7/system", "timeout": "hunter2"},
    "keepalive": {"uri": "qemu+tcp://ana:hunter2@kvm7/system", "keepalive": (1, -1)},
    "a bracket that is open": {"uri": "qemu+tcp://ana:hunter2@[kvm7/system"},
    "a NUL": {"uri": "qemu+tcp://ana:hunter2@kvm7\0/system"},
    "no URI": {"uri": 3, "auth": LOGIN},
    "a URI and parts": {"uri": "qemu+tcp://ana:hunter2@kvm7/system", "driver": "qemu"},
    "no driver": {"driver": "hunter2", "auth": LOGIN},
    "a host with a password": {"transport": "ssh", "host": "ana:hunter2@kvm7"},
    "a host with what is no port": {"transport": "ssh", "host": "kvm7:hunter2"},
    "programs": {"uri": "qemu+ext://ana:hunter2@kvm7/system?command=x", "programs": False, "auth": LOGIN},
    "an argument that there is not": {"password": "hunter2"},
    "nobody there": {"uri": "qemu+tcp://ana:hunter2@127.0.0.1:1/system", "auth": LOGIN},
}


@pytest.mark.parametrize("way", WRONG_WAYS)
def test_no_variable_in_a_traceback_of_connect_shows_a_password(way: str) -> None:
    with pytest.raises((errors.VirtError, TypeError, ValueError)) as caught:
        virtsdk.connect(**WRONG_WAYS[way])
    assert showing(caught.value, "hunter2") == []
    assert way in {"no driver", "a time that is none"} or "hunter2" not in str(caught.value)


SECRETIVE = "<domain type='test'><name>x</name><devices><graphics type='vnc' passwd='hunter2'/></devices>"


def test_no_message_repeats_a_line_of_a_document_that_has_a_password(host: virtsdk.Host) -> None:
    for make in (host.domains.define, host.domains.create, host.networks.define):
        with pytest.raises(errors.XmlError, match=r":1: ") as caught:
            make(SECRETIVE)
        error = caught.value
        said = [str(error), error.libvirt_message, str(error.__cause__), repr(vars(error.__cause__))]
        assert not any("hunter2" in one for one in said), said


@pytest.mark.parametrize("function", [xml.parse, xml.validate, xml.render], ids=lambda one: one.__name__)
def test_no_variable_in_a_traceback_of_a_document_shows_a_password(function: Callable[[Any], object]) -> None:
    for document in (SECRETIVE, [SECRETIVE]):
        try:
            function(document)
        except (errors.VirtError, TypeError) as error:
            assert (showing(error, "hunter2"), "hunter2" in str(error)) == ([], False)


def test_what_is_half_made_can_be_shown_all_the_same() -> None:
    for kind in (virtsdk.Host, virtsdk.Domain, virtsdk.Network, virtsdk.EventStream, virtsdk.StorageVolume):
        assert repr(object.__new__(kind)) == f"<{kind.__name__}>"
