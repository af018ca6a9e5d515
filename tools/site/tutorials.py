"""The notebooks as pages: run on the lab before a page is read, two at a time, kept by their content.

The tests of the notebooks look at the same outcomes: whoever comes first runs them, the other only reads.
"""

from __future__ import annotations

import hashlib
import os
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, cast

import nbformat
from sphinx.application import Sphinx

from tools.site.fingerprint import fingerprint
from virtsdk.cli.demo import notebook

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
WARNING = re.compile(r"^\S*/ipykernel_\S+: (\w+: .*)\n  .*\n?", re.MULTILINE)
VIEW = "application/vnd.jupyter.widget-view+json"


def cache_of(root: Path = ROOT) -> Path:
    """Return where outcomes are kept: of this package, with these pins."""
    return root / ".tools" / "docs" / fingerprint(root)


def kept(text: str, cache: Path) -> Path:
    """Return where the executed notebook of this source is kept."""
    return cache / "notebooks" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.ipynb"


def execute(source: Path, cache: Path) -> Path:
    """Run a notebook, unless it is kept already; return where its outcome is."""
    place = kept(source.read_text(encoding="utf-8"), cache)
    if not place.exists():
        document = notebook.run(source, {"VIRTSDK_URI": ""})
        document.metadata.pop("widgets", None)
        document.metadata["mystnb"] = {"execution_mode": "off"}
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(f".{os.getpid()}")
        nbformat.write(document, half)  # pyright: ignore[reportUnknownMemberType]
        half.replace(place)
    return place


def execute_all(cache: Path, *, workers: int = 2) -> None:
    """Run all notebooks; each of them starts guests of its own, so few at a time."""
    with ProcessPoolExecutor(workers) as pool:
        for done in [pool.submit(execute, path, cache) for path in sorted(NOTEBOOKS.glob("*.py"))]:
            done.result()


def read(text: str) -> Any:
    """Return the executed notebook whose source this is, for myst-nb.

    A live view brings its static HTML as an output before it; of itself a page could only show its name. A
    warning is its words, not the temporary file and the line that the kernel had them from.
    """
    document = cast("Any", nbformat).read(kept(text, _cache()), as_version=4)
    for cell in document.cells:
        if "outputs" in cell:
            cell.outputs = [one for one in cell.outputs if VIEW not in one.get("data", {})]
            for one in cell.outputs:
                if one.get("name") == "stderr":
                    one.text = WARNING.sub(r"\1\n", one.text)
    return document


def _cache() -> Path:
    return Path(os.environ["VIRTSDK_DOCS_CACHE"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Run the notebooks when the builder is there, before a page is read."""
    cache = Path(app.config.nb_execution_cache_path).parent
    os.environ["VIRTSDK_DOCS_CACHE"] = str(cache)
    app.connect("builder-inited", lambda _app: execute_all(cache))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
