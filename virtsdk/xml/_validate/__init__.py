"""Tell whether a document is what libvirt's schema asks for, and if not, where not.

libvirt's RELAX NG gives the verdict, but its messages name no place ("Extra element devices in interleave").
The place comes from the XSD that this package ships, which accepts all that the RELAX NG accepts, and more.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from lxml import etree

from virtsdk.model import Model
from virtsdk.xml._fields import XmlField, describe
from virtsdk.xml._listing import Listing
from virtsdk.xml._reader import misplaced, read
from virtsdk.xml.codec import render, root_class

INSTALLED = Path("/usr/share/libvirt/schemas")
"""Where an installed libvirt keeps its RELAX NG."""

_GRAMMARS = {
    "DomainDef": "domain",
    "DomainSnapshotDef": "domainsnapshot",
    "DomainCheckpointDef": "domaincheckpoint",
    "DomainBackupDef": "domainbackup",
    "DomainCapabilities": "domaincaps",
    "Capabilities": "capability",
    "CpuDef": "cpu",
    "SysinfoDef": "sysinfo",
    "NetworkDef": "network",
    "NetworkPortDef": "networkport",
    "InterfaceDef": "interface",
    "StoragePoolDef": "storagepool",
    "StoragePoolCapabilities": "storagepoolcaps",
    "StorageVolumeDef": "storagevol",
    "NodeDeviceDef": "nodedev",
    "NWFilterDef": "nwfilter",
    "NWFilterBindingDef": "nwfilterbinding",
    "SecretDef": "secret",
}
_DEVICES = {
    "graphics": "graphic",
    "memory": "memorydev",
}  # where libvirt's define is not named as the element

_START = (
    "<grammar xmlns='http://relaxng.org/ns/structure/1.0'>"
    "<include href='{}'><start><ref name='{}'/></start></include></grammar>"
)
_ATTRIBUTE = re.compile(r"attribute (?P<name>[^\s=]+)=(?P<value>'.*?'|\".*?\"): (?P<why>.*)", re.DOTALL)
_UNKNOWN = re.compile(r"'?(?P<name>[^\s']+)'? attribute not allowed")
_MISSING = re.compile(r"missing required attribute '(?P<name>[^']+)'")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the schema does not allow.

    Attributes
    ----------
    path
        Where it is in the model, such as ``devices.disks[1].target.bus``; empty for the whole document.
    message
        What is wrong.
    expected
        What the schema asks for there; empty where that is not known.
    line
        The line in the text that was given, or in ``xml.render(model)``.
    """

    path: str
    message: str
    expected: str = ""
    line: int | None = None

    def cells(self) -> tuple[object, ...]:
        """Give the fields as a table's columns."""
        return self.path or "the document", self.line, self.message, self.expected

    def __str__(self) -> str:
        where = self.path or "the document"
        line = f" (line {self.line})" if self.line is not None else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        return f"{where}{line}: {self.message}{expected}"


def validate(
    document: Model | str | bytes, cls: type[Model] | None = None, *, relaxng: str | Path | None = INSTALLED
) -> list[Finding]:
    """Check a document or device against libvirt's schema.

    Parameters
    ----------
    document
        A model, or XML.
    cls
        What the XML is, where its root element does not tell.
    relaxng
        The directory of libvirt's RELAX NG files. Where it is not there, or None, the XSD that this package
        ships decides; it is a little more lenient, and of the libvirt that the models were made from.

    Returns
    -------
    list of Finding
        Empty where the schema accepts the document.

    Raises
    ------
    XmlError
        The text is not well-formed, or no document or device of libvirt.
    ValueError
        The class is a part of a document that has no schema of its own.

    Examples
    --------
    >>> from virtsdk import xml
    >>> for finding in xml.validate("<disk type='file'><target dev='vda' bus='virtoi'/></disk>"):
    ...     print(finding.path, finding.line, finding.message)
    target.bus 1 'virtoi' is not allowed, did you mean 'virtio'?
    """
    return Listing(_findings(document, cls, relaxng), "finding", ("path", "line", "message", "expected"))


