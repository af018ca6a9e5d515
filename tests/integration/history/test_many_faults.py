"""Many hosts recorded while things go wrong: hosts down from the start, a killed recorder, a full disk."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd

import virtsdk
from tests.waiting import until

WELL = [f"kvm{number:02}" for number in range(20)]


def hosts_file(path: Path, **more: str) -> Path:
    uris = dict.fromkeys(WELL, "test:///default") | more
    path.write_text("[hosts]\n" + "".join(f"{name} = '{uri}'\n" for name, uri in uris.items()))
    return path


def each_row_once(directory: Path) -> pd.DataFrame:
    """Check that a recording is whole, and return its samples."""
    recording = virtsdk.open_recording(directory)
    assert recording.check().empty
    samples, domains = recording.samples, recording.frames("domains")
    assert not domains.duplicated(["host", "domain", "time"]).any()
    taken = samples[samples["taken"].astype(bool)]
    assert not taken.duplicated(["host", "time"]).any()
    assert len(domains) == taken["domains"].sum()  # a guest a host
    return samples


def test_the_others_are_recorded_from_the_first_interval_on(tmp_path: Path) -> None:
    with socket.socket() as silent:  # accepts, and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        hangs = f"qemu+tcp://127.0.0.1:{silent.getsockname()[1]}/system"
        down = f"qemu+unix:///system?socket={tmp_path}/none"
        hosts = hosts_file(tmp_path / "hosts.toml", down=down, hangs=hangs)
        with virtsdk.record(hosts, tmp_path / "r", interval=600) as recorder:
            until(lambda: recorder.samples == len(WELL), 120)
            until(lambda: recorder.status["error"].notna().sum() == 2, 120)
            status = recorder.status.set_index("host")
    assert status.loc[WELL, "samples"].tolist() == [1] * len(WELL)
    assert (status["late_seconds"] < 60).all()
    samples = each_row_once(tmp_path / "r").set_index("host")
    assert samples.loc[WELL, "missed"].sum() == 0
    assert not samples.loc[["down", "hangs"], "taken"].any()
    assert "no answer" in samples.loc["hangs", "error"] and "cannot open" in samples.loc["down", "error"]


def test_a_recorder_that_is_killed_leaves_whole_samples_of_all_hosts(tmp_path: Path) -> None:
    hosts, directory = hosts_file(tmp_path / "hosts.toml"), tmp_path / "r"
    words = [sys.executable, "-m", "virtsdk", "record", "--hosts", str(hosts), "-d", str(directory)]
    beat = ["--interval", "0.5", "--flush", "0.5"]

    def segments() -> int:
        return len(list((directory / "samples").glob("*.parquet")))

    with subprocess.Popen([*words, *beat], stdout=subprocess.DEVNULL) as process:
        until(lambda: segments() > 3, 120)
        process.send_signal(signal.SIGKILL)
    left = virtsdk.open_recording(directory).check()
    assert set(left["problem"]) <= {"unfinished"}
    before = virtsdk.open_recording(directory).frames("domains")
    with virtsdk.record(hosts, directory, interval=0.5, flush=0.5) as recorder:  # nobody holds the lock
        until(lambda: (recorder.status["samples"] > 1).all(), 60)
    samples = each_row_once(directory)
    assert set(samples["host"]) == set(WELL)
    again = virtsdk.open_recording(directory).frames("domains")
    kept = again[again["time"] <= before["time"].max()]
    kept, before = (one.sort_values(["host", "time"], ignore_index=True) for one in (kept, before))
    pd.testing.assert_frame_equal(kept, before)


_FULL = """
import os, sys
from pathlib import Path
import virtsdk
from tests.waiting import until
directory, hosts = Path(sys.argv[1]) / "r", sys.argv[2]
filler = directory.parent / "filler"
with virtsdk.record(hosts, directory, interval=0.2, flush=0.2) as recorder:
    until(lambda: (recorder.status["samples"] > 1).all(), 60)
    until(lambda: virtsdk.open_recording(directory).start is not None, 60)
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65536))
        except OSError:
            pass
    until(lambda: recorder.error is not None, 60)
    assert "No space left" in str(recorder.error) and recorder.is_recording
    there = virtsdk.open_recording(directory)
    assert not (set(there.check()["problem"]) - {"unfinished"})
    before = recorder.status["samples"]
    until(lambda: (recorder.status["samples"] > before + 2).all(), 60)
    filler.unlink()
    until(lambda: recorder.error is None, 60)
recording = virtsdk.open_recording(directory)
assert recording.check().empty
rows = recording.frames("domains")
assert len(rows) == recorder.samples and not rows.duplicated(["host", "time"]).any()
assert rows["host"].nunique() == len(recorder.status) == 20
print("whole", os.statvfs(directory).f_blocks * 4096 < 2**23)
"""


def test_a_disk_that_is_full_for_a_while_costs_no_host_a_sample(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    hosts = hosts_file(tmp_path / "hosts.toml")
    own = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount"]
    mounted = f'mount -t tmpfs -o size=6m none {disk} && exec "$0" -c "$1" {disk} {hosts}'
    done = subprocess.run(
        [*own, "sh", "-c", mounted, sys.executable, _FULL],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["whole", "True"], done.stderr
    assert "can be written again, nothing was lost" in done.stderr
    assert not list(disk.iterdir())  # it was a disk of its own
