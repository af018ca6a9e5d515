"""Places where the order of differently named children means something: ``order.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.content import content_of
from schemas.patterns import Choice, Group, Pattern, Ref, Repeat, SchemaError
from schemas.roles import Graph, Role


@dataclass
class Order:
    """Contents of ``order.toml``.

    Attributes
    ----------
    lists
        Class -> field -> the elements that it holds in one order.
    first
        Classes whose first child decides, with the reason.
    free
        Classes whose children RELAX NG lets mix, with the reason why that says nothing.
    """

    lists: dict[str, dict[str, list[str]]] = field(default_factory=dict[str, dict[str, list[str]]])
    first: dict[str, str] = field(default_factory=dict[str, str])
    free: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, path: Path) -> Order:
        """Read ``order.toml``."""
        with path.open("rb") as file:
            return cls(**tomllib.load(file))

    def check(self, graph: Graph, names: Mapping[Role, str]) -> None:
        """Refuse a schema with a repeated choice of names that ``order.toml`` does not know.

        Parameters
        ----------
        graph
            The roles of the documents.
        names
            Their classes.

        Raises
        ------
        SchemaError
            A repetition lets children of different names mix, and nobody has looked what libvirt makes of
            their order; or ``order.toml`` tells of a class that has none.
        """
        mixed: dict[str, tuple[Role, set[str]]] = {}
        for role in graph:
            found = {name for element in role.elements for name in _mixed(element.content)}
            if found:
                mixed[names[role]] = role, found
        for name, (role, found) in mixed.items():
            listed = {element for elements in self.lists.get(name, {}).values() for element in elements}
            if name not in self.free and not found <= listed:
                raise SchemaError(
                    f"{role.paths[0]}: children named {', '.join(sorted(found))} may mix; look at libvirt's "
                    f"parser and add {name} to order.toml, under [lists] where their order means something"
                )
        if unknown := sorted({*self.lists, *self.free} - mixed.keys()):
            raise SchemaError(f"order.toml tells of classes whose children do not mix: {', '.join(unknown)}")

    def check_classes(self, names: Collection[str]) -> None:
        """Refuse classes that the models do not have.

        Raises
        ------
        SchemaError
            It names all of them.
        """
        if unknown := sorted({*self.lists, *self.first} - set(names)):
            raise SchemaError(f"order.toml names what is no class: {', '.join(unknown)}")


def _mixed(pattern: Pattern) -> Iterator[str]:
    """Yield the names of children of one repetition that has several."""
    match pattern:
        case Repeat():
            content = content_of(pattern.content)
            if content and len(content.children) > 1:
                yield from (name.local for name in content.children)
            else:
                yield from _mixed(pattern.content)
        case Group() | Choice():
            for part in pattern.parts:
                yield from _mixed(part)
        case Ref():
            yield from _mixed(pattern.target())
        case _:
            pass
