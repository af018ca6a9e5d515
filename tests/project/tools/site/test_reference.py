"""The reference has every public name, once, and nothing else."""

from __future__ import annotations

import importlib
import inspect
import re
import types

import pytest

from tools.site import docstrings, reference, surface

DIRECTIVE = re.compile(
    r"^ *\.\. (?:auto\w+|py:(?:data|module)):: (\S+)$|^\.\. (currentmodule):: (\S+)$", re.MULTILINE
)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def listed(pages: dict[str, str]) -> list[str]:
    """Return every dotted name that the pages describe."""
    found: list[str] = []
    for text in pages.values():
        module = ""
        for name, current, there in DIRECTIVE.findall(text):
            if current:
                module = there
            else:
                found.append(name if name.startswith("virtsdk.") else f"{module}.{name}")
    return found


def test_every_public_name_of_every_public_module_is_there(pages: dict[str, str]) -> None:
    here = {*listed(pages)}
    missing = []
    for module in set(surface.MODULES) - {"virtsdk.errors"}:  # these have a page of their own
        for name in importlib.import_module(module).__all__:
            value = getattr(importlib.import_module(module), name)
            if name.startswith("__") or getattr(value, "__module__", "") == "virtsdk.errors":
                continue
            full = value.__name__ if isinstance(value, types.ModuleType) else f"{module}.{name}"
            entry = next(
                (one for one in surface.documented().values() if full in (one.full, *one.aliases)), None
            )
            if full not in here and (entry is None or entry.full not in here):
                missing.append(full)
    assert {*missing} <= {"virtsdk.errors", "virtsdk.models"}, missing


def test_no_name_is_there_twice(pages: dict[str, str]) -> None:
    names = listed(pages)
    assert len(names) == len({*names}), {one for one in names if names.count(one) > 1}


def test_what_is_there_exists(pages: dict[str, str]) -> None:
    for full in listed(pages):
        parts = full.split(".")
        for end in range(len(parts), 0, -1):
            try:
                value: object = importlib.import_module(".".join(parts[:end]))
            except ModuleNotFoundError:
                continue
            for name in parts[end:]:
                value = (
                    inspect.getattr_static(value, name) if isinstance(value, type) else getattr(value, name)
                )
            break


def test_every_public_module_is_known() -> None:
    """A package whose `__all__` people import from is listed, or is a part of the house."""
    import virtsdk

    modules = {
        one.__name__
        for name in virtsdk.__all__
        if isinstance(one := getattr(virtsdk, name), types.ModuleType)
    }
    assert modules - {"virtsdk.models"} <= {*surface.MODULES}


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("virtsdk.Domain", "migrate"),
        ("virtsdk.Host", "storage_pools"),
        ("virtsdk.resources.domain.snapshots.collection.Snapshots", "create"),
        ("virtsdk.resources.domain.devices.disks.GuestDisks", "frame"),
        ("virtsdk.resources.domain.tuning.tuning.Tuning", "set_numa"),
        ("virtsdk.resources.storage_pool.StoragePools", "discover"),
        ("virtsdk.Agent", "run"),
    ],
)
def test_methods_that_people_reach_by_attributes_are_there(
    pages: dict[str, str], owner: str, name: str
) -> None:
    assert f"{owner}.{name}" in listed(pages)


def test_every_member_that_people_see_on_a_handle_is_there(pages: dict[str, str]) -> None:
    here = {*listed(pages)}
    for entry in surface.documented().values():
        if entry.module == "virtsdk.errors" or not isinstance(entry.value, type):
            continue
        for _, name, _ in surface.members(entry.value):
            assert f"{entry.full}.{name}" in here, f"{entry.full}.{name}"


def test_a_type_stands_beside_its_parameter() -> None:
    from virtsdk import Domain

    lines = (inspect.getdoc(Domain.migrate) or "").split("\n")
    docstrings.add_types(None, "method", "", Domain.migrate, None, lines)  # type: ignore[arg-type]
    assert "destination : Host | str" in lines
    assert "live : bool" in lines
    assert "parallel : int | None" in lines


def parameters(called: object) -> set[str]:
    """Return what a person gives; not the first parameter of a method."""
    said = [one.name for one in inspect.signature(called).parameters.values()]  # type: ignore[arg-type]
    if said[:1] == ["self"] or (said[:1] == ["cls"] and "." in called.__qualname__):  # type: ignore[attr-defined]
        said = said[1:]
    return {one for one in said if not one.startswith("_")}


def described(text: str, title: str) -> set[str]:
    """Return the names that a section of a docstring describes."""
    section = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[^\n]*\n-{{3,}}\n|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^(\S[^:\n]*)", section[1], re.MULTILINE) if section else []
    return {name.strip().lstrip("*") for line in lines for name in line.split(",")}


def callables() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for entry in surface.documented().values():
        if inspect.isfunction(entry.value):
            found.append((entry.full, entry.value))
        elif isinstance(entry.value, type) and entry.module != "virtsdk.errors":
            for _, name, value in surface.members(entry.value):
                called = surface.function(value)
                if inspect.isfunction(called) and not hasattr(value, "fget"):
                    found.append((f"{entry.full}.{name}", called))
    return found


def test_every_function_has_a_first_line_that_ends() -> None:
    for name, called in callables():
        first = (inspect.getdoc(called) or "").split("\n\n")[0]
        assert first.endswith((".", ":", "?")), name


def test_what_is_described_is_a_parameter() -> None:
    """And a function that describes one of its parameters describes all of them."""
    wrong = []
    for name, called in callables():
        text = inspect.getdoc(called) or ""
        said, known = described(text, "Parameters"), parameters(called)
        if said and (extra := said ^ known):
            wrong.append(f"{name}: {sorted(extra)}")
    assert not wrong, "\n".join(wrong)


def test_every_function_that_people_call_by_its_name_says_its_parameters_and_what_it_gives() -> None:
    wrong = []
    for entry in surface.documented().values():
        if not inspect.isfunction(entry.value):
            continue
        text = inspect.getdoc(entry.value) or ""
        if missing := parameters(entry.value) - described(text, "Parameters"):
            wrong.append(f"{entry.full}: {sorted(missing)}")
        if not described(text, "Returns"):
            wrong.append(f"{entry.full}: Returns")
    assert not wrong, "\n".join(wrong)


def test_the_first_page_has_each_theme_with_its_sentence() -> None:
    page = " ".join((surface.THEMES.parent / "index.md").read_text(encoding="utf-8").split())
    for theme in surface.themes():
        assert f"\napi/{theme.id}\n" in (surface.THEMES.parent / "index.md").read_text(encoding="utf-8")
        assert f"{{doc}}`api/{theme.id}`: {theme.says[0].lower()}{theme.says[1:]}".lower() in page.lower()
