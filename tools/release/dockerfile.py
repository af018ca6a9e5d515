"""Read a Dockerfile, as far as ours goes, so that its steps can be carried out without a container engine."""

import json
import re
from pathlib import Path
from typing import NamedTuple

KNOWN = ("FROM", "RUN", "COPY", "ARG", "ENV", "WORKDIR", "ENTRYPOINT", "CMD")


class Instruction(NamedTuple):
    """One instruction: its word, and what follows."""

    word: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words of ENTRYPOINT and CMD in their JSON form."""
        return json.loads(self.text)

    @property
    def setting(self) -> tuple[str, str]:
        """Name and value of ENV or ARG."""
        name, _, value = self.text.partition("=")
        return name, value


def read(path: Path) -> list[Instruction]:
    """Return the instructions of a Dockerfile; one that is not known here raises ValueError with its line."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n", " ", "\n".join(lines))
    found: list[Instruction] = []
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word not in KNOWN:
            raise ValueError(f"{path.name}: {word} is none of {', '.join(KNOWN)}: {line}")
        found.append(Instruction(word, " ".join(rest.split())))
    return found
