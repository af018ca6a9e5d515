"""``virtsdk convert``: a definition as XML or as JSON, with nothing lost that is not said."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from lxml import etree

from virtsdk import xml
from virtsdk.cli.command import complain
from virtsdk.cli.documents import DocumentUnread, bytes_of, is_stdin, name_of
from virtsdk.cli.output import write_bytes
from virtsdk.display import listing
from virtsdk.display.text import count, printable
from virtsdk.display.writing import write_file
from virtsdk.errors import VirtError
from virtsdk.model import Extras, Model, is_secret_name, kinds, masked
from virtsdk.xml._extras import walk
from virtsdk.xml._reader import read

Form = Literal["json", "xml"]
Secrets = Literal["refuse", "keep", "drop"]
_COMMENT, _INSTRUCTION, _TYPE = "comment", "processing instruction", "document type declaration"


class NotConverted(VirtError):
    """The document has what was not to be written, or the file cannot be written; the message says why."""


def convert(
    file: str | Path,
    *,
    to: Form | None = None,
    output: str | Path | None = None,
    secrets: Secrets = "refuse",
) -> None:
    """Write a document in the other form.

    Parameters
    ----------
    file
        The document, XML or JSON; its content says which. `STDIN` for the standard input.
    to
        The form to write; None for the other one.
    output
        The file; None for the standard output. A document with secrets is readable by its owner alone.
    secrets
        What becomes of passwords and the like: the document is refused, they are written as they are, or they
        are left out. They are never written in another form.

    Raises
    ------
    DocumentUnread
        It cannot be read.
    NotConverted
        It has secrets and nobody said what becomes of them, or the output cannot be written.
    """
    data = bytes_of(file)
    is_json = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    model = _from_json(file, data) if is_json else _from_xml(file, data)
    lost = Counter[str]() if is_json else _beside(data) - _beside(xml.render(model))
    found = _secrets_of(model, drop=secrets == "drop")
    if found and secrets == "refuse":
        raise NotConverted(
            f"{name_of(file)} has secrets: {listing.names(found)}; --secrets keep writes them, "
            "--secrets drop leaves them out"
        )
    if found and secrets == "drop":
        complain(f"left out of {name_of(file)}: {listing.names(found, len(found))}")
    form = to or ("xml" if is_json else "json")
    try:
        if form == "json":
            text = json.dumps(xml.to_dict(model), indent=1)
        else:
            text = xml.render(model)
            xml.parse(text, type(model))  # what JSON had in its $extras may be no XML
    except (VirtError, TypeError) as error:
        raise DocumentUnread(file, error) from error
    if lost:
        what = ", ".join(count(number, noun) for noun, number in lost.items())
        kept = " (what is in <metadata> is kept)" if lost.keys() - {_TYPE} else ""
        complain(f"left out of {name_of(file)}: {what}{kept}")
    _write(f"{text}\n", output, private=bool(found) and secrets == "keep")


def _from_xml(file: str | Path, data: bytes) -> Model:
    try:
        return xml.parse(data)
    except VirtError as error:
        raise DocumentUnread(file, error) from error


def _from_json(file: str | Path, data: bytes) -> Model:
    try:
        return xml.from_dict(json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once))
    except RecursionError:
        raise DocumentUnread(file, "not JSON of a document: it nests too deeply") from None
    except UnicodeDecodeError:
        raise DocumentUnread(file, "not JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        why = f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise DocumentUnread(file, why) from None
    except (VirtError, ValueError) as error:  # Python reads no whole number of thousands of digits
        raise DocumentUnread(file, error) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r:.60} is there twice in one object")
    return found


# --- secrets ----------------------------------------------------------------------------------------------


_PLAIN_OPTIONS = re.compile(
    "--?(S|s|daemonize|enable-kvm|full-screen|no-reboot|no-shutdown|no-user-config|nodefaults|nographic"
    "|only-migratable|preconfig|singlestep|snapshot|usb)"
)
"""QEMU's options that take no value: what follows one is not its own."""
_NAMED = re.compile(r"(?:^|,)name=((?:,,|[^,])+)")


def _secrets_of(model: Model, *, drop: bool) -> list[str]:
    """Name what is secret, or looks like it, by its path; where told, take it out of the model."""
    found: list[str] = []
    told: set[int] = set()  # items that were named by their list
    for path, one in list(walk(model)):
        if id(one) not in told:
            found += _of_lists(one, path, drop, told)
            found += _of_one(one, path, drop)
    return found


