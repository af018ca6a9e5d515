"""The site, made from scratch and kept until something that it is made of changes: docs/_build/html.

``python -m tools.site.build``, which is ``make docs``; the tests of the site ask for the same one. Sphinx
warns of a page only when it reads it, so a build that goes on where the last one ended would hide a warning.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "docs" / "_build"
HTML = BUILD / "html"
KEPT = ROOT / ".tools" / "docs"  # outcomes of notebooks and cells, a folder for each state of the package
STAYING = 3  # of these folders: of branches that one goes back and forth between

# What the site is made of; what the build makes itself, and what Python leaves beside its files, are not.
SOURCES = (
    "docs", "notebooks", "virtsdk", "tools/site", "tests/unit/layers.py", "README.md", "CONTRIBUTING.md",
    "CHANGELOG.md", "pyproject.toml", "requirements.lock",
)  # fmt: skip
MADE = (
    "docs/_build", "docs/_generated", "docs/reference/api", "docs/models/made", "docs/models/.made",
)  # fmt: skip
LEFT = {"__pycache__", ".ipynb_checkpoints"}
SPHINX = ("-m", "sphinx", "-j", "auto", "-W", "--keep-going", "-q", "-E", "-b", "html")


class BuildFailed(Exception):
    """Sphinx stopped or warned; the message is what it said."""


def state(root: Path = ROOT) -> str:
    """Return a hash of all that the site is made of, by name and content."""
    digest = hashlib.sha256()
    for source in SOURCES:
        place = root / source
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            name = path.relative_to(root)
            if path.is_file() and not LEFT & set(name.parts) and not any(map(name.is_relative_to, MADE)):
                digest.update(f"{name}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def build() -> Path:
    """Make the site, unless it is there as it would be made; one process at a time, others wait for it.

    Raises
    ------
    BuildFailed
        Sphinx stopped or warned.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    stamp = BUILD / "made-of"
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made_of = state()
        if stamp.exists() and stamp.read_text() == made_of:
            return HTML
        stamp.unlink(missing_ok=True)
        shutil.rmtree(HTML, ignore_errors=True)
        command = [sys.executable, *SPHINX, "-d", str(BUILD / "doctrees"), str(ROOT / "docs"), str(HTML)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise BuildFailed(f"{done.stdout}{done.stderr}".strip())
        forget_old(KEPT)
        stamp.write_text(made_of)
    return HTML


def forget_old(kept: Path, staying: int = STAYING) -> None:
    """Remove the outcomes of older states of the package, all but the last few."""
    folders = [path for path in kept.glob("*") if path.is_dir()]
    for path in sorted(folders, key=lambda one: one.stat().st_mtime)[:-staying]:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    try:
        print(build() / "index.html")
    except BuildFailed as failure:
        sys.exit(str(failure))
