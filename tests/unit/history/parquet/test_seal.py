"""A damaged footer is an error before anything of it is believed."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from virtsdk.errors import RecordingError
from virtsdk.history.parquet.seal import BrokenSealError, read_sealed


@pytest.fixture
def recorded(tmp_path):
    write(tmp_path / "r", [sample(t) for t in (0, 10, 20)])
    return tmp_path / "r"


def first_file(directory):
    return next((directory / "domains").iterdir())


def test_each_file_of_a_recording_is_sealed(recorded):
    for path in recorded.rglob("*.parquet"):
        sealed, footer = read_sealed(path)
        assert sealed, path
        assert pq.read_metadata(pa.BufferReader(footer)).num_rows == pq.read_metadata(path).num_rows


def test_any_flipped_bit_of_a_footer_is_an_error_that_names_the_file(recorded):
    path = first_file(recorded)
    good = path.read_bytes()
    length = int.from_bytes(good[-8:-4], "little")
    start = len(good) - 8 - length
    for place in [*range(start, len(good) - 8, 7), *range(len(good) - 8, len(good))]:
        for bit in (0, 6):
            bad = bytearray(good)
            bad[place] ^= 1 << bit
            path.write_bytes(bad)
            try:
                sealed, _ = read_sealed(path)
            except BrokenSealError:
                continue
            assert not sealed  # the mark itself was hit: what it holds is checked then
    flipped = bytearray(good)
    flipped[start + 3] ^= 4
    path.write_bytes(flipped)
    with pytest.raises(RecordingError, match=path.name):
        virtsdk.open_recording(recorded).usage("10s")


def test_a_flipped_bit_does_not_end_the_process(recorded):
    path = first_file(recorded)
    good = path.read_bytes()
    length = int.from_bytes(good[-8:-4], "little")
    script = f"""
import random, virtsdk
good, path = open({str(path)!r}, "rb").read(), {str(path)!r}
draw = random.Random(1)
for _ in range(60):
    bad = bytearray(good)
    bad[len(good) - 8 - draw.randrange({length})] ^= 1 << draw.randrange(8)
    open(path, "wb").write(bad)
    try:
        virtsdk.open_recording({str(recorded)!r}).stats()
    except virtsdk.errors.RecordingError:
        pass
print("alive")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.stdout == "alive\n", ended.stderr[-500:]


def test_a_copy_by_another_program_has_no_seal_and_is_read(recorded):
    path = first_file(recorded)
    pq.write_table(pq.read_table(path, partitioning=None), path)
    assert read_sealed(path)[0] is False
    assert len(virtsdk.open_recording(recorded).frames("domains")) == 6
