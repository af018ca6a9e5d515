"""The recording of nine hosts: of an older version, of today, with sums in place of samples."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.history.reading.nine_hosts import write
from virtsdk.history import files
from virtsdk.history.reading import apart, replay
from virtsdk.history.retention.keep import Keep
from virtsdk.history.writing.compact import compact


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one part of the guests in a day, and of the days, as of a recording of millions of rows."""
    monkeypatch.setattr(replay, "CHUNK", 300)
    monkeypatch.setattr(apart, "TASKS", 3)


@pytest.fixture(scope="session")
def as_of_1_3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = write(tmp_path_factory.mktemp("apart") / "older")
    said = {**files.mark(), "version": [1, 3]}
    (directory / files.MARK).write_text(json.dumps(said), encoding="utf-8")
    return directory


@pytest.fixture(scope="session")
def as_of_today(as_of_1_3: Path) -> Path:
    """The same, by days and parts of the hosts."""
    directory = shutil.copytree(as_of_1_3, as_of_1_3.with_name("today"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "SMALL_PART", 1)
        compact(directory)
    names = [path.name for path in (directory / "domains").iterdir()]
    assert any("-02-03" in name for name in names), names
    return directory


@pytest.fixture(scope="session")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("apart") / "rolled", step=240, keep=Keep(raw=7200.0))
