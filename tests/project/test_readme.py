"""The README's Python runs as one session; it and CONTRIBUTING name only what is there."""

import doctest
import re
import tomllib
from pathlib import Path

import pytest

from tests.unit.layers import BASE, LAYERS, TO_COME

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


def python_blocks():
    """Return (line, code) of each Python block; >>> blocks show their output, the others just run."""
    text = README.read_text()
    found = re.finditer(r"^```(?:python|pycon)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [(text[: block.start()].count("\n") + 1, block[1]) for block in found]


def test_readme_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = {"__name__": "readme"}
    blocks = python_blocks()
    assert blocks
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for line, code in blocks:
        if code.startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(code, session, "README", str(README), line)
            said = []
            runner.run(example, out=said.append, clear_globs=False)
            session = example.globs
            assert not said, "".join(said)
        else:
            exec(compile("\n" * line + code, str(README), "exec"), session)


@pytest.mark.parametrize("path", [README, CONTRIBUTING], ids=lambda path: path.stem)
def test_a_page_names_only_files_and_targets_that_exist(path):
    text, makefile = path.read_text(), (ROOT / "Makefile").read_text()
    targets = " ".join(re.findall(r"(?:^ {4}|`)make ((?:[a-z][a-z-]+ ?)+)", text, flags=re.MULTILINE)).split()
    assert targets
    for target in targets:
        assert re.search(rf"^(?:[a-z-]+ )*{target}(?: [a-z-]+)*:", makefile, flags=re.MULTILINE), target
    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:virtsdk|tests|schemas|tools|notebooks)/[\w./*-]*)`", text):
        assert name in PATTERNS or list(ROOT.glob(name.rstrip("/"))), name


def test_the_wheel_has_the_name_that_the_page_says():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert set(re.findall(r"virtsdk-[\w.]+-py3-none-any\.whl", README.read_text())) == {
        f"virtsdk-{version}-py3-none-any.whl"
    }


# examples of a place, not places
PATTERNS = {"tests/unit/A/test_b.py", "virtsdk/A/b.py"}


def rows(heading):
    """Return the cells of the first table under a heading of CONTRIBUTING."""
    section = CONTRIBUTING.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(cell):
    return set(re.findall(r"`([\w.]+)`", cell))


def test_the_layer_map_is_the_one_that_the_tests_hold():
    layer = {part: int(number) for number, parts, _, _ in rows("The layer map") for part in words(parts)}
    assert layer.keys() == LAYERS.keys() - TO_COME
    for number, parts, _, imports in rows("The layer map"):
        below = {part for part, one in layer.items() if one < int(number)}
        named = words(imports) | (BASE & layer.keys() if "layer 1" in imports else set())
        said = {"anything": set(layer), "anything below": below, "nothing": set()}.get(imports, named)
        for part in words(parts):
            assert (LAYERS[part].parts & layer.keys()) - {part} == said - {part}, part
            assert number == "1" or said - {part} <= below, part


def test_each_kind_of_line_has_its_place():
    places = [
        place for row in rows("Where does my line go?") for place in re.findall(r"`(virtsdk/[^`]+)`", row[1])
    ]
    parts = {Path(place).parts[1] for place in places}
    above_the_base = LAYERS.keys() - TO_COME - BASE - {"models", "cli"}
    assert parts == above_the_base
