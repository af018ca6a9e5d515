"""Which sample is the last one of a host, in a recording of many files."""

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import at, sample, write


@pytest.fixture
def recording(tmp_path):
    """kvm8 stopped after the first sample; each sample is in files of its own, as none are merged yet."""
    samples = [sample(0, "kvm8"), *(sample(10 * number, "kvm7") for number in range(1, 5))]
    writer = write(tmp_path / "r", samples, flush=1, close=False)
    yield virtsdk.open_recording(tmp_path / "r")
    writer.close()


def times(stats):
    return stats.domains.groupby("host")["time"].first().to_dict()


def test_each_host_has_its_own_last_sample_in_whichever_file_that_is(recording):
    assert times(recording.stats()) == {"kvm7": at(40), "kvm8": at(0)}


@pytest.mark.parametrize(("second", "last"), [(25, 20), (20, 20), (40, 40), (4000, 40)])
def test_a_moment_has_the_last_samples_before_it(second, last, recording):
    assert times(recording.stats(at(second))) == {"kvm7": at(last), "kvm8": at(0)}


def test_before_its_first_sample_a_host_is_not_there(recording):
    assert times(recording.stats(at(9))) == {"kvm8": at(0)}
    with pytest.raises(ValueError, match=r"no sample at or before .*; it begins at 2026-03-01 12:00:00"):
        recording.stats(at(-1))


def test_an_end_is_not_in_what_it_ends(recording):
    frame = recording.frames("domains", start=at(10), end=at(30), columns=["host", "time"])
    assert pd.Series(frame["time"]).drop_duplicates().tolist() == [at(10), at(20)]
