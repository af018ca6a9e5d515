"""Volumes of a real pool, and what is carried to and from them, through faults too."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.waiting import SLOW, until
from virtsdk import errors, units
from virtsdk.models.storage_volume import ScaledSize, StorageVolumeDef
from virtsdk.resources.storage_volume import StorageVolume

MIB = 1 << 20
VOLUME = """<volume><name>{name}</name><capacity unit='MiB'>{mib}</capacity>{allocation}
<target><format type='{format}'/></target></volume>"""


@pytest.fixture(scope="module")
def faulty() -> Iterator[virtsdk.lab.LabHost]:
    with virtsdk.lab.hosts(1, progress=None) as hosts:
        yield hosts[0]


@pytest.fixture
def pool(faulty: virtsdk.lab.LabHost, tmp_path: Path) -> Iterator[object]:
    (tmp_path / "pool").mkdir()
    pool = faulty.storage_pools.define(
        f"<pool type='dir'><name>fast</name><target><path>{tmp_path}/pool</path></target></pool>"
    )
    pool.start()
    yield pool
    faulty.start_daemon()
    until(lambda: not faulty.parked_calls)
    if pool.is_active:
        pool.destroy()
    pool.undefine()


@pytest.fixture
def make(pool) -> Callable[..., StorageVolume]:
    def make(
        name: str = "disk", mib: int = 8, layout: str = "raw", allocation: str = "<allocation>0</allocation>"
    ):
        return pool.volumes.create(VOLUME.format(name=name, mib=mib, format=layout, allocation=allocation))

    return make


def held() -> tuple[int, int]:
    """The threads and the open descriptors of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- a round trip ---------------------------------------------------------------------------------------


def test_up_and_down_again(make: Callable[..., StorageVolume], tmp_path: Path) -> None:
    data = os.urandom(70 * MIB)  # more than one part of a download
    (tmp_path / "source").write_bytes(data)
    volume = make(mib=70)
    up: list[tuple[int, int | None]] = []
    down: list[tuple[int, int | None]] = []
    assert volume.upload(tmp_path / "source", progress=lambda *now: up.append(now)) == len(data)
    target = tmp_path / "target"
    target.write_bytes(b"old")
    target.chmod(0o640)
    assert volume.download(str(target), progress=lambda *now: down.append(now)) == len(data)
    assert digest(target.read_bytes()) == digest(data)
    assert target.stat().st_mode & 0o777 == 0o640
    for told in (up, down):
        assert told == sorted(told)
        assert told[-1] == (len(data), len(data))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pool", "source", "target"]
    assert volume.read(MIB - 3, 7) == data[MIB - 3 : MIB + 4]
    assert volume.read(70 * MIB - 2, 7) == data[-2:]
    assert volume.read(70 * MIB) == b""


def test_a_part_of_a_volume(make: Callable[..., StorageVolume]) -> None:
    volume = make()
    assert volume.upload(b"0123456789", offset=MIB, length=4) == 4
    file = io.BytesIO(b"abcdef")
    file.seek(2)
    assert volume.upload(file, offset=MIB + 2) == 4
    assert volume.read(MIB - 1, 8) == b"\x0001cdef\0"
    end, start = os.pipe()

    def write() -> None:
        with os.fdopen(start, "wb") as pipe:
            pipe.write(b"x" * 100_000)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(end, "rb") as pipe:
        assert volume.upload(pipe, offset=10) == 100_000
    writer.join()
    into = io.BytesIO(b"kept")
    into.seek(4)
    assert volume.download(into, offset=8, length=4) == 4
    assert into.getvalue() == b"kept\0\0xx"


