"""Pyright on a snippet of a user's, outside of the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def findings(snippet: str, folder: Path, python: Path | None = None) -> list[str]:
    """Return what Pyright says of a snippet, as ``"line: message"``.

    Parameters
    ----------
    snippet
        Python; its first line is line 1.
    folder
        Where to put it: an empty one, outside of the checkout.
    python
        The interpreter whose packages it sees; None for this one's, and virtsdk from this checkout.
    """
    (folder / "snippet.py").write_text(textwrap.dedent(snippet).lstrip("\n"))
    paths = [str(ROOT)] if python is None else []
    config = {"typeCheckingMode": "standard", "include": ["snippet.py"], "extraPaths": paths}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    pyright = Path(sys.executable).parent / "pyright"
    command = [pyright, "--outputjson", "--project", folder, "--pythonpath", python or sys.executable]
    seen = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=folder, env=seen, capture_output=True, text=True, timeout=300, check=False
    )
    said = json.loads(done.stdout)["generalDiagnostics"]
    lines = [(one["range"]["start"]["line"] + 1, re.sub(r"\s+", " ", one["message"])) for one in said]
    return [f"{line}: {message}" for line, message in sorted(lines)]
