"""The control groups that libvirt makes for guests, and leaves behind when it is killed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["clear", "present"]

_ROOT = Path("/sys/fs/cgroup")


def present() -> set[Path]:
    """Give those that are on this machine."""
    return {Path(folder) for folder, _, _ in os.walk(_ROOT) if "machine" in Path(folder).parts}


def clear(before: set[Path]) -> None:
    """Remove those that have come since `before` and that nobody uses."""
    for left in sorted(present() - before, reverse=True):
        with contextlib.suppress(OSError):  # in use, or gone
            left.rmdir()
