"""Record the example recording that `virtsdk.example_recording` opens: lab guests under daily load shapes.

Ten minutes of three lab hosts are recorded; then times and counters are stretched by one factor to 15 days,
so that every rate is as it was recorded. Needs root (a small file system is mounted as a storage pool) and
10 GiB of memory; a quiet machine gives quieter figures.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd

import virtsdk
from virtsdk.history.columns import HOSTS, SAMPLES, recorded
from virtsdk.history.reading.frames import read_frame
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.writer import RecordingWriter
from virtsdk.lab import LabHost
from virtsdk.lab.guest import boot, image
from virtsdk.lab.guest.guests import Guest
from virtsdk.lab.guest.initramfs import Archive
from virtsdk.lab.requirements import require
from virtsdk.lab.virtualisation import virtualisation
from virtsdk.resources.host import Host
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import Kind

DATA = Path(virtsdk.__file__).parent / "history" / "example_data"
LOAD = Path(__file__).with_name("example_load.sh")
DAYS = 15
DAY = 40.0  # seconds of recording that become a day
FACTOR = 86_400 / DAY
HOUR = DAY / 24
BEGIN = pd.Timestamp("2026-11-02", tz="UTC")  # a Monday
BOOT = 100.0  # seconds that the guests have to boot in
LATER = 9  # the day on which the last guest is started
FRAMES = ("domains", "vcpus", "disks", "nics", "node.memory", "storage.pools", HOSTS, SAMPLES)
POOL_MIB = 256
ABOUT = (
    f"Example: {DAYS * DAY / 60:g} minutes of lab guests under made-up daily load shapes, on three lab hosts "
    f"that share one machine. Times and counters are stretched by one factor, {FACTOR:g}, to {DAYS} days: "
    "rates a second, memory and sizes are as they were recorded."
)

#        host name vcpus MiB resident-MiB disk-KiB packets
GUESTS = (
    (0, "web1", 2, 4096, 600, 96, 14),
    (0, "web2", 2, 4096, 640, 96, 14),
    (0, "db1", 1, 3072, 1240, 640, 6),
    (1, "shop1", 4, 12288, 500, 160, 10),
    (1, "cache1", 1, 3072, 1900, 16, 10),
    (2, "ci1", 1, 2048, 900, 0, 0),
    (2, "report1", 2, 6144, 1200, 400, 4),
    (2, "old1", 1, 2048, 40, 0, 0),
    (2, "test1", 2, 4096, 500, 64, 4),
)


def guest(place: int) -> Guest:
    """Describe the guest at one place of the table."""
    host, name, vcpus, memory, resident, disk, packets = GUESTS[place]
    return Guest(
        name=name, uuid=f"00000000-0000-4000-8000-e{host + 1:03x}{place + 1:08x}",
        mac=f"52:54:00:{host + 1:02x}:00:{place + 1:02x}", address=f"169.254.{host + 1}.{place + 1}/16",
        seed=place + 1, vcpus=vcpus, memory_mib=memory, cpu_percent=0, ballast_mib=resident, disk_kib=disk,
        packets=packets,
    )  # fmt: skip


def loaded(built: image.Image, folder: Path, epoch: int) -> image.Image:
    """Put the load into the guests' first process: a second archive behind the image's own."""
    init = (Path(image.__file__).with_name("guest-init.sh")).read_text()
    start = init.index("load() {")
    end = init.index("load &\n") + len("load &\n")
    own = f"day={DAY * 100:.0f} epoch={epoch}\n{LOAD.read_text()}"
    archive = Archive()
    archive.file("init", (init[:start] + own + init[end:]).encode(), mode=0o755)
    initrd = folder / "initrd.gz"
    initrd.write_bytes(built.initrd.read_bytes() + archive.packed())
    return dataclasses.replace(built, initrd=initrd)


def start(host: LabHost, guests: list[Guest], built: image.Image) -> None:
    """Start guests of one host."""
    boot.define_and_start(
        host, guests, built, host.layout.guests, emulator=require("qemu-system-x86_64")["qemu-system-x86_64"],
        virtualisation=virtualisation(built), nic="ethernet", report=say,
    )  # fmt: skip


def backups(host: LabHost, folder: Path, epoch: float, done: threading.Event) -> None:
    """Fill a pool: a backup a day of 8 to 10 MiB, and a clean-up on each seventh day."""
    pool = host.storage_pools.create(
        f"<pool type='dir'><name>backup</name><target><path>{folder}</path></target></pool>"
    )
    kept: list[str] = []
    for number in range(-6, DAYS):
        if done.wait(max(0.0, epoch + (number + 0.1) * DAY - time.time())):
            return
        name, mib = f"day{number + 6:02}.raw", 8 + number * 5 % 3
        pool.volumes.create(
            f"<volume><name>{name}</name><capacity unit='MiB'>{mib}</capacity>"
            f"<allocation unit='MiB'>{mib}</allocation></volume>"
        )
        kept.append(name)
        if number > 0 and number % 7 == 0:
            for old in kept[:2]:
                pool.volumes[old].delete()
            del kept[:2]
        pool.refresh()


def take(directory: Path, scratch: Path) -> None:
    """Run the lab and record it."""
    pool = scratch / "backup"
    pool.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={POOL_MIB}m", "backup", str(pool)], check=True)
    done = threading.Event()
    try:
        with virtsdk.lab.hosts(3) as hosts:
            epoch = int(time.time() + BOOT)
            built = loaded(image.build(say), scratch, epoch)
            waiting: dict[str, tuple[Host, Path]] = {}
            for number, host in enumerate(hosts):
                mine = [guest(place) for place, row in enumerate(GUESTS[:-1]) if row[0] == number]
                start(host, mine, built)
                waiting |= {one.name: (host, host.layout.guests) for one in mine}
            boot.wait_ready(waiting, say)
            left = epoch - time.time()
            if left < 0:
                raise SystemExit(f"the guests took {-left:.0f} s too long to boot: try on a quieter machine")
            filling = threading.Thread(target=backups, args=(hosts[0], pool, epoch, done))
            filling.start()
            time.sleep(max(0.0, epoch - time.time()))
            recorder = virtsdk.record(
                hosts, directory, interval=HOUR, duration=DAYS * DAY + HOUR / 2, storage=6 * HOUR
            )
            time.sleep(LATER * DAY)
            start(hosts[2], [guest(len(GUESTS) - 1)], built)
            recorder.wait()
            say(repr(recorder))
    finally:
        done.set()
        subprocess.run(["umount", str(pool)], check=False)


def stretched(frame: pd.DataFrame, name: str, first: pd.Timestamp) -> pd.DataFrame:
    """Stretch the times and counters of a frame; counters of seconds are kept to tenths."""
    frame, taken = frame.copy(), frame["time"]
    for column in frame.columns:
        values = frame[column]
        metric = COLUMNS.get(name, {}).get(str(column))
        if column == "memory_last_update":  # the guest's balloon reports each second: as old as it was
            frame[column] = (BEGIN + (taken - first) * FACTOR - (taken - values)).dt.as_unit("us")
        elif str(values.dtype).startswith("datetime"):
            frame[column] = (BEGIN + (values - first) * FACTOR).dt.as_unit("us")
        elif metric is not None and metric.kind is Kind.COUNTER:
            whole = str(values.dtype) == "Int64"
            frame[column] = (values * FACTOR).round(0 if whole else 1).astype(values.dtype)
        elif column in ("clock_seconds", "node_clock_seconds", "interval_seconds"):
            frame[column] = (values * FACTOR).round(3)
        elif column in ("path", "source", "backing_path"):
            frame[column] = values.str.replace(r"^.*/", "/var/lib/libvirt/images/", regex=True)
        elif column == "uri":
            frame[column] = "qemu+ssh://" + frame["host"] + "/system"
    return frame


def keep(directory: Path) -> None:
    """Write the stretched recording where the package has it."""
    taken = virtsdk.open_recording(directory)
    first = taken.start
    assert first is not None
    there = taken.frames()
    frames = {name: there[name] for name in FRAMES if name in there}
    reader = Reader(directory)
    frames |= {name: read_frame(reader, name, recorded()[name], Selection()) for name in (HOSTS, SAMPLES)}
    shutil.rmtree(DATA, ignore_errors=True)
    with RecordingWriter(DATA, mode=0o644) as writer:
        writer.add({name: stretched(frame, name, first) for name, frame in frames.items()})
    for path in DATA.glob("*.lock"):
        path.unlink()
    mark = DATA / "recording.json"
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "about": ABOUT}) + "\n")
    say(repr(virtsdk.open_recording(DATA)))


def say(text: str) -> None:
    """Write a line."""
    sys.stderr.write(f"{text}\n")


def main() -> None:
    """Record, or stretch what was recorded before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--taken", type=Path, help="the recording as it was taken: kept there, or stretched again"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="virtsdk-example-") as scratch:
        directory = options.taken or Path(scratch) / "taken"
        if not (directory / "recording.json").exists():
            take(directory, Path(scratch))
        keep(directory)


if __name__ == "__main__":
    main()
