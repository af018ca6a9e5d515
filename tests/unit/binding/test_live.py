"""What live objects refuse: to be assigned what is no attribute, words in place of truths, to be pickled."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import virtsdk
from virtsdk.binding.live import Live, check_switch
from virtsdk.units import GiB


@pytest.fixture
def host() -> Iterator[virtsdk.Host]:
    with virtsdk.connect("test:///default") as host:
        yield host


class Base(Live):
    name_of_it: str

    def __init__(self) -> None:
        self.name_of_it = "it"
        self._inner = 1

    @property
    def shown(self) -> int:
        return self._inner

    def set_memory(self, size: int) -> int:
        return size

    def act(self, on: bool = True, *, force: bool = False, paused: bool | None = None) -> tuple[Any, ...]:
        """Act."""
        return on, force, paused


class More(Base):
    size_of_it: int

    def __init__(self) -> None:
        super().__init__()
        self.size_of_it = 2

    def also(self, *, deep: bool) -> bool:
        return deep


def test_a_verb_takes_true_or_false_and_nothing_else() -> None:
    thing = More()
    assert thing.act() == (True, False, None)
    assert thing.act(False, force=True, paused=False) == (False, True, False)
    assert thing.act(np.True_, force=0, paused=None) == (True, 0, None)  # type: ignore[arg-type]
    for wrong in ("no", "", 2, 0.5, [], np.array([True, False]), float("nan")):
        with pytest.raises(TypeError, match="on must be True or False, not "):
            thing.act(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="force must be True or False, not "):
            thing.act(force=wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="paused must be True, False or None, not "):
            thing.act(paused=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="deep must be True or False, not None"):
        thing.also(deep=None)  # type: ignore[arg-type]
    assert str(inspect.signature(Base.act)).startswith("(self, on: 'bool' = True")
    assert Base.act.__doc__ == "Act."


def test_the_verbs_that_lose_something_are_among_them(host) -> None:
    guest, pool = host.domains["test"], host.storage_pools["default-pool"]
    for verb, switch in (
        (guest.undefine, "snapshots"),
        (guest.destroy, "graceful"),
        (guest.definition, "secure"),
        (guest.set_autostart, "on"),
        (pool.build, "overwrite"),
    ):
        with pytest.raises(TypeError, match=f"^{switch} must be True or False, not 'no'$"):
            verb(**{switch: "no"})
    assert guest.name in host.domains


def test_only_what_the_class_has_is_assigned() -> None:
    thing = More()
    thing.name_of_it, thing.size_of_it, thing._inner = "other", 3, 2
    assert (thing.name_of_it, thing.size_of_it, thing.shown) == ("other", 3, 2)
    for name, said in (
        ("memory", r"More\.memory cannot be assigned: set_memory\(\) changes it"),
        ("shown", r"More\.shown cannot be assigned$"),
        ("act", r"More\.act cannot be assigned$"),
        ("colour", "More has no attribute 'colour' to assign"),
    ):
        with pytest.raises(AttributeError, match=said):
            setattr(thing, name, 4)
    assert not hasattr(thing, "colour")


def test_the_verb_that_was_meant_is_named(host) -> None:
    guest = host.domains["test"]
    for name, verb in (
        ("memory", "set_memory"),
        ("vcpu", "set_vcpus"),
        ("vcpus", "set_vcpus"),
        ("title", "set_title"),
        ("autostart", "set_autostart"),
        ("name", "rename"),
    ):
        with pytest.raises(
            AttributeError, match=rf"Domain\.{name} cannot be assigned: {verb}\(\) changes it"
        ):
            setattr(guest, name, GiB(4))
    with pytest.raises(AttributeError, match="Host has no attribute 'timeout' to assign"):
        host.timeout = 3


def test_a_test_puts_a_function_in_the_place_of_a_verb(host, monkeypatch) -> None:
    guest = host.domains["test"]
    monkeypatch.setattr(guest, "set_memory", lambda size: "not sent")
    assert guest.set_memory(1) == "not sent"
    monkeypatch.undo()
    with pytest.raises(TypeError):
        guest.set_memory("1")


def test_none_is_pickled_or_copied(host) -> None:
    for one in (host, host.domains, host.domains["test"]):
        with pytest.raises(
            TypeError, match=r"pass on host\.uri .* virtsdk\.connect\(uri\) in the other process"
        ):
            pickle.dumps(one)


def test_a_switch_may_be_none_where_that_is_said() -> None:
    check_switch("paused", None, optional=True)
    with pytest.raises(TypeError, match=r"^paused must be True or False, not None$"):
        check_switch("paused", None)
