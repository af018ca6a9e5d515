"""Whatever happens to the bytes of a recording, it is read right, or what is wrong is said and named."""

from __future__ import annotations

import shutil
import warnings

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import about, at, node, sample, taken, write
from virtsdk.errors import RecordingError
from virtsdk.history.integrity import CONTENTS, RecordingWarning
from virtsdk.history.writer import RecordingWriter

ASKS = {
    "stats": lambda r: r.stats().domains,
    "usage": lambda r: r.usage("10s"),
    "disks": lambda r: r.rates(start=at(10)).disks,
    "hosts": lambda r: r.hosts,
    "samples": lambda r: r.samples,
    "machine": lambda r: r.node_rates().total,
}
FRAMES = ("domains", "disks", "samples", "hosts", "node.total")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    directory = tmp_path_factory.mktemp("damage") / "r"
    times = range(0, 50, 10)
    nodes = [node(t) for t in times]
    write(directory, [sample(t) for t in times], nodes=nodes, flush=4, close=False, only=("domains", "disks"))
    recording = virtsdk.open_recording(directory)
    return directory, {name: ask(recording) for name, ask in ASKS.items()}


def wrongs(directory, expected, name):
    """Yield what is neither read right nor said, of a recording with a damaged file of a name."""
    for ask, right in expected.items():
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                found = ASKS[ask](virtsdk.open_recording(directory))
            except RecordingError as error:
                if name not in str(error):
                    yield f"{ask}: {name} is not named: {error}"
                continue
        if not found.equals(right) and not any(one.category is RecordingWarning for one in said):
            yield f"{ask}: wrong, and nothing is said"


def damages(content, count):
    """Yield a content with a bit flipped, cut, or with bytes set to 0, at many places."""
    size = len(content)
    for number in range(count):
        place = number * (size - 1) // max(count - 1, 1)
        match number % 3:
            case 0:
                yield content[:place] + bytes([content[place] ^ (1 << number % 8)]) + content[place + 1 :]
            case 1:
                yield content[:place]
            case 2:
                yield content[:place] + bytes(min(9, size - place)) + content[place + 9 :]


@pytest.mark.parametrize("frame", [*FRAMES, "recording.json"])
def test_a_damaged_file_is_said_or_makes_no_difference(whole, frame, tmp_path):
    directory, expected = tmp_path / "r", whole[1]
    shutil.copytree(whole[0], directory)
    path = directory / frame if frame.endswith(".json") else min((directory / frame).iterdir())
    content = path.read_bytes()
    for number, bad in enumerate(damages(content, 9)):
        path.write_bytes(bad)
        found = list(wrongs(directory, expected, path.name))
        assert found == [], f"{frame}, {number}"


def copy(path, change=lambda table: table, metadata=None):
    """Write a file as another program does: without a seal."""
    table = pq.read_table(path, partitioning=None)
    about = {**table.schema.metadata, **(metadata or {})}
    pq.write_table(change(table).replace_schema_metadata(about), path)


@pytest.mark.parametrize("frame", FRAMES)
def test_rows_that_another_program_doubled_are_refused(whole, frame, tmp_path):
    shutil.copytree(whole[0], tmp_path / "r")
    path = min((tmp_path / "r" / frame).iterdir())
    copy(path, lambda table: pa.concat_tables([table, table]))
    recording = virtsdk.open_recording(tmp_path / "r")
    with pytest.raises(RecordingError, match=rf"{path.name} is not as .*rows are there twice"):
        recording._reader.schema(frame)


def test_nics_without_a_name_may_be_alike(tmp_path):
    frames = taken(sample(0))
    nics = frames["nics"].assign(nic=pd.array([None] * len(frames["nics"]), dtype="str"))
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add({**about(), **frames, "nics": pd.concat([nics, nics], ignore_index=True)})
    copy(next((tmp_path / "r" / "nics").iterdir()))
    assert len(virtsdk.open_recording(tmp_path / "r").frames("nics")) == 4


@pytest.mark.parametrize("column", ["node_time", "time"])
def test_times_before_there_were_any_are_refused(whole, column, tmp_path):
    shutil.copytree(whole[0], tmp_path / "r")
    path = min((tmp_path / "r" / "samples").iterdir())

    def long_ago(table):
        times = pa.array([-(2**62)] * table.num_rows, pa.timestamp("us", "UTC"))
        return table.set_column(table.column_names.index(column), column, times)

    copy(path, long_ago)
    with pytest.raises(RecordingError, match=f"column '{column}' has times that are none"):
        virtsdk.open_recording(tmp_path / "r").node_rates()


@pytest.mark.parametrize(
    "text",
    [b"{", b"[1]", b"[[1,2,3,4,5]]", b"[[1,1,[5],0,0]]", b'[[1,"1",[],0,0]]', b"[" * 10**5],
    ids=["cut", "a number", "no frames", "no names", "no numbers", "deep"],
)
def test_what_another_program_made_of_the_samples_own_words_is_refused(whole, text, tmp_path):
    shutil.copytree(whole[0], tmp_path / "r")
    path = min((tmp_path / "r" / "samples").iterdir())
    copy(path, metadata={CONTENTS.encode(): text})
    with pytest.raises(RecordingError, match=f"{path.name} is damaged"):
        virtsdk.open_recording(tmp_path / "r").stats()


@pytest.mark.parametrize(
    "version",
    ['"1.1"', '[1, "1"]', "[1, null]", "[true, null]", "{}", "[" * 10**5],
    ids=["text", "a text", "nothing", "truth", "object", "deep"],
)
def test_a_version_that_is_none_is_damage(whole, version, tmp_path):
    shutil.copytree(whole[0], tmp_path / "r")
    (tmp_path / "r" / "recording.json").write_text(f'{{"format": "virtsdk recording", "version": {version}}}')
    with pytest.raises(RecordingError, match=r"recording\.json is damaged"):
        virtsdk.open_recording(tmp_path / "r")


def test_the_check_counts_rows_both_ways(whole, tmp_path):
    for frame, rows, words in (
        ("domains", 3, "5 rows of domains of host 'kvm7' are gone"),
        ("samples", 1, "no sample tells of 6 rows of domains of host 'kvm7': samples are gone"),
        ("hosts", 0, "no row tells of host 'kvm7'"),
        ("node.total", 1, "3 rows of node.total of host 'kvm7' are gone"),
    ):
        directory = shutil.copytree(whole[0], tmp_path / frame)
        copy(min((directory / frame).iterdir()), lambda table, rows=rows: table.slice(0, rows))
        found = virtsdk.open_recording(directory).check()["what"]
        assert found.str.contains(words).any(), (frame, found.tolist())
