"""docs/beyond_one_machine.md: its examples run, and its recipes have the totals of `usage`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import dask
import distributed
import fsspec
import pandas as pd
import pytest

import virtsdk
from virtsdk.history.reading import replay

PAGE = (Path(__file__).resolve().parents[4] / "docs/beyond_one_machine.md").read_text()
BLOCKS = {
    words: next(one for one in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if words in one)
    for words in ('client="local"', "LocalCluster", "lazy=True", "s3://", "import duckdb", "import polars")
}


def run(words: str, **changes: str) -> dict[str, Any]:
    code = BLOCKS[words]
    for old, new in changes.items():
        code = code.replace(old, new)
    names: dict[str, Any] = {"virtsdk": virtsdk}
    exec(compile(code, f"docs/beyond_one_machine.md, {words}", "exec"), names)
    return names


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> virtsdk.Recording:
    """The recording that the page names, in the working directory; work is not divided."""
    monkeypatch.setattr(replay, "CHUNK", 100_000)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(virtsdk.example_recording().directory, "history")
    return virtsdk.open_recording("history")


def test_it_has_no_other_examples() -> None:
    assert PAGE.count("```python") == len(BLOCKS)


def test_workers_of_this_machine(history: virtsdk.Recording) -> None:
    pd.testing.assert_frame_equal(run('client="local"')["usage"], history.usage("1h"))


def test_a_client_and_capacity(history: virtsdk.Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    class InProcess(distributed.LocalCluster):
        def __init__(self, **options: Any) -> None:
            super().__init__(processes=False, dashboard_address=None, **{**options, "n_workers": 1})

    monkeypatch.setattr(distributed, "LocalCluster", InProcess)
    found = run("LocalCluster")
    assert len(found["busiest"]) == 3
    wide = history.usage("1h").pivot(index="time", columns=["host", "name"], values="cpu_used_vcpus")
    expected = virtsdk.capacity.forecast(wide, 24).frame()
    pd.testing.assert_frame_equal(found["ahead"].frame(), expected)


def test_on_in_dask(history: virtsdk.Recording) -> None:
    with dask.config.set(scheduler="synchronous"):
        found = run("lazy=True")["by_host"]
    expected = history.usage("1h").groupby("host")["cpu_used_vcpus"].mean()
    pd.testing.assert_series_equal(found.sort_index(), expected, check_dtype=False, check_index_type=False)


def test_a_copy_elsewhere(history: virtsdk.Recording) -> None:
    system = fsspec.filesystem("memory")
    system.put("history", "/bucket/history", recursive=True)
    try:
        found = run("s3://", **{"s3://": "memory://"})["usage"]
    finally:
        system.rm("/bucket", recursive=True)
    pd.testing.assert_frame_equal(found, history.usage("1h", hosts="lab1"))


def totals(recording: virtsdk.Recording) -> pd.DataFrame:
    usage = recording.usage(None)
    used = (usage["cpu_used_vcpus"] * usage["seconds"]).rename("cpu_seconds")
    return used.groupby([usage["host"], usage["name"]]).sum().reset_index()


@pytest.mark.parametrize("which", ["example", "with gaps and resets"])
@pytest.mark.parametrize(("words", "name"), [("import duckdb", "duck"), ("import polars", "polars")])
def test_recipes_have_the_totals_of_usage(
    words: str, name: str, which: str, as_of_today: Path, tmp_path: Path
) -> None:
    if which != "example":
        shutil.rmtree("history")
        shutil.copytree(as_of_today, "history")
    found = run(words)[name]
    found = pd.DataFrame(found.to_dicts()) if name == "polars" else found
    pd.testing.assert_frame_equal(found, totals(virtsdk.open_recording("history")), check_dtype=False)
