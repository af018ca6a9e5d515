"""Values as XML text."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from lxml import etree

from virtsdk.errors import XmlError
from virtsdk.model import masked
from virtsdk.units import Size
from virtsdk.xml._reader import fragment

SPACE = " \t\r\n"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", chr(34): "&quot;"} | {c: f"&#{ord(c)};" for c in "\t\n\r"}
)


def is_plain(text: str) -> bool:
    """Tell whether text can be written as it is, between tags and in attributes."""
    return text.isprintable() and not ("&" in text or "<" in text or ">" in text or '"' in text)


def value(given: object) -> str:
    """Text of a value that a model may hold: text, or a whole number.

    Raises
    ------
    TypeError
        Anything else.
    XmlError
        A character that XML has no form for.
    """
    if isinstance(given, str):
        text = str.__str__(given)
    elif isinstance(given, int) and not isinstance(given, (bool, Size)):
        text = int.__str__(given)
    else:
        raise TypeError(f"must be text or a whole number, not a {type(given).__name__}")
    found = _ILLEGAL.search(text)
    if found:
        place = f"the character U+{ord(found[0]):04X} at position {found.start()}"
        raise XmlError(f"XML has no form for {place}")
    return text


def in_attribute(given: object) -> str:
    """Text of a value, escaped for an attribute in double quotes."""
    return value(given).translate(_ATTRIBUTE)


def in_element(given: object) -> str:
    """Text of a value, escaped for between tags."""
    return escape(value(given), quote=False).replace("\r", "&#13;")


def content(xml: object) -> str:
    """Give free XML back if it is whole and stands on its own.

    Raises
    ------
    TypeError
        It is no text.
    XmlError
        Not well-formed, or a prefix that it does not declare.
    """
    if not isinstance(xml, str):
        raise TypeError(f"XML content must be text, not {xml!r}")
    _check(xml)
    return xml


@lru_cache(maxsize=512)
def _check(xml: str) -> None:
    try:
        root = fragment(f"<content>{xml}</content>")
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        begin = f"{masked(xml)!r:.80}"
        raise XmlError(f"content that is not well-formed XML: {error}; it begins with {begin}") from error
    if "&" in xml and any(child.tag is etree.Entity for child in root.iter()):
        raise XmlError(f"content with an entity reference, which nothing declares: {masked(xml)!r:.80}")
