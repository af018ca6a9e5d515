"""The control groups that libvirt makes for guests, and leaves behind when it is killed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from time import sleep

__all__ = ["clear", "present"]

_ROOT = Path("/sys/fs/cgroup")
_MOMENT = 1.0  # seconds in which who makes a group puts a process into it


def present() -> set[Path]:
    """Give those that are on this machine."""
    return {Path(folder) for folder, _, _ in os.walk(_ROOT) if "machine" in Path(folder).parts}


def clear(before: set[Path]) -> None:
    """Remove those that have come since `before` and that nobody uses.

    One that another lab has made a moment ago, for a guest that it starts just now, is left to it.
    """
    unused = set(filter(_is_unused, present() - before))
    if unused:
        sleep(_MOMENT)
    for left in sorted(filter(_is_unused, unused), reverse=True):
        with contextlib.suppress(OSError):  # in use, or gone
            left.rmdir()


def _is_unused(group: Path) -> bool:
    """Tell whether no process is in it or below."""
    try:
        return not any(
            Path(folder, "cgroup.procs").read_bytes()
            for folder, _, files in os.walk(group)
            if "cgroup.procs" in files
        )
    except OSError:  # it is gone
        return False
