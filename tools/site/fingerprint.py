"""Fingerprint of the package: what was run with another one runs again."""

import hashlib
from pathlib import Path


def fingerprint(root: Path) -> str:
    """Return a short hash of every file of the package below `root`, by name and content."""
    digest = hashlib.sha256()
    for path in sorted((root / "virtsdk").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