def _findings(
    document: Model | str | bytes, cls: type[Model] | None, relaxng: str | Path | None
) -> list[Finding]:
    text = render(document) if isinstance(document, Model) else document
    root = read(text, exact=False)
    cls = type(document) if isinstance(document, Model) else cls or root_class(root, text)
    if root.tag != describe(cls).root:
        raise misplaced(root, text, f"{cls.__name__} is <{describe(cls).root}>, not <{root.tag}>")
    with _lock:  # a libxml2 validator keeps the errors of its last run
        said = _relaxng(root, cls, Path(relaxng)) if relaxng is not None else None
        if said == []:
            return []
        findings: dict[tuple[str, int | None], Finding] = {}
        for error in _xsd_errors(root, cls):
            finding = _finding(error, root, cls)
            findings.setdefault((finding.path, finding.line), finding)  # the first says it best
        if findings or said is None:
            return sorted(findings.values(), key=lambda finding: finding.line or 0)
        return list(_only_relaxng(root, cls, Path(cast("str | Path", relaxng)), said))


# --- the verdict ---------------------------------------------------------------------------------------


def _relaxng(root: Any, cls: type[Model], directory: Path) -> list[tuple[int, str]] | None:
    """Lines and messages of the RELAX NG validator; none where it accepts, None where there is no grammar."""
    grammar = _grammar(cls, root.tag, directory)
    if grammar is None or grammar.validate(root):
        return None if grammar is None else []
    return [(entry.line, entry.message) for entry in grammar.error_log] or [(0, "no reason given")]


def _grammar(cls: type[Model], tag: str, directory: Path) -> Any:
    name = _GRAMMARS.get(cls.__name__)
    if name is not None:
        path = directory / f"{name}.rng"
        return _load(path, "", path.stat().st_mtime_ns) if path.is_file() else None
    path = directory / "domain.rng"
    if not path.is_file() or cls.__module__ != "virtsdk.models.domain":
        return None
    try:
        return _load(path, _DEVICES.get(tag, tag), path.stat().st_mtime_ns)
    except etree.RelaxNGParseError:
        return None  # this libvirt has no such device, or names it otherwise


@cache
def _load(path: Path, define: str, changed: int) -> Any:
    if not define:
        return etree.RelaxNG(file=str(path))
    start = _START.format(path.name, define).encode()
    return etree.RelaxNG(etree.fromstring(start, base_url=str(path.with_name("start.rng"))))


# --- the place -----------------------------------------------------------------------------------------


@cache
def _xsd(module: str) -> Any:
    import xmlschema  # half a second, and only for documents with a fault

    path = resources.files("virtsdk.xml").joinpath("xsd", f"{module}.xsd")
    return xmlschema.XMLSchema11(str(path), allow="local", defuse="never", build=True)


def _xsd_errors(root: Any, cls: type[Model]) -> Iterator[Any]:
    module = cls.__module__.rpartition(".")[2]
    schema = _xsd(module)
    declared = schema.elements.get(root.tag)
    if declared is None or declared.type.local_name != cls.__name__:
        raise ValueError(
            f"{cls.__name__} has no schema of its own: validate the document or device that holds it"
        )
    yield from schema.iter_errors(root)


def _finding(error: Any, root: Any, cls: type[Model]) -> Finding:
    element = error.elem
    path, fields = _place(element, root, cls)
    reason = str(error.reason)
    if type(error).__name__ == "XMLSchemaChildrenValidationError":
        return _wrong_child(error, element, path, fields)
    attribute = _ATTRIBUTE.match(reason)
    if attribute:
        name = _attribute(fields, attribute["name"])
        message, wanted = _wrong_value(error.obj, attribute["why"], error.validator)
        return Finding(_join(path, name), message, wanted, element.sourceline)
    unknown = _UNKNOWN.match(reason)
    if unknown:
        known = [each.key for each in fields if each.kind == "attribute"]
        message = f"the attribute {unknown['name']!r} is not known here{_similar(unknown['name'], known)}"
        return Finding(path, message, "", element.sourceline)
    missing = _MISSING.match(reason)
    if missing:
        name = _attribute(fields, missing["name"])
        return Finding(
            _join(path, name), f"the attribute {missing['name']!r} is missing", "", element.sourceline
        )
    message, wanted = _wrong_value(error.obj, reason, error.validator)
    return Finding(path, message, wanted, element.sourceline)


