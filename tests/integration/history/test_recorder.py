"""`record`: steady, ended in time, honest about what it could not take, not in the way of its caller."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading

import pandas as pd
import pytest

import virtsdk
from tests.waiting import until
from virtsdk.errors import RecordingError
from virtsdk.history import hosts
from virtsdk.history import writer as recording_writer
from virtsdk.history.hosts import LateHost


@pytest.fixture
def host():
    with virtsdk.connect("test:///default") as host:
        host.stats(), host.node_stats()  # what is loaded at first use is no part of a sample
        yield host


@pytest.fixture
def second():
    with virtsdk.connect("test:///default") as host:
        host.name = "second"  # all hosts of this driver are called as the machine is
        yield host


def threads():
    return [one.name for one in threading.enumerate() if one.name.startswith(("virtsdk-rec", "virtsdk-samp"))]


def test_it_records_for_as_long_as_it_was_told(host, tmp_path):
    recorder = virtsdk.record(host, tmp_path / "r", interval=0.1, duration="1s", flush=0.3)
    assert recorder.is_recording
    assert not recorder.wait(0.01)
    assert recorder.wait()
    assert not recorder.is_recording
    assert threads() == []
    recording = virtsdk.open_recording(tmp_path / "r")
    samples = recording.samples
    assert samples["taken"].sum() + samples["missed"].sum() == 10
    assert recorder.samples == samples["taken"].sum()
    assert set(recording.frames()) == {"domains", "node.total", "node.cpus"}
    assert recording.hosts["host"].tolist() == [host.name]
    assert recording.hosts["cpus"].tolist() == [host.node_info().cpus]
    expected = host.stats().domains
    found = recording.stats().domains
    pd.testing.assert_frame_equal(found.drop(columns="time"), expected.drop(columns="time"))


def test_samples_keep_to_their_times(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.05, duration=3) as recorder:
        recorder.wait()
    samples = virtsdk.open_recording(tmp_path / "r").samples
    assert samples["taken"].sum() + samples["missed"].sum() == 60
    beats = (samples["taken"].astype(int) + samples["missed"]).cumsum()
    taken = samples["taken"].astype(bool)
    times, beats = samples.loc[taken, "time"], beats[taken]
    late = (times - times.iloc[0]).dt.total_seconds() - 0.05 * (beats - beats.iloc[0])
    begun = beats <= 30
    # the time that each sample takes does not add up; on a busy machine many are late, and not all
    assert abs(late[~begun].min() - late[begun].min()) < 0.1


def test_leaving_the_block_ends_it_and_a_second_stop_does_nothing(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1) as recorder:
        until(lambda: recorder.samples > 2)
        assert virtsdk.open_recording(tmp_path / "r").start is None  # flushed every 30 s
    taken = recorder.samples
    recorder.stop()
    assert recorder.samples == taken == len(virtsdk.open_recording(tmp_path / "r").frames("domains"))
    assert threads() == []


def test_it_goes_on_where_it_ended(host, tmp_path):
    for _ in range(2):
        with virtsdk.record(host, tmp_path / "r", interval=0.1, duration=0.5) as recorder:
            recorder.wait()
    recording = virtsdk.open_recording(tmp_path / "r")
    assert len(recording.samples) >= recorder.samples + 1
    assert len(recording.hosts) == 1


def test_ctrl_c_ends_the_waiting_and_not_the_recording(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1) as recorder:
        with pytest.raises(KeyboardInterrupt):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            recorder.wait()
        assert recorder.is_recording


def test_the_end_of_the_process_is_an_end_like_any_other(tmp_path):
    script = f"""
        import time, virtsdk
        host = virtsdk.connect("test:///default")
        recorder = virtsdk.record(host, {str(tmp_path / "r")!r}, interval=0.1)
        while recorder.samples < 5:
            time.sleep(0.05)
        print(recorder.samples)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert len(virtsdk.open_recording(tmp_path / "r").frames("domains")) >= int(done.stdout)
    assert "Traceback" not in done.stderr


