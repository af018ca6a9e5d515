"""Text to lxml elements, with no way out of the text itself.

There are two ways to read. The quick one drops white space between elements and comments while parsing, which
saves the decoder much of its work. The exact one keeps everything, for documents with free XML in them.
"""

from __future__ import annotations

import re
import threading
from typing import Any, cast

from lxml import etree

from virtsdk.errors import XmlError
from virtsdk.xml._limits import above, hold, is_huge, is_small, limits


class Inexact(Exception):
    """A quickly read document turns out to have free XML, and has to be read exactly."""


class _Parsers(threading.local):
    """Parsers of a thread, since lxml locks a parser while it works.

    By whether white space between elements is dropped, comments are, what is read is text, limits are raised.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[bool, bool, bool, bool], etree.XMLParser] = {}

    def get(self, *, blanks: bool, comments: bool, text: bool, huge: bool) -> etree.XMLParser:
        """Give the parser of a kind, made on first use."""
        key = blanks, comments, text, huge
        parser = self._made.get(key)
        if parser is None:
            # collect_ids=False is no option: libxml2 then loads what a document type declaration names
            self._made[key] = parser = etree.XMLParser(
                encoding="utf-8" if text else None,
                remove_blank_text=not blanks,
                remove_comments=not comments,
                remove_pis=not comments,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=huge,
            )
        return parser

    def is_quick(self, parser: Any) -> bool:
        """Tell whether a parser drops comments and white space."""
        return any(made is parser for (blanks, *_), made in self._made.items() if not blanks)


_parsers = _Parsers()

_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ASCII = re.compile(rb"utf-8|us-ascii|ascii|iso-?8859-\d+|latin-?1|windows-125\d|koi8-[ru]", re.IGNORECASE)


def read(text: str | bytes, *, exact: bool | None = None) -> Any:
    """Parse text to lxml's root element.

    Parameters
    ----------
    text
        The document.
    exact
        Keep comments and white space; None keeps them where the document seems to have free XML.

    Raises
    ------
    XmlError
        Not well-formed, above one of `virtsdk.xml.limits`, or with entities of its own; with line and column.
    TypeError
        Neither text nor bytes.
    """
    if isinstance(text, str):
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            line, column = position(text, error.start)
            raise XmlError(
                f"not a character of XML: {text[error.start]!r}", line=line, column=column
            ) from None
        plain = is_text = True
    elif isinstance(text, (bytes, bytearray, memoryview)):
        data = bytes(text)
        plain, is_text = _is_plain(data), False
    else:
        raise TypeError(f"XML must be text or bytes, not {type(text).__name__}")
    small = plain and is_small(len(data))
    if not small:
        hold(data, plain=plain)
    quick = not exact if exact is not None else b"<metadata" not in data
    begins_with_root = data[:1] == b"<" and data[1:2] not in (b"?", b"!")
    typed = not plain or (not begins_with_root and b"<!DOCTYPE" in data)
    huge = is_huge()
    if huge and typed:
        message = (
            "a document type declaration, or an encoding other than UTF-8, is not read with raised limits"
        )
        raise XmlError(message, line=1, column=1)
    try:
        root = etree.fromstring(
            data, _parsers.get(blanks=not quick, comments=not quick, text=is_text, huge=huge)
        )
    except etree.XMLSyntaxError as error:
        raise _not_read(error) from None
    if not small and (not plain or data.count(b"=") > limits.attributes):
        _not_crowded(root)
    if typed:
        _no_entities(root, text)
    return root


def is_quick(element: Any) -> bool:
    """Tell whether an element comes from a document that was read quickly."""
    return _parsers.is_quick(element.getroottree().parser)


def fragment(xml: str, *, blanks: bool = True, comments: bool = True) -> Any:
    """Parse an element that stands on its own and was read before.

    Parameters
    ----------
    xml
        The element.
    blanks, comments
        Keep white space between elements, and comments and processing instructions.

    Raises
    ------
    lxml.etree.XMLSyntaxError, UnicodeEncodeError
        Not well-formed.
    """
    return etree.fromstring(
        xml.encode(), _parsers.get(blanks=blanks, comments=comments, text=True, huge=is_huge())
    )


def write(element: Any) -> str:
    """Give an element of what was read as text, without what follows it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)


def misplaced(root: Any, text: str | bytes, message: str) -> XmlError:
    """Make the error for a root element that is not the expected one."""
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    local = etree.QName(root).localname
    found = re.search(rf"<(?:[^\s<>:!?/]+:)?{re.escape(local)}[\s/>]", shown)
    line, column = position(shown, found.start() if found else 0)
    return XmlError(message, line=line, column=column)


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _is_plain(data: bytes) -> bool:
    """Tell whether ASCII characters of the markup are bytes of the data: not so in UTF-16 or UTF-7."""
    begin = data[:2]
    if begin[:1] == b"<" and begin not in (b"<?", b"<\0"):
        return True
    if begin == b"<?" or data[:3] == b"\xef\xbb\xbf":
        declared = _DECLARED.match(data)
        return declared is None or _ASCII.fullmatch(declared[1]) is not None
    return begin[:1] in (b" ", b"\t", b"\r", b"\n") and b"\0" not in begin


def _not_read(error: etree.XMLSyntaxError) -> XmlError:
    line, column = error.position
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        what, name = "one text or tag has more bytes", "text"
        if "depth" in (error.msg or ""):
            what, name = "the document nests more elements", "depth"
        return above(what, name, line=line, column=column)
    said = (error.msg or "").partition(", line ")[0].strip()
    return XmlError(f"not well-formed XML: {said}", line=line, column=column)


def _not_crowded(root: Any) -> None:
    crowded = cast("list[Any]", root.xpath(f"//*[@*[{limits.attributes + 1}]]"))
    if crowded:
        raise above("an element has more attributes", "attributes", line=crowded[0].sourceline)


def _no_entities(root: Any, text: str | bytes) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and (dtd.system_url or next(dtd.iterentities(), None) is not None):
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        line, column = position(shown, max(shown.find("<!DOCTYPE"), 0))
        message = "the document type declares entities or an external part, which are never read"
        raise XmlError(message, line=line, column=column)
