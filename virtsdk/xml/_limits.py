"""Sizes above which a document is refused before it costs time or memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from lxml import etree

from virtsdk.errors import XmlError


@dataclass(slots=True)
class Limits:
    """The most of each that `virtsdk.xml` reads in one document.

    A document above a limit raises an `XmlError` that names it. To read such a document, assign a larger
    number: ``xml.limits.elements = 1_000_000``. The limits hold for the whole process.

    Attributes
    ----------
    bytes
        Length of the document. libvirt itself moves no string above 4 MiB between client and daemon.
    elements
        Elements in the document. The largest ones of libvirt, capabilities of hosts with thousands of CPUs,
        have some ten thousand.
    depth
        Elements inside each other. libvirt follows a chain of at most 200 backing files. With a larger limit
        a document type declaration is refused; Python's recursion limit is the end.
    attributes
        Attributes of one element.
    namespaces
        Namespaces that are in force at one element.
    text
        Length of one text or tag, in bytes. With a larger limit a document type declaration is refused.

    Examples
    --------
    >>> from virtsdk import xml
    >>> xml.limits.depth
    256
    """

    bytes: int = 32 * 1024**2
    elements: int = 200_000
    depth: int = 256
    attributes: int = 1000
    namespaces: int = 500
    text: int = 10_000_000

    def __setattr__(self, name: str, value: object) -> None:
        known = [each.name for each in fields(self)]
        if name not in known:
            raise AttributeError(f"unknown limit {name!r}; known limits: {', '.join(known)}")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"xml.limits.{name} must be a whole number above 0, not {value!r}")
        object.__setattr__(self, name, value)


limits = Limits()
"""The limits in force."""

_OWN_DEPTH, _OWN_TEXT = limits.depth, limits.text  # libxml2's, unless it is told that documents are huge
_PIECE = 64 * 1024
_SHORTEST = 4  # bytes of an element: <a/>


def is_huge() -> bool:
    """Tell whether a limit is above what libxml2 reads of its own accord."""
    return limits.depth > _OWN_DEPTH or limits.text > _OWN_TEXT


def is_small(length: int) -> bool:
    """Tell whether a document of that many bytes cannot be above any limit that libxml2 does not hold."""
    return (
        length < 5 * limits.attributes  # as short as they are: _a=""
        and length < 11 * limits.namespaces  # _xmlns:a=""
        and length < _SHORTEST * limits.elements
        and length <= limits.bytes
        and limits.depth == _OWN_DEPTH
    )


def hold(data: bytes, *, plain: bool) -> None:
    """Refuse a document above the limits of size.

    A look at the bytes is enough for nearly all documents; the others are read without building anything, up
    to the first limit that is passed. The limit of text is the parser's business.

    Parameters
    ----------
    data
        The document.
    plain
        Whether the markup's characters are bytes of the data, as in UTF-8.

    Raises
    ------
    XmlError
        Above a limit. What is not well-formed is left to the parser.
    """
    length = len(data)
    if length > limits.bytes:
        raise above(f"the document has {length} bytes, more", "bytes")
    if plain and limits.depth == _OWN_DEPTH and data.count(b"xmlns") <= limits.namespaces:
        if length < _SHORTEST * limits.elements:
            return
        elements = data.count(b"<") - data.count(b"</") - data.count(b"<!") - data.count(b"<?")
        if elements <= limits.elements:
            return
    target = cast("Any", _Counter())
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, huge_tree=is_huge())
    try:
        for start in range(0, length, _PIECE):
            parser.feed(data[start : start + _PIECE])
        parser.close()
    except etree.XMLSyntaxError:
        return  # the parser says it better


def above(what: str, name: str, *, line: int = 1, column: int = 1) -> XmlError:
    """Make the error for a document above a limit; it says how to raise it."""
    most = getattr(limits, name)
    message = f"{what} than the {most} that are read; raise virtsdk.xml.limits.{name} to read it"
    return XmlError(message, line=line, column=column)


class _Counter:
    """A target for lxml's parser that builds nothing and stops at the first limit that is passed."""

    def __init__(self) -> None:
        self._elements = 0
        self._namespaces = [0]  # in force, for each open element

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str, str]) -> None:
        """Count an element."""
        self._elements += 1
        self._namespaces.append(self._namespaces[-1] + len(namespaces))
        if self._elements > limits.elements:
            raise above("the document has more elements", "elements")
        if len(self._namespaces) - 1 > limits.depth:
            raise above("the document nests more elements", "depth")
        if self._namespaces[-1] > limits.namespaces:
            raise above("an element is below more namespaces", "namespaces")

    def end(self, tag: str) -> None:
        """Leave an element."""
        self._namespaces.pop()

    def close(self) -> None:
        """End the document."""
