"""Files that do not count: what an interrupted flush leaves is told as that, and other rows are kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import virtsdk
from tests.unit.history.recordings import FEW, about, sample, taken, times
from virtsdk import cli
from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.files import Segment
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.compact import compact
from virtsdk.history.writing.lock import LOCK


def held(directory: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(directory)): one.read_bytes() for one in directory.rglob("*") if one.is_file()
    }


def flushed(directory: Path, seconds: tuple[int, ...] = (0, 10, 20)) -> Path:
    """A flush a sample, of a recorder that was killed."""
    writer = RecordingWriter(directory)
    writer.add(about())
    for one in seconds:
        writer.add(taken(sample(one), only=FEW))
        writer.flush()
    writer._holder.release()
    return directory


def killed_in_a_flush(directory: Path, before: str) -> None:
    """Record one more sample, and end before the file of a frame has its name."""

    class Killed(BaseException):
        pass

    def killed(path: Path, target: Path) -> Path:
        if path.parent.name == before:
            shutil.copy(path, path.with_name("kept"))  # the writer that lives on removes it
            raise Killed
        return real(path, target)

    writer, real = RecordingWriter(directory), Path.replace
    writer.add(taken(sample(600), only=FEW))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(Killed):
            writer.flush()
    writer._holder.release()
    (kept,) = directory.glob("*/kept")
    segment = Segment(writer.last + 1, writer.last + 1, 0)
    kept.rename(kept.with_name(segment.all_names[0] + files.DRAFT))


def all_samples(directory: Path) -> None:
    for path in (directory / "samples").iterdir():
        path.unlink()


def the_folder_of_samples(directory: Path) -> None:
    shutil.rmtree(directory / "samples")


def the_first_samples(directory: Path) -> None:
    min((directory / "samples").iterdir()).unlink()


def samples_in_the_middle(directory: Path) -> None:
    sorted((directory / "samples").iterdir())[1].unlink()


def the_last_two_samples(directory: Path) -> None:
    for path in sorted((directory / "samples").iterdir())[1:]:
        path.unlink()


def the_end_of(frame: str) -> Callable[[Path], None]:
    def cut(directory: Path) -> None:
        path = min((directory / frame).iterdir())
        path.write_bytes(path.read_bytes()[:100])

    cut.__name__ = f"the_end_of_{frame}"
    return cut


def the_middle_of(frame: str) -> Callable[[Path], None]:
    def zero(directory: Path) -> None:
        path = max((directory / frame).iterdir())
        whole = path.read_bytes()
        path.write_bytes(whole[:4] + b"\0" * 200 + whole[204:])

    zero.__name__ = f"the_middle_of_{frame}"
    return zero


LOST = [
    all_samples, the_folder_of_samples, the_first_samples, samples_in_the_middle, the_last_two_samples,
    the_end_of("domains"), the_end_of("samples"), the_end_of("hosts"), the_middle_of("disks"),
    the_middle_of("samples"),
]  # fmt: skip


@pytest.mark.parametrize("lose", LOST, ids=lambda one: one.__name__)
def test_what_is_lost_is_told_and_compact_changes_nothing(
    tmp_path: Path, lose: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    directory = flushed(tmp_path / "r")
    lose(directory)
    before = held(directory)
    with pytest.raises(RecordingError, match=rf"{directory}.*restore") as raised:
        compact(directory)
    assert ".parquet" in str(raised.value) or "samples/" in str(raised.value)
    assert {**held(directory), LOCK: b""} == {**before, LOCK: b""}
    before = held(directory)
    assert cli.main(["check", str(directory)]) == 1
    assert {"damaged", "missing"} & set(virtsdk.open_recording(directory).check()["problem"])
    assert held(directory) == before
    capsys.readouterr()


@pytest.mark.parametrize("lose", [all_samples, the_folder_of_samples], ids=lambda one: one.__name__)
def test_the_example_without_its_samples_is_no_flush_of_a_recorder(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    directory = shutil.copytree(virtsdk.example_recording().directory, tmp_path / "r")
    lose(directory)
    before = held(directory)
    assert set(virtsdk.open_recording(directory).check()["problem"]) == {"missing"}
    with pytest.raises(RecordingError, match=r"nothing was changed: .* of which the samples are gone"):
        compact(directory)
    assert held(directory) == before
    for _ in range(2):
        RecordingWriter(directory).close()
        after = held(directory)
        assert {name: after.get(name) for name in before if "/" in name} == {
            name: data for name, data in before.items() if "/" in name
        }


@pytest.mark.parametrize("frame", ["domains", "samples"])
@pytest.mark.parametrize("seconds", [(), (0, 10, 20)], ids=["first", "fourth"])
def test_a_flush_that_was_interrupted_is_unfinished_and_compact_loses_no_row(
    tmp_path: Path, frame: str, seconds: tuple[int, ...]
) -> None:
    directory = flushed(tmp_path / "r", seconds)
    killed_in_a_flush(directory, frame)
    before = held(directory)
    there = times(directory) if seconds else []
    assert set(virtsdk.open_recording(directory).check()["problem"]) == {"unfinished"}
    compact(directory)
    if seconds:
        assert times(directory) == there
    newest = {name: data for name, data in before.items() if name.endswith(f"{len(seconds) + 1}.parquet")}
    assert {name: held(directory).get(name) for name in newest} == newest
    with RecordingWriter(directory) as writer:  # a recorder goes on, and removes it
        assert not any((directory / name).exists() for name in newest)
        writer.add({**about(), **taken(sample(700), only=FEW)})
    assert len(times(directory)) == len(there) + 1
    assert virtsdk.open_recording(directory).check().empty


def test_a_recorder_goes_on_after_rows_whose_samples_are_gone(tmp_path: Path) -> None:
    directory = flushed(tmp_path / "r")
    all_samples(directory)
    with RecordingWriter(directory) as writer:
        writer.add(taken(sample(30), only=FEW))
    with pytest.warns(RecordingWarning, match="segments 1 to 3 of samples is gone"):
        assert len(times(directory)) == 4
    assert "missing" in set(virtsdk.open_recording(directory).check()["problem"])


def test_what_was_merged_into_a_file_that_is_damaged_stays(tmp_path: Path) -> None:
    directory = flushed(tmp_path / "r")
    kept = shutil.copytree(directory / "domains", tmp_path / "kept")
    RecordingWriter(directory).close()  # joins them
    (joined,) = (directory / "domains").iterdir()
    shutil.copytree(kept, directory / "domains", dirs_exist_ok=True)  # as where it was killed
    whole = joined.read_bytes()
    joined.write_bytes(whole[:4] + b"\0" * 200 + whole[204:])
    before = held(directory)
    with pytest.raises(RecordingError, match=f"{joined} is damaged"):
        compact(directory)
    assert held(directory) == before
    RecordingWriter(directory).close()
    assert {name: held(directory).get(name) for name in before if name[0] == "d"} == {
        name: data for name, data in before.items() if name[0] == "d"
    }
    joined.write_bytes(whole)
    RecordingWriter(directory).close()
    assert list((directory / "domains").iterdir()) == [joined]


def test_a_copy_keeps_what_the_recording_has_lost(tmp_path: Path) -> None:
    import fsspec

    url = "memory://lost/history"
    directory = flushed(tmp_path / "r")
    compact(directory, to=url)
    shutil.rmtree(directory / "disks")
    before = held(directory)
    with pytest.raises(RecordingError, match=r"nothing was changed: .* of disks is gone"):
        compact(directory, to=url)
    assert held(directory) == before
    assert virtsdk.open_recording(url).check().empty
    fsspec.filesystem("memory").rm("/lost", recursive=True)


def test_rows_of_another_recording_in_the_same_directory_are_not_removed(tmp_path: Path) -> None:
    directory = flushed(tmp_path / "r", (0, 10, 20, 30))
    RecordingWriter(directory).close()  # joins them
    other = RecordingWriter(tmp_path / "other")
    other.add(about(("kvm9",)))
    for seconds in (5, 15):
        other.add(taken(sample(seconds, "kvm9"), only=FEW))
        other.flush()
    other.release()
    (tmp_path / "other" / "recorder.lock").unlink()
    shutil.copytree(tmp_path / "other", directory, dirs_exist_ok=True)
    before = held(directory)
    found = virtsdk.open_recording(directory).check()
    assert set(found["problem"]) == {"missing"} and len(found) >= 2 * len(FEW)
    with pytest.raises(RecordingError, match="nothing was changed"):
        compact(directory)
    RecordingWriter(directory).close()
    assert {name: held(directory).get(name) for name in before if "/" in name} == {
        name: data for name, data in before.items() if "/" in name
    }