def test_holes_stay_holes(make: Callable[..., StorageVolume], tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        for offset in (3 * MIB, 20 * MIB):
            file.seek(offset)
            file.write(os.urandom(MIB))
        file.truncate(50 * MIB)
    volume = make(mib=90)
    assert volume.upload(source, sparse=True) == 50 * MIB
    sizes = volume.refresh()
    assert (sizes.capacity_bytes, sizes.type) == (90 * MIB, "file")
    assert 2 * MIB <= sizes.allocation_bytes < 4 * MIB
    assert volume.download(target, sparse=True) == 90 * MIB
    assert target.stat().st_blocks * 512 < 4 * MIB
    expected = source.read_bytes() + bytes(40 * MIB)
    assert digest(target.read_bytes()) == digest(expected)
    memory = io.BytesIO()
    volume.download(memory, sparse=True)
    assert digest(memory.getvalue()) == digest(expected)


def test_old_data_does_not_show_through_holes(make: Callable[..., StorageVolume], tmp_path: Path) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.seek(MIB)
        file.write(b"new")
        file.truncate(2 * MIB)
    volume = make(mib=3)
    volume.upload(b"\xff" * 3 * MIB)
    volume.upload(source, sparse=True)
    assert volume.read() == source.read_bytes() + b"\xff" * MIB  # as without sparse
    image = make("image", layout="qcow2")
    old = image.read()
    image.upload(source, sparse=True)
    assert image.read()[: 2 * MIB] == source.read_bytes()
    assert len(old) < 2 * MIB


# --- volumes --------------------------------------------------------------------------------------------


def test_volumes_of_a_pool(pool, make: Callable[..., StorageVolume], faulty: virtsdk.lab.LabHost) -> None:
    first, image = make("first"), make("image", layout="qcow2")
    first.upload(b"data")
    frame = pool.volumes.frame().set_index("name")
    assert frame.loc["first", ["host", "storage_pool_name", "type", "format", "capacity_bytes"]].tolist() == [
        faulty.name, "fast", "file", "raw", 8 * MIB,
    ]  # fmt: skip
    assert frame.loc["image", "format"] == "qcow2"
    assert pool.volumes[first.path] == pool.volumes[first.key] == pool.volumes["first"] == first
    assert faulty.storage_pools.volume(image.path) == image
    assert faulty.storage_pools.volume(image.path).pool == pool
    assert "<StorageVolume first, raw, 8 MiB, 4 KiB taken>" in repr(pool.volumes["first"])
    copy = pool.volumes.create(
        StorageVolumeDef(name="copy", capacity=ScaledSize.of(units.MiB(16))), source=first
    )
    assert copy.read(0, 5) == b"data\0"
    assert copy.definition().name == "copy"
    copy.resize(units.MiB(32))
    assert copy.capacity_bytes == 32 * MIB
    with pytest.raises(errors.VirtError, match="shrink"):
        copy.resize(units.MiB(1))
    copy.resize(units.MiB(16), shrink=True)
    copy.wipe()
    assert copy.read(0, 4) == bytes(4)
    with pytest.raises(errors.StorageVolumeExists, match="storage volume 'copy' exists already"):
        make("copy")
    copy.delete()
    for missing in (lambda: pool.volumes["copy"], copy.read, lambda: copy.capacity_bytes):
        with pytest.raises(errors.StorageVolumeNotFound, match="copy"):
            missing()
    with pytest.raises(errors.StorageVolumeNotFound, match="/nowhere"):
        faulty.storage_pools.volume("/nowhere")
    pool.destroy()
    with pytest.raises(errors.InvalidState, match="not active"):
        len(pool.volumes)


def test_what_cannot_be_carried(
    pool, make: Callable[..., StorageVolume], tmp_path: Path, faulty: virtsdk.lab.LabHost
) -> None:
    volume = make()
    volume.upload(b"here")
    with pytest.raises(ValueError, match=r"has room for 8388608 .* resize\(\) it first"):
        volume.upload(bytes(8 * MIB + 1))
    with pytest.raises(ValueError, match="has room for 3"):
        volume.upload(b"1234", offset=8 * MIB - 3)
    with pytest.raises(FileNotFoundError):
        volume.upload(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError, match="no directory"):
        volume.download(tmp_path / "nowhere" / "file")
    for target in (tmp_path, "/dev/null"):
        with pytest.raises(ValueError, match="is not a file"):
            volume.download(target)
    with pytest.raises(ValueError, match="ends 2 bytes before"):
        volume.upload(open_pipe(b"12"), length=4)
    with virtsdk.connect(faulty.uri, readonly=True) as host:
        there = host.storage_pools["fast"].volumes["disk"]
        for verb in (there.read, lambda: there.upload(b"x"), there.delete, there.wipe):
            with pytest.raises(errors.ReadOnly):
                verb()
    full = tmp_path / "full"
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as file:
        volume.download(file)
    assert not full.exists()
    assert volume.read(0, 4) == b"here"


def open_pipe(data: bytes) -> io.FileIO:
    end, start = os.pipe()
    os.write(start, data)
    os.close(start)
    return io.FileIO(end)


def test_transfers_side_by_side_and_a_host_that_closes_under_one(
    faulty: virtsdk.lab.LabHost, make: Callable[..., StorageVolume], tmp_path: Path
) -> None:
    volumes = [make(f"disk{number}", mib=16) for number in range(3)]
    contents = [os.urandom(16 * MIB) for _ in volumes]
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            volumes[number].upload(contents[number])
            assert digest(volumes[number].read()) == digest(contents[number])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    faulty.node_info()
    for thread in threads:
        thread.join()
    assert failures == []
    before = held()
    host = virtsdk.connect(faulty.uri)
    there = host.storage_pools["fast"].volumes["disk0"]
    with pytest.raises(errors.HostClosed, match="was closed"):
        there.upload(Slow(16 * MIB), progress=lambda *_now: host.close())
    until(lambda: held()[1] <= before[1])


# --- faults ---------------------------------------------------------------------------------------------


def test_a_frozen_daemon_keeps_nobody(
    faulty: virtsdk.lab.LabHost, make: Callable[..., StorageVolume], tmp_path: Path
) -> None:
    volume = make(mib=64)
    volume.upload(b"x" * MIB)
    before, kept = held(), []

    def freeze(_moved: int, _total: int | None) -> None:
        faulty.freeze()

    def late(read: Callable[[], object]) -> None:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut, match=r"not done in 0\.5 s") as caught:
            read()
        assert 0.5 <= time.monotonic() - started < 0.5 + SLOW
        kept.append(caught.value)

    try:
        late(lambda: volume.upload(Slow(64 * MIB), timeout=0.5, progress=freeze))
        faulty.freeze()  # where the first piece came too late for that
        late(lambda: volume.download(tmp_path / "target", timeout=0.5))
        assert len(faulty.parked_calls) == 2
        assert [path.name for path in tmp_path.iterdir()] == ["pool"]
    finally:
        faulty.thaw()
    until(lambda: not faulty.parked_calls)
    volume.delete()
    # workers may be waiting for their next calls
    until(lambda: held()[0] <= before[0] + 2 and held()[1] <= before[1])


