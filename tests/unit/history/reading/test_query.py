"""Which sample is the last one of a host, in a recording of many files, and which hosts are there still."""

import warnings

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import about, at, sample, taken, write
from virtsdk.history.columns import own_frame
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.storage import storage_frames


@pytest.fixture(scope="module")
def of_files(tmp_path_factory):
    samples = [sample(0, "kvm8"), *(sample(10 * number, "kvm7") for number in range(1, 5))]
    writer = write(tmp_path_factory.mktemp("query") / "r", samples, flush=1, close=False)
    yield writer.directory
    writer.close()


@pytest.fixture
def recording(of_files):
    """kvm8 stopped after the first sample; each sample is in files of its own, as none are merged yet."""
    return virtsdk.open_recording(of_files)


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


def test_no_host_and_no_guest_is_an_empty_frame_of_the_same_columns(recording):
    whole = recording.frames("domains")
    for none in ({"domains": []}, {"hosts": []}, {"domains": (), "hosts": "kvm7"}):
        frame = recording.frames("domains", **none)
        assert len(frame) == 0
        assert frame.dtypes.equals(whole.dtypes)


# --- hosts that are gone --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_two_hosts(tmp_path_factory):
    own = [sample(t, "kvm7") for t in (0, 10, 20)] + [sample(t, "kvm8") for t in range(60, 131, 10)]
    return write(tmp_path_factory.mktemp("query") / "r", own, flush=20).directory


@pytest.fixture
def moved(of_two_hosts):
    """kvm7 died after 20 s, and its guests were started on kvm8."""
    return virtsdk.open_recording(of_two_hosts)


def test_a_guest_is_where_it_is_now_and_the_host_that_is_gone_is_said(moved):
    with pytest.warns(RecordingWarning, match=r"'kvm7' \(last sample 2026-03-01 12:00:20 UTC\) is left out"):
        assert times(moved.stats()) == {"kvm8": at(130)}
    assert moved.hosts.set_index("host")["current"].to_dict() == {"kvm7": False, "kvm8": True}
    assert moved.hosts["last"].tolist() == [at(20), at(130)]
    assert "2 hosts, 2 domains" in repr(moved)


def test_an_inventory_has_the_hosts_that_are_there_and_their_guests(moved):
    with pytest.warns(RecordingWarning, match="'kvm7'"):
        hosts, domains = moved.inventory()
    assert (hosts["host"].tolist(), hosts.index.tolist()) == (["kvm8"], [0])
    assert set(domains["host"]) == {"kvm8"} and set(domains["time"]) == {at(130)}


def test_a_guest_of_a_host_that_just_died_is_where_it_runs_now(tmp_path):
    one, other, idle = ("1" * 36, "one"), ("2" * 36, "other"), ("3" * 36, "idle")
    died = [{"host": "kvm7", "time": at(t), "taken": False, "missed": 1, "error": "lost"} for t in (20, 30)]
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about(["kvm7", "kvm8"]))
        for t in (0, 10):
            writer.add(taken(sample(t, "kvm7", [one, other])))
        for t in (0, 10, 20, 30):
            writer.add(taken(sample(t + 1, "kvm8", [idle, one] if t > 10 else [idle])))
        writer.flush()
        recording = virtsdk.open_recording(tmp_path / "r")
        both = [["kvm7", "one"], ["kvm7", "other"], ["kvm8", "idle"], ["kvm8", "one"]]
        assert recording.stats().domains[["host", "name"]].to_numpy().tolist() == both  # it migrates, maybe
        writer.add({"samples": own_frame("samples", died)})
    recording = virtsdk.open_recording(tmp_path / "r")
    with pytest.warns(RecordingWarning, match="runs elsewhere now and its host fails: 'one' of 'kvm7'$"):
        found = recording.stats()
    assert found.domains[["host", "name"]].to_numpy().tolist() == both[1:]
    assert found.disks[["host", "name"]].drop_duplicates().to_numpy().tolist() == both[1:]
    assert len(recording.stats(at(15)).domains) == 3  # as it was then


def test_how_old_a_sample_may_be_is_ten_intervals_or_as_told(moved):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert times(moved.stats(at(120))) == {"kvm7": at(20), "kvm8": at(120)}  # ten intervals
        assert times(moved.stats(max_age="110s")) == {"kvm7": at(20), "kvm8": at(130)}
        assert times(moved.stats(host="kvm7")) == {"kvm7": at(20)}
        assert times(moved.stats("-1min")) == {"kvm7": at(20), "kvm8": at(70)}
    with pytest.warns(RecordingWarning, match="kvm7"):
        assert times(moved.stats(at(70), max_age=30)) == {"kvm8": at(70)}


def test_a_host_that_is_sampled_rarely_is_judged_by_its_own_interval(tmp_path):
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about(["kvm7"], interval=60.0))
        writer.add(about(["kvm8"], interval=1.0))
        for one in (sample(0, "kvm7"), sample(0, "kvm8"), sample(300, "kvm8")):
            writer.add(taken(one))
    recording = virtsdk.open_recording(tmp_path / "r")
    assert times(recording.stats()) == {"kvm7": at(0), "kvm8": at(300)}
    assert times(recording.stats(at(300))) == {"kvm7": at(0), "kvm8": at(300)}


def test_storage_that_is_read_once_an_hour_is_that_of_a_host_that_is_there(tmp_path):
    pools = {"storage.pools": [{"storage_pool": "u1", "name": "images", "capacity": 5, "state": 2}]}
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about(["kvm7", "kvm8"]))
        for host, seconds in (("kvm7", 0), ("kvm8", 900), ("kvm7", 950)):
            frames = taken(sample(seconds, host))
            if seconds < 950:
                storage = storage_frames(pools, host=host, time=at(seconds))
                frames["samples"]["storage_time"] = storage.time
                frames |= storage.frames
            writer.add(frames)
    recording = virtsdk.open_recording(tmp_path / "r")
    assert recording.storage_stats().pools["host"].tolist() == ["kvm7", "kvm8"]
