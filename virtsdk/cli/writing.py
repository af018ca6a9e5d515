"""Files that commands write: in one piece, with the rights that are there, and through what is no file."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import Any

from virtsdk.cli.output import write_bytes


def write_file(name: str | Path, text: str, *, private: bool = False) -> None:
    """Write a text to a file, a pipe or a device, as UTF-8; through a link to where it leads.

    A file is replaced in one piece, what was there stays whole until then, and keeps its rights. What is the
    standard output by another name (``/dev/stdout``) is that.

    Parameters
    ----------
    name
        The file. Its directory must be there.
    text
        All that is in it then.
    private
        It is its owner's alone, whatever its rights were.

    Raises
    ------
    OSError
        It cannot be written.
    """
    data = text.encode("utf-8")
    try:
        there = os.stat(name)  # noqa: PTH116 - the name as it was given
    except FileNotFoundError:
        there = None
    if there is not None:
        for stream in (sys.stdout, sys.stderr):
            if _is(stream, there):
                write_bytes(data, stream)
                return
        if not stat.S_ISREG(there.st_mode):
            with open(name, "wb") as file:  # noqa: PTH123
                file.write(data)
            return
    _replace(Path(os.path.realpath(name)), data, there, private=private)


def _is(stream: Any, there: os.stat_result) -> bool:
    """Tell whether a stream goes there."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), there)
    except (OSError, ValueError, AttributeError):  # it is closed, or no file's
        return False


def _replace(file: Path, data: bytes, there: os.stat_result | None, *, private: bool) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    mode = 0o600 if private or there is not None else 0o666
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:  # noqa: PTH123
            if there is not None:
                with contextlib.suppress(PermissionError):  # another's: it becomes ours
                    os.fchown(opened.fileno(), there.st_uid, there.st_gid)
                if not private:
                    os.fchmod(opened.fileno(), stat.S_IMODE(there.st_mode))
            opened.write(data)
        draft.replace(file)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
