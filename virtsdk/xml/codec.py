"""libvirt's XML to models and back: `parse` and `render`.

What is kept: every element, attribute, text and namespace, the order of siblings of one name and, where
libvirt heeds it, of different names, and the content of free XML (``<metadata>``) to the character. What
the model's class does not know stays in ``extras`` and is written back in its place; `virtsdk.xml.extras`
lists it. What is dropped: comments and processing instructions outside free XML, white space between
elements, and a document type declaration. Nothing is ever opened because a document names it.
"""

from __future__ import annotations

import gc
from functools import cache
from importlib import import_module
from typing import Any, TypeVar, overload

from virtsdk.errors import XmlError
from virtsdk.errors.frames import shows_no_variables
from virtsdk.model import Model, settle
from virtsdk.xml import _check, _strays, _text
from virtsdk.xml._decoder import decoder
from virtsdk.xml._encoder import encoder
from virtsdk.xml._fields import describe, root_name
from virtsdk.xml._reader import Inexact, misplaced, read

M = TypeVar("M", bound=Model)


@overload
def parse(text: str | bytes, cls: type[M]) -> M: ...
@overload
def parse(text: str | bytes, cls: None = None) -> Model: ...
@shows_no_variables
def parse(text: str | bytes, cls: type[Model] | None = None) -> Model:
    """Read a libvirt document, or a part of one, into its model.

    Every well-formed document can be read, also one that the schema rejects: what is missing stays None, and
    what is not known stays in ``extras``. Free XML (``<metadata>``) is kept to the character; elsewhere
    comments and white space between elements are dropped.

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
        Not well-formed, above one of `virtsdk.xml.limits`, with entities of its own, or the root element is
        not the one of `cls`; with line and column. Nothing is ever read from the network or from files.

    Notes
    -----
    The cyclic garbage collector is paused meanwhile: models hold no cycles, and in a loop it would look at
    all that are kept again and again.

    Examples
    --------
    >>> from virtsdk import xml
    >>> domain = xml.parse("<domain type='test'><name>web1</name></domain>")
    >>> domain.name
    'web1'
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _parse(text, cls)
    finally:
        if collecting:
            gc.enable()


_root_name = cache(root_name)


def _parse(text: str | bytes, cls: type[Model] | None) -> Model:
    root = read(text)
    if cls is None:
        cls = root_class(root, text)
    elif root.tag != (expected := (_root_name if isinstance(cls, type) else root_name)(cls)):
        raise misplaced(root, text, f"{cls.__name__} is read from <{expected}>, not from <{root.tag}>")
    try:
        return decoder(cls)(root)
    except Inexact:
        return decoder(cls)(read(text, exact=True))
    except RecursionError:
        raise XmlError(
            f"the document nests elements too deeply to be read as {cls.__name__}", line=1, column=1
        ) from None
    finally:
        _strays.forget()


@shows_no_variables
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
        try:
            text = _quick(model, key, "\n" if pretty else "")
        except (TypeError, XmlError):
            settle(model)  # a list may hold what stands for a model or a text
            text = None
        return text if text is not None else _escaping(model, key, "\n" if pretty else "")
    except RecursionError:
        raise XmlError(
            f"{cls.__name__} nests too deeply, or holds itself, so that it cannot be written"
        ) from None


def _quick(model: Model, key: str, indent: str) -> str | None:
    """Write a model whose values need no escaping; None where one does."""
    pieces: list[str] = []
    values: list[str] = []
    encoder(type(model), key, escaping=False)(model, pieces.append, values.append, pieces, indent)
    return "".join(pieces) if _text.is_plain("".join(values)) else None


def _escaping(model: Model, key: str, indent: str) -> str:
    pieces: list[str] = []
    try:
        encoder(type(model), key, escaping=True)(model, pieces.append, None, pieces, indent)
    except (TypeError, XmlError) as error:
        _check.explain(model, error)
        raise
    return "".join(pieces)


def root_class(root: Any, text: str | bytes) -> type[Model]:
    """Choose the class for a root element: by its name, as listed in `virtsdk.models.ROOTS`.

    A name that libvirt gives to several things means, where no class is given:

    ============= =====================================================================================
    ``interface`` with a ``name`` attribute a host interface (``InterfaceDef``), else a domain's device
    ``cpu``       a CPU definition on its own (``CpuDef``), not the CPU of a domain (``Cpu``)
    ``secret``    a secret object (``SecretDef``), not a reference to one
    ``disk``      a domain's device (``Disk``), not the disk of a snapshot, checkpoint or backup
    ``memory``    a domain's memory device (``MemoryDevice``), not its amount of memory (``Memory``)
    ============= =====================================================================================

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
