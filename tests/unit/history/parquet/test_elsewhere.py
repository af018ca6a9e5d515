"""Recordings that are not of this machine: read as those that are, and never written by a recorder."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import fsspec.core
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from tests.unit.tracebacks import showing
from virtsdk.errors import MissingDependency, RecordingError
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.parquet.elsewhere import RemotePath, remote
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.compact import compact


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> Iterator[tuple[Any, str]]:
    """A file system of this process, and a folder of the test."""
    system, folder = fsspec.filesystem("memory"), f"/{request.node.name}"
    yield system, folder
    if system.exists(folder):
        system.rm(folder, recursive=True)


@pytest.fixture
def both(tmp_path: Path, memory: tuple[Any, str]) -> tuple[virtsdk.Recording, virtsdk.Recording]:
    """A recording here, and a copy elsewhere."""
    write(tmp_path / "r", [sample(10 * number) for number in range(6)], flush=2)
    system, folder = memory
    for path in sorted((tmp_path / "r").rglob("*")):
        if path.is_file():
            system.pipe_file(f"{folder}/{path.relative_to(tmp_path / 'r')}", path.read_bytes())
    return virtsdk.open_recording(tmp_path / "r"), virtsdk.open_recording(f"memory:/{folder}")


def test_a_copy_elsewhere_answers_as_the_recording_here(both: tuple[Any, Any]) -> None:
    here, there = both
    pd.testing.assert_frame_equal(there.usage(None), here.usage(None))
    pd.testing.assert_frame_equal(there.frames("domains"), here.frames("domains"))
    pd.testing.assert_frame_equal(there.stats().domains, here.stats().domains)
    pd.testing.assert_frame_equal(there.samples, here.samples)
    assert there.size_bytes == here.size_bytes
    assert there.check().empty
    assert (there.start, there.end, there.about) == (here.start, here.end, here.about)


def test_it_shows_itself_by_its_url_and_can_be_sent(both: tuple[Any, Any], memory: Any) -> None:
    there = both[1]
    assert repr(there).startswith(f"<Recording memory:/{memory[1]}: ")
    assert there._repr_html_()
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(there)).samples, there.samples)


def test_what_is_added_and_merged_there_is_seen(
    both: tuple[Any, Any], memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, (system, folder) = both[1], memory
    forgotten: list[str] = []
    monkeypatch.setattr(type(system), "invalidate_cache", lambda self, path: forgotten.append(path))
    before = there.frames("domains")
    assert forgotten  # object stores list from memory what they listed before
    newest = max(system.ls(f"{folder}/samples", detail=False))
    held = system.cat_file(newest)
    system.rm_file(newest)
    with pytest.warns(RecordingWarning, match="of samples is gone"):
        assert len(there.frames("domains")) < len(before)
    system.pipe_file(newest, held)
    pd.testing.assert_frame_equal(there.frames("domains"), before)


def test_damage_and_trouble_are_told_apart(both: tuple[Any, Any], memory: Any) -> None:
    (system, folder), url = memory, str(both[1].directory)
    path = max(system.ls(f"{folder}/domains", detail=False))
    held = system.cat_file(path)
    system.pipe_file(path, held[:-1])
    with pytest.raises(RecordingError, match=f"{url}/domains/.* is damaged"):
        virtsdk.open_recording(url).usage(None)
    system.pipe_file(path, held)

    class NoCredentialsError(Exception):
        """As botocore's: no OSError."""

    def refused(*arguments: Any, **options: Any) -> Any:
        raise NoCredentialsError("none were found")

    recording = virtsdk.open_recording(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(system), "_open", refused)
        with pytest.raises(RecordingError, match=r"cannot be read \(NoCredentialsError: none were found\)"):
            recording.usage(None)
        patch.setattr(type(system), "find", refused)
        with pytest.raises(RecordingError, match="cannot be read: NoCredentialsError"):
            recording.samples  # noqa: B018
        patch.setattr(type(system), "cat_file", refused)
        with pytest.raises(RecordingError, match="cannot be read: NoCredentialsError"):
            virtsdk.open_recording(url)


def test_what_is_none_says_so(memory: Any) -> None:
    system, folder = memory
    with pytest.raises(
        RecordingError, match=r"it is no directory; give .* to which virtsdk compact --to copied"
    ):
        virtsdk.open_recording(f"memory:/{folder}")
    system.pipe_file(f"{folder}/notes/a.txt", b"")
    with pytest.raises(RecordingError, match=r"is no recording: it has no recording.json"):
        virtsdk.open_recording(f"memory:/{folder}")
    with pytest.raises(ValueError, match=r"a path or a URL of fsspec, not 'what://history'"):
        virtsdk.open_recording("what://history")
    with pytest.raises(
        ValueError, match=r"must be a text where it is a URL: .* lost a '/' of it, 's3:/bucket"
    ):
        virtsdk.open_recording(Path("s3://bucket/history"))
    with pytest.raises(ValueError, match=r"storage_options must be left out for a path of this machine"):
        virtsdk.open_recording("history", storage_options={"anon": True})


def test_a_file_url_is_a_path_of_this_machine(tmp_path: Path) -> None:
    write(tmp_path / "r", [sample(0), sample(10)])
    assert virtsdk.open_recording(f"file://{tmp_path}/r").directory == tmp_path / "r"


def test_what_is_missing_for_a_url_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*arguments: Any, **options: Any) -> Any:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", lacking)
    with pytest.raises(MissingDependency, match=r"s3:// needs a package of its own: Install s3fs"):
        virtsdk.open_recording("s3://bucket/history")


@pytest.mark.parametrize("url", ["s3://bucket/history", "memory://history", "simplecache::s3://bucket/h"])
def test_nobody_records_to_one(url: str) -> None:
    with pytest.raises(ValueError, match=r"directory must be one of this machine.*virtsdk compact DIREC"):
        RecordingWriter(url)  # pyright: ignore


def test_a_password_is_not_shown_and_goes_along() -> None:
    path = remote("memory://ana:geheim@store/history")
    assert isinstance(path, RemotePath)
    for shown in (str(path), repr(path), str(path / "domains"), str(path.parent)):
        assert "geheim" not in shown
        assert "ana:***@store" in shown
    again = pickle.loads(pickle.dumps(path))
    assert again == path
    assert again != remote("memory://ana:anders@store/history")


@pytest.mark.parametrize(
    "opens",
    [
        lambda tmp_path: virtsdk.open_recording("nosuch://key:hunter2@bucket/x"),
        lambda tmp_path: virtsdk.open_recording(tmp_path / "none", storage_options={"secret": "hunter2"}),
        lambda tmp_path: compact(write(tmp_path, [sample(0)]).directory, to="nosuch://key:hunter2@bucket/x"),
        lambda tmp_path: virtsdk.import_prometheus("http://ana:hunter2@127.0.0.1:1/"),
    ],
)
def test_no_error_shows_the_keys_to_a_place_elsewhere(opens: Any, tmp_path: Path) -> None:
    with pytest.raises((ValueError, RecordingError)) as raised:
        opens(tmp_path)
    assert "hunter2" not in str(raised.value)
    assert showing(raised.value, "hunter2") == []