class Slow(io.RawIOBase):
    """Zero bytes, a chunk every hundredth of a second."""

    def __init__(self, size: int, every: float = 0.01) -> None:
        self.left = size
        self.every = every

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        time.sleep(self.every)
        size = min(size, self.left, MIB)
        self.left -= size
        return bytes(size)


def test_the_timeout_of_a_connection_is_for_silence_not_for_size(
    faulty: virtsdk.lab.LabHost, make: Callable[..., StorageVolume]
) -> None:
    make(mib=64)
    with virtsdk.connect(faulty.uri) as host:
        volume = host.storage_pools["fast"].volumes["disk"]
        host.session.timeout = 2  # a busy machine is silent for a while, too
        started = time.monotonic()
        assert volume.upload(Slow(20 * MIB, every=0.11)) == 20 * MIB
        assert time.monotonic() - started > 2
        with pytest.raises(errors.TimedOut, match=r"not done in 0\.3 s"):
            volume.upload(Slow(20 * MIB, every=0.11), timeout=0.3)
        until(lambda: not host.parked_calls)
        host.session.timeout = 0.5
        faulty.freeze()
        try:
            with pytest.raises(errors.TimedOut, match=r"no answer in 0\.5 s"):
                volume.read()
        finally:
            faulty.thaw()
        until(lambda: not host.parked_calls)


def test_ctrl_c_ends_a_transfer(
    faulty: virtsdk.lab.LabHost, make: Callable[..., StorageVolume], tmp_path: Path
) -> None:
    volume = make(mib=3000)
    before = held()
    for transfer in (lambda: volume.download(tmp_path / "target"), lambda: volume.upload(Slow(3000 * MIB))):
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT)).start()
            transfer()
        assert time.monotonic() - started < SLOW
        until(lambda: not faulty.parked_calls)
        assert [path.name for path in tmp_path.iterdir()] == ["pool"]
    volume.delete()
    until(lambda: held()[0] <= before[0] + 1 and held()[1] <= before[1])


def test_a_killed_daemon_is_a_lost_connection(
    faulty: virtsdk.lab.LabHost,
    make: Callable[..., StorageVolume],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    volume = make(mib=500)
    killed: list[int] = []

    def kill(moved: int, _total: int | None) -> None:
        if not killed:
            faulty.kill_daemon()
        killed.append(moved)

    for transfer in (
        lambda: volume.upload(Slow(100 * MIB), progress=kill),
        lambda: volume.download(tmp_path / "target", progress=kill),
    ):
        until(lambda: faulty.is_alive)
        killed.clear()
        faulty.storage_pools["fast"].is_active or faulty.storage_pools["fast"].start()
        with pytest.raises(errors.ConnectionLost):
            transfer()
        assert [path.name for path in tmp_path.iterdir()] == ["pool"]
    outcomes = [vars(one)["outcome"] for one in caplog.records if vars(one).get("verb") == "upload to"]
    assert outcomes == ["ConnectionLost"]


def test_a_slow_file_does_not_fill_the_memory(make: Callable[..., StorageVolume]) -> None:
    volume = make(mib=1000)  # nothing but a hole, which the daemon reads as fast as it can
    before = resident()

    class Slower(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            time.sleep(0.003)
            if resident() > before + 110:
                raise AssertionError(f"{resident() - before} MiB of a volume are kept")
            return len(data)

    assert volume.download(Slower(), length=250 * MIB) == 250 * MIB


def resident() -> int:
    """The memory of this process in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // MIB
