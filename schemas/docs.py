"""Our own words about classes and fields: ``docs.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path


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
