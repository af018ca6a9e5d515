"""libvirt's XML to models and back: `parse` and `render`.

What is kept: every element, attribute, text and namespace, the order of siblings of one name, and the content
of free XML (``<metadata>``) to the character. What the model's class does not know stays in ``extras`` and is
written back in its place; `virtsdk.xml.extras` lists it. What is dropped: comments and processing
instructions outside free XML, white space between elements, and a document type declaration.
"""

from __future__ import annotations

import re
import threading
from importlib import import_module
from typing import Any, TypeVar, cast, overload

from lxml import etree

from virtsdk.errors import XmlError
from virtsdk.model import Model
from virtsdk.xml import _check, _text
from virtsdk.xml._decoder import decoder
from virtsdk.xml._encoder import encoder
from virtsdk.xml._fields import describe

M = TypeVar("M", bound=Model)

MAX_BYTES = 32 * 1024**2
"""The largest document that is read. libvirt itself moves no string above 4 MiB between client and daemon."""


MAX_ATTRIBUTES = 1000
"""The most attributes of one element: libxml2 takes a time that grows with their square."""


class _Parsers(threading.local):
    """lxml locks a parser while it works, so each thread has its own: for text, and for bytes."""

    def __init__(self) -> None:
        self.text = _parser("utf-8")
        self.bytes = _parser(None)


def _parser(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False
    )


_parsers = _Parsers()


@overload
def parse(text: str | bytes, cls: type[M]) -> M: ...
@overload
def parse(text: str | bytes, cls: None = None) -> Model: ...
def parse(text: str | bytes, cls: type[Model] | None = None) -> Model:
    """Read a libvirt document, or a part of one, into its model.

    Every well-formed document can be read, also one that the schema rejects: what is missing stays None, and
    what is not known stays in `Model.extras`.

    Parameters
    ----------
    text
        The XML. Bytes are decoded as their XML declaration says, UTF-8 without one.
    cls
        The class to read it as, such as ``Disk``. Without it the root element decides, as in `root_class`.

    Returns
    -------
    Model
        An instance of `cls`.

    Raises
    ------
    XmlError
        Not well-formed, larger than 32 MiB, nested too deeply, with entities of its own, or the root element
        is not the one of `cls`; with line and column. Nothing is ever read from the network or from files.

    Examples
    --------
    >>> from virtsdk import xml
    >>> domain = xml.parse("<domain type='test'><name>web1</name></domain>")
    >>> domain.name
    'web1'
    """
    root = read(text)
    if cls is None:
        cls = root_class(root)
    else:
        expected = describe(cls).root
        if root.tag != expected:
            raise _misplaced(root, text, f"{cls.__name__} is read from <{expected}>, not from <{root.tag}>")
    try:
        return decoder(cls)(root)
    except RecursionError:
        raise XmlError(
            f"the document nests elements too deeply to be read as {cls.__name__}", line=1, column=1
        ) from None


def render(model: Model, *, pretty: bool = True) -> str:
    """Write a model as XML.

    Parameters
    ----------
    model
        Any model whose class has an element name: a document, a device, a part.
    pretty
        One element a line, indented; else all in one line.

    Returns
    -------
    str
        XML without a declaration, ready for libvirt. Fields are written in the schema's order.

    Raises
    ------
    TypeError
        A field holds what it cannot; the message names its path, such as ``devices.disks[1].source``.
    XmlError
        A text that XML has no form for, or free XML that is not well-formed.

    Examples
    --------
    >>> from virtsdk import xml
    >>> print(xml.render(xml.parse("<domain type='test'><name>web1</name></domain>")))
    <domain type="test">
      <name>web1</name>
    </domain>
    """
    cls = type(model)
    key = describe(cls).root
    if not key:
        raise TypeError(f"{cls.__name__} has no element name of its own: render the model that holds it")
    try:
        text = _quick(model, key, "\n" if pretty else "")
        return text if text is not None else _escaping(model, key, "\n" if pretty else "")
    except RecursionError:
        raise XmlError(
            f"{cls.__name__} nests too deeply, or holds itself, so that it cannot be written"
        ) from None


def _quick(model: Model, key: str, indent: str) -> str | None:
    """Write a model whose values need no escaping; None where one does."""
    pieces: list[str] = []
    values: list[str] = []
    try:
        encoder(type(model), key, escaping=False)(model, pieces.append, values.append, pieces, indent)
        return "".join(pieces) if _text.is_plain("".join(values)) else None
    except (TypeError, XmlError):
        return None


def _escaping(model: Model, key: str, indent: str) -> str:
    pieces: list[str] = []
    try:
        encoder(type(model), key, escaping=True)(model, pieces.append, None, pieces, indent)
    except (TypeError, XmlError) as error:
        _check.explain(model, error)
        raise
    return "".join(pieces)


def root_class(root: Any) -> type[Model]:
    """Choose the class for a root element by `virtsdk.models.ROOTS` and the rules of `AMBIGUOUS`.

    Raises
    ------
    XmlError
        No document or device of libvirt begins with that element.
    """
    models = import_module("virtsdk.models")
    name = root.tag
    if name == "interface" and root.get("name") is not None and "host_interface" in models.ROOTS:
        name = "host_interface"
    where = models.ROOTS.get(name)
    if where is None:
        raise XmlError(
            f"no libvirt document or device begins with <{root.tag}>", line=root.sourceline, column=1
        )
    module, _, cls = where.partition(":")
    return getattr(import_module(f"virtsdk.models.{module}"), cls)


def read(text: str | bytes) -> Any:
    """Parse text to lxml's root element, with no way out of the text itself.

    Raises
    ------
    XmlError
        Not well-formed, too large, or with entities of its own.
    """
    parser = _parsers.bytes
    if isinstance(text, str):
        parser = _parsers.text
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            line, column = _position(text, error.start)
            raise XmlError(
                f"not a character of XML: {text[error.start]!r}", line=line, column=column
            ) from None
    else:
        data = bytes(text)
    if len(data) > MAX_BYTES:
        raise XmlError(
            f"the document has {len(data)} bytes, more than the {MAX_BYTES} that are read", line=1, column=1
        )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise XmlError(f"not well-formed XML: {error.msg}", line=line, column=column) from None
    if len(data) > 10 * MAX_ATTRIBUTES:
        crowded = cast("list[Any]", root.xpath(f"//*[@*[{MAX_ATTRIBUTES + 1}]]"))
        if crowded:
            line = crowded[0].sourceline
            raise XmlError(f"an element with more than {MAX_ATTRIBUTES} attributes", line=line, column=1)
    if b"<!DOCTYPE" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        _no_entities(root, text)
    return root


def _no_entities(root: Any, text: str | bytes) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and (dtd.system_url or next(dtd.iterentities(), None) is not None):
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        line, column = _position(shown, max(shown.find("<!DOCTYPE"), 0))
        raise XmlError(
            "the document type declares entities or an external part, which are never read",
            line=line,
            column=column,
        )


def _misplaced(root: Any, text: str | bytes, message: str) -> XmlError:
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    local = etree.QName(root).localname
    found = re.search(rf"<(?:[^\s<>:!?/]+:)?{re.escape(local)}[\s/>]", shown)
    line, column = _position(shown, found.start() if found else 0)
    return XmlError(message, line=line, column=column)


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
