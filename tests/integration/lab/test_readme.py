"""The README's Python that needs guests runs, as one session, in the order of the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_it_runs_on_the_lab(tmp_path: Path) -> None:
    page = (ROOT / "README.md").read_text()
    found = re.findall(r"^```python(?: lab)?\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(found)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "<4 domains on " in done.stdout
    assert re.search(r"^<RightsizingReport \d of 9 guests can shrink", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^ *memory: 8 GiB -> 16 GiB$", done.stdout, re.MULTILINE), done.stdout
