"""The names that people type: `virtsdk.<Tab>` and what a type checker makes of them."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import virtsdk

from .type_checker import findings

FRONT_DOOR = ast.parse(Path(virtsdk.__file__).read_text())
MODULES = [name for name in virtsdk.__all__ if isinstance(getattr(virtsdk, name), ModuleType)]


def imported_for_types() -> dict[str, str]:
    """Return each name that a type checker sees in the front door, and its module."""
    (block,) = (
        node
        for node in FRONT_DOOR.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_lists_of_names_agree() -> None:
    assert imported_for_types() == virtsdk._HOMES
    assert sorted(virtsdk.__all__) == sorted([*virtsdk._HOMES, "__version__"])
    assert dir(virtsdk) == sorted(virtsdk.__all__)


def test_a_name_is_what_its_module_calls_so() -> None:
    for name in sorted(set(virtsdk.__all__) - {"__version__"}):
        home = importlib.import_module(virtsdk._HOMES[name])
        assert getattr(virtsdk, name) is getattr(home, name)
        assert getattr(virtsdk, name).__doc__


def test_parts_of_the_house_are_no_public_names() -> None:
    assert not {"binding", "display", "resources", "history", "model", "cli"} & set(dir(virtsdk))


@pytest.mark.parametrize(
    ("name", "near"), [("conect", "connect"), ("Domian", "Domain"), ("open_recordings", "open_recording")]
)
def test_a_name_with_a_slip_says_which_was_meant(name: str, near: str) -> None:
    with pytest.raises(AttributeError, match=f"'virtsdk' has no attribute '{name}'; did you mean '{near}'"):
        getattr(virtsdk, name)


@pytest.mark.parametrize("name", ["zzzzzz", "_connect", "__wrapped__"])
def test_a_name_that_nobody_meant_is_just_not_there(name: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
        getattr(virtsdk, name)


@pytest.mark.parametrize("name", sorted({*MODULES} - {"models"}))
def test_a_public_module_lists_its_public_names_alone(name: str) -> None:
    module = getattr(virtsdk, name)
    assert dir(module) == sorted(module.__all__)
    for one in module.__all__:
        assert getattr(module, one).__doc__


def test_the_models_list_classes_modules_and_their_constants_alone() -> None:
    for name in dir(virtsdk.models):
        value = getattr(virtsdk.models, name)
        home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        assert home.startswith("virtsdk.model") or name in {"HOMES", "LIBVIRT", "ROOTS"}, name


def test_a_type_checker_knows_the_names_and_minds_a_slip(tmp_path: Path) -> None:
    snippet = """
        import virtsdk
        from virtsdk import Host, lab, units

        def use(guest: virtsdk.Domain, there: Host) -> None:
            virtsdk.conect("test:///default")
            lab.embeded()
            reveal_type(virtsdk.connect("test:///default"))
            reveal_type(there.networks["a"].definition())
            reveal_type(next(iter(there.storage_pools)).volumes["a"])
            reveal_type(guest.job())
            reveal_type(guest.migrate(there, bandwidth=units.MiB(500), timeout=120))
            reveal_type(guest.migrate("qemu+ssh://kvm8/system", live=False))
            guest.migrate(there, bandwith=units.MiB(500))
            guest.migrate(there, parallel="4")
            there.session.call("read", "it", lambda conn: conn.getURI())
            guest.forget()
    """
    said = findings(snippet, tmp_path)
    types = {one.split(": Type of")[0]: one.rpartition(" is ")[2] for one in said if ": Type of" in one}
    assert types == {
        "7": '"Host"',
        "8": '"NetworkDef"',
        "9": '"StorageVolume"',
        "10": '"Job | None"',
        "11": '"Domain"',
        "12": '"None"',
    }
    wrong = [one for one in said if ": Type of" not in one]
    named = {5: "conect", 6: "embeded", 13: "migrate", 14: "migrate", 16: "forget"}
    for line, word in named.items():
        assert any(re.match(rf'{line}: .*"{word}"', one) for one in wrong), (line, word)
    assert {int(one.partition(":")[0]) for one in wrong} == named.keys()
