"""Many hosts recorded by one process: those that are down or never answer are rows, and hold up no others."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import virtsdk
from tests.waiting import until
from virtsdk.history.hosts import LateHost
from virtsdk.history.sampling.schedule import MOST_THREADS

FROZEN = 4


def test_frozen_hosts_cost_their_own_samples_alone(tmp_path):
    with socket.socket() as silent:  # accepts, and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        uri = f"qemu+tcp://127.0.0.1:{silent.getsockname()[1]}/system"
        names = [f"kvm{n:02}" for n in range(40)]
        late = {name: LateHost("test", lambda: virtsdk.connect("test:///default")) for name in names}
        frozen = names[:: 40 // FROZEN]
        late |= {name: LateHost(uri, lambda: virtsdk.connect(uri, timeout=20)) for name in frozen}
        before = threading.active_count()
        with virtsdk.record(late, tmp_path / "r", interval=2, flush=2) as recorder:
            until(lambda: (recorder.status["samples"] > 1).sum() == 40 - FROZEN)
            assert threading.active_count() - before <= MOST_THREADS + 40  # and a thread for who is opened
            until(lambda: recorder.status["error"].notna().sum() == FROZEN)
    samples = virtsdk.open_recording(tmp_path / "r").samples
    told = samples[samples["host"].isin(frozen)]
    assert not told["taken"].any() and (told["missed"] > 0).all()
    assert set(told["host"]) == set(frozen)


def test_a_service_with_a_host_that_is_down_and_one_that_hangs_records_the_others(tmp_path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "hangs"))
        silent.listen(9)
        words = [
            sys.executable, "-m", "virtsdk", "record", "well=test:///default",
            f"down=qemu+unix:///system?socket={tmp_path}/none", f"hangs=qemu+unix:///system?socket={tmp_path}/hangs",
            "-d", str(tmp_path / "r"), "--interval", "1s", "--duration", "4s",
        ]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    samples = virtsdk.open_recording(tmp_path / "r").samples
    by_host = samples.groupby("host")["taken"].sum()
    assert by_host["well"] >= 1
    assert by_host[["down", "hangs"]].tolist() == [0, 0]
    assert samples[samples["host"] == "down"]["error"].notna().all()
    assert samples[samples["host"] == "hangs"]["error"].str.contains("no answer|left out").all()


def test_a_time_that_is_shorter_than_the_interval_has_a_sample_of_each_host(tmp_path):
    names = [f"kvm{n}" for n in range(6)]
    late = {name: LateHost("test", lambda: virtsdk.connect("test:///default")) for name in names}
    recorder = virtsdk.record(late, tmp_path / "r", interval=60, duration=1)
    assert recorder.wait(60)
    assert virtsdk.open_recording(tmp_path / "r").samples["host"].tolist() == names