def _of_lists(model: Model, path: str, drop: bool, told: set[int]) -> Iterator[str]:
    """Name the items that are secret as a whole: arguments with their option, names with their value."""
    for kind in kinds(type(model)).values():
        items = getattr(model, kind.slot)
        if not kind.many or not items:
            continue
        place = f"{path}.{kind.name}" if path else kind.name
        if kind.name in ("args", "initargs"):
            gone = _arguments(items)
        else:
            gone = {at: str(one.name) for at, one in enumerate(items) if _has_secret_value(one)}
        told.update(id(items[at]) for at in gone)
        yield from (
            f"{place}[{at}] ({printable(name)})" if name else f"{place}[{at}]" for at, name in gone.items()
        )
        if drop and gone:
            setattr(model, kind.slot, [one for at, one in enumerate(items) if at not in gone])


def _arguments(items: list[Any]) -> dict[int, str]:
    """Give the positions of secret arguments and of their options, with what is to be named beside each."""
    texts = [str(one if isinstance(one, str) else one.value or "") for one in items]
    gone: dict[int, str] = {}
    for at, text in enumerate(texts):
        option = texts[at - 1] if at else ""
        is_option = re.fullmatch(r"--?[\w-]+", option) and not _PLAIN_OPTIONS.fullmatch(option)
        if text.startswith("-"):
            if _looks_secret(text) or _is_secret_object(text):
                gone[at] = re.split(r"[=\s]", text, maxsplit=1)[0]
        elif _looks_secret(text) or _is_secret_object(text) or (is_option and is_secret_name(option)):
            if is_option:
                gone[at - 1] = option
            gone[at] = ""
    return gone


def _is_secret_object(text: str) -> bool:
    """Tell whether an argument has data that its own name says to be secret: of ``-fw_cfg``."""
    named = _NAMED.search(text)
    return named is not None and is_secret_name(named[1]) and ",string=" in text


def _has_secret_value(item: object) -> bool:
    """Tell whether an item is a name with a value that is secret, by its place or by the name."""
    if not isinstance(item, Model):
        return False
    known = kinds(type(item))
    if not {"name", "value"} <= known.keys() or getattr(item, known["value"].slot) is None:
        return False
    return known["value"].secret or is_secret_name(str(getattr(item, known["name"].slot) or ""))


def _of_one(model: Model, path: str, drop: bool) -> Iterator[str]:
    for kind in kinds(type(model)).values():
        value = getattr(model, kind.slot)
        if value is None or value == [] or (kind.model is not None and not kind.secret) or kind.choices:
            continue
        if kind.name == "initargs":
            continue
        items = value if kind.many else [value]
        if kind.secret or any(_looks_secret(one) for one in items):
            yield f"{path}.{kind.name}" if path else kind.name
            if drop:
                setattr(model, kind.slot, None)
    if model.extras is not None:
        yield from _of_extras(model.extras, f"{path}.$extras" if path else "$extras", drop)


def _of_extras(extras: Extras, path: str, drop: bool) -> Iterator[str]:
    for name, value in list(extras.attributes.items()):
        if is_secret_name(name) or _looks_secret(value):
            yield f"{path}.attributes.{name}"
            if drop:
                del extras.attributes[name]
    if any(_looks_secret(one.xml) for one in extras.content):
        yield f"{path}.content"
        if drop:
            extras.content = [one for one in extras.content if not _looks_secret(one.xml)]
    for leaf in extras.leaves:
        yield from _of_extras(leaf.extras, f"{path}.leaves.{leaf.field}", drop)


def _looks_secret(value: object) -> bool:
    return isinstance(value, str) and masked(value) != value


# --- writing ----------------------------------------------------------------------------------------------


def _beside(text: str | bytes) -> Counter[str]:
    """Count what says nothing of a document's own, by what it is."""
    root = read(text, exact=True)
    top = [*root.itersiblings(preceding=True), *root.itersiblings()]
    found = Counter({_COMMENT: 0, _INSTRUCTION: 0})
    for one in (*root.iter(), *top):
        if not isinstance(one.tag, str):
            found[_INSTRUCTION if one.tag is etree.ProcessingInstruction else _COMMENT] += 1
    found[_TYPE] = int(root.getroottree().docinfo.internalDTD is not None)
    return found


def _write(text: str, output: str | Path | None, *, private: bool) -> None:
    if output is None or is_stdin(output):
        if sys.stdout.isatty():
            text = re.sub("[\x7f-\x9f]", lambda found: f"&#{ord(found[0])};", text)  # no codes to a terminal
            sys.stdout.write(text)
        else:
            write_bytes(text.encode("utf-8"))
        return
    try:
        write_file(output, text, private=private)
    except OSError as error:
        raise NotConverted(f"cannot write {printable(str(output))}: {error.strerror or error}") from error
