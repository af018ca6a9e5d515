"""docs/about/scale.md names commands that are there."""

import re
from pathlib import Path

from tests.benchmarks.__main__ import HERE, modules

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/about/scale.md").read_text(encoding="utf-8")


def test_each_figure_has_a_command():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    figures = [row for row in rows if not row.startswith(("| ---", "| what"))]
    assert len(figures) > 10
    assert [row for row in figures if not re.search(r"`[^`]+` \|$|\| the same \|$", row)] == []


def test_the_benchmarks_exist():
    named = set(re.findall(r"`python -m tests\.benchmarks (\w+)`", PAGE))
    assert named
    assert named - set(modules()) == set()
    for module in re.findall(r"python -m tests\.benchmarks\.([\w.]+)", PAGE):
        assert HERE.joinpath(*module.split(".")).with_suffix(".py").exists()


def test_the_soak_tests_exist():
    source = (ROOT / "tests/integration/history/test_soak.py").read_text(encoding="utf-8")
    words = re.findall(r'-k (\w+)"', PAGE)
    assert words
    for word in words:
        assert re.search(rf"^def test_\w*{word}", source, re.MULTILINE), word
    for name in re.findall(r"VIRTSDK_\w+", PAGE):
        assert name in source
