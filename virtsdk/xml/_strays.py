"""Parts that the schema does not know: kept while reading, put back while writing.

These are the slow paths of the decoder; a canonical document never comes here.
"""

from __future__ import annotations

import re
import threading
from copy import copy
from functools import cache
from typing import Any

from lxml import etree

from virtsdk.model import Extras, Leaf, Model, Place, Stray
from virtsdk.model._extras import Item
from virtsdk.xml._fields import MADE_UP, PREFIXES, XmlClass, XmlField, describe
from virtsdk.xml._reader import Inexact, fragment, is_quick
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


def leaf(model: Any, element: Any, name: str, kept: str) -> str | None:
    """Read the text of an element that is plain text in the model; keep its attributes and children.

    An item of a list becomes an object of its own, to be known by; a word of an enumeration cannot.
    """
    text = lead(element)
    extras = Extras(attributes=dict(element.items()), content=_all(element))
    if extras.attributes or extras.content:
        if kept == "item":
            text = Item(text or "")
        _extras(model).leaves.append(Leaf(name, None if kept == "text" else text or "", extras))
    return text


def free(element: Any) -> str:
    """Read the content of an element as XML text, to the character."""
    if is_quick(element):
        raise Inexact
    parts = [in_element(element.text or "")]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(alone(child, exact=True))
        else:
            parts.append(etree.tostring(child, encoding="unicode"))
    return "".join(parts)


@cache
def _order(cls: type[Model]) -> dict[str, tuple[int, XmlField]]:
    """Number the child elements of a class by name, in the order in which they are written."""
    return {
        one.key: (number, each)
        for number, each in enumerate(describe(cls).elements)
        for one in each.choices or (each,)
    }


def content(model: Any, element: Any, xml: XmlClass) -> None:
    """Keep the unknown children and stray text of an element, each with its place.

    A place follows the furthest sibling before it, in the order in which siblings are written; so unknown
    parts stay in their order, and the second of what the model holds once stays behind the first.
    """
    order = _order(xml.cls)
    seen: dict[int, int] = {}
    decides: str | None = None
    furthest: tuple[int, int] = (-1, 0)
    found = _Found()
    quick = is_quick(element)

    def keep(text: str) -> None:
        found.keep(Place(xml.elements[furthest[0]].name, furthest[1]) if furthest[0] >= 0 else None, text)

    first_text = element.text or ""
    if xml.text is None and first_text.strip(SPACE):
        keep(in_element(first_text))
    started = False
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            started = True
            number, known = order.get(tag, (-1, None))
            if known is not None and xml.first_decides:
                decides = decides or tag
                known = known if tag == decides else None
            if known is not None:
                position = seen.get(number, 0)
                furthest = max(furthest, (number, position if known.many else 0))
                seen[number] = position + 1
            if known is None or (not known.many and seen[number] > 1):
                keep(alone(child, quick=quick))
        tail = child.tail or ""
        if (started or xml.text is None) and tail.strip(SPACE):
            keep(in_element(tail))
    if found.parts:
        _extras(model).content = found.strays()


def _all(element: Any) -> list[Stray]:
    found = _Found()
    quick = is_quick(element)
    for child in element:
        if isinstance(child.tag, str):
            found.keep(None, alone(child, quick=quick))
        if found.parts and (child.tail or "").strip(SPACE):
            found.keep(None, in_element(child.tail))
    return found.strays()


class _Found:
    """Elements and texts in their order; texts that only a comment parts are one."""

    def __init__(self) -> None:
        self.parts: list[tuple[Place | None, list[str]]] = []

    def keep(self, after: Place | None, text: str) -> None:
        """Add an element or a text."""
        if self.parts and not text.startswith("<"):
            place, pieces = self.parts[-1]
            if place == after and not pieces[0].startswith("<"):
                pieces.append(text)
                return
        self.parts.append((after, [text]))

    def strays(self) -> list[Stray]:
        """Give what was found."""
        return [Stray(after, "".join(pieces)) for after, pieces in self.parts]


# --- elements that stand on their own ------------------------------------------------------------------

_BEFORE_COLON = re.compile(r"(?<![\w.-])[\w.-]+(?=:)")
_BLANK = re.compile(rf">[{SPACE}]+<")
_START = re.compile(r'<[^\s/>]+(?: xmlns(?::[^=]+)?="[^"]*")*')


class _Scopes(threading.local):
    """The namespaces that the elements of the document in hand declare; found when they are first needed."""

    root: Any = None

    def of(self, element: Any) -> dict[str, str]:
        """Give the namespaces in force at an element, by prefix."""
        root = element.getroottree().getroot()
        if self.root is not root:
            self._read(root)
        passed: list[Any] = []
        found: dict[str, str] = {}
        for above in (element, *element.iterancestors()):
            if above in self._whole:
                found = self._whole[above]
                break
            if above in self._own:
                passed.append(above)
        if len(self._whole) > _KEPT:
            self._whole.clear()
        for above in reversed(passed):
            found = self._whole[above] = found | self._own[above]
        return found

    def _read(self, root: Any) -> None:
        self.root = root
        self._own: dict[Any, dict[str, str]] = {}  # declared by an element
        self._whole: dict[Any, dict[str, str]] = {}  # in force at it; some of them, since they add up
        waiting: dict[str, str] = {}
        for event, what in etree.iterwalk(root, events=("start-ns", "start")):
            if event == "start-ns":
                waiting[what[0]] = what[1]
            elif waiting:
                self._own[what] = waiting
                waiting = {}

    def forget(self) -> None:
        """Let go of the document."""
        if self.root is not None:
            self.root = None
            self._own, self._whole = {}, {}


_KEPT = 512
_scopes = _Scopes()
forget = _scopes.forget


def alone(element: Any, *, quick: bool = False, exact: bool = False) -> str:
    """Write an element so that it stands on its own, with the namespaces from above that it uses.

    These are those of its names, and those whose prefix stands before a colon: a value may be a name too. A
    prefix that the encoder declares by itself is no sign of that.
    """
    copied = copy(element)  # all of it, in lxml; with the namespaces of its names
    text = etree.tostring(copied, encoding="unicode", with_tail=exact)
    if not exact and not (quick and _BLANK.search(text) is None):
        text = etree.tostring(fragment(text, blanks=False, comments=False), encoding="unicode")
    prefixes = set(_BEFORE_COLON.findall(text)) - copied.nsmap.keys() if ":" in text else ()
    if prefixes:
        above = _scopes.of(element)
        missing = [
            f' xmlns:{prefix}="{in_attribute(above[prefix])}"'
            for prefix in sorted(prefixes & above.keys())
            if PREFIXES.get(above[prefix]) != prefix and not prefix.startswith(MADE_UP)
        ]
        start = _START.match(text)
        end = start.end() if start else 0
        text = f"{text[:end]}{''.join(missing)}{text[end:]}"
    return text


def _extras(model: Model) -> Extras:
    if model.extras is None:
        model.extras = Extras()
    return model.extras
