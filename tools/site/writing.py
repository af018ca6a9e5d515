"""Pages that a build writes: only those that are new are written, what is none any more goes."""

from __future__ import annotations

from pathlib import Path


def made_pages(folder: Path, pages: dict[str, str], suffix: str) -> None:
    """Write pages into a folder that has nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{name}{suffix}" for name in pages}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in pages.items():
        path = folder / f"{name}{suffix}"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
