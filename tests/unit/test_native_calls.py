"""The record of native methods that the integration run keeps."""

from __future__ import annotations

import types
from typing import Any

import pytest

from tests.api import never_called, rows
from tests.integration import native_calls


class Native:
    """Stands for a class of libvirt-python's."""

    def ask(self, number: int, more: int = 0) -> int:
        """Answer."""
        return number + more

    def tell(self) -> None:
        raise ValueError("no")


def of_virtsdk(source: str) -> Any:
    """A function as a module of virtsdk's has it."""
    module = types.ModuleType("virtsdk.resources.thing")
    exec(source, vars(module))
    return vars(module)["use"]


def test_only_calls_of_virtsdk_are_noted() -> None:
    noted: set[str] = set()
    end = native_calls.record(Native, {"ask", "tell"}, noted)
    try:
        assert Native().ask(1, more=2) == 3
        assert noted == set()  # a test's own
        assert of_virtsdk("def use(raw): return raw.ask(1)")(Native()) == 1
        assert noted == {"Native.ask"}
        assert (Native.ask.__name__, Native.ask.__doc__) == ("ask", "Answer.")
    finally:
        end()
    of_virtsdk("def use(raw): return [raw.tell for _ in ()]")(Native())
    assert "Native.tell" not in noted
    assert not hasattr(Native.ask, "__wrapped__")


@pytest.mark.parametrize(
    ("args", "more", "whole"),
    [
        (["tests/integration", "virtsdk/lab"], {}, True),
        (["tests/integration/"], {}, True),
        (["tests/integration/domain"], {}, False),
        (["tests/integration"], {"keyword": "save"}, False),
        (["tests/integration"], {"deselect": ["tests/integration/lab"]}, False),
        (["tests/integration"], {"lf": True}, False),
    ],
)
def test_only_a_run_of_all_tests_is_held_to_it(args: list[str], more: Any, whole: bool) -> None:
    option = types.SimpleNamespace(**{"keyword": "", "deselect": None, "lf": False} | more)
    assert native_calls.is_whole(types.SimpleNamespace(args=args, option=option)) is whole  # type: ignore[arg-type]


def test_what_was_called_nowhere_is_named_with_its_verb() -> None:
    served = {one.name for one in rows() if one.status == "served"}
    assert never_called(served) == []
    assert never_called(served - {"virDomain.saveFlags"}) == ["virDomain.saveFlags (Domain.save)"]
    excused = [one for one in rows() if one.not_run]
    assert never_called(served - {one.name for one in excused}) == []
