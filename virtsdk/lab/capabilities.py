"""Keep what libvirt found out about QEMU between labs: a fresh daemon's first look takes 8 to 12 seconds.

libvirt checks an entry against the emulator's and its own time stamps and looks again where it is outdated,
so that an old copy does no harm.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from virtsdk.lab.guest.image import cache_folder

__all__ = ["keep", "seed"]


def seed(cache: Path) -> bool:
    """Copy what is known into a daemon's cache folder; whether there was anything."""
    target = cache / "qemu" / "capabilities"
    target.mkdir(parents=True, exist_ok=True)
    entries = list(_kept().glob("*.xml"))
    for entry in entries:
        shutil.copy2(entry, target / entry.name)
    return bool(entries)


def keep(cache: Path) -> None:
    """Copy what a daemon found out to where the next lab looks."""
    for entry in (cache / "qemu" / "capabilities").glob("*.xml"):
        target = _kept() / entry.name
        content = entry.read_bytes()
        if target.exists() and target.read_bytes() == content:
            continue
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
            scratch.write(content)
        Path(scratch.name).replace(target)


def _kept() -> Path:
    folder = cache_folder() / "qemu-capabilities"
    folder.mkdir(exist_ok=True)
    return folder
