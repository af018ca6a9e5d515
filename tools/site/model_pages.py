"""The pages about documents: every model class with its places, its fields and a rendered example."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tools.site import model_classes, model_examples
from tools.site.writing import made_pages
from virtsdk.model import Empty, Model, kinds
from virtsdk.model._fields import Kind

FOLDER = Path("models") / "made"
FEW = 4
"""Classes of a section of a guest's document from which on it has a page of its own."""

WIDTH = 88
"""Characters of a line of an example."""

TITLES = {
    "domain": "Guest XML",
    "domain.devices": "Guest XML: other devices",
    "network": "Network XML",
    "networkport": "Network port XML",
    "pool": "Storage pool XML",
    "volume": "Storage volume XML",
    "device": "Node device XML",
    "interface": "Node interface XML",
    "filter": "Network filter XML",
    "filterbinding": "Network filter binding XML",
    "secret": "Secret XML",
    "domainsnapshot": "Snapshot XML",
    "domaincheckpoint": "Checkpoint XML",
    "domainbackup": "Backup XML",
    "capabilities": "Capabilities of a host, XML",
    "domainCapabilities": "Capabilities for guests, XML",
    "storagepoolCapabilities": "Kinds of storage pools, XML",
    "cpu": "CPU XML",
    "sysinfo": "System information XML",
    "base": "What all models have in common",
}
ORDER = [*TITLES]


def section(cls: type) -> str:
    """Return the page of a class, by its home: the first place that its docstring names."""
    home = model_classes.home(cls)
    if not home:
        return "base"
    parts = home.split("/")
    if parts[0] != "domain" or len(parts) == 1:
        return parts[0]
    if parts[1] == "devices":
        return f"domain.devices.{parts[2]}" if len(parts) > 2 else "domain.devices"
    return f"domain.{parts[1].partition(':')[0]}"


@cache
def sections() -> dict[str, list[type[Model]]]:
    """Return the classes of each page, the document or device first, then by their places."""
    found: dict[str, list[type[Model]]] = {}
    for cls in model_classes.classes().values():
        found.setdefault(section(cls), []).append(cls)
    for name in [*found]:
        parts = name.split(".")
        if len(parts) > 1 and name != "domain.devices" and len(found[name]) < FEW:
            found.setdefault(".".join(parts[:-1]), []).extend(found.pop(name))
    for classes in found.values():
        classes.sort(key=_order)
    return dict(sorted(found.items(), key=lambda item: (_rank(item[0]), item[0].count("."), item[0].lower())))


def _order(cls: type) -> tuple[bool, bool, list[str]]:
    """Sort the document or device first, then what stands nowhere else, by its place."""
    path = model_classes.home(cls).split("/")
    is_top = (
        len(path) == 1
        or (len(path) == 2 and path[0] == "domain")
        or (path[:2] == ["domain", "devices"] and len(path) == 3)
    )
    return not is_top, "more place" in model_classes.place(cls), path


def _rank(name: str) -> int:
    return ORDER.index(name.split(".")[0])


def title(name: str) -> str:
    """Return the heading of a page."""
    if name in TITLES:
        return TITLES[name]
    return f"Guest XML: {name.rpartition('.')[2]}"


@cache
def words_of() -> dict[str, list[type[Enum]]]:
    """Return the enumerations of each page: that of the first class that uses one."""
    found: dict[str, list[type[Enum]]] = {}
    seen: set[type] = set()
    for name, classes in sections().items():
        for cls in classes:
            for kind in kinds(cls).values():
                if kind.enum is not None and kind.enum not in seen:
                    seen.add(kind.enum)
                    found.setdefault(name, []).append(kind.enum)
    rest = [one for one in model_classes.enumerations().values() if one not in seen]
    if rest:
        found.setdefault("base", []).extend(rest)
    return found


def page(name: str) -> Iterator[str]:
    """Yield the lines of a page."""
    classes = sections()[name]
    yield from (*_heading(title(name), "="), "")
    homes = filter(None, map(model_classes.home, classes))
    there = sorted({"/".join(one.split("/")[: name.count(".") + 1]) for one in homes})
    if there:
        yield from (f"What stands in {', '.join(f'``{one}``' for one in there)}: {_count(classes)}.", "")
    yield from (".. currentmodule:: virtsdk.models", "")
    for cls in classes:
        yield from class_lines(cls)
    if enums := words_of().get(name):
        yield from (*_heading("Words", "-"), "")
        for one in sorted(enums, key=lambda each: each.__name__):
            words = ", ".join(f"``{member.value}``" for member in one if str(member.value).strip())
            yield from (f".. py:class:: {one.__name__}", "", f"   {_text(one.__doc__ or '')}", "")
            yield from (f"   {words}", "")


def _count(classes: list[type[Model]]) -> str:
    return f"{len(classes)} classes" if len(classes) > 1 else "one class"


def _heading(text: str, line: str) -> tuple[str, str]:
    return text, line * len(text)


