"""Documents on their way to a host: a model or XML text, and whom it is about."""

from __future__ import annotations

import re
import uuid as uuids
from typing import TYPE_CHECKING
from xml.sax.saxutils import unescape

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


_NAME = re.compile(r"<name>\s*([^<]+?)\s*</name>|<\w[^<>]*?\sname=(?:'([^']+)'|\"([^\"]+)\")")


def subject_of(noun: str, document: str) -> str:
    """Name the object that a document is about, as messages and the audit log do.

    Examples
    --------
    >>> subject_of("domain", "<domain><name>web1</name></domain>"), subject_of("secret", "<secret/>")
    ("domain 'web1'", 'a secret')
    """
    found = _NAME.search(document)
    name = next((one for one in found.groups() if one), None) if found else None
    return f"a {noun}" if name is None else f"{noun} {unescape(name)!r}"
