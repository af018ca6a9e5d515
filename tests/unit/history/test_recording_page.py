"""docs/recording.md: its examples run, its table has all that can be included, its sizes are right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import cli
from virtsdk.history.sampling.slowly import EVERY
from virtsdk.history.sampling.told import INCLUDED

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/recording.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_its_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hosts.toml").write_text("[hosts]\nkvm7 = 'test:///default'\n")
    names: dict[str, Any] = {
        "virtsdk": virtsdk,
        "taken": lambda recorder: until(lambda: recorder.samples > 2),
    }
    for number, block in enumerate(BLOCKS):
        code = block.replace('"10s"', '"0.1s"').replace("recorder.stop()", "taken(recorder)\nrecorder.stop()")
        exec(compile(code, f"docs/recording.md, block {number}", "exec"), names)
    assert names["recording"].definitions()["name"].tolist() == ["test"]
    commands = re.findall(r"^\$ virtsdk (.*)$", PAGE.replace("\\\n", ""), re.MULTILINE)
    assert len(commands) == 2
    for words in commands:
        if not words.startswith("record"):
            assert cli.main(words.split()) == 0
        else:
            assert cli.parser_of_all().parse_args(words.split()).keep == {"raw": "14d", "5min": "2y"}


def test_its_table_has_all_that_can_be_included() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \| `(.*)` \|$", PAGE, re.MULTILINE)
    assert tuple(name for name, _, _ in rows) == INCLUDED
    often = {"every minute": 60.0, "every 10 minutes": 600.0}
    assert {name: often[how] for name, how, _ in rows if how in often} == EVERY


def test_the_size_of_a_sample_is_as_it_says() -> None:
    recording = virtsdk.example_recording()
    bytes_each = recording.size_bytes / len(recording.frames("domains"))
    assert f"`virtsdk.example_recording()`: {bytes_each:.0f})" in PAGE
