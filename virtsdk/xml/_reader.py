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

MAX_BYTES = 32 * 1024**2
"""The largest document that is read. libvirt itself moves no string above 4 MiB between client and daemon."""

MAX_ATTRIBUTES = 1000
"""The most attributes of one element: libxml2 takes a time that grows with their square."""


class Inexact(Exception):
    """A quickly read document turns out to have free XML, and has to be read exactly."""


def _parser(encoding: str | None, *, quick: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        remove_blank_text=quick,
        remove_comments=quick,
        remove_pis=quick,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        collect_ids=False,
    )


class _Parsers(threading.local):
    """lxml locks a parser while it works, so each thread has its own: by quick or exact, text or bytes."""

    def __init__(self) -> None:
        self.text = (_parser("utf-8", quick=False), _parser("utf-8", quick=True))
        self.bytes = (_parser(None, quick=False), _parser(None, quick=True))


_parsers = _Parsers()


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
        Not well-formed, too large, or with entities of its own; with line and column.
    TypeError
        Neither text nor bytes.
    """
    parsers = _parsers.bytes
    if isinstance(text, str):
        parsers = _parsers.text
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            line, column = position(text, error.start)
            raise XmlError(
                f"not a character of XML: {text[error.start]!r}", line=line, column=column
            ) from None
    elif isinstance(text, (bytes, bytearray, memoryview)):
        data = bytes(text)
    else:
        raise TypeError(f"XML is text or bytes, not {type(text).__name__}")
    if len(data) > MAX_BYTES:
        message = f"the document has {len(data)} bytes, more than the {MAX_BYTES} that are read"
        raise XmlError(message, line=1, column=1)
    quick = not exact if exact is not None else b"<metadata" not in data
    try:
        root = etree.fromstring(data, parsers[quick])
    except etree.XMLSyntaxError as error:
        line, column = error.position
        said = (error.msg or "").partition(", line ")[0].strip()
        raise XmlError(f"not well-formed XML: {said}", line=line, column=column) from None
    if len(data) > 10 * MAX_ATTRIBUTES:
        _not_crowded(root)
    if b"<!DOCTYPE" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        _no_entities(root, text)
    return root


def is_quick(element: Any) -> bool:
    """Tell whether an element comes from a document that was read quickly."""
    parser = element.getroottree().parser
    return parser is _parsers.text[True] or parser is _parsers.bytes[True]


def compact(xml: str) -> str:
    """Write an element again without comments and white space between elements."""
    return etree.tostring(etree.fromstring(xml.encode(), _parsers.text[True]), encoding="unicode")


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


def _not_crowded(root: Any) -> None:
    crowded = cast("list[Any]", root.xpath(f"//*[@*[{MAX_ATTRIBUTES + 1}]]"))
    if crowded:
        line = crowded[0].sourceline
        raise XmlError(f"an element with more than {MAX_ATTRIBUTES} attributes", line=line, column=1)


def _no_entities(root: Any, text: str | bytes) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and (dtd.system_url or next(dtd.iterentities(), None) is not None):
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        line, column = position(shown, max(shown.find("<!DOCTYPE"), 0))
        message = "the document type declares entities or an external part, which are never read"
        raise XmlError(message, line=line, column=column)
