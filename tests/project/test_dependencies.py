"""Each package that virtsdk imports is declared in pyproject, for the part that imports it."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from tests.unit.imports import ROOT, modules, read_module
from tests.unit.layers import LAYERS, part_of

# The parts that an extra is for: only they import at the top what the extra alone brings. Whatever else
# wants it imports it inside the function that does.
PARTS_OF = {
    "libvirt": set(),
    "plot": set(),
    "widgets": {"widgets"},
    "fleet": {"fleet"},
    "solver": set(),
    "forecast": set(),
    "yaml": set(),
    "terminal": set(),
    "demo": set(),
}

# The extras that bring tools of this checkout, and nothing that virtsdk imports.
TOOLS = {"dev", "docs", "release"}


def normal(name):
    """Return a distribution's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CORE = {normal(line) for line in PROJECT["dependencies"]}
EXTRAS = {
    extra: {normal(line) for line in lines} - {"virtsdk"}
    for extra, lines in PROJECT["optional-dependencies"].items()
    if extra != "all"
}


# what development needs of a package that the core has, by the package's own extra
MORE = {normal(line) for line in PROJECT["optional-dependencies"]["dev"] if "[" in line}


@cache
def distributions(package):
    return {normal(one) for one in packages_distributions().get(package, [])}


def imported():
    """Yield (module, import) of everything from outside that virtsdk imports."""
    for name, path in modules().items():
        for one in read_module(name, path).imports:
            if not one.ours and one.part not in sys.stdlib_module_names:
                yield name, one


def undeclared(name, one, found):
    """Tell what is wrong with an import of one of the distributions found for it; None where nothing is."""
    part = part_of(name)
    extras = {extra for extra, lines in EXTRAS.items() if lines & found}
    if found & CORE or extras & {extra for extra, parts in PARTS_OF.items() if part in parts}:
        return None
    if one.at_import:
        return "is imported at once, and not every installation has it"
    return None if extras - TOOLS else "is not declared"


def test_every_extra_has_its_parts():
    assert set(PARTS_OF) == set(EXTRAS) - TOOLS
    assert set().union(*PARTS_OF.values()) <= set(LAYERS)


def test_what_is_imported_is_declared():
    faults = [
        f"virtsdk.{name}, line {one.line}: {one.part} {fault}"
        for name, one in imported()
        if (fault := undeclared(name, one, distributions(one.part)))
    ]
    assert not faults, "\n".join(faults)


def test_what_the_core_declares_is_imported():
    used = {distribution for _, one in imported() for distribution in distributions(one.part)}
    assert not CORE - used


def test_what_an_extra_brings_is_not_in_the_core():
    for extra, lines in EXTRAS.items():
        assert not lines & CORE - MORE, extra


@pytest.mark.parametrize(
    ("name", "found", "late"),
    [
        ("xml.codec", "xmlschema", False),  # comes with the tools of development only
        ("xml.codec", "xmlschema", True),
        ("display.html", "altair", False),
        ("binding.library", "libvirt-python", False),
        ("lab.progress", "ipywidgets", False),
        ("widgets.view", "distributed", False),
        ("cli.demo", "nbclient", False),
        ("cli.demo", "requests", True),  # by way of another package
        ("widgets.view", "requests", False),
    ],
)
def test_what_is_not_declared_is_seen(name, found, late):
    assert undeclared(name, Late(late), {found})


@pytest.mark.parametrize(
    ("name", "found", "late"),
    [
        ("xml.codec", "lxml", False),
        ("display.html", "altair", True),
        ("widgets.view", "anywidget", False),
        ("lab.progress", "ipython", True),
        ("cli.demo", "nbclient", True),
    ],
)
def test_what_is_declared_passes(name, found, late):
    assert not undeclared(name, Late(late), {found})


class Late:
    """An import as far as the rule asks: whether it happens at once."""

    def __init__(self, late):
        self.at_import = not late
