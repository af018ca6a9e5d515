"""Imports go downwards only; a verb that reaches up does so in its body and is on the closed list."""

import ast
import importlib

import pytest

import virtsdk
from tests.unit.imports import PACKAGE, ROOT, circle, front_door, import_graph, modules, read, read_module
from tests.unit.layers import (
    BELOW_CAPACITY,
    ENTRY_POINTS,
    EVERYTHING,
    HIDDEN,
    LAYERS,
    TO_COME,
    complaints,
    part_of,
)

MODULES = {name: path for name, path in modules().items() if name}
PARTS = sorted({part_of(name) for name in MODULES})


def breaches(source, module):
    return list(complaints(read(source, f"virtsdk.{module}"), module))


def test_every_part_has_its_layer():
    assert set(PARTS) == set(LAYERS) - TO_COME
    assert set(LAYERS) == EVERYTHING


def test_no_module_imports_itself_however_far_round():
    assert not circle(import_graph())


def test_a_circle_is_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})


@pytest.mark.parametrize("part", PARTS)
def test_part_imports_downwards_only(part):
    found = [
        complaint
        for name, path in MODULES.items()
        if part_of(name) == part
        for complaint in complaints(read_module(name, path), name)
    ]
    assert not found, "\n".join(found)


def test_front_door_imports_only_the_standard_library():
    found = read_module("", PACKAGE / "__init__.py").imports
    assert {f.part for f in found if f.at_import} <= {"__future__", "importlib", "typing"}


def test_front_door_declares_each_of_its_names():
    names = {name for name in virtsdk.__all__ if not name.startswith("__")}
    assert names == set(front_door()), "its TYPE_CHECKING block and its __all__"
    for name, module in front_door().items():
        home = importlib.import_module(module)
        assert getattr(virtsdk, name) is (home if module == f"virtsdk.{name}" else getattr(home, name))


def test_entry_points_exist_and_are_one_line_each():
    for (module, name), part in ENTRY_POINTS.items():
        node = ast.parse(MODULES[module].read_text())
        for step in name.split("."):
            node = [n for n in node.body if getattr(n, "name", None) == step][-1]  # after overloads
        body = node.body[1:] if ast.get_docstring(node) else node.body
        assert len(body) == 2, f"{name} imports {part} and calls it, no more"
        brings, calls = body
        assert isinstance(brings, ast.ImportFrom), name
        (imported,) = (alias.name for alias in brings.names)
        assert f"{brings.module}.{imported}.".startswith(f"virtsdk.{part}."), f"{name} imports {part}"
        assert isinstance(calls, ast.Return), name
        assert isinstance(calls.value, ast.Call), name
        assert ast.unparse(calls.value.func).split(".")[0] == imported, f"{name} returns what {part} makes"


def test_what_hides_an_import_is_still_there():
    found = {
        (part_of(name), hidden.what)
        for name, path in MODULES.items()
        for hidden in read_module(name, path).hidden
    }
    assert found == set(HIDDEN)


def test_schema_compiler_stands_alone():
    for path in (ROOT / "schemas").rglob("*.py"):
        reading = read(path.read_text(), f"schemas.{path.stem}")
        assert not reading.hidden, reading.hidden
        ours = [one for one in reading.imports if one.ours and not one.by_name]  # its templates name modules
        assert not ours, f"{path.name} imports virtsdk"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("errors", "import lxml"),
        ("errors", "from virtsdk import units"),
        ("units", "from .xml import parse"),
        ("resources.host", "import libvirt"),
        ("lab.hosts", "def up():\n    import libvirt"),
        ("xml.codec", "import pandas as pd"),
        ("xml.codec", "from virtsdk.resources.host import Host"),
        ("resources.host", "from virtsdk.history import record"),
        ("resources.domain", "def stats(self):\n    from virtsdk.history.recorder import record"),
        (
            "resources.host.host",
            "class Host:\n    def watch(self):\n        from virtsdk.widgets import view",
        ),
        ("resources.host", "class Host:\n    def stats(self):\n        from virtsdk import widgets"),
        ("resources.base", "from importlib import import_module\nimport_module('virtsdk.widgets')"),
        ("stats.rates", "from virtsdk.resources.host import Host"),
        ("stats.samples.records", "def f():\n    from virtsdk.binding import calls"),
        ("stats.change.rates", "from virtsdk.history.recording import Recording"),
        ("history.recorder", "from virtsdk.binding.session import Session"),
        ("history.reading.reader", "from virtsdk import capacity"),
        ("resources.host.node", "import pandas as pd"),
        ("resources.figures_of_more", "import pandas as pd"),
        ("cli", "from tests.unit import layers"),
        ("capacity.headroom", "from virtsdk.history import recording"),
        ("capacity.headroom", "def f():\n    from virtsdk.resources import host"),
        ("widgets.explorer", "from virtsdk import lab"),
        ("display.html", "from virtsdk.binding import calls"),
    ],
)
def test_a_breach_is_seen(module, source):
    assert breaches(source, module)


BY_NAME = "from importlib import import_module\n"


