"""docs/operations.md: its examples run, one after another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import virtsdk

PAGE = (Path(__file__).resolve().parents[4] / "docs/operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_its_examples_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, object] = {}
    try:
        for number, block in enumerate(BLOCKS):
            code = block.replace("/tmp/virtsdk-page.save", str(tmp_path / "saved"))
            exec(compile(code, f"docs/operations.md, block {number}", "exec"), space)
        assert isinstance(space["guest"], virtsdk.Domain)
    finally:
        space.clear()  # it would keep the driver, which all tests share
    assert capsys.readouterr().out.splitlines()[-1] == "linux"
