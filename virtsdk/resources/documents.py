"""Documents on their way to a host: a model or XML text, and whom it is about."""

from __future__ import annotations

import uuid as uuids
from typing import TYPE_CHECKING
from xml.parsers import expat as pyexpat

if TYPE_CHECKING:
    from virtsdk.model import Model


def as_uuid(text: str) -> str | None:
    """Return the canonical form of a UUID; None for any other text."""
    try:
        return str(uuids.UUID(text))
    except ValueError:
        return None


def as_document(definition: Model | str) -> str:
    """Return the XML text of a model, or the text itself."""
    if isinstance(definition, str):
        return definition
    from virtsdk import xml
    from virtsdk.model import Model

    if not isinstance(definition, Model):
        raise TypeError(f"a definition must be a model or XML text, not {type(definition).__name__}")

    return xml.render(definition)


def subject_of(noun: str, document: str) -> str:
    """Name the object that a document is about, as messages do until the host has made it.

    Examples
    --------
    >>> subject_of("domain", "<domain><name>web1</name></domain>"), subject_of("secret", "<secret/>")
    ("domain 'web1'", 'a secret')
    """
    name = (_Name(document).found or "").strip()
    return f"a {noun}" if not name else f"{noun} {name!r}"


class _Name:
    """The name in a document: the root's element or attribute, or of a binding its port; None without one."""

    def __init__(self, document: str) -> None:
        self.found: str | None = None
        self._depth = 0
        self._text: list[str] | None = None
        parser = pyexpat.ParserCreate("utf-8")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(document.encode(), True)
        except (pyexpat.ExpatError, UnicodeEncodeError, _Enough):  # libvirt will say what is wrong with it
            return

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if "name" in attributes and (self._depth == 1 or (self._depth == 2 and tag == "portdev")):
            self.found = attributes["name"]
        elif self._depth == 2 and tag == "name":
            self._text = []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        if self._depth == 2 and self._text is not None:
            self.found = "".join(self._text)
            raise _Enough(tag)
        self._depth -= 1


class _Enough(Exception):
    """The name was read; what follows is not."""
