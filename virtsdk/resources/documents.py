"""Documents on their way to a host: a model or XML text, and whom it is about."""

from __future__ import annotations

import unicodedata
import uuid as uuids
from typing import TYPE_CHECKING, cast

from virtsdk.errors import XmlError

if TYPE_CHECKING:
    from virtsdk.model import Model


def for_c(name: str, errors: str = "strict") -> str:
    """Give a name as it can be looked up: one that no C string can hold as one that nothing has.

    Parameters
    ----------
    name
        What was asked for.
    errors
        What Python may do about surrogates; ``"surrogateescape"`` where bytes of file names are looked up.
    """
    try:
        return "/" if b"\0" in name.encode("utf-8", errors) else name
    except UnicodeEncodeError:
        return "/"


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


def is_one_line(name: str) -> bool:
    """Tell whether a name has no line breaks and other control characters."""
    return not any(unicodedata.category(one) in {"Cc", "Zl", "Zp"} for one in name)


def check_name(operation: str, noun: str, document: str) -> None:
    """Refuse a document whose name has a line break; libvirt keeps some of those, and cannot read them again.

    Raises
    ------
    XmlError
        The message names it.
    """
    name = _name(document)
    if name is not None and not is_one_line(name):
        raise XmlError(
            f"cannot {operation} {noun} {name!r}: its name has a line break or another control character",
            operation=operation,
            subject=f"{noun} {name!r}",
        )


def subject_of(noun: str, document: str) -> str:
    """Name the object that a document is about, as messages do until the host has made it.

    Examples
    --------
    >>> subject_of("domain", "<domain><name>web1</name></domain>"), subject_of("secret", "<secret/>")
    ("domain 'web1'", 'a secret')
    """
    name = (_name(document) or "").strip()
    return f"a {noun}" if not name else f"{noun} {name!r}"


def children_of(document: str) -> list[str]:
    """Give the XML text of each element in the root of a document that libvirt wrote.

    Examples
    --------
    >>> children_of("<sources><source><name>vg1</name></source><source/></sources>")
    ['<source><name>vg1</name></source>', '<source/>']
    """
    from virtsdk.xml import _reader

    return [_reader.write(one) for one in _reader.read(document)]


def _name(document: str) -> str | None:
    """Return the name in a document: the root's element or attribute, or of a binding its port."""
    from virtsdk.xml import _reader

    try:
        root = _reader.read(document)
    except XmlError:  # libvirt will say what is wrong with it
        return None
    named = root.find("name")
    if named is not None:
        return cast("str | None", named.text)
    port = root.find("portdev")
    return cast("str | None", root.get("name") or (None if port is None else port.get("name")))
