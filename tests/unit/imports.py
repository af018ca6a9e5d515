"""The reader of imports: all that a module imports, also by name, and what hides an import from it."""

import ast
import functools
import graphlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "virtsdk"

# Modules that import by name: what they import cannot be read.
LOADERS = {"imp", "pkgutil", "runpy", "zipimport", "importlib.abc", "importlib.machinery", "importlib.util"}
# What `from importlib import ...` may bring; import_module under its own name, so that each call is seen.
OF_IMPORTLIB = {"import_module", "resources", "metadata"}
# What runs text as code, or gets at modules round the import statement.
RUNS_TEXT = {"__builtins__", "__import__", "__loader__", "__spec__", "builtins", "eval", "exec"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
OUR_MODULE = re.compile(r"virtsdk(\.\w+)+(:[\w.]+)?")


@dataclass(frozen=True)
class Import:
    """One import: what, where, in which function, and when."""

    target: str  # dotted, without a leading "virtsdk." where it is a part of virtsdk
    ours: bool
    line: int
    function: str | None
    for_types: bool = False
    by_name: bool = False  # a string that names a module of ours, as in a table of lazy names

    @property
    def part(self) -> str:
        return self.target.split(".")[0]

    @property
    def at_import(self) -> bool:
        return self.function is None and not self.for_types and not self.by_name


@dataclass(frozen=True)
class Hidden:
    """A place where an import could go unseen: what stands there."""

    what: str
    line: int


@dataclass(frozen=True)
class Reading:
    """What a module imports, and what hides an import."""

    imports: list[Import]
    hidden: list[Hidden]


def is_module(dotted: str) -> bool:
    path = ROOT / Path(*dotted.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


@functools.cache
def front_door() -> Mapping[str, str]:
    """Return the module behind each lazy name of ``virtsdk``: what its TYPE_CHECKING block imports."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse((PACKAGE / "__init__.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("virtsdk"):
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                found[alias.asname or alias.name] = module if is_module(module) else node.module
    return found


class _Reader(ast.NodeVisitor):
    def __init__(self, module: str, tree: ast.Module, *, is_package: bool) -> None:
        self.package = module if is_package else module.rpartition(".")[0]
        self.module = module
        self.stack: list[tuple[str, bool]] = []  # (name, is it a function)
        self.for_types = False
        self.doors = set(_doors(tree))
        self.tables = dict(_tables(tree))
        self.found: list[Import] = []
        self.hidden: list[Hidden] = []

    def add(self, dotted: str, node: ast.expr | ast.stmt, *, by_name: bool = False) -> None:
        in_function = any(is_function for _, is_function in self.stack)
        name = ".".join(name for name, _ in self.stack) if in_function else None
        ours = dotted.split(".")[0] == "virtsdk"
        target = dotted.removeprefix("virtsdk.") if ours else dotted
        self.found.append(Import(target, ours, node.lineno, name, self.for_types, by_name))

    def hide(self, what: str, node: ast.expr | ast.stmt) -> None:
        self.hidden.append(Hidden(what, node.lineno))

    # statements

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            if top == "importlib" or alias.name in LOADERS | RUNS_TEXT:
                self.hide(alias.name, node)
            self.add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = self.package.split(".")
            if node.level > len(parents):
                self.hide("a relative import from beyond virtsdk", node)
                return
            parents = parents[: len(parents) - node.level + 1]
            base = ".".join([*parents, base] if base else parents)
        for alias in node.names:
            if (
                alias.name == "virtsdk"
                or _renames(alias, "import_module")
                or _renames(alias, "TYPE_CHECKING")
            ):
                self.hide(ast.unparse(node), node)
            if base == "virtsdk":
                self.from_door(alias.name, node)
            elif base.startswith("virtsdk."):
                dotted = f"{base}.{alias.name}"
                self.add(dotted if is_module(dotted) else base, node)
            else:
                self.from_elsewhere(base, alias, node)

    def from_elsewhere(self, base: str, alias: ast.alias, node: ast.ImportFrom) -> None:
        if base == "importlib" and alias.name not in OF_IMPORTLIB:
            self.hide(f"importlib.{alias.name}", node)
        elif base in LOADERS | RUNS_TEXT or (base, alias.name) == ("sys", "modules"):
            self.hide(f"{base}.{alias.name}", node)
        self.add(base, node)

    def from_door(self, name: str, node: ast.expr | ast.stmt) -> None:
        """Take a name of ``virtsdk`` itself for the module that it comes from."""
        if name in front_door():
            self.add(front_door()[name], node)
        elif is_module(f"virtsdk.{name}"):
            self.add(f"virtsdk.{name}", node)
        elif name.startswith("__"):
            self.add("virtsdk", node)
        else:
            self.hide(f"virtsdk.{name}", node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        before, plain = self.for_types, ast.unparse(node.test)
        self.for_types = before or plain in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for statement in node.body:
            self.visit(statement)
        self.for_types = before
        for statement in node.orelse:
            self.visit(statement)

    def visit_FunctionDef(self, node: Function) -> None:
        # decorators and defaults are worked out while the module is imported
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        if node.returns:
            self.visit(node.returns)
        self.inside(node, is_function=True)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self.inside(node, is_function=False)

    def inside(self, node: Function | ast.ClassDef, *, is_function: bool) -> None:
        self.stack.append((node.name, is_function))
        text = ast.get_docstring(node) is not None
        for statement in node.body[text:]:
            self.visit(statement)
        self.stack.pop()

    # expressions

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "import_module":
            self.by_call(node)
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        else:
            parts = [*ast.iter_child_nodes(node)]
        for part in parts:
            self.visit(part)

    def by_call(self, node: ast.Call) -> None:
        names = list(self.names_in(node.args[0])) if len(node.args) == 1 and not node.keywords else []
        if not names:
            self.hide(f"import_module of a name that cannot be read: {ast.unparse(node)}", node)
        for name in names:
            self.add(name, node)

    def names_in(self, argument: ast.expr) -> Iterator[str]:
        """Yield the modules that an argument of import_module can name; none where that cannot be told."""
        match argument:
            case ast.Constant(value=str(name)):
                yield name
            case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
                if start.startswith("virtsdk.") and start.count(".") > 1:  # the part stands there in full
                    yield start.rpartition(".")[0]
            case ast.JoinedStr(
                values=[ast.FormattedValue(value=ast.Name(id="__name__")), ast.Constant(value=str(dot)), *_]
            ) if dot.startswith("."):
                yield self.module
            case ast.Subscript(value=ast.Name(id=table)) if table in self.tables:
                yield from self.tables[table]

    def visit_Attribute(self, node: ast.Attribute) -> None:
        match node.value:
            case ast.Name(id=name) if name in self.doors:
                self.from_door(node.attr, node)
                return
            case ast.Name(id="sys") | ast.Attribute(attr="sys") if node.attr == "modules":
                self.hide("sys.modules", node)
        if node.attr in {"import_module", "__import__", "__builtins__"}:
            self.hide(node.attr, node)
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.doors:
            self.hide("virtsdk as a value", node)
        elif node.id in RUNS_TEXT | {"import_module"}:
            self.hide(node.id, node)
        elif node.id == "TYPE_CHECKING" and not isinstance(node.ctx, ast.Load):
            self.hide("TYPE_CHECKING with another value", node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and OUR_MODULE.fullmatch(node.value):
            dotted = node.value.partition(":")[0]
            if is_module(".".join(dotted.split(".")[:2])):
                self.add(dotted, node, by_name=True)


def _doors(tree: ast.Module) -> Iterator[str]:
    """Yield the names under which a module knows the front door, wherever it imports it."""
    for node in ast.walk(tree):
        for alias in node.names if isinstance(node, ast.Import) else ():
            if alias.name == "virtsdk" or (alias.name.startswith("virtsdk.") and not alias.asname):
                yield alias.asname or "virtsdk"


def _renames(alias: ast.alias, name: str) -> bool:
    return name in {alias.name, alias.asname} and (alias.asname or name) != alias.name


def _tables(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Yield the module's dictionaries from anything to names of modules, as (name, values)."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=values)):
                texts = [one.value for one in values if isinstance(one, ast.Constant)]
                if len(texts) == len(values) and all(isinstance(one, str) for one in texts):
                    yield name, texts


def read(source: str, module: str, *, is_package: bool = False) -> Reading:
    """Return every import of a module's source, also in functions and by name, and what hides one.

    `module` is dotted, with its leading "virtsdk.".
    """
    tree = ast.parse(source)
    reader = _Reader(module, tree, is_package=is_package)
    for statement in tree.body[ast.get_docstring(tree) is not None :]:
        reader.visit(statement)
    return Reading(reader.found, reader.hidden)


def modules() -> dict[str, Path]:
    """Return every module of virtsdk by its dotted name, without "virtsdk."; the front door is ""."""
    found: dict[str, Path] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def read_module(name: str, path: Path) -> Reading:
    """Return the imports of one of `modules`."""
    dotted = f"virtsdk.{name}" if name else "virtsdk"
    return read(path.read_text(), dotted, is_package=path.name == "__init__.py")


def import_graph(*, bodies: bool = False) -> dict[str, set[str]]:
    """Return for each module of virtsdk those that it imports, while it is imported itself or ever.

    Names are dotted, without "virtsdk."; the generated models are left out.
    """
    names = {name: path for name, path in modules().items() if name and name.split(".")[0] != "models"}
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        found = [one for one in read_module(name, path).imports if one.ours]
        targets = {one.target for one in found if one.at_import or (bodies and not one.for_types)}
        run = targets | {package for one in targets for package in packages_of(one)} - packages_of(name)
        graph[name] = run & set(names) - {name}
    return graph


def packages_of(module: str) -> set[str]:
    """Return the packages around a module: importing it runs their ``__init__`` first."""
    parts = module.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts))}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import each other, however far round; empty where none do."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []
