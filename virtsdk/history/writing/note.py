"""A note that a recorder leaves beside a recording: what a person is to look after while it goes on."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Final

from virtsdk.history.parquet.disk import write_text

NOTE: Final = "recorder.note"
_log = logging.getLogger(__name__)


def write_note(directory: Path, text: str | None, mode: int) -> None:
    """Write the note, or remove it with None; where that does not work the log alone has it."""
    path = directory / NOTE
    try:
        if text is None:
            path.unlink(missing_ok=True)
        else:
            write_text(path, text + "\n", mode)
    except OSError as error:
        _log.info("%s cannot be written: %s", path, error)


def read_note(directory: Path) -> str | None:
    """Return what the note says; None where there is none."""
    with contextlib.suppress(OSError):
        return (directory / NOTE).read_text(encoding="utf-8", errors="replace").strip() or None
    return None
