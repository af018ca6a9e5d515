"""``virtsdk diff`` and ``virtsdk validate``: definitions in files, compared and checked, without a host."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lxml import etree

from virtsdk import xml
from virtsdk.cli.output import write_json
from virtsdk.display.text import count, printable, size
from virtsdk.errors import VirtError
from virtsdk.model import Model

STDIN = "-"
"""What stands for the standard input: ``virsh dumpxml web1 | virtsdk validate -``."""


class DocumentUnread(VirtError):
    """A file cannot be read as one of libvirt's documents; the message names it.

    Parameters
    ----------
    file
        The file.
    why
        What is wrong with it.
    """

    def __init__(self, file: str | Path, why: object) -> None:
        self.why = str(why)
        super().__init__(f"{name_of(file)}: {self.why}")


def is_stdin(file: str | Path) -> bool:
    """Tell whether the standard input, or output, is meant."""
    return str(file) == STDIN


def name_of(file: str | Path) -> str:
    """Return what a person calls a file that was given."""
    return "the standard input" if is_stdin(file) else printable(str(file))


class RulesUnread(VirtError):
    """The RELAX NG files cannot be read; the message says why."""


def diff(before: str | Path, after: str | Path, *, only_said: bool = False, as_json: bool = False) -> bool:
    """Write what differs between two definitions, by meaning; return whether anything does.

    Parameters
    ----------
    before, after
        Their files; one of them may be `STDIN`.
    only_said
        What the second leaves to libvirt is no difference.
    as_json
        A list of objects with path, item, before and after, rather than a line each.

    Raises
    ------
    DocumentUnread
        One cannot be read, or they are of two kinds.
    """
    models = [_parsed(one) for one in (before, after)]
    try:
        changes = xml.diff(*models, only_said=only_said)
    except TypeError as error:
        raise DocumentUnread(before, f"cannot be compared with {printable(str(after))}: {error}") from error
    if as_json:
        names = ("path", "item", "before", "after")
        write_json([dict(zip(names, one.cells(), strict=True)) for one in changes])
        return bool(changes)
    for change in changes:
        sys.stdout.write(f"{change}\n")
    return bool(changes)


def validate(files: Sequence[str | Path], *, relaxng: Path | None = None, as_json: bool = False) -> bool:
    """Write what the schema does not allow in definitions; return whether all are valid.

    Parameters
    ----------
    files
        Each is checked, whatever is wrong with the others; one may be `STDIN`.
    relaxng
        A directory of libvirt's RELAX NG files, as for `virtsdk.xml.validate`.
    as_json
        A list of objects with file, path, line, message and expected, rather than a line each.

    Raises
    ------
    RulesUnread
        The RELAX NG files cannot be read.
    """
    found: list[dict[str, object]] = []
    for file in files:
        try:
            findings = xml.validate(bytes_of(file), relaxng=relaxng)
        except etree.LxmlError as error:  # of the RELAX NG files: the document's own are XmlErrors
            raise RulesUnread(f"cannot read the rules in {relaxng}: {error}") from error
        except VirtError as error:
            findings = [xml.Finding("", error.why if isinstance(error, DocumentUnread) else str(error))]
        found.extend({"file": str(file), **asdict(one)} for one in findings)
        if not as_json:
            for one in findings or ["valid"]:
                said = str(one).removeprefix("the document: ")  # the file's name stands for it
                sys.stdout.write(f"{printable(str(file))}: {printable(said)}\n")
    if as_json:
        write_json(found)
    elif len(files) > 1:
        wrong = len({one["file"] for one in found})
        sys.stdout.write(f"{count(len(files), 'file')}, {wrong} with findings\n")
    return not found


def bytes_of(file: str | Path) -> bytes:
    """Read a file, or the standard input, up to what a document may be: a device or an image has no end.

    Raises
    ------
    DocumentUnread
        It cannot be read, or is above ``xml.limits.bytes``; the message names it.
    """
    most = xml.limits.bytes
    try:
        if is_stdin(file):
            if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - it was closed: <&-
                raise DocumentUnread(file, "cannot be read: it is closed")
            read = sys.stdin.buffer.read(most + 1)
        else:
            with Path(file).open("rb") as opened:
                read = opened.read(most + 1)
    except OSError as error:
        raise DocumentUnread(file, error.strerror or error) from error
    if len(read) > most:
        raise DocumentUnread(file, f"it is larger than any document: above {size(most)}")
    return read


def _parsed(file: str | Path) -> Model:
    read = bytes_of(file)
    try:
        return xml.parse(read)
    except VirtError as error:
        raise DocumentUnread(file, error) from error