def class_lines(cls: type[Model]) -> Iterator[str]:
    """Yield the lines about a class."""
    yield from (f".. py:class:: {cls.__name__}", f"   :canonical: {cls.__module__}.{cls.__name__}", "")
    for line in model_classes.about(cls).split("\n"):
        yield f"   {line}".rstrip()
    yield ""
    if where := model_classes.place(cls):
        more = re.search(r" and \d+ more places?$", where)
        places = ", ".join(f"``{one}``" for one in model_classes.paths(cls)) + (more[0] if more else "")
        yield from (f"   :In the document: {places}", "")
    said = model_classes.fields(cls)
    if said:
        yield from ("   .. rst-class:: model-fields", "")
    for name, text in said.items():
        yield f"   ``{name}`` : {form(kinds(cls)[name])}"
        yield f"      {text or '..'}"
    source, text = model_examples.example(cls)
    yield from ("", "   .. code-block:: python", "")
    yield from _indented(formatted(source))
    yield from ("", "   .. code-block:: xml", "")
    yield from _indented(text.split("\n"))
    yield ""


def _text(text: str) -> str:
    return " ".join(text.split())


def _indented(lines: Iterable[str]) -> Iterable[str]:
    return (f"      {line}".rstrip() for line in lines)


def form(kind: Kind) -> str:
    """Return what a field takes, and how it is written in XML, as reST."""
    name = kind.metadata.get("name", kind.name)
    written = {"Attribute": f"``{name}=``", "Text": "the text"}.get(
        str(kind.metadata.get("type")), f"``<{name}>``"
    )
    if kind.choices:
        what = " or ".join(f":py:obj:`{one.__name__}`" for one in kind.choices)
        written = "elements"
    elif kind.model is Empty:
        what = "presence"
    elif kind.model is not None:
        what = f":py:obj:`{kind.model.__name__}`"
    elif kind.enum is not None:
        what = f"word of :py:obj:`{kind.enum.__name__}`"
    elif kind.unit:
        what = f"size, in {kind.unit}"
    else:
        what = "number" if kind.integer else "text"
    return f"{'list of ' if kind.many else ''}{what}, {written}"


def formatted(source: str) -> list[str]:
    """Return an expression in lines that fit; one that a person broke stays."""
    return source.split("\n") if "\n" in source else _lines(ast.parse(source, mode="eval").body, "", "")


def _lines(node: ast.expr, indent: str, before: str) -> list[str]:
    text = ast.unparse(node).replace("'", '"') if '"' not in ast.unparse(node) else ast.unparse(node)
    if len(indent) + len(before) + len(text) < WIDTH or not isinstance(node, (ast.Call, ast.List)):
        return [f"{indent}{before}{text}"]
    if isinstance(node, ast.List):
        opening, closing, parts = "[", "]", [("", one) for one in node.elts]
    else:
        opening, closing = f"{ast.unparse(node.func)}(", ")"
        parts = [("", one) for one in node.args] + [(f"{one.arg}=", one.value) for one in node.keywords]
    lines = [f"{indent}{before}{opening}"]
    for name, value in parts:
        lines += _lines(value, f"{indent}    ", name)
        lines[-1] += ","
    return [*lines, f"{indent}{closing}"]


def paths_page(title: str, *, of_guests: bool) -> Iterator[str]:
    """Yield the lines of a page that leads from a path in a document to its class."""
    yield from (*_heading(title, "="), "")
    yield from (
        "Find the class of an element by where it stands in its document. What can hold itself is listed",
        "once.",
    )
    rows = sorted(model_classes.walked().items(), key=lambda row: row[0].lower().split("/"))
    last = ""
    for path, name in rows:
        parts = path.split("/")
        if (parts[0] == "domain") != of_guests:
            continue
        head = "/".join(parts[: 3 if parts[1:2] == ["devices"] else 2]) if of_guests else parts[0]
        if head != last:
            yield from ("", *_heading(head, "-"), "", ".. rst-class:: model-paths", "")
            last = head
        yield f"* ``{path}`` :py:obj:`~virtsdk.models.{name}`"


def pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    found = {name: "\n".join(page(name)) for name in sections()}
    found["list"] = "\n".join(list_page())
    found["paths"] = "\n".join(paths_page("Guest XML: path to class", of_guests=True))
    found["paths.others"] = "\n".join(paths_page("Other XML: path to class", of_guests=False))
    return found


def list_page() -> Iterator[str]:
    """Yield the lines of the page that lists all classes by name."""
    yield from (
        *_heading("All model classes", "="),
        "",
        "Every class of ``virtsdk.models`` by name, with the page that it is on.",
        "",
    )
    yield from (".. list-table::", "   :class: reference-summary", "   :widths: 35 65", "")
    for name, cls in sorted(model_classes.classes().items(), key=lambda item: item[0].lower()):
        yield f"   * - :py:obj:`~virtsdk.models.{name}`"
        yield f"     - {_text(model_classes.about(cls).partition(chr(10) * 2)[0])}"


def write(app: Sphinx) -> None:
    """Write the pages, unless those that are there are of this package."""
    folder = Path(app.srcdir) / FOLDER
    mark = folder.parent / ".made"
    now = _state()
    if folder.is_dir() and mark.exists() and mark.read_text(encoding="utf-8") == now:
        return
    made_pages(folder, pages(), ".rst")
    mark.write_text(now, encoding="utf-8")


def _state() -> str:
    """Return a hash of what the pages are made from."""
    digest = hashlib.sha256()
    package = model_classes.EXAMPLES.parents[2] / "virtsdk"
    parts = [*package.glob("model*/*.py"), *package.glob("xml/**/*.py"), *Path(__file__).parent.glob("*.py")]
    for path in sorted([*parts, model_classes.EXAMPLES, *model_examples.DOCUMENTS.glob("*.xml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before any is read."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
