"""Who may import whom: the layer map of README as data, and the reader of imports that checks it."""

import ast
import graphlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "virtsdk"

BASE = {"errors", "units", "words", "events", "model"}
BELOW_RESOURCES = BASE | {"models", "display", "binding", "xml", "definitions", "stats"}
BELOW_CAPACITY = BELOW_RESOURCES | {"resources", "history"}
EVERYTHING = BELOW_CAPACITY | {"capacity", "widgets", "fleet", "lab", "cli"}
# parts that have their place, and no code yet
TO_COME = {"definitions", "fleet"}


@dataclass(frozen=True)
class Layer:
    """What a part of virtsdk may import."""

    parts: frozenset[str] | set[str]  # of virtsdk
    others: frozenset[str] | set[str] | None = frozenset()  # packages from outside; None: any


LAYERS = {
    # 1: the standard library, and each other
    "errors": Layer(set()),
    "words": Layer(set()),
    "events": Layer(set()),
    "units": Layer({"errors"}),
    "model": Layer({"errors", "units"}),
    # 2
    "binding": Layer(BASE, {"libvirt"}),
    "display": Layer(BASE, {"altair", "vl_convert", "pandas"}),
    "models": Layer(BASE, {"xsdata"}),
    # 3
    "xml": Layer(BASE | {"models", "display"}, {"lxml", "xsdata", "xmlschema", "pandas"}),
    "definitions": Layer(BASE | {"models", "xml"}),
    "stats": Layer(BASE | {"display"}, {"pandas", "numpy"}),
    # 4: the one layer that asks hosts
    "resources": Layer(BELOW_RESOURCES, {"pandas", "numpy"}),
    # 5: what was read is kept
    "history": Layer(BASE | {"display", "stats", "resources"}, {"pandas", "numpy", "pyarrow"}),
    # 6: pure functions of frames; live hosts and recordings become frames first
    "capacity": Layer(BASE | {"models", "display", "stats"}, {"pandas", "numpy"}),
    # 7: anything below and the own extra, but not each other
    "widgets": Layer(
        BELOW_CAPACITY | {"capacity"}, {"ipywidgets", "anywidget", "traitlets", "IPython", "pandas"}
    ),
    "fleet": Layer(BELOW_CAPACITY | {"capacity"}, {"dask", "distributed", "pandas"}),
    "lab": Layer(BELOW_CAPACITY | {"capacity"}, {"pandas", "IPython"}),
    # 8
    "cli": Layer(EVERYTHING, None),
}

# Imported only inside the functions that need them, so that `import virtsdk.<part>` stays quick and works
# without the extra. stats, history, capacity and fleet are about frames: they import pandas at the top, and
# so do the questions for figures, which a host imports when one is asked.
LAZY = {
    "pandas": {"display", "xml", "definitions", "resources", "lab", "cli"},
    "numpy": {"resources"},
    "altair": {"display"},
    "vl_convert": {"display"},
    "xmlschema": {"xml"},
    "IPython": {"lab"},
}
ABOUT_FRAMES = "resources.figures"

# The verbs that a notebook wants on the objects: the only imports that go upwards, inside a one-line body.
ENTRY_POINTS = {
    ("model", "Model._repr_html_"): "display",
    ("resources.host.host", "Host.explore"): "widgets",
}


@dataclass(frozen=True)
class Import:
    """One import statement: what, where, and in which function."""

    target: str  # dotted, without a leading "virtsdk." where it is a part of virtsdk
    ours: bool
    line: int
    function: str | None
    for_types: bool

    @property
    def part(self) -> str:
        return self.target.split(".")[0]

    @property
    def at_import(self) -> bool:
        return self.function is None and not self.for_types


def is_module(dotted: str) -> bool:
    path = ROOT / Path(*dotted.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


class _Reader(ast.NodeVisitor):
    def __init__(self, module: str, is_package: bool) -> None:
        self.package = module if is_package else module.rpartition(".")[0]
        self.stack: list[tuple[str, bool]] = []  # (name, is it a function)
        self.for_types = False
        self.found: list[Import] = []

    def add(self, dotted: str, line: int) -> None:
        in_function = any(is_function for _, is_function in self.stack)
        name = ".".join(name for name, _ in self.stack) if in_function else None
        ours = dotted.split(".")[0] == "virtsdk"
        target = dotted.removeprefix("virtsdk.") if ours else dotted
        self.found.append(Import(target, ours, line, name, self.for_types))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = self.package.split(".")
            parents = parents[: len(parents) - node.level + 1]
            base = ".".join([*parents, base] if base else parents)
        for alias in node.names:
            dotted = f"{base}.{alias.name}"
            self.add(dotted if base.split(".")[0] == "virtsdk" and is_module(dotted) else base, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in {"import_module", "__import__"} and node.args:
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    self.add(name, node.lineno)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" in ast.unparse(node.test):
            self.for_types = True
            for statement in node.body:
                self.visit(statement)
            self.for_types = False
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if named:
            self.stack.append((node.name, not isinstance(node, ast.ClassDef)))
        super().generic_visit(node)
        if named:
            self.stack.pop()


def read_imports(source: str, module: str, *, is_package: bool = False) -> list[Import]:
    """Return every import of a module's source, also those inside functions and by name."""
    reader = _Reader(module, is_package)
    reader.visit(ast.parse(source))
    return reader.found


def fault_of_library(found: Import, module: str, part: str) -> str | None:
    """Tell what is wrong with importing a package that is not ours."""
    if found.part in sys.stdlib_module_names:
        return None
    allowed = LAYERS[part].others
    if allowed is not None and found.part not in allowed:
        return "not a library of this layer"
    if found.at_import and part in LAZY.get(found.part, ()) and not module.startswith(ABOUT_FRAMES):
        return "only inside the function that needs it"
    return None


def fault_of_part(found: Import, module: str, part: str) -> str | None:
    """Tell what is wrong with importing another part, or module, of virtsdk."""
    if found.target == "virtsdk":
        return None  # the lazy front door: names, not modules
    if found.part == part or found.part in LAYERS[part].parts:
        return None
    upwards = {name: to for (where, name), to in ENTRY_POINTS.items() if where == module}
    if found.function is not None and upwards.get(found.function) == found.part:
        return None
    if found.for_types and found.part in upwards.values():
        return None  # the type of what the entry point returns
    return "upwards or sideways, and not an entry point"


def complaints(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Yield what a module imports against the layer map; `module` is dotted, without "virtsdk."."""
    part = module.split(".")[0]
    for found in read_imports(source, f"virtsdk.{module}", is_package=is_package):
        fault = fault_of_part(found, module, part) if found.ours else fault_of_library(found, module, part)
        if fault:
            yield f"virtsdk.{module}, line {found.line}, imports {found.target}: {fault}"


def run_time_imports() -> dict[str, set[str]]:
    """Return for each module of virtsdk those that it imports while it is imported itself.

    Names are dotted, without "virtsdk."; the generated models are left out.
    """
    paths = [path for path in PACKAGE.rglob("*.py") if "models" not in path.relative_to(PACKAGE).parts]
    names: dict[str, Path] = {}
    for path in paths:
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        found = read_imports(path.read_text(), f"virtsdk.{name}", is_package=path.name == "__init__.py")
        targets = {one.target for one in found if one.ours and one.at_import}
        run = targets | {package for one in targets for package in packages_of(one)} - packages_of(name)
        graph[name] = run & set(names) - {name, ""}
    return graph


def packages_of(module: str) -> set[str]:
    """Return the packages around a module: importing it runs their ``__init__`` first."""
    parts = module.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts))}


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the sets of modules that import each other, however far round; empty where there are none."""
    sorter = graphlib.TopologicalSorter(graph)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        return [error.args[1]]
    return []
