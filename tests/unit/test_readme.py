"""The README's Python runs as it stands there, top to bottom, as one session."""

import doctest
import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


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


def test_readme_names_only_files_and_targets_that_exist():
    text, makefile = README.read_text(), (README.parent / "Makefile").read_text()
    for target in set(re.findall(r"(?:^ {4}|`)make ([a-z][a-z-]+)", text, flags=re.MULTILINE)):
        assert re.search(rf"^(?:[a-z-]+ )*{target}(?: [a-z-]+)*:", makefile, flags=re.MULTILINE), target
    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (README.parent / name).exists(), name
