"""Our own words about classes and fields: ``docs.toml``.

A field has the words of its own class, else those of the class that this one is ``like``, else those of the
first table whose name is a pattern that fits the class (``"NWFilterRule*"``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from schemas.patterns import SchemaError

_LIKE = "like"
"""Key of the class that has the words for the fields of one that has none of its own."""


@dataclass
class Docs:
    """Summaries of classes and meanings of fields; what is not written is empty."""

    classes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    @classmethod
    def read(cls, path: Path) -> Docs:
        """Read ``docs.toml``: a table a class, or a pattern, with ``summary`` and one line a field."""
        with path.open("rb") as file:
            return cls(tomllib.load(file))

    def summary(self, name: str) -> str:
        """Return the summary of a class or enumeration."""
        return self.classes.get(name, {}).get("summary", "")

    def field(self, owner: str, name: str) -> str:
        """Return the meaning of a field."""
        own = self.classes.get(owner, {})
        shared = (
            lines for pattern, lines in self.classes.items() if "*" in pattern and fnmatchcase(owner, pattern)
        )
        tables = (own, self.classes.get(own.get(_LIKE, ""), {}), *shared)
        return next((lines[name] for lines in tables if name in lines), "")

    def check(self, models: Mapping[str, Collection[str]]) -> None:
        """Refuse words about what is not there: ``models`` has each class or enumeration with its fields.

        Raises
        ------
        SchemaError
            A class or field of ``docs.toml`` is not in ``models``; it names all of them.
        """
        unknown: list[str] = []
        for name, lines in self.classes.items():
            fitting = [one for one in models if fnmatchcase(one, name)] if "*" in name else [name]
            known = {key for one in fitting for key in models.get(one, ())}
            if not any(one in models for one in fitting):
                unknown.append(name)
                continue
            unknown += [
                f"{name}.{key}" for key in lines if key not in ("summary", _LIKE) and key not in known
            ]
            if lines.get(_LIKE, name) not in self.classes:
                unknown.append(f"{name}.{_LIKE}")
        if unknown:
            raise SchemaError(
                "docs.toml describes what the models do not have; rename or drop these lines: "
                f"{', '.join(unknown)}"
            )
