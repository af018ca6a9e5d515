"""Tell whether a document is what libvirt's schema asks for, and if not, where not.

The rules of libvirt's RELAX NG come with this package (`rules.json`), so the verdict and the findings are the
same on every machine. libxml2 gives the verdict, as it does inside libvirt; it names no place. Where it
rejects a document, `_match` finds the nearest form that would be right and `_explain` says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtsdk.errors.frames import shows_no_variables
from virtsdk.model import Model
from virtsdk.xml import _reader
from virtsdk.xml._fields import describe
from virtsdk.xml._listing import Listing
from virtsdk.xml._validate import _installed, _relaxng, _rules
from virtsdk.xml._validate._explain import Said, explain
from virtsdk.xml._validate._order import misplaced
from virtsdk.xml._validate._place import Places
from virtsdk.xml._validate._problem import Node
from virtsdk.xml.codec import render, root_class

INSTALLED = Path("/usr/share/libvirt/schemas")
"""Folders in which an installed libvirt keeps its RELAX NG."""


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


@shows_no_variables
def validate(
    document: Model | str | bytes, cls: type[Model] | None = None, *, relaxng: str | Path | None = None
) -> list[Finding]:
    """Check a document or device against libvirt's schema.

    Parameters
    ----------
    document
        A model, or XML.
    cls
        What the XML is, where its root element does not tell.
    relaxng
        A directory of libvirt's RELAX NG files, which decide then: those of an installed libvirt are in
        ``/usr/share/libvirt/schemas``. By default, and where they are not there, the rules that this package
        ships decide, of the libvirt that the models were made from.

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
    >>> for finding in xml.validate("<disk type='block'><source file='/a'/><target dev='vda'/></disk>"):
    ...     print(finding.path, finding.message)
    source.file 'file' does not go with type='block' of <disk>, but with type='file'
    """
    return Listing(_findings(document, cls, relaxng), "finding", ("path", "line", "message", "expected"))


def _findings(
    document: Model | str | bytes, cls: type[Model] | None, relaxng: str | Path | None
) -> list[Finding]:
    text = render(document) if isinstance(document, Model) else document
    root = _reader.read(text, exact=False)
    cls = type(document) if isinstance(document, Model) else cls or root_class(root, text)
    if root.tag != describe(cls).root:
        raise _reader.misplaced(root, text, f"{cls.__name__} is <{describe(cls).root}>, not <{root.tag}>")
    rule = _rules.root(cls.__name__)
    if rule is None:
        raise ValueError(
            f"{cls.__name__} has no schema of its own: validate the document or device that holds it"
        )
    grammar = _installed.grammar(cls, root.tag, Path(relaxng)) if relaxng is not None else None
    if grammar is None:
        grammar = _relaxng.grammar(cls.__name__)
    said = _relaxng.objection(grammar, root)
    if not said:
        return []

    def accepts(element: Any) -> bool:
        return not _relaxng.objection(grammar, element)

    found = _explained(Node.of(root), rule, Places(cls), accepts)
    if not found:
        found = [Said("", f"<{root.tag}> is rejected by libxml2, which says: {said}", "", root.sourceline)]
    each = {(one.path, one.line, one.message): one for one in found}
    findings = [Finding(one.path, one.message, one.expected, one.line) for one in each.values()]
    return sorted(findings, key=lambda finding: finding.line or 0)


def _explained(root: Node, rule: _rules.Rule, places: Places, accepts: Callable[[Any], bool]) -> list[Said]:
    try:
        return explain(root, rule, places) or misplaced(root, rule, places, accepts)
    except RecursionError:
        return []  # nested beyond all measure: what libxml2 says has to do
