"""Where an importer reads: files (also compressed by gzip), open files, texts of one's own."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

from virtsdk.errors import RecordingError

Source: TypeAlias = str | os.PathLike[str] | BinaryIO
_GZIP = b"\x1f\x8b"


def name_of(source: Any) -> str:
    """Return what messages call a source."""
    if isinstance(source, str | os.PathLike):
        return str(os.fspath(cast("str", source)))
    return str(getattr(source, "name", f"the {type(source).__name__}"))


def sources_of(source: Any, what: str = "source") -> list[Any]:
    """Return one source or several as a list.

    Raises
    ------
    TypeError, ValueError
        It is none, or there are none.
    """
    if isinstance(source, str | os.PathLike) or hasattr(source, "read"):
        return [source]
    if isinstance(source, bytes) or not isinstance(source, Iterable):
        raise TypeError(f"{what} must be a file, several, or an open one, not {type(source).__name__}")
    found: list[Any] = list(cast("Iterable[Any]", source))
    if not found:
        raise ValueError(f"{what} must be a file or several, not an empty list")
    for one in found:
        if not isinstance(one, str | os.PathLike) and not hasattr(one, "read"):
            raise TypeError(f"{what} must be files, not {type(one).__name__}")
    return found


def read_bytes(source: Any) -> bytes:
    """Read all of a source.

    Raises
    ------
    RecordingError
        It cannot be read; the message names it.
    """
    name = name_of(source)
    try:
        if hasattr(source, "read"):
            given = source.read()
            data = given.encode() if isinstance(given, str) else bytes(given)
        else:
            data = Path(source).read_bytes()
        return gzip.decompress(data) if data[:2] == _GZIP else data
    except (OSError, EOFError, zlib.error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise RecordingError(f"{name} cannot be read: {said}") from error


def read_text(source: Any) -> str:
    """Read all of a source as UTF-8.

    Raises
    ------
    RecordingError
        It cannot be read, or is no text.
    """
    try:
        return read_bytes(source).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{name_of(source)} is no text in UTF-8: byte {error.start} is none") from error
