"""What the schema does not know: kept while reading, put back while writing.

These are the slow paths of the decoder; a canonical document never comes here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from virtsdk.model import Extras, Model, Place, Stray
from virtsdk.xml._fields import XmlClass
from virtsdk.xml._reader import Inexact, compact, is_quick
from virtsdk.xml._text import SPACE, in_attribute, in_element


def attribute(model: Any, name: str, value: str) -> None:
    """Keep an unknown attribute."""
    _extras(model).attributes[name] = value


def lead(element: Any) -> str | None:
    """Read the text before the first child element, across comments; no white space before an element."""
    parts: list[str] = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            if not "".join(parts).strip(SPACE):
                return None
            break
        parts.append(child.tail or "")
    return "".join(parts) or None


def leaf(model: Any, element: Any, name: str, position: int) -> None:
    """Keep attributes, children and the text behind them of an element that is plain text in the model."""
    extras = Extras(attributes=dict(element.items()), content=_all(element))
    if extras.attributes or extras.content:
        _extras(model).leaves[Place(name, position)] = extras


def free(element: Any) -> str | None:
    """Read the content of an element as XML text, to the character."""
    if is_quick(element):
        raise Inexact
    parts = [in_element(element.text or "")]
    parts += [_alone(child, element.nsmap, exact=True) for child in element]
    return "".join(parts) or None


def content(model: Any, element: Any, xml: XmlClass) -> None:
    """Keep the unknown children and stray text of an element, each with its place.

    A place follows the furthest sibling before it, in the order in which siblings are written; so unknown
    parts stay in their order, and the second of what the model holds once stays behind the first.
    """
    order = {each.key: (number, each) for number, each in enumerate(xml.elements)}
    seen: dict[str, int] = {}
    furthest: tuple[int, int] = (-1, 0)
    found: list[Stray] = []

    def keep(text: str) -> None:
        _keep(found, Place(xml.elements[furthest[0]].name, furthest[1]) if furthest[0] >= 0 else None, text)

    above: dict[str | None, str] = element.nsmap
    first_text = element.text or ""
    if xml.text is None and first_text.strip(SPACE):
        keep(in_element(first_text))
    started = False
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            started = True
            number, known = order.get(tag, (-1, None))
            if known is not None:
                position = seen.get(tag, 0)
                furthest = max(furthest, (number, position if known.many else 0))
                seen[tag] = position + 1
            if known is None or (not known.many and seen[tag] > 1):
                keep(_alone(child, above))
        tail = child.tail or ""
        if (started or xml.text is None) and tail.strip(SPACE):
            keep(in_element(tail))
    if found:
        _extras(model).content = found


def _all(element: Any) -> list[Stray]:
    found: list[Stray] = []
    for child in element:
        if isinstance(child.tag, str):
            _keep(found, None, _alone(child, element.nsmap))
        if found and (child.tail or "").strip(SPACE):
            _keep(found, None, in_element(child.tail))
    return found


def _keep(found: list[Stray], after: Place | None, text: str) -> None:
    """Add an element or a text; texts that only a comment parts are one."""
    if found and found[-1].after == after and not text.startswith("<") and not found[-1].xml.startswith("<"):
        text = found.pop().xml + text
    found.append(Stray(after, text))


def _alone(element: Any, above: Mapping[str | None, str], *, exact: bool = False) -> str:
    """Write an element so that it stands on its own: with the namespaces from above that its names use."""
    text = etree.tostring(element, encoding="unicode", with_tail=exact)
    for prefix, uri in above.items():
        if prefix is not None and f"{prefix}:" not in text:
            text = text.replace(f' xmlns:{prefix}="{in_attribute(uri)}"', "", 1)
    return text if exact else compact(text)


def _extras(model: Model) -> Extras:
    if model.extras is None:
        model.extras = Extras()
    return model.extras
