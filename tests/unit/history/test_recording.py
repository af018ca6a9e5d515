"""A recording gives back what was recorded: samples, slices of them, and the same rates."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import textwrap

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import about, at, equal_rates, node, sample, taken, write
from tests.unit.stats.records import DB, WEB
from virtsdk.errors import RecordingError
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import node_rates, rates
from virtsdk.stats.samples.storage import storage_frames

HOSTS = ("kvm7", "kvm8")
GUESTS = {"kvm7": ((WEB, "web1"), (DB, "db1")), "kvm8": (("c" * 36, "cache1"),)}
SAMPLES = [
    sample(t + late, host, GUESTS[host])
    for t in range(0, 150, 10)
    for host, late in (("kvm7", 0), ("kvm8", 0.002))
]
NODES = [node(t + 0.5, "kvm7") for t in range(0, 150, 10)]  # read after the guests


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    directory = tmp_path_factory.mktemp("history") / "fleet"
    write(directory, SAMPLES, nodes=NODES, only=None)
    return virtsdk.open_recording(directory)


@pytest.fixture(scope="module")
def expected():
    """The rates of the samples, without a recording between."""
    return rates(SAMPLES)


def same(found, expected, by=("host", "domain")):
    """The same rows in the same dtypes, in whatever order."""
    keys = [key for key in (*by, *expected.columns[3:5]) if key in expected.columns]
    one, two = (frame.sort_values(keys, kind="stable", ignore_index=True) for frame in (found, expected))
    pd.testing.assert_frame_equal(one, two)


# --- samples ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 17, 28, 29])
def test_a_sample_comes_back_as_it_was(recording, number):
    expected = SAMPLES[number]
    found = recording.stats(expected.time, host=expected.host)
    assert (found.host, found.time) == (expected.host, expected.time)
    assert set(found.frames) == set(expected.frames)
    for name, frame in expected.frames.items():
        same(found.frames[name], frame)
    pd.testing.assert_frame_equal(
        found.trust.sort_values(list(found.trust.columns), ignore_index=True),
        expected.trust.sort_values(list(found.trust.columns), ignore_index=True),
    )


def test_a_time_between_two_samples_means_the_one_before(recording):
    assert recording.stats(at(19.9), host="kvm7").time == at(10)
    assert recording.stats("2026-03-01 12:00:20", host="kvm7").time == at(20)
    assert recording.stats("2026-03-01T13:00:20+01:00", host="kvm7").time == at(20)
    assert recording.stats(host="kvm7").time == at(140)


def test_without_a_host_it_is_the_last_sample_of_each(recording):
    found = recording.stats(at(20.001))
    assert found.domains[["name", "time"]].to_numpy().tolist() == [
        ["db1", at(20)],
        ["web1", at(20)],
        ["cache1", at(10.002)],
    ]
    assert "2 hosts" in repr(found)


def test_the_machine_comes_back_as_well(recording):
    assert recording.node_stats(at(30)).time == at(20.5)
    found, expected = recording.node_stats(at(35)), NODES[3]
    assert found.time == expected.time
    for name, frame in expected.frames.items():
        pd.testing.assert_frame_equal(found.frames[name], frame)
    assert expected.other["key"].tolist() == ["of_a_newer_libvirt"] * 3
    assert found.other["value"].tolist() == expected.other["value"].tolist()
    assert set(found.other["row"].dropna()) == {"0", "1"}


def test_a_host_without_guests_and_its_storage_come_back(tmp_path):
    empty = sample(0, guests=())
    pools = {"storage.pools": [{"storage_pool": "u1", "name": "images", "capacity": 5, "state": 2}]}
    storage = storage_frames(pools, host="kvm7", time=at(1))
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about())
        frames = taken(empty)
        frames["samples"]["storage_time"] = storage.time
        writer.add({**frames, **storage.frames})
    recording = virtsdk.open_recording(tmp_path / "r")
    assert recording.stats().domains.empty
    pd.testing.assert_frame_equal(recording.stats().domains, empty.domains)
    pd.testing.assert_frame_equal(recording.storage_stats().pools, storage.pools)
    assert recording.storage_stats().volumes.empty


# --- slices -------------------------------------------------------------------------------------------


def test_frames_have_the_rows_columns_and_dtypes_of_the_samples(recording):
    for name in ("domains", "vcpus", "disks", "nics", "other"):
        expected = pd.concat([one.frames[name] for one in SAMPLES], ignore_index=True)
        found = recording.frames(name)
        parts = [key for key in ("vcpu", "disk", "nic", "key") if key in expected.columns]
        keys = ["host", "name", "domain", *parts, "time"]
        pd.testing.assert_frame_equal(found, expected.sort_values(keys, ignore_index=True))


def test_a_slice_has_only_what_was_asked_for(recording):
    found = recording.frames(
        "domains", start=at(100), end=at(130), domains="web1", columns=["time", "memory_used_bytes"]
    )
    assert found["time"].tolist() == [at(100), at(110), at(120)]
    assert found.columns.tolist() == ["time", "memory_used_bytes"]
    assert found["memory_used_bytes"].tolist() == [SAMPLES[0].domains["memory_used_bytes"].iloc[0]] * 3
    assert recording.frames("vcpus", domains=DB, hosts="kvm7")["name"].unique().tolist() == ["db1"]
    assert recording.frames("disks", hosts=["kvm8"])["host"].unique().tolist() == ["kvm8"]
    assert recording.frames("node.total", start=at(130))["time"].tolist() == [at(130.5), at(140.5)]


def test_an_empty_slice_keeps_columns_and_dtypes(recording):
    found = recording.frames("disks", start=at(10_000))
    assert found.empty
    assert found.dtypes.equals(SAMPLES[0].disks.dtypes)
    assert recording.frames("perf").dtypes.equals(SAMPLES[0].perf.dtypes)


def test_several_frames_come_by_name_and_all_of_them_where_none_is_named(recording):
    assert list(recording.frames("disks", "nics")) == ["disks", "nics"]
    assert set(recording.frames()) == {
        "domains", "vcpus", "disks", "nics", "other",
        "node.total", "node.cpus", "node.memory", "node.other",
    }  # fmt: skip


def test_a_slice_does_not_read_the_rest(tmp_path):
    days = [sample(t) for t in range(0, 250, 10)]
    writer = write(tmp_path / "r", days, flush=1, close=False, only=["domains"])
    recording = virtsdk.open_recording(tmp_path / "r")
    files = sorted((tmp_path / "r" / "domains").iterdir(), key=lambda path: path.name[2:])
    assert len(files) > 2
    for path in files[1:]:  # their data is gone, their ends are there
        whole = path.read_bytes()
        data = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
        path.write_bytes(b"PAR1" + b"\0" * (data - 4) + whole[data:])
    assert len(recording.frames("domains", end=at(50))) == 10
    with pytest.raises(RecordingError, match=files[1].name):
        recording.frames("domains")
    writer.close()


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda r: r.frames("domain"), ValueError, "domains, vcpus"),
        (lambda r: r.frames("domains", columns=["cpu"]), ValueError, "'cpu'"),
        (lambda r: r.frames("domains", columns="state"), TypeError, "list of names"),
        (lambda r: r.frames("domains", hosts="kvm9"), ValueError, "kvm7, kvm8"),
        (lambda r: r.frames("domains", domains=[7]), TypeError, "int"),
        (lambda r: r.usage(domains=["web1", "wbe2"]), ValueError, "'wbe2' was recorded"),
        (lambda r: r.frames("domains", start=pd.Timestamp("2026-03-01")), ValueError, "time zone"),
        (lambda r: r.stats("2026-02-01"), ValueError, "begins at 2026-03-01 12:00"),
        (lambda r: r.stats(host="kvm9"), ValueError, "kvm7, kvm8"),
        (lambda r: r.storage_stats(), RecordingError, "no sample of storage"),
        (lambda r: r.usage("0s"), ValueError, "above 0"),
        (lambda r: r.usage(start=at(140)), ValueError, "two points in time"),
        (lambda r: rates(r, SAMPLES[0]), TypeError, "give it alone"),
        (lambda r: rates(5), TypeError, "not int"),
        (lambda r: r.stats("soon"), ValueError, "'-1h' before the end.*, not 'soon'"),
        (lambda r: r.stats(5), TypeError, "not 5"),
        (lambda r: r.stats(max_age="soon"), ValueError, "max_age must be .*, not 'soon'"),
        (lambda r: r.frames("domains", start=at(20), end=at(10)), ValueError, "start must be before end"),
        (lambda r: r.usage("1MS"), ValueError, "every must be .*, not '1MS'"),
        (lambda r: r.usage("1D", tz="Berlin"), ValueError, "tz must be a time zone.*not 'Berlin'"),
        (lambda r: virtsdk.open_recording(r.directory / "recording.json"), RecordingError, "is no directory"),
    ],
)
def test_what_cannot_be_answered_says_why(recording, ask, error, words):
    with pytest.raises(error, match=words):
        ask(recording)


# --- rates --------------------------------------------------------------------------------------------


def test_rates_are_those_of_the_samples(recording, expected):
    equal_rates(rates(recording), expected)
    equal_rates(recording.rates(every="1min"), expected.resample("1min"))
    equal_rates(recording.rates().resample("1min"), expected.resample("1min"))
    equal_rates(rates(recording, interval="3s"), rates(SAMPLES, interval="3s"))  # all of them gaps
    chosen = [one for one in SAMPLES if one.host == "kvm7" and at(50) <= one.time < at(110)]
    equal_rates(recording.rates(start=at(50), end=at(110), hosts="kvm7"), rates(chosen))


def test_it_and_its_rates_can_be_sent_to_another_process(recording, expected):
    elsewhere = pickle.loads(pickle.dumps(recording))
    equal_rates(pickle.loads(pickle.dumps(elsewhere.rates())), expected)


def test_node_rates_are_those_of_the_samples(recording):
    found, expected = node_rates(recording), node_rates(NODES)
    for name in ("total", "cpus", "pressure"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def test_usage_is_what_capacity_takes(recording, expected):
    pd.testing.assert_frame_equal(recording.usage("1min"), expected.resample("1min").usage())
    pd.testing.assert_frame_equal(recording.usage(None), expected.usage())
    one = recording.usage("1min", domains="db1")
    assert one.columns.tolist() == [
        "host", "domain", "name", "time", "vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes",
        "net_rx_bytes_per_second", "net_tx_bytes_per_second", "disk_bytes_per_second",
        "vcpu_delay_seconds_per_second", "swap_in_bytes_per_second", "agent_seen", "seconds", "state",
        "interrupted",
    ]  # fmt: skip
    assert one["cpu_used_vcpus"].tolist() == pytest.approx([1] * 3)
    report = virtsdk.capacity.headroom(
        recording.hosts, recording.stats().domains, virtsdk.capacity.Policy()
    ).frame()
    assert report["host"].tolist() == ["kvm7", "kvm8"]


def test_a_sample_that_was_not_taken_is_a_gap_and_a_restart_a_reset(tmp_path):
    moments = [0, 10, 20, 50, 60, 70]
    samples = [sample(t, **({"cpu.time": t} if t >= 60 else {})) for t in moments]
    write(tmp_path / "r", samples, only=None)
    found = virtsdk.open_recording(tmp_path / "r").rates()
    for frame in (found.domains, found.disks):
        said = frame.groupby("time")["interrupted"].first().fillna("").tolist()
        assert said == ["", "", "gap", "reset", ""]
    equal_rates(found, rates(samples))


def test_a_recording_continued_at_another_interval_has_no_gaps_but_the_pause(tmp_path):
    write(tmp_path / "r", [sample(t) for t in range(0, 100, 10)])
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about(interval=60.0, seconds=400))
        for t in (400, 460, 520):
            writer.add(taken(sample(t)))
    found = virtsdk.open_recording(tmp_path / "r").rates().domains
    gaps = found[found["interrupted"] == "gap"]
    assert gaps["time"].unique().tolist() == [at(400)]


def test_rates_say_what_they_are_of_and_work_nothing_out_to_do_so(recording):
    found = recording.rates()
    for shown in (repr(found), found._repr_html_()):
        assert "fleet" in shown
        assert "domains, vcpus, disks" in shown
    assert found._frames.made == []
    assert found.domains is not None and found._frames.made == ["domains"]


# --- how it looks, where it is opened -----------------------------------------------------------------


def test_it_shows_headlines_first_in_text_and_html_alike(recording):
    for shown in (repr(recording), recording._repr_html_()):
        for word in ("2 hosts", "3 domains", "2.33 min", "30 samples every 10 s", "KiB", "kvm8"):
            assert word in shown, word
        assert shown.index("2 hosts") < shown.index("kvm8")
    assert "<script" not in recording._repr_html_()
    assert str(recording.directory) not in recording._repr_html_()  # exported pages go to others
    assert f"recording {recording.directory.name}" in recording._repr_html_()
    assert (recording.start, recording.end) == (at(0), at(140.002))
    assert recording.interval == pd.Timedelta("10s")
    assert recording.hosts["memory_bytes"].tolist() == [2**34] * 2


def test_an_empty_recording_says_so(tmp_path):
    RecordingWriter(tmp_path / "r").close()
    recording = virtsdk.open_recording(tmp_path / "r")
    assert "no samples yet" in repr(recording)
    assert (recording.start, recording.end, recording.interval) == (None, None, None)
    assert recording.frames("domains").empty
    with pytest.raises(RecordingError, match="no sample yet"):
        recording.stats()


def test_it_opens_without_libvirt(recording):
    script = f"""
        import sys
        sys.modules["libvirt"] = None
        import virtsdk
        recording = virtsdk.open_recording({str(recording.directory)!r})
        live = "virtsdk.resources.host" in sys.modules
        print(len(recording.usage("1min")), len(recording.stats().disks), live)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["9", "6", "False"]


def test_what_was_deleted_meanwhile_shows_itself_in_one_line(tmp_path):
    write(tmp_path / "r", SAMPLES[:1])
    found = virtsdk.open_recording(tmp_path / "r")
    assert "1 sample every" in repr(found)
    shutil.rmtree(tmp_path / "r")
    for shown in (repr(found), str(found)):
        assert shown.startswith(f"<Recording {tmp_path / 'r'}: ")
        assert "\n" not in shown
        assert "cannot be read" in shown
    assert "cannot be read" in found._repr_html_()
