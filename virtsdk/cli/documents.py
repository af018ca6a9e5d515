"""``virtsdk diff`` and ``virtsdk validate``: definitions in files, compared and checked, without a host."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from virtsdk import xml
from virtsdk.display.text import count, printable
from virtsdk.errors import VirtError
from virtsdk.model import Model

STDIN = Path("-")
"""What stands for the standard input: ``virsh dumpxml web1 | virtsdk validate -``."""


class DocumentUnread(VirtError):
    """A file cannot be read as one of libvirt's documents; the message names it."""


def diff(before: Path, after: Path, *, only_said: bool = False, as_json: bool = False) -> bool:
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
        raise DocumentUnread(f"cannot compare {before} with {after}: {error}") from error
    if as_json:
        _write_json(
            dict(zip(("path", "item", "before", "after"), one.cells(), strict=True)) for one in changes
        )
        return bool(changes)
    for change in changes:
        path, item, was, now = change.words()
        sys.stdout.write(f"{path}{f' ({item})' if item else ''}: {was} -> {now}\n")
    return bool(changes)


def validate(files: Sequence[Path], *, relaxng: Path | None = None, as_json: bool = False) -> bool:
    """Write what the schema does not allow in definitions; return whether all are valid.

    Parameters
    ----------
    files
        Each is checked, whatever is wrong with the others; one may be `STDIN`.
    relaxng
        A directory of libvirt's RELAX NG files, as for `virtsdk.xml.validate`.
    as_json
        A list of objects with file, path, line, message and expected, rather than a line each.
    """
    found: list[dict[str, object]] = []
    for file in files:
        try:
            text = _text(file)
            findings = xml.validate(text, relaxng=relaxng)
        except (VirtError, OSError) as error:
            findings = [xml.Finding("", getattr(error, "strerror", None) or str(error))]
        found.extend({"file": str(file), **asdict(one)} for one in findings)
        if not as_json:
            for one in findings or ["valid"]:
                sys.stdout.write(f"{printable(str(file))}: {printable(str(one))}\n")
    if as_json:
        _write_json(found)
    elif len(files) > 1:
        wrong = len({one["file"] for one in found})
        sys.stdout.write(f"{count(len(files), 'file')}, {wrong} with findings\n")
    return not found


def _write_json(rows: Iterable[dict[str, object]]) -> None:
    sys.stdout.write(json.dumps(list(rows), ensure_ascii=False, indent=1, default=str) + "\n")


def _text(file: Path) -> bytes:
    return sys.stdin.buffer.read() if file == STDIN else file.read_bytes()


def _parsed(file: Path) -> Model:
    try:
        return xml.parse(_text(file))
    except OSError as error:
        raise DocumentUnread(f"cannot read {file}: {error.strerror or error}") from error
    except VirtError as error:
        raise DocumentUnread(f"{file}: {error}") from error
