"""The reference: pages of every public name, by theme, from the docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry
from sphinx.environment import BuildEnvironment

from tools.site import docstrings
from tools.site.surface import Entry, Theme, documented, function, members, themes
from tools.site.writing import made_pages

FOLDER = Path("reference") / "api"
LARGE = 9
"""Members from which on a class has a page of its own."""

HEADINGS = {
    "DomainCore": "State and definition",
    "HostCore": "The connection",
    "DiskCore": "The disk itself",
    "JobRunner": "The job that runs",
    "AgentCore": "Commands of the agent's own",
    "Lasting": "Defined and active",
    "Listable": "What was last read",
    "Startable": "Define, start, stop",
    "Identified": "Identity",
    "Resource": "Identity",
    "Part": "Identity",
    "Changes": "What happened between samples",
    "Holdings": "Contents",
    "Tellings": "Definitions and events",
    "Asking": "Errors of the last round",
    "AgentVerbs": "The agent",
}


def pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    found: dict[str, str] = {}
    for theme in themes():
        own = [one for one in theme.entries if is_large(one)]
        found[theme.id] = "\n".join(theme_page(theme, own))
        for one in own:
            found[page_of(theme, one)] = "\n".join(class_page(one))
    return found


def is_large(entry: Entry) -> bool:
    """Tell whether an entry has a page of its own."""
    return isinstance(entry.value, type) and sum(1 for _ in members(entry.value)) >= LARGE


def page_of(theme: Theme, entry: Entry) -> str:
    """Return the name of the page of a large class, in lower case: some file systems know no other."""
    return f"{theme.id}.{entry.name.lower()}"


def theme_page(theme: Theme, own: list[Entry]) -> Iterator[str]:
    """Yield the lines of a theme's page: a list of all its names, then those without a page of their own."""
    yield from (f".. _reference-{theme.id}:", "", theme.title, "=" * len(theme.title), "")
    if not theme.modules:
        yield from (theme.says, "")
    for module in theme.modules[:1]:
        yield from (f".. automodule:: {module}", "   :no-members:", "")
    for module in theme.modules[1:]:  # named where its functions are
        yield from (f".. py:module:: {module}", "")
    if own:
        yield from (".. toctree::", "   :hidden:", "")
        yield from (f"   {page_of(theme, one)}" for one in own)
        yield ""
    imported = [one for one in theme.entries if not one.reached]
    reached = [one for one in theme.entries if one.reached]
    functions = [one for one in imported if not isinstance(one.value, type)]
    classes = [one for one in imported if isinstance(one.value, type)]
    data = [one for one in functions if not inspect.isfunction(one.value)]
    calls = [one for one in functions if inspect.isfunction(one.value)]
    lists = {
        "Functions": calls,
        "Classes": classes,
        "Values": data,
        "Reached by attributes and results": reached,
    }
    for title, entries in lists.items():
        if entries:
            yield from (f".. rubric:: {title}", "")
            yield from summaries(entries)
    for title, entries in lists.items():
        here = [one for one in entries if one not in own]
        if here:
            heading = {"Reached by attributes and results": "Results and parts"}.get(title, title)
            yield from ("", heading, "-" * len(heading), "")
            for one in here:
                yield from entry(one)


def summaries(entries: list[Entry]) -> Iterator[str]:
    """Yield a table of names, each with its first line."""
    yield from (".. list-table::", "   :class: reference-summary", "   :widths: 30 70", "")
    for one in entries:
        yield f"   * - :py:obj:`~{one.full}`"
        yield f"     - {summary(one)}"
    yield ""


def summary(entry: Entry) -> str:
    """Return the first sentence about an entry, as reST."""
    if said := value_of(entry):
        return said
    text = inspect.getdoc(entry.value) or ""
    if isinstance(entry.value, tuple):
        text = docstrings.of_data(entry.module, entry.name)
    return " ".join(text.split("\n\n")[0].split())


def value_of(entry: Entry) -> str:
    """Return what a constant is, where its class's docstring says nothing of it."""
    if type(entry.value).__name__ == "Unit":
        return f"{int(entry.value(1)):,} bytes."
    if isinstance(entry.value, str):
        return docstrings.of_data(entry.module, entry.name)
    return ""


def class_page(one: Entry) -> Iterator[str]:
    """Yield the lines of a page about one class."""
    yield from (one.name, "=" * len(one.name), "")
    yield from entry(one)


def entry(one: Entry) -> Iterator[str]:
    """Yield the directives about a name, and about its members in groups."""
    yield from (f".. currentmodule:: {one.module}", "")
    if inspect.isfunction(one.value):
        yield from (f".. autofunction:: {one.name}", "")
    elif not isinstance(one.value, type):
        yield from (f".. py:data:: {one.name}", "", f"   {summary(one)}", "")
    else:
        kind = "autoexception" if issubclass(one.value, BaseException) else "autoclass"
        yield from (f".. {kind}:: {one.name}", "   :no-members:", "")
        notes = [*_notes(one)]
        if notes:
            yield from ("   " + " ".join(notes), "")
        yield from _members(one)


