"""Elements of applications in free XML: one is read, written or removed, and the rest stays to the byte.

Each is found by its namespace, as `virDomainSetMetadata` does. The text around it is never written anew.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import is_dataclass
from typing import Any, cast

from lxml import etree

from virtsdk.errors import XmlError
from virtsdk.model import FreeXml, Model, masked
from virtsdk.xml import _strays, _text
from virtsdk.xml._fields import root_name
from virtsdk.xml._reader import fragment, read
from virtsdk.xml.codec import parse, render

_PREFIX = re.compile(r"[^\W\d][\w.-]*")
_INDENTED = re.compile(r"\s*\n\s*")
_CLOSING = "\n  "  # before </metadata>, as documents are indented
_LEVEL = 2  # of an element in <metadata>
_TAG = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*>""", re.DOTALL
)


def get(free: Any, uri: str, cls: type[Any] | None) -> Any:
    """As `FreeXml.get`."""
    _check_uri(uri)
    if cls is not None and not (isinstance(cast("Any", cls), type) and is_dataclass(cls)):
        raise TypeError(f"cls must be a dataclass, not {cls!r:.80}")
    data, places = _find(free, uri)
    if not places:
        return None
    begin, end = places[0]
    element = fragment(data[begin:end])
    return element if cls is None else _typed(element, uri, cls)


def put(free: Any, uri: str, element: object, prefix: str | None) -> None:
    """As `FreeXml.set`."""
    _check_uri(uri)
    if prefix is not None and (
        not isinstance(cast("Any", prefix), str)
        or not _PREFIX.fullmatch(prefix)
        or prefix.lower().startswith("xml")
    ):
        raise ValueError(
            f"prefix must be a name without a colon that does not begin with xml, not {prefix!r}"
        )
    data, places = _find(free, uri)
    before = fragment(data[slice(*places[0])]).prefix if places else None
    made = is_dataclass(element)
    root = _named(_element(element, uri), uri, prefix, before)
    indented = not data.strip(_text.SPACE) or (bool(places) and _gap(data, places[0][0]) != places[0][0])
    if made and (indented or _INDENTED.search(data)):
        etree.indent(root, level=_LEVEL)
    text = _strays.alone(root, exact=True)
    if places:
        begin, end = places[0]
        after = _without(data[end:], [(start - end, stop - end) for start, stop in places[1:]])
        whole = data[:begin] + text + after
    elif data.strip(_text.SPACE):
        end = len(data.rstrip(_text.SPACE))
        gap = _before_last(data) if _is_markup(data[:end]) else ""
        whole = data[:end] + gap + text + data[end:]
    else:
        whole = _CLOSING + "  " + text + _CLOSING
    _text.content(whole)
    free._written().content = whole


def remove(free: Any, uri: str) -> bool:
    """As `FreeXml.remove`."""
    _check_uri(uri)
    data, places = _find(free, uri)
    if places:
        left = _without(data, places)
        free._written().content = left if left.strip(_text.SPACE) else ""
    return bool(places)


def bare(uri: str, element: object) -> tuple[str, str | None]:
    """Give an application's element as libvirt's own call takes it, and the prefix that its author gave it.

    That call puts the names that have no namespace into the application's, so those stand without a prefix.
    """
    _check_uri(uri)
    root = _named(_element(element, uri), uri, None, None)
    prefix = cast("str | None", root.prefix)
    for one in root.iter(etree.Element):
        name = etree.QName(one)
        if name.namespace == uri:
            one.tag = name.localname
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="unicode", with_tail=False), prefix


def _check_uri(uri: object) -> None:
    if not isinstance(uri, str) or not uri.strip():
        raise ValueError(f"uri must be the namespace of an application's element, not {uri!r:.80}")


# --- where an element stands


def _find(free: FreeXml, uri: str) -> tuple[str, list[tuple[int, int]]]:
    """Give the content, and where the elements of a namespace begin and end in it."""
    content = free._written().content or ""  # pyright: ignore[reportPrivateUsage]
    _text.content(content)
    return content, [(begin, end) for begin, end, namespace in _elements(content) if namespace == uri]


def _elements(content: str) -> list[tuple[int, int, str]]:
    """Tell where the outermost elements of some well-formed XML begin and end, with their namespaces."""
    places: list[tuple[int, int]] = []
    depth = begin = 0
    for found in _TAG.finditer(content):
        tag = found[0]
        if tag[1] in "!?":
            continue
        if tag[1] == "/":
            depth -= 1
        else:
            begin = begin if depth else found.start()
            depth += tag[-2] != "/"
        if not depth:
            places.append((begin, found.end()))
    root = fragment(f"<content>{content}</content>", comments=False)
    names = [etree.QName(each).namespace or "" for each in root]
    return [(*place, namespace) for place, namespace in zip(places, names, strict=True)]


def _gap(data: str, place: int) -> int:
    """Tell where the white space before an element begins; its own place where a text is before it."""
    begin = len(data[:place].rstrip(_text.SPACE))
    return begin if begin == 0 or _is_markup(data[:begin]) else place


def _is_markup(data: str) -> bool:
    """Tell whether some XML ends with a tag or a comment, not with text."""
    return data.endswith(">") and not data.endswith("]]>")


def _without(data: str, places: list[tuple[int, int]]) -> str:
    """Give some XML without some elements and the white space before each."""
    for begin, end in reversed(places):
        data = data[: _gap(data, begin)] + data[end:]
    return data


