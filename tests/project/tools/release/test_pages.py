"""The pages about releases and policies name what is there, and their code runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PAGES = [
    "CHANGELOG.md",
    "docs/releasing.md",
    "docs/policies/deprecation.md",
    "docs/policies/schema_upgrades.md",
    "packaging/README.md",
]


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_names_is_there(path):
    text, makefile = (ROOT / path).read_text(), (ROOT / "Makefile").read_text()
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)) == 1
    for target in re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, flags=re.MULTILINE):
        assert re.search(rf"^(?:[a-z-]+ )*{target}(?: [a-z-]+)*:", makefile, flags=re.MULTILINE), target
    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / path).parent / name).exists(), name
    for name in re.findall(r"`((?:tests|schemas|tools|packaging|requirements)[\w./-]*\.\w+)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", PAGES)
def test_the_code_of_a_page_runs(path):
    for block in re.findall(
        r"^```python\n(.*?)^```", (ROOT / path).read_text(), flags=re.MULTILINE | re.DOTALL
    ):
        exec(compile(block, path, "exec"), {})


def test_the_public_modules_of_the_policy_say_what_is_public():
    import virtsdk

    text = (ROOT / "docs/policies/deprecation.md").read_text().partition("Not public")[0]
    named = set(re.findall(r"`virtsdk\.(\w+)`", text)) - {"__all__"}
    assert {"capacity", "xml", "stats", "models"} <= named <= set(virtsdk.__all__)
    for name in named - {"models"}:  # names.lock is its list
        assert getattr(virtsdk, name).__all__, name
