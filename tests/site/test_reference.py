"""What the built site can be asked by name: its inventory has every public name, model and error."""

from __future__ import annotations

import importlib
import types
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

from tools.site import model_classes, surface
from virtsdk import errors


@pytest.fixture(scope="module")
def names(folder: Path) -> dict[str, str]:
    """Return the address of each name of Python's that the site describes."""
    inventory = InventoryFile.loads((folder / "objects.inv").read_bytes(), uri="")
    return {
        name: one.uri
        for kind, these in inventory.data.items()
        if kind.startswith("py:")
        for name, one in these.items()
    }


def test_every_public_name_has_an_address(names: dict[str, str], folder: Path) -> None:
    missing = []
    for module in surface.MODULES:
        for name in importlib.import_module(module).__all__:
            value = getattr(importlib.import_module(module), name)
            full = value.__name__ if isinstance(value, types.ModuleType) else f"{module}.{name}"
            if not name.startswith("__") and full not in names:
                missing.append(full)
    assert not missing, missing
    for uri in names.values():
        assert (folder / uri.partition("#")[0]).is_file(), uri


def test_every_method_has_an_address(names: dict[str, str]) -> None:
    for entry in surface.documented().values():
        if isinstance(entry.value, type) and entry.module != "virtsdk.errors":
            for _, name, _ in surface.members(entry.value):
                assert f"{entry.full}.{name}" in names
            for alias in entry.aliases:
                assert names[alias] == names[entry.full]


def test_every_model_has_one_address_by_both_of_its_names(names: dict[str, str]) -> None:
    for name, cls in model_classes.classes().items():
        here = names[f"virtsdk.models.{name}"]
        assert here.startswith("models/made/")
        assert names[f"{cls.__module__}.{name}"] == here


def test_an_error_is_found_by_its_own_name_as_an_anchor(names: dict[str, str], folder: Path) -> None:
    page = (folder / "reference/errors.html").read_text(encoding="utf-8")
    for name in errors.__all__:
        assert f'id="{name}"' in page
        assert names[f"virtsdk.errors.{name}"].startswith("reference/errors.html#")


def test_no_page_of_the_reference_is_heavy(folder: Path) -> None:
    for path in [*folder.glob("models/**/*.html"), *folder.glob("reference/**/*.html")]:
        assert path.stat().st_size < 500_000, path.name
