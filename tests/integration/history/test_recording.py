"""Recordings of real guests: killed in the middle, under daemons that die or hang, equal to the samples."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import virtsdk
from tests.integration import leftovers
from tests.waiting import SLOW, until
from virtsdk.history.columns import HOSTS, SAMPLES, own_frame
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import node_rates, rates


def test_rates_of_a_recording_are_those_of_the_same_samples(lab_host: virtsdk.Host, tmp_path: Path) -> None:
    stats, nodes = [], []
    with RecordingWriter(tmp_path / "r") as writer:
        for _ in range(4):
            stats.append(lab_host.stats())
            nodes.append(lab_host.node_stats())
            row = {"host": lab_host.name, "time": stats[-1].time, "taken": True, "missed": 0, "domains": 2}
            row["node_time"] = nodes[-1].time
            writer.add({**stats[-1].given, **nodes[-1].frames, SAMPLES: own_frame(SAMPLES, [row])})
            writer.flush()
            time.sleep(1)
        writer.add({HOSTS: own_frame(HOSTS, [{"host": lab_host.name, "time": stats[0].time}])})
    recording = virtsdk.open_recording(tmp_path / "r")
    found, expected = rates(recording), rates(stats)
    for name, frame in expected.frames.items():
        pd.testing.assert_frame_equal(found.frames[name], frame)
    assert (found.domains.groupby("domain")["cpu_used_vcpus"].max() > 0).all()
    pd.testing.assert_frame_equal(node_rates(recording).total, node_rates(nodes).total)
    for name, frame in stats[-1].frames.items():
        keys = [key for key in frame.columns[:5] if key != "time"]
        one, two = (
            each.sort_values(keys, ignore_index=True) for each in (recording.stats().frames[name], frame)
        )
        pd.testing.assert_frame_equal(one, two)


def test_a_recorder_that_is_killed_leaves_all_but_the_last_seconds(tmp_path: Path) -> None:
    script = f"""
        import virtsdk
        host = virtsdk.lab.embedded(guests=1, wait=False, progress=None).start()
        recorder = virtsdk.record(host, {str(tmp_path / "r")!r}, interval=0.2, flush=1)
        import sys, time
        while True:
            print(recorder.samples, flush=True)
            time.sleep(0.1)
    """
    with leftovers.Owner(textwrap.dedent(script)):
        until(lambda: (tmp_path / "r" / "samples").exists(), 60)
        recording = virtsdk.open_recording(tmp_path / "r")
        until(lambda: recording.start is not None and recording.samples["taken"].sum() > 15, 120)
        killed = pd.Timestamp.now(tz="UTC")
    found = virtsdk.open_recording(tmp_path / "r")
    assert found.end is not None
    # flush and one interval; the rest is for a busy machine
    assert killed - found.end < pd.Timedelta(f"{2 + SLOW}s")
    usage = found.usage(None)
    assert usage["name"].unique().tolist() == ["web1"]
    assert usage["cpu_used_vcpus"].notna().any()
    assert found.frames("domains")["time"].nunique() == found.samples["taken"].sum()


def test_a_daemon_that_is_killed_or_hangs_is_a_gap_and_others_go_on(
    lab_hosts: Callable[..., list[virtsdk.lab.LabHost]], tmp_path: Path
) -> None:
    first, second = lab_hosts(2, guests=1, wait=False)
    with virtsdk.record([first, second], tmp_path / "r", interval=0.5, flush=1) as recorder:

        def count(host: virtsdk.Host) -> int:
            return int(recorder.status.set_index("host").loc[host.name, "samples"])

        until(lambda: count(first) > 3 and count(second) > 3)
        first.kill_daemon(restart=False)
        until(lambda: recorder.status["error"].notna().any())
        down = count(first), count(second)
        until(lambda: count(second) > down[1] + 3)
        assert count(first) <= down[0] + 1
        first.start_daemon()
        until(lambda: count(first) > down[0] + 3)

        second.freeze()
        try:
            until(lambda: recorder.status.set_index("host").loc[second.name, "missed"] > 0)
            hung = count(first), count(second)
            until(lambda: count(first) > hung[0] + 3)
        finally:
            second.thaw()
        until(lambda: count(second) > hung[1] + 3)
    recording = virtsdk.open_recording(tmp_path / "r")
    samples = recording.samples
    assert set(samples.loc[samples["missed"] > 0, "host"]) == {first.name, second.name}
    assert samples["error"].str.contains("lost|answer").any()
    found = recording.rates(interval=0.5).domains
    for host in (first, second):
        said = found.loc[found["host"] == host.name, "interrupted"].fillna("").tolist()
        assert "gap" in said and "reset" not in said
        assert "" in said[said.index("gap") :]
    assert (found["cpu_used_vcpus"].dropna() >= 0).all()
    assert "not taken" in repr(recording)


def test_a_host_that_hangs_until_its_connection_ends_is_sampled_again(
    lab_hosts: Callable[..., list[virtsdk.lab.LabHost]], tmp_path: Path
) -> None:
    (lab,) = lab_hosts(1, guests=1, wait=False)
    with (
        virtsdk.connect(lab.uri, keepalive=(1, 2)) as host,
        virtsdk.record(host, tmp_path / "r", interval=0.5) as recorder,
    ):
        until(lambda: recorder.samples > 2)
        lab.freeze()
        try:
            until(lambda: not host.is_alive)
            assert len(host.parked_calls) <= 1
        finally:
            lab.thaw()
        before = recorder.samples
        until(lambda: recorder.samples > before + 3)
    said = virtsdk.open_recording(tmp_path / "r").samples["error"].dropna()
    assert said.str.contains("answer|lost").any()
