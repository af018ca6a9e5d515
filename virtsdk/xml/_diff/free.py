"""Free XML and what a document says beyond the schema, as they compare.

White space between elements, comments, the order of attributes and the choice of prefixes mean nothing;
libvirt indents metadata anew. White space in a text is part of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from virtsdk.model import Extras, Model
from virtsdk.xml._reader import fragment
from virtsdk.xml._text import SPACE

_PRESERVE = "{http://www.w3.org/XML/1998/namespace}space"


@lru_cache(maxsize=512)
def tree(xml: str) -> Hashable:
    """Read what stands between the tags of an element whose parts are in no order, such as ``<metadata>``.

    Text that is no XML stands for itself.
    """
    try:
        root = fragment(f"<content>{xml}</content>", comments=False)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return xml.strip(SPACE)
    _, _, text, children = _element(root)
    return ("".join(text).strip(SPACE), frozenset(Counter(children).items()))


def _element(element: Any) -> tuple[str, frozenset[tuple[str, str]], tuple[str, ...], tuple[Hashable, ...]]:
    children = list(element)
    texts = (element.text or "", *(child.tail or "" for child in children))
    between = len(children) > 0 and not any(text.strip(SPACE) for text in texts)
    if between and element.get(_PRESERVE) != "preserve":
        texts = ()
    return str(element.tag), frozenset(element.items()), texts, tuple(_element(child) for child in children)


def beyond(model: Model, extras: Extras) -> frozenset[Hashable]:
    """Read what a document says at one element beyond the schema; empty where that is nothing."""
    return frozenset(_entries(extras) | _leaves(model, extras))


def _entries(extras: Extras) -> set[Hashable]:
    found: set[Hashable] = {("attribute", name, value) for name, value in extras.attributes.items()}
    elements = tuple(tree(stray.xml) for stray in extras.content if stray.xml.startswith("<"))
    text = "".join(stray.xml.strip(SPACE) for stray in extras.content if not stray.xml.startswith("<"))
    if elements:
        found.add(("elements", elements))
    if text:
        found.add(("text", text))
    return found


def _leaves(model: Model, extras: Extras) -> set[Hashable]:
    """Extras of plain-text children, by the field and, in a list, the text that carries it."""
    found: set[Hashable] = set()
    for name in {leaf.field for leaf in extras.leaves}:
        value: Any = getattr(model, name, None)
        if isinstance(value, list):
            texts = cast("list[object]", value)
            carried = [(str(texts[place]), leaf) for place, leaf in extras.of_items(name, texts).items()]
        else:
            leaf = extras.of(name)
            carried = [("", leaf)] if leaf is not None and value is not None else []
        found.update(("leaf", name, carrier, entry) for carrier, leaf in carried for entry in _entries(leaf))
    return found
