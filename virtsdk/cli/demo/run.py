"""``virtsdk demo``: the main job on real guests, from a terminal, and a page to keep."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import virtsdk
from virtsdk.cli.demo import notebook
from virtsdk.display.text import count, printable
from virtsdk.display.writing import write_file
from virtsdk.errors import VirtError

NOTEBOOK = Path(virtsdk.__file__).parent / "notebooks" / "01_first_look.py"
CAPACITY = "capacity"  # the tag of the cells whose answer the terminal shows


def demo(output: Path, *, uri: str | None = None, guests: int = 4) -> None:
    """Run the first notebook, print the capacity table and write the page.

    The notebook's kernel opens the lab (its guests live in the process that started them), so ending the
    kernel takes the lab down, whatever happened before.

    Parameters
    ----------
    output
        The page; its folder is made where it is missing.
    uri
        A host of the user's own, opened read-only; a lab with `guests` guests where it is None.
    guests
        How many guests the lab has.
    """
    if not NOTEBOOK.is_file():
        raise VirtError(f"{NOTEBOOK} is missing: virtsdk is not installed completely, install it anew")
    _prepare(output)
    begin = time.monotonic()
    if uri is None:
        _say(f"virtsdk demo: a throwaway lab with {count(guests, 'QEMU guest')}")
    else:
        with virtsdk.connect(uri, readonly=True) as host:  # a wrong address ends here, not in a cell
            _say(f"virtsdk demo: {printable(host.name)} at {printable(host.uri)}, read-only")
    executed = notebook.run(
        NOTEBOOK, environment(uri, guests), on_section=lambda title: _section(title, begin), on_text=_relay
    )
    for text in notebook.texts(executed, CAPACITY):
        _say(f"\n{text}")
    page = notebook.page(executed, "virtsdk: a first look")
    _write(output, page)
    _say(f"\n{output}: the executed notebook, {len(page.encode()) / 1024:.0f} KiB, needs no network")
    _say(f"done in {time.monotonic() - begin:.0f} s{'' if uri else '; the lab is down again'}")


def environment(uri: str | None, guests: int) -> Mapping[str, str]:
    """Return the variables that tell the notebook what to look at."""
    return {"VIRTSDK_URI": uri or "", "VIRTSDK_GUESTS": str(guests)}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _section(title: str, begin: float) -> None:
    _say(f"[{time.monotonic() - begin:5.1f} s] {title}")


def _relay(text: str) -> None:
    for line in text.replace("\r", "\n").splitlines():
        if line.strip():
            _say(f"          {line.rstrip()}")


def _prepare(path: Path) -> None:
    """Make the folder of the page, and see that a page can be written, before anything is started for it.

    Raises
    ------
    VirtError
        There can be no such page.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{path.parent} is no directory" if isinstance(error, FileExistsError) else error.strerror
        raise VirtError(f"cannot write the page {path}: {why or error}") from error
    real = Path(os.path.realpath(path))
    if path.is_dir():
        why = "it is a directory"
    elif not real.parent.is_dir():
        why = f"{real.parent} is no directory"
    elif os.access(path if path.exists() and not path.is_file() else real.parent, os.W_OK):
        why = ""
    else:
        why = "its folder is not writable" if path.is_file() or not path.exists() else "Permission denied"
    if why:
        raise VirtError(f"cannot write the page {path}: {why}")


def _write(path: Path, text: str) -> None:
    try:
        write_file(path, text)
    except OSError as error:
        raise VirtError(f"cannot write the page {path}: {error.strerror or error}") from error
