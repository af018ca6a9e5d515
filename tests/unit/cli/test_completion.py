"""Completion in a shell, by argcomplete's own protocol; without argcomplete nothing happens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from argcomplete._check_module import find

import virtsdk

BREAKS = " \t\n\"'><=;|&(:"


def completed(line: str, *, before: str = "", where: Path | None = None) -> set[str]:
    """Ask as bash does: what may the last word of a line be."""
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_COMP_WORDBREAKS": BREAKS,
        "_ARGCOMPLETE_IFS": "\013",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    code = f"{before}\nfrom virtsdk.cli import main\nmain()"
    done = subprocess.run(
        ["sh", "-c", f'exec 8>&1 9>&2 >/dev/null 2>&1; exec {sys.executable} -c "$CODE"'],
        env=os.environ | asked | {"CODE": code, "PYTHONPATH": str(Path(virtsdk.__file__).parents[1])},
        cwd=where,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split("\013")) - {""}


def test_commands_options_and_words(tmp_path):
    (tmp_path / "harbour.yaml").touch()
    assert {"headroom", "top", "convert", "--version"} <= completed("virtsdk ")
    assert {one.strip() for one in completed("virtsdk head")} == {"headroom"}
    assert {one.strip() for one in completed("virtsdk convert --secrets ")} == {"refuse", "keep", "drop"}
    policies = {one.strip() for one in completed("virtsdk report x --policy har", where=tmp_path)}
    assert policies == {"harvester-1.4", "harvester-2026", "harbour.yaml"}


def test_a_uri_of_this_machine_and_a_recording(tmp_path):
    (tmp_path / "testing").mkdir()
    found = {one.strip() for one in completed("virtsdk headroom test", where=tmp_path)}
    assert found == {"test:///default", "testing/"}


def test_without_argcomplete_there_is_no_answer_and_nothing_is_run():
    assert completed("virtsdk ", before="import sys; sys.modules['argcomplete'] = None") == set()


@pytest.mark.parametrize("module", ["virtsdk.cli", "virtsdk"])
def test_the_shell_finds_the_mark_in_what_it_looks_at(module):
    """The script of an entry point has none: argcomplete reads the module that it imports."""
    file = Path(find(module, return_package=module == "virtsdk.cli"))
    assert file.name == ("__init__.py" if module == "virtsdk.cli" else "__main__.py")
    assert "PYTHON_ARGCOMPLETE_OK" in file.read_text()[:1024]