def test_a_fork_of_the_process_ends_without_it(tmp_path):
    script = f"""
        import os, sys, virtsdk
        host = virtsdk.connect("test:///default")
        recorder = virtsdk.record(host, {str(tmp_path / "r")!r}, interval=0.1)
        child = os.fork()
        if not child:
            sys.exit(7)
        print(os.waitpid(child, 0)[1] >> 8)
        child = os.fork()
        if not child:
            sys.stdin.read()
            os._exit(0)
        recorder.stop()
        virtsdk.record(host, {str(tmp_path / "r")!r}).stop()  # the fork does not hold the directory
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        input="", capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["7"]


def test_a_host_that_is_closed_does_not_end_the_others(host, second, tmp_path):
    with virtsdk.record([host, second], tmp_path / "r", interval=0.1) as recorder:
        until(lambda: (recorder.status["samples"] > 1).all())
        second.close()
        until(lambda: recorder.status["error"].notna().any())
        before = recorder.samples
        until(lambda: recorder.samples > before + 2)
        assert "was closed" in repr(recorder)
        host.close()
        until(lambda: not recorder.is_recording)
    samples = virtsdk.open_recording(tmp_path / "r").samples
    lost = samples[~samples["taken"].astype(bool) & samples["error"].str.contains("was closed")]
    assert set(lost["host"]) == {host.name, "second"}


def test_a_host_that_is_closed_already_is_said_at_once(host, tmp_path):
    host.close()
    with pytest.raises(virtsdk.errors.HostClosed, match="was closed"):
        virtsdk.record(host, tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_what_nobody_thought_of_is_a_sample_not_taken(host, tmp_path, monkeypatch, caplog):
    real = host.stats_records
    broken = threading.Event()

    def records(*args, **options):
        if broken.is_set():
            raise AssertionError("a record of a kind never seen before")
        return real(*args, **options)

    monkeypatch.setattr(host, "stats_records", records)
    with virtsdk.record(host, tmp_path / "r", interval=0.1) as recorder:
        until(lambda: recorder.samples > 1)
        broken.set()
        until(lambda: recorder.status["error"].notna().all())
        broken.clear()
        before = recorder.samples
        until(lambda: recorder.samples > before + 1)
        until(lambda: recorder.status["error"].isna().all())
    samples = virtsdk.open_recording(tmp_path / "r").samples
    assert samples["error"].str.contains("never seen before").any()
    assert "Traceback" in caplog.text


def test_a_full_disk_is_told_and_waited_for(host, tmp_path, monkeypatch):
    with virtsdk.record(host, tmp_path / "r", interval=0.1, flush=0.2) as recorder:
        until(lambda: virtsdk.open_recording(tmp_path / "r").start is not None)

        def full(handle):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(recording_writer.os, "fsync", full)
        until(lambda: recorder.error is not None)
        for shown in (repr(recorder), recorder._repr_html_()):
            assert "No space left" in shown
        before = recorder.samples
        until(lambda: recorder.samples > before + 3)
        monkeypatch.undo()
        until(lambda: recorder.error is None)
    assert len(virtsdk.open_recording(tmp_path / "r").frames("domains")) == recorder.samples


def test_a_directory_that_is_deleted_ends_it_with_an_error(host, tmp_path):
    recorder = virtsdk.record(host, tmp_path / "r", interval=0.1, flush=0.2)
    until(lambda: recorder.samples > 1)
    shutil.rmtree(tmp_path / "r")
    until(lambda: not recorder.is_recording)
    with pytest.raises(RecordingError, match="deleted"):
        recorder.wait()
    with pytest.raises(RecordingError, match="deleted"):
        recorder.stop()
    assert "failed" in repr(recorder)


def test_what_nobody_thought_of_while_writing_is_told_to_whoever_waits(host, tmp_path, monkeypatch, caplog):
    def broken(self):
        raise AssertionError("never seen before")

    recorder = virtsdk.record(host, tmp_path / "r", interval=0.1, flush=0.1)
    monkeypatch.setattr(recording_writer.RecordingWriter, "flush", broken)
    until(lambda: not recorder.is_recording)
    with pytest.raises(RecordingError, match="is recorded no longer: AssertionError"):
        recorder.stop()
    assert "never seen before" in caplog.text and "failed" in repr(recorder)


def test_another_working_directory_makes_no_difference(host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recorder = virtsdk.record(host, "r", interval=0.1)
    monkeypatch.chdir("/")
    recorder.stop()
    assert recorder.directory == tmp_path / "r"


def test_names_that_no_file_can_hold_are_refused(host, tmp_path):
    for name in ("a\udcff", "a\0"):
        with pytest.raises(ValueError, match="can be written as UTF-8"):
            virtsdk.record({name: host}, tmp_path / "r")
    with pytest.raises(TypeError, match="named by text"):
        virtsdk.record({7: host}, tmp_path / "r")


def test_a_second_recorder_is_refused_and_the_first_goes_on(host, second, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1) as recorder:
        until(lambda: recorder.samples > 0)
        threads = threading.active_count()
        for _ in range(5):
            with pytest.raises(RecordingError, match="already"):
                virtsdk.record(second, tmp_path / "r")
        before = recorder.samples
        until(lambda: recorder.samples > before)
        # a worker more may be waiting for its next call
        until(lambda: threading.active_count() <= threads + 1)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"hosts": []}, ValueError, "empty"),
        ({"hosts": "qemu:///system"}, TypeError, "virtsdk.connect"),
        ({"hosts": ["qemu:///system"]}, TypeError, "virtsdk.connect"),
        ({"hosts": 7}, TypeError, "virtsdk.connect"),
        ({"interval": 0}, ValueError, "above 0"),
        ({"interval": "soon"}, ValueError, "interval"),
        ({"duration": "-1s"}, ValueError, "duration"),
        ({"flush": None}, TypeError, "flush"),
        ({"storage": 0}, ValueError, "storage"),
        ({"mode": "640"}, TypeError, "mode must be .*not '640'"),
        ({"mode": 0o444}, ValueError, "mode must be .*not 0o444"),
        ({"mode": 0o1600}, ValueError, "mode must be .*not 0o1600"),
        ({"hosts": {}}, ValueError, "empty"),
        ({"hosts": {"kvm7": "qemu:///system"}}, TypeError, "not str"),
    ],
)
def test_a_wrong_argument_is_named_and_leaves_nothing_behind(host, tmp_path, given, error, words):
    with pytest.raises(error, match=words):
        virtsdk.record(**{"hosts": host, "directory": tmp_path / "r", **given})
    assert not (tmp_path / "r").exists()


def test_two_hosts_of_one_name_are_refused_unless_they_are_named(host, tmp_path):
    with virtsdk.connect("test:///default") as twin:
        with pytest.raises(ValueError, match=f"called '{host.name}'.*name them yourself"):
            virtsdk.record([host, twin], tmp_path / "r")
        named = {"a": host, "b": twin}
        with virtsdk.record(named, tmp_path / "r", interval=0.1, storage="1h") as recorder:
            until(lambda: (recorder.status["samples"] > 1).all())
            assert recorder.status["host"].tolist() == ["a", "b"]
    recording = virtsdk.open_recording(tmp_path / "r")
    found = recording.stats(max_age="1h").domains[["host", "name"]]
    assert found.to_numpy().tolist() == [["a", "test"], ["b", "test"]]
    assert recording.hosts[["host", "cpus"]].to_numpy().tolist() == [[n, host.node_info().cpus] for n in "ab"]
    for name, frame in recording.frames().items():
        assert set(frame["host"]) == {"a", "b"}, name


def test_a_host_that_is_down_at_the_start_is_recorded_from_when_it_answers(host, tmp_path, monkeypatch):
    monkeypatch.setattr(hosts, "_APART", 0.2)
    up = threading.Event()

    def open_it():
        if not up.is_set():
            raise virtsdk.errors.ConnectError("cannot open qemu+ssh://kvm8/system: no route")
        return virtsdk.connect("test:///default")

    late = LateHost("qemu+ssh://kvm8/system", open_it)
    with virtsdk.record({"kvm7": host, "kvm8": late}, tmp_path / "r", interval=0.1) as recorder:
        until(lambda: recorder.samples > 2)
        assert recorder.status["samples"].tolist()[1] == 0
        assert "no route" in repr(recorder)
        up.set()
        until(lambda: recorder.status["samples"].tolist()[1] > 1)
    recording = virtsdk.open_recording(tmp_path / "r")
    samples = recording.samples[recording.samples["host"] == "kvm8"]
    since = samples["taken"].tolist().index(True)  # after it a sample may be late, but the host is there
    assert since > 0
    said = samples["error"].fillna("").str.endswith("no route").tolist()
    assert any(said[:since]) and not any(said[since:])
    assert samples["error"][:since].notna().all()  # or it was not known yet in time
    assert recording.hosts["cpus"].notna().all()
    assert set(recording.stats().domains["host"]) == {"kvm7", "kvm8"}
    with pytest.raises(virtsdk.errors.HostClosed):  # opened by the recorder, and closed by it
        late.get(0).stats()
    host.stats()


def test_files_have_the_rights_that_were_asked_for(host, tmp_path):
    for more, rights in (({}, 0o600), ({"mode": 0o640}, 0o640)):
        directory = tmp_path / oct(rights)
        virtsdk.record(host, directory, interval=0.1, duration=0.1, **more).wait()
        files = [path for path in directory.rglob("*") if path.is_file()]
        assert {path.stat().st_mode & 0o777 for path in files} == {rights & ~umask()}


def umask():
    before = os.umask(0)
    os.umask(before)
    return before


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_lock_that_is_lost_ends_it_at_once(host, tmp_path, how):
    recorder = virtsdk.record(host, tmp_path / "r", interval=0.1)  # the next flush is far off
    until(lambda: recorder.samples > 0)
    lock = tmp_path / "r" / "recorder.lock"
    lock.unlink()
    if how == "replaced":
        lock.touch()
    until(lambda: not recorder.is_recording)
    with pytest.raises(RecordingError, match=r"recorder\.lock, was removed or replaced"):
        recorder.wait()
    assert virtsdk.open_recording(tmp_path / "r").start is None  # nothing was written beside another writer
    assert "failed" in repr(recorder) and str(lock) in repr(recorder)


def test_storage_is_read_where_that_is_wanted(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1, storage="1h") as recorder:
        until(lambda: recorder.samples > 2)
    recording = virtsdk.open_recording(tmp_path / "r")
    assert recording.storage_stats().pools["name"].tolist() == ["default-pool"]
    assert recording.frames("storage.pools")["time"].nunique() == 1


def test_it_shows_how_it_goes(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1) as recorder:
        until(lambda: recorder.samples > 1)
        for shown in (repr(recorder), recorder._repr_html_()):
            for word in ("recording", "1 host", "every 0.1 s", host.name, "UTC"):
                assert word in shown
    assert "ended" in repr(recorder)
    status = recorder.status
    assert status["last"].dtype == "datetime64[us, UTC]"
    assert status.loc[0, "late_seconds"] >= 0
