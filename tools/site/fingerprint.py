"""Fingerprint of what a page's code runs on: what was run with another package, or other pins, runs again."""

import hashlib
import sys
from pathlib import Path


def fingerprint(root: Path) -> str:
    """Return a short hash of every file of the package below `root`, of the pins and of Python's version."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in [root / "requirements.lock", *sorted((root / "virtsdk").rglob("*"))]:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
