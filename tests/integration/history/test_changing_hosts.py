"""The hosts of a file come and go while they are recorded; a broken file changes nothing, and is told."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import cli
from virtsdk.history.writing.note import NOTE


def write(path: Path, *names: str, more: str = "") -> None:
    lines = [
        f"[hosts.{name}]\nuri = 'test:///default'\ntags = {{kind = '{name[:3]}', row = '{name[-1]}'}}\n"
        for name in names
    ]
    put(path, "".join(lines) + more)


def put(path: Path, text: str) -> None:
    """Have a text there at once: a file that is half written is a broken one."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.toml"
    write(path, "kvm7", "kvm8")
    return path


def names(recorder: virtsdk.Recorder) -> list[str]:
    return recorder.status["host"].tolist()


def test_a_hosts_file_is_read_again_and_a_broken_one_is_told(
    hosts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "r"
    with virtsdk.record(hosts, directory, interval=0.2, flush=0.2, include="definitions") as recorder:
        until(lambda: (recorder.status["samples"] > 1).all())
        write(hosts, "kvm8", "kvm9")
        until(lambda: names(recorder) == ["kvm8", "kvm9"])
        until(lambda: (recorder.status["samples"] > 1).all())
        assert recorder.hosts_error is None

        put(hosts, "[hosts.kvm8\n")
        until(lambda: recorder.hosts_error is not None)
        until((directory / NOTE).exists)
        before = recorder.samples
        until(lambda: recorder.samples > before + 4)
        assert names(recorder) == ["kvm8", "kvm9"]
        for told in (str(recorder.hosts_error), repr(recorder), recorder._repr_html_()):
            assert f"{hosts} must be TOML" in told
        found = virtsdk.open_recording(directory).check().set_index("problem")["what"]
        assert f"the hosts of before are recorded: {hosts} must be TOML" in found["hosts"]
        assert caplog.text.count("it stays at those before") == 1
        assert cli.main(["check", str(directory)]) == 1

        write(hosts, "kvm7", "kvm8")  # mended
        until(lambda: recorder.hosts_error is None and names(recorder) == ["kvm8", "kvm7"])
        until(lambda: (recorder.status["samples"] > 1).all())
        hosts.unlink()
        until(lambda: recorder.hosts_error is not None)
    recording = virtsdk.open_recording(directory)
    assert recording.check().empty  # nobody goes on with hosts of before
    samples = recording.samples
    assert set(samples["host"]) == {"kvm7", "kvm8", "kvm9"}
    assert not samples["error"].fillna("").str.contains("closed").any()
    assert recording.hosts["host"].tolist().count("kvm8") == 1
    assert len(recording.frames("definitions")) == 3  # that of the one who came back was known
    assert "recorded from now on: kvm9" in caplog.text and "not recorded any more: kvm7" in caplog.text


def test_a_list_that_hangs_holds_up_nothing(tmp_path: Path) -> None:
    may, asked = threading.Event(), threading.Event()
    with virtsdk.connect("test:///default") as host:

        def given() -> virtsdk.Host:
            if threading.current_thread() is not threading.main_thread():
                asked.set()
                may.wait(60)
            return host

        recorder = virtsdk.record(given, tmp_path / "r", interval=0.1, flush=0.1)
        try:
            until(asked.is_set)
            before = recorder.samples
            until(lambda: recorder.samples > before + 3)
            until(lambda: len(virtsdk.open_recording(tmp_path / "r").samples) > before)  # it is written, too
        finally:
            may.set()
            recorder.stop()


def test_handles_that_are_made_anew_each_time_are_no_other_hosts(tmp_path: Path) -> None:
    made: list[virtsdk.Host] = []

    def given() -> list[virtsdk.Host]:
        made.append(virtsdk.connect("test:///default"))
        return made[-1:]

    with virtsdk.record(given, tmp_path / "r", interval=0.1, flush=0.1) as recorder:
        until(lambda: len(made) > 3 and recorder.samples > 1)
        before = recorder.status["samples"].tolist()
        made[0].close()
        until(lambda: recorder.status["error"].isna().all() and recorder.samples > before[0] + 3)
    samples = virtsdk.open_recording(tmp_path / "r").samples
    assert samples["taken"].sum() == recorder.samples
    for one in made:
        one.close()


def test_a_recorder_that_was_killed_leaves_no_note_for_the_next(hosts: Path, tmp_path: Path) -> None:
    directory = tmp_path / "r"
    virtsdk.record(hosts, directory, interval=0.1, duration=0.2).wait()
    (directory / NOTE).write_text("since yesterday\n")
    assert virtsdk.open_recording(directory).check().empty  # it records no hosts of before any more
    virtsdk.record(hosts, directory, interval=0.1, duration=0.2).wait()
    assert not (directory / NOTE).exists()


def test_a_fleet_follows_its_file_as_far_as_it_was_chosen(hosts: Path, tmp_path: Path) -> None:
    write(hosts, "kvm7", "kvm8", "lab1")
    with virtsdk.connect_fleet(hosts, only="row=[!9]") as fleet:
        own = fleet["kvm8"]
        with fleet.select("kind=kvm").record(tmp_path / "r", interval=0.2, flush=0.2) as recorder:
            assert names(recorder) == ["kvm7", "kvm8"]
            write(hosts, "kvm5", "kvm8", "kvm9", "lab2")
            until(lambda: names(recorder) == ["kvm8", "kvm5"])
            until(lambda: (recorder.status["samples"] > 1).all())
            put(hosts, "[hosts.lab3]\nuri = 'test:///default'\ntags = {row = '3', kind = 'lab'}\n")
            until(lambda: recorder.hosts_error is not None)
            assert "none of the hosts that are listed matches all of row=[!9], kind=kvm" in str(
                recorder.hosts_error
            )
            assert names(recorder) == ["kvm8", "kvm5"]
        assert fleet.host_names == ["kvm7", "kvm8", "lab1"]
        own.stats()  # it is the fleet's, and stays open
    assert set(virtsdk.open_recording(tmp_path / "r").samples["host"]) == {"kvm7", "kvm8", "kvm5"}


def test_a_host_of_a_fleet_that_was_closed_is_opened_again(hosts: Path, tmp_path: Path) -> None:
    with virtsdk.connect_fleet(hosts) as fleet:
        fleet["kvm7"].close()
        with fleet.record(tmp_path / "r", interval=0.2, flush=0.2) as recorder:
            until(lambda: (recorder.status["samples"] > 1).all())
            fleet["kvm8"].close()  # while it is recorded
            until(lambda: recorder.status["error"].notna().any() or recorder.samples > 20)
            write(hosts, "kvm7", "kvm8", "kvm9")
            until(lambda: names(recorder) == ["kvm7", "kvm8", "kvm9"])
            until(lambda: (recorder.status["samples"] > 1).all() and recorder.status["error"].isna().all())
            assert recorder.hosts_error is None


def test_the_command_follows_its_file(hosts: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "virtsdk", "record", "own=test:///default", "--hosts", str(hosts), "-d"]
    directory = tmp_path / "r"
    every = ["--interval", "0.2", "--flush", "0.2"]
    with subprocess.Popen([*words, str(directory), *every], stderr=subprocess.PIPE, text=True) as process:
        try:
            until((directory / "samples").exists, 60)

            def recorded() -> set[str]:
                return set(virtsdk.open_recording(directory).samples["host"])

            until(lambda: recorded() == {"own", "kvm7", "kvm8"})
            write(hosts, "kvm8", "own")  # which is a mistake: one of that name was given
            until((directory / NOTE).exists)
            assert "'own' is in" in (directory / NOTE).read_text()
            write(hosts, "kvm8", "kvm9")
            until(lambda: "kvm9" in recorded())
            until(lambda: not (directory / NOTE).exists())
        finally:
            process.send_signal(signal.SIGTERM)
            _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stays at those before" in complaints
