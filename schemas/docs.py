"""Our own words about classes and fields: ``docs.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.patterns import SchemaError


@dataclass
class Docs:
    """Summaries of classes and meanings of fields; what is not written is empty."""

    classes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    @classmethod
    def read(cls, path: Path) -> Docs:
        """Read ``docs.toml``: a table a class, ``summary`` and one line a field."""
        with path.open("rb") as file:
            return cls(tomllib.load(file))

    def summary(self, name: str) -> str:
        """Return the summary of a class or enumeration."""
        return self.classes.get(name, {}).get("summary", "")

    def field(self, owner: str, name: str) -> str:
        """Return the meaning of a field."""
        return self.classes.get(owner, {}).get(name, "")

    def check(self, models: Mapping[str, Collection[str]]) -> None:
        """Refuse words about what is not there: ``models`` has each class or enumeration with its fields.

        Raises
        ------
        SchemaError
            A class or field of ``docs.toml`` is not in ``models``; it names all of them.
        """
        unknown: list[str] = []
        for name, lines in self.classes.items():
            if name not in models:
                unknown.append(name)
            else:
                unknown += [f"{name}.{key}" for key in lines if key != "summary" and key not in models[name]]
        if unknown:
            raise SchemaError(
                "docs.toml describes what the models do not have; rename or drop these lines: "
                f"{', '.join(unknown)}"
            )