def _wrong_child(error: Any, element: Any, path: str, fields: tuple[XmlField, ...]) -> Finding:
    if error.invalid_tag is None:
        wanted = _one_of([f"<{tag}>" for tag in error.expected_tags if not tag.startswith("from ")])
        return Finding(path, f"<{element.tag}> is not complete", wanted, element.sourceline)
    child = element[error.index]
    known = [each.key for each in fields if each.kind == "element"]
    if child.tag in known:
        return Finding(path, f"<{child.tag}> is there once too often", "", child.sourceline)
    message = f"<{child.tag}> is not known here{_similar(child.tag, known)}"
    return Finding(path, message, "", child.sourceline)


def _wrong_value(value: object, reason: str, validator: Any) -> tuple[str, str]:
    allowed = getattr(validator, "enumeration", None)
    if allowed:
        words = [str(each) for each in allowed]
        return f"{value!r} is not allowed{_similar(str(value), words)}", _one_of(words)
    pattern = re.search(r"doesn't match any pattern of \[(.*)\]", reason, re.DOTALL)
    if pattern:
        whole = pattern[1] == "'[0-9]+'"
        return f"{value!r} is not allowed", "a whole number" if whole else f"a text of the form {pattern[1]}"
    return f"{value!r} is not allowed: {reason}" if isinstance(value, str) else reason, ""


def _similar(given: str, known: Iterable[str]) -> str:
    close = get_close_matches(given, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def _one_of(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _place(element: Any, root: Any, cls: type[Model]) -> tuple[str, tuple[XmlField, ...]]:
    """Model path of an element, as far as the model knows it, and the fields of the class there."""
    chain = [element]
    while chain[-1] is not root:
        chain.append(chain[-1].getparent())
    path = ""
    xml = describe(cls)
    for child in reversed(chain[:-1]):
        each = next((field for field in xml.elements if field.key == child.tag), None)
        if each is None:
            return path, ()
        before = sum(1 for _ in child.itersiblings(child.tag, preceding=True))
        path = _join(path, f"{each.name}[{before}]" if each.many else each.name)
        if each.model is None:
            return path, ()
        xml = describe(each.model)
    return path, (*xml.attributes, *xml.elements)


def _attribute(fields: Iterable[XmlField], key: str) -> str:
    return next((each.name for each in fields if each.kind == "attribute" and each.key == key), key)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _only_relaxng(
    root: Any, cls: type[Model], directory: Path, said: list[tuple[int, str]]
) -> Iterator[Finding]:
    """Say that only RELAX NG objects; of a domain, try which device it is."""
    blamed = False
    note = "only libvirt's RELAX NG rejects {}, not our XSD: a combination of parts, or their order, is wrong"
    devices = root.find("devices") if root.tag == "domain" else None
    for child in devices if devices is not None else ():
        _, fields = _place(child.getparent(), root, cls)
        each = next((field for field in fields if field.kind == "element" and field.key == child.tag), None)
        grammar = _grammar(each.model, child.tag, directory) if each is not None and each.model else None
        if grammar is not None and not grammar.validate(etree.fromstring(etree.tostring(child))):
            blamed = True
            path, _ = _place(child, root, cls)
            yield Finding(path, note.format(f"this <{child.tag}>"), "", child.sourceline)
    if not blamed:
        line = max((line for line, _ in said), default=0) or root.sourceline
        words = "; ".join(dict.fromkeys(message for _, message in said))
        yield Finding("", f"{note.format('the document')}. It says: {words}", "", line)
