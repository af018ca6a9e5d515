"""Files that people ask for: in one piece, with the rights that are there, and through what is no file."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import Any


def write_file(name: str | os.PathLike[str], data: str | bytes, *, private: bool = False) -> None:
    """Write to a file, a pipe or a device; through a link to where it leads.

    A file is replaced in one piece, what was there stays whole until then, and keeps its rights. Where its
    directory takes no new file it is written in place. What is the standard output by another name
    (``/dev/stdout``) is that.

    Parameters
    ----------
    name
        The file. Its directory must be there.
    data
        All that is in it then; text is written as UTF-8.
    private
        It is its owner's alone, whatever its rights were.

    Raises
    ------
    OSError
        It cannot be written.
    """
    data = data.encode("utf-8") if isinstance(data, str) else data
    try:
        there = os.stat(name)  # noqa: PTH116 - the name as it was given
    except FileNotFoundError:
        there = None
    if there is not None:
        for stream in (sys.stdout, sys.stderr):
            if _is(stream, there):
                _through(stream, data)
                return
        if not stat.S_ISREG(there.st_mode):
            _in_place(name, data)
            return
    _replace(Path(os.path.realpath(name)), data, there, private=private)


def _is(stream: Any, there: os.stat_result) -> bool:
    """Tell whether a stream goes there."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), there)
    except (OSError, ValueError, AttributeError):  # it is closed, or no file's
        return False


def _through(stream: Any, data: bytes) -> None:
    """Write to a stream, after what was written there before, in UTF-8 whatever its encoding."""
    if hasattr(stream, "write_bytes"):  # a command's, which says itself what fails
        stream.write_bytes(data)
        return
    stream.flush()
    if hasattr(stream, "buffer"):
        stream.buffer.write(data)
        stream.buffer.flush()
    else:
        stream.write(data.decode("utf-8"))


def _in_place(name: str | os.PathLike[str], data: bytes) -> None:
    with open(name, "wb") as file:  # noqa: PTH123 - the name as it was given
        file.write(data)


def _replace(file: Path, data: bytes, there: os.stat_result | None, *, private: bool) -> None:
    draft = file.with_name(f".virtsdk-{os.urandom(6).hex()}")
    mode = 0o600 if private or there is not None else 0o666
    try:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except PermissionError:
        if there is None or private:
            raise
        _in_place(file, data)
        return
    try:
        with open(number, "wb") as opened:  # noqa: PTH123
            if there is not None:
                with contextlib.suppress(PermissionError):  # another's: it becomes ours
                    os.fchown(opened.fileno(), there.st_uid, there.st_gid)
                if not private:
                    os.fchmod(opened.fileno(), stat.S_IMODE(there.st_mode))
            opened.write(data)
        try:
            draft.replace(file)
        except OSError as error:
            if error.errno != errno.EBUSY or private:
                raise
            _in_place(file, data)  # it is mounted there by itself, as containers have files of their host
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