def _notes(one: Entry) -> Iterator[str]:
    if one.reached:
        gives = ", ".join(f":py:obj:`{said}`" for said in one.reached[:4])
        yield f"Given by {gives}{' and others' if len(one.reached) > 4 else ''}."
    bases = [base for base in one.value.__mro__[1:] if base in _listed()]
    if bases:
        yield f"Has all of :py:obj:`~{_listed()[bases[0]]}`, too."
    if one.aliases:
        yield f"Also ``{'``, ``'.join(one.aliases)}``."


def _listed() -> dict[type, str]:
    return {one.value: one.full for one in documented().values() if isinstance(one.value, type)}


def _members(one: Entry) -> Iterator[str]:
    titled = [(_heading(one.value, owner), name, value) for owner, name, value in members(one.value)]
    order = list(dict.fromkeys(title for title, _, _ in titled))
    titled.sort(key=lambda each: order.index(each[0]))
    large = len(titled) >= LARGE and len(order) > 1
    if large:
        yield from ("   .. list-table::", "      :class: reference-summary", "      :widths: 30 70", "")
        for title, group in groupby(titled, key=lambda each: each[0]):
            yield f"      * - {title}"
            yield f"        - {', '.join(f':py:obj:`~{one.full}.{name}`' for _, name, _ in group)}"
        yield ""
    for title, group in groupby(titled, key=lambda each: each[0]):
        if large:
            yield from (f"   .. rubric:: {title}", "")
        for _, name, value in group:
            is_attribute = hasattr(value, "fget") or not callable(function(value)) or _is_cached(value)
            directive = "autoproperty" if is_attribute else "automethod"
            yield from (f"   .. {directive}:: {one.name}.{name}", "")


def _is_cached(value: object) -> bool:
    return type(value).__name__ == "cached_property"


def _heading(kind: type, owner: type) -> str:
    if owner is kind:
        return "Basics"
    if owner.__name__ in HEADINGS:
        return HEADINGS[owner.__name__]
    said = (owner.__doc__ or owner.__name__).split("\n")[0].rstrip(".")
    said = re.sub(r"^The verbs (?:that|about) ", "", said)
    return said[:1].upper() + said[1:]


# --- after reading


def add_aliases(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Let each other dotted name of an entry, and of its members, lead to the entry."""
    objects: dict[str, ObjectEntry] = env.domaindata["py"]["objects"]
    for one in documented().values():
        for alias in one.aliases:
            for name, there in [*objects.items()]:
                if name == one.full or name.startswith(f"{one.full}."):
                    objects.setdefault(
                        alias + name[len(one.full) :],
                        ObjectEntry(there.docname, there.node_id, there.objtype, True),
                    )
    return []


class Resolver:
    """Finds what a name in single backticks means, as docstrings write it: ``Host.stats``."""

    def __init__(self, env: BuildEnvironment) -> None:
        self.objects: dict[str, ObjectEntry] = env.domaindata["py"]["objects"]
        self.ends: dict[str, list[str]] = {}
        for name in self.objects:
            parts = name.split(".")
            for start in range(1, len(parts)):
                self.ends.setdefault(".".join(parts[start:]), []).append(name)

    def find(self, target: str, near: str) -> str | None:
        """Return the full name that a target means for who stands in the object `near`."""
        if target in self.objects:
            return target
        found = self.ends.get(target, [])
        if "." not in target and not target[:1].isupper():  # a verb: of this class, or of this module alone
            found = [one for one in found if one.rpartition(".")[0] in _around(near)]
        found = [one for one in found if not self.objects[one].aliased] or found
        return min(found, key=lambda one: (-_shared(one, near), one.count("."), one), default=None)

    def find_field(self, target: str, near: str) -> str | None:
        """Return the class whose field a target means: it is described there."""
        kind, _, name = target.rpartition(".")
        found = self.find(kind, near) if kind else None
        return found if found and docstrings.has_field(found, name) else None


def _around(near: str) -> set[str]:
    parts = near.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("."), other.split("."), strict=False):
        if left != right:
            break
        count += 1
    return count


_resolvers: dict[int, Resolver] = {}


def resolve(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, contnode: Any) -> Any:
    """Link what stands in single backticks; one of our dotted names that leads nowhere is a warning."""
    if node.get("refdomain") != "py":
        return None
    resolver = _resolvers.get(id(env))
    if resolver is None:
        resolver = _resolvers[id(env)] = Resolver(env)
    target = node["reftarget"].removesuffix("()")
    near = ".".join(filter(None, (node.get("py:module"), node.get("py:class"))))
    name = resolver.find(target, near) or resolver.find_field(target, near)
    if name is None:
        if docstrings.is_ours(target):
            docstrings.LOGGER.warning(
                "%r leads nowhere", target, location=node, type="ref", subtype="virtsdk"
            )
        return contnode
    there = resolver.objects[name]
    uri = app.builder.get_relative_uri(node["refdoc"], there.docname)
    made = nodes.reference("", "", internal=True, refuri=f"{uri}#{there.node_id}", reftitle=name)
    made += contnode
    return made


def forget(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Drop what an earlier build found."""
    _resolvers.clear()
    return []


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before any is read."""
    app.connect("builder-inited", lambda app: made_pages(Path(app.srcdir) / FOLDER, pages(), ".rst"))
    docstrings.connect(app)
    app.connect("env-updated", add_aliases)
    app.connect("env-updated", forget)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