def _before_last(data: str) -> str:
    """Give the white space before the last element, for one more after it."""
    elements = _elements(data)
    if not elements:
        return ""
    begin = elements[-1][0]
    return data[_gap(data, begin) : begin]


# --- elements and what stands for them


def _element(given: Any, uri: str) -> Any:
    """Give an element of its own for what stands for one."""
    if is_dataclass(given) and not isinstance(given, type):
        return _untyped(given)
    if isinstance(given, str):
        return read(given, exact=True)
    if type(given).__module__ == "xml.etree.ElementTree" and hasattr(given, "iter"):
        return _of_the_same(given)
    if etree.iselement(given) and isinstance(given.tag, str):
        bare = copy(given)  # all of it, in lxml
        bare.tail = None
        for name, space in given.nsmap.items():  # a value may use a prefix that is declared further up
            if name and name not in bare.nsmap and _says(bare, name):
                bare = _below(bare, {name: space})
        return bare
    kinds = "an instance of a dataclass, an element, or XML text"
    raise TypeError(f"element must be {kinds}, not {type(given).__name__}")


def _of_the_same(given: Any) -> Any:
    """Make an element of lxml of one of ElementTree."""
    made = etree.Element(given.tag, dict(given.attrib))
    made.text = given.text
    for each in given:
        if isinstance(each.tag, str):  # no comments
            made.append(_of_the_same(each))
            made[-1].tail = each.tail
    return made


def _below(element: Any, others: dict[Any, str], tag: str = "") -> Any:
    """Give an element with namespaces of others declared."""
    made = etree.Element(tag or element.tag, nsmap=others | (element.nsmap if not tag else {}))
    made.attrib.update(element.attrib)
    made.text = element.text
    made.extend(list(element))
    return made


def _says(element: Any, prefix: str) -> bool:
    """Tell whether a value, which may be a name, uses a prefix."""
    return any(
        value is not None and f"{prefix}:" in value
        for each in element.iter(etree.Element)
        for value in (each.text, each.tail, *each.attrib.values())
    )


def _named(element: Any, uri: str, prefix: str | None, before: str | None) -> Any:
    """Give an element in its namespace, with its prefix."""
    name = etree.QName(element)
    if name.namespace not in (None, "", uri):
        raise ValueError(f"element is of the namespace {name.namespace!r}, not {uri!r}")
    wanted = prefix or before or element.prefix
    if name.namespace and element.prefix == wanted:
        return element
    others = {
        key: space
        for key, space in element.nsmap.items()
        if key and key != wanted and (space != uri or _says(element, key))
    }
    made = _below(element, {**others, wanted: uri}, f"{{{uri}}}{name.localname}")
    if not name.namespace:
        for each in made.iter(etree.Element):
            if not etree.QName(each).namespace:
                each.tag = f"{{{uri}}}{each.tag}"
    etree.cleanup_namespaces(made, keep_ns_prefixes=list(others))
    return made


def _typed(element: Any, uri: str, cls: type[Any]) -> Any:
    """Read an element as a dataclass."""
    what = f"<{element.tag}> is no {cls.__name__}"
    if issubclass(cls, Model):
        return parse(_bare(element, uri if not root_name(cls).startswith("{") else ""), cls)
    from xsdata.exceptions import ConverterWarning, ParserError
    from xsdata.formats.dataclass.context import XmlContext
    from xsdata.formats.dataclass.parsers import XmlParser
    from xsdata.formats.dataclass.parsers.config import ParserConfig

    context: Any = XmlContext()
    own = context.build(cls).namespace
    if own and own != uri:
        raise ValueError(f"{cls.__name__} is of the namespace {own!r}, not {uri!r}")
    name = getattr(getattr(cls, "Meta", None), "name", None)
    if name and name != etree.QName(element).localname:
        raise XmlError(f"{what}: that is read from <{name}>")
    strict = ParserConfig(fail_on_unknown_attributes=True, fail_on_converter_warnings=True)
    try:
        return XmlParser(context=context, config=strict).from_string(_bare(element, "" if own else uri), cls)
    except (ParserError, ConverterWarning, TypeError) as error:
        said = str(error).partition("\n")[0]
        said = said if "`" not in said or not isinstance(error, ConverterWarning) else said.split("`")[0]
        raise XmlError(f"{what}: {masked(said).strip() or 'a part that it requires is not there'}") from None


def _bare(element: Any, uri: str) -> str:
    """Write an element, with the names of a namespace without it."""
    for each in element.iter(etree.Element) if uri else ():
        name = etree.QName(each)
        if name.namespace == uri:
            each.tag = name.localname
    if uri:  # a namespace without a prefix would be that of all these names again
        etree.cleanup_namespaces(element, keep_ns_prefixes=[one for one in element.nsmap if one])
    return etree.tostring(element, encoding="unicode")


def _untyped(given: Any) -> Any:
    """Write an instance of a dataclass as an element."""
    if isinstance(given, Model):
        return fragment(render(given, pretty=False))
    from xsdata.formats.dataclass.serializers import XmlSerializer
    from xsdata.formats.dataclass.serializers.config import SerializerConfig

    serializer: Any = XmlSerializer(config=SerializerConfig(xml_declaration=False))
    return fragment(serializer.render(given))