@pytest.mark.parametrize(
    "source",
    [
        # the front door has everything behind it
        "from virtsdk import Host",
        "from virtsdk import record as keep",
        "from virtsdk import no_such_name",
        "from virtsdk import *",
        "from .. import widgets",
        "import virtsdk.resources.host as h",
        "from .... import errors",
        "import virtsdk\ndef f():\n    return virtsdk.widgets",
        "import virtsdk\nHost = virtsdk.Host",
        "import virtsdk as front\ndef f():\n    return front.connect()",
        "import virtsdk.errors\ndef f():\n    return virtsdk.resources",
        "def f():\n    return virtsdk.Host\nimport virtsdk",
        "import virtsdk\nkeep = virtsdk",
        "from virtsdk.errors import virtsdk as front",
        "import virtsdk\ngetattr(virtsdk, 'wid' + 'gets')",
        # by name
        BY_NAME + "import_module('virtsdk.resources.host')",
        BY_NAME + "import_module('.resources', 'virtsdk')",
        BY_NAME + "import_module('.host', package='virtsdk.resources')",
        BY_NAME + "def f(part):\n    import_module(f'virtsdk.{part}')",
        BY_NAME + "def f(name):\n    import_module(f'virtsdk.resources.{name}')",
        BY_NAME + "def f(name):\n    import_module(name)",
        BY_NAME + "import_module('virtsdk.' + 'resources')",
        BY_NAME + "TABLE = {'Host': 'virtsdk.resources.host'}\ndef f(name):\n    import_module(TABLE[name])",
        BY_NAME + "TABLE = {'a': 'pathlib', 'b': str()}\ndef f(name):\n    import_module(TABLE[name])",
        BY_NAME + "TABLE = {'get': 'requests'}\ndef f(name):\n    import_module(TABLE[name])",
        BY_NAME + "load = import_module",
        BY_NAME + "list(map(import_module, ['pan' + 'das']))",
        "HOME = 'virtsdk.resources.host:Host'",
        "from importlib import import_module as load",
        "from virtsdk.errors import import_module as load",
        "from virtsdk import errors\nerrors.import_module('pan' + 'das')",
        "from virtsdk import errors\nerrors.sys.modules['pan' + 'das']",
        "from virtsdk.errors import TRUE as TYPE_CHECKING",
        "import importlib",
        "import importlib as il",
        "from importlib import util",
        "from importlib.util import find_spec",
        "import pkgutil",
        "from runpy import run_module",
        "import builtins",
        "from sys import modules",
        "import sys\nsys.modules['virtsdk' + '.resources']",
        "__import__('virtsdk', fromlist=['resources'])",
        "load = __import__",
        "__loader__.load_module('virtsdk' + '.resources')",
        "__spec__.loader.load_module('virtsdk' + '.resources')",
        "exec('import virtsdk' + '.resources')",
        "eval('1')",
        # at other times and places
        "try:\n    from virtsdk.resources import host\nexcept ImportError:\n    host = None",
        "class A:\n    def f(self):\n        async def g():\n            from virtsdk import resources",
        "f = lambda: __import__('virtsdk.resources')",
        "if not TYPE_CHECKING:\n    import pandas",
        "if TYPE_CHECKING or True:\n    from virtsdk.resources.host import Host",
        "if TYPE_CHECKING:\n    pass\nelse:\n    from virtsdk.resources.host import Host",
        "from typing import TYPE_CHECKING\nTYPE_CHECKING = True",
        "from tests.unit import layers",
    ],
)
def test_an_import_cannot_hide(source):
    assert breaches(source, "binding.calls")


@pytest.mark.parametrize(
    "source",
    [
        "import pandas",
        "class A:\n    import pandas",
        "if not TYPE_CHECKING:\n    import pandas",
        "if TYPE_CHECKING:\n    if True:\n        pass\nimport pandas",
        "@decorated(import_module('pandas'))\ndef f(): ...",
        "def f(x=import_module('pandas')): ...",
        "class A(import_module('pandas').Series): ...",
    ],
)
def test_what_is_imported_at_once_is_told_from_what_is_imported_later(source):
    assert breaches(source, "resources.host")
    assert not breaches("if TYPE_CHECKING:\n    import pandas", "resources.host")
    assert not breaches("def f():\n    import pandas", "resources.host")


def test_only_the_entry_point_itself_reaches_up():
    reach = "from virtsdk.widgets.explorer import Explorer"
    for name in ("Host.explorer", "Hosts.explore", "explore", "Host.explore.inner"):
        first, *rest = name.split(".")
        lines = [f"class {first}:" if rest else f"def {first}():"]
        lines += [f"{'    ' * (depth + 1)}def {one}(self):" for depth, one in enumerate(rest)]
        source = "\n".join([*lines, f"{'    ' * len(lines)}{reach}"])
        assert breaches(source, "resources.host.core"), name


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("binding.session", "import libvirt"),
        (
            "resources.host.host",
            "class Host:\n    def explore(self):\n        from virtsdk.widgets import explorer",
        ),
        ("resources.host.figures", "def f():\n    from virtsdk.stats import Stats"),
        ("resources.host", "def frame():\n    import pandas as pd"),
        ("resources.figures.domains", "import pandas as pd"),
        ("history.sampler", "from virtsdk.resources.host import Host"),
        ("lab.embedded", "from virtsdk.binding import eventloop\nimport virtsdk\nvirtsdk.connect()"),
        ("lab", BY_NAME + "TABLE = {'a': 'virtsdk.lab.embed'}\nimport_module(TABLE['a'])"),
        ("models", BY_NAME + "def f(home):\n    import_module(f'{__name__}.{home}')"),
        ("xml.codec", BY_NAME + "def f(module):\n    import_module(f'virtsdk.models.{module}')"),
        ("binding.calls", "import logging\nlogging.getLogger('virtsdk.audit')"),
        ("binding.calls", '"""virtsdk.resources.host"""\ndef f(virtsdk):\n    return virtsdk.name'),
        ("cli", "from virtsdk import lab, stats, widgets"),
    ],
)
def test_what_is_allowed_passes(module, source):
    assert not breaches(source, module)


def test_the_map_has_no_way_round():
    for part in BELOW_CAPACITY:
        assert not LAYERS[part].parts & {"capacity", "widgets", "fleet", "lab", "cli"}
    assert not LAYERS["capacity"].parts & {"resources", "binding", "history"}
    assert not LAYERS["stats"].parts & {"resources", "binding", "history", "xml"}
