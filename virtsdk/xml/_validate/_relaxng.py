"""Rules as a RELAX NG grammar for libxml2, whose verdict libvirt itself goes by."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from virtsdk.xml._validate import _rules
from virtsdk.xml._validate._rules import Json, Rule

_lock = threading.Lock()
_GRAMMAR = (
    "<grammar xmlns='http://relaxng.org/ns/structure/1.0'"
    " datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>{}</grammar>"
)
_TAGS = {"&": "interleave", ",": "group", "|": "choice", "?": "optional", "*": "zeroOrMore", "+": "oneOrMore"}
_BARE = {"t": "<text/>", "e": "<empty/>", "!": "<notAllowed/>"}


@cache
def grammar(name: str) -> Any:
    """Return the validator of a class's document; None where the class has no rule of its own."""
    rule = _rules.root(name)
    return None if rule is None else _compile(rule.encoded)


def takes(rule: Rule, text: str, *, attribute: bool) -> bool:
    """Tell whether libxml2 takes a text as an attribute's value, or as an element's text, by the rule of it.

    The two differ: ``<choice><value>a</value><empty/></choice>`` takes any value of an attribute.
    """
    if rule.kind == "t":
        return True
    element = etree.Element("v", {"a": text} if attribute else None)
    if not attribute:
        element.text = text
    return not objection(_value(rule, attribute), element)


def objection(validator: Any, root: Any) -> str:
    """Return what libxml2 says against a document; nothing where it accepts it."""
    with _lock:  # a validator keeps the errors of its last run
        if validator.validate(root):
            return ""
        return "; ".join(dict.fromkeys(entry.message for entry in validator.error_log)) or "no reason given"


@cache
def _value(rule: Rule, attribute: bool) -> Any:
    return _compile(["<", "v", ["@", "a", rule.encoded] if attribute else rule.encoded])


def _compile(encoded: Json) -> Any:
    writer = _Writer()
    body = f"<start>{writer.pattern(encoded)}</start>"
    written = list[str]()
    while writer.todo:
        name = writer.todo.pop()
        content = writer.pattern(_rules.encoded_define(name))
        written.append(f"<define name={quoteattr(_ncname(name))}>{content}</define>")
    return etree.RelaxNG(etree.fromstring(_GRAMMAR.format(body + "".join(written))))


class _Writer:
    """Writes patterns; ``todo`` has the defines that they refer to and that are not written yet."""

    def __init__(self) -> None:
        self.todo: list[str] = []
        self._met: set[str] = set()

    def pattern(self, encoded: Json) -> str:
        match encoded:
            case str():
                if encoded not in self._met:
                    self._met.add(encoded)
                    self.todo.append(encoded)
                return f"<ref name={quoteattr(_ncname(encoded))}/>"
            case ["=", *texts]:
                values = "".join(f"<value>{escape(text)}</value>" for text in texts)
                return values if len(texts) == 1 else f"<choice>{values}</choice>"
            case ["<", name, content]:
                return f"<element>{_name(name)}{self.pattern(content)}</element>"
            case ["@", name, *content]:
                inner = "".join(map(self.pattern, content)) or "<text/>"
                return f"<attribute>{_name(name)}{inner}</attribute>"
            case ["d", kind, *rest]:
                facets = "".join(
                    f"<param name={quoteattr(name)}>{escape(value)}</param>"
                    for name, value in (rest or [[]])[0]
                )
                excepted = f"<except>{self.pattern(rest[1])}</except>" if rest[1:] else ""
                return f"<data type={quoteattr(kind)}>{facets}{excepted}</data>"
            case [kind, *parts]:
                bare = _BARE.get(kind)
                return bare or f"<{_TAGS[kind]}>{''.join(map(self.pattern, parts))}</{_TAGS[kind]}>"
            case _:
                raise TypeError(f"not a rule: {encoded!r}")


def _ncname(name: str) -> str:
    return name.replace("~", ".")


def _name(encoded: Json) -> str:
    if isinstance(encoded, str):
        namespace, closed, local = encoded.removeprefix("{").rpartition("}")
        return f"<name ns={quoteattr(namespace if closed else '')}>{escape(local)}</name>"
    excepted = "".join(map(_name, encoded.get("except", ())))
    inner = f"<except>{excepted}</except>" if excepted else ""
    namespace = encoded.get("namespace")
    return (
        f"<anyName>{inner}</anyName>"
        if namespace is None
        else f"<nsName ns={quoteattr(namespace)}>{inner}</nsName>"
    )
