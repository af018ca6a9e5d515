"""Snapshots, checkpoints and backups of real guests: files come back, also elsewhere and in a new guest."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libvirt_qemu
import pytest

import virtsdk
from tests import moments
from tests.waiting import until
from virtsdk import errors
from virtsdk.resources.domain.snapshots import verbs
from virtsdk.resources.domain.snapshots.collection import Snapshots

BOOT = 120.0


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[virtsdk.lab.LabHost]]:
    with virtsdk.lab.hosts(2, guests=1, wait=False, progress=None) as started:
        yield started


@pytest.fixture(scope="module")
def booted(hosts: list[virtsdk.lab.LabHost]) -> virtsdk.Domain:
    """A guest that does nothing by itself, whose disk has no iothread: QEMU 7.2 crashes on that in a pull."""
    for host in hosts:
        for one in host.domains:
            one.destroy()
    (guest,) = hosts[0].domains
    changed = guest.definition(persistent=True)
    assert changed.os is not None
    assert changed.devices is not None
    kept = [word for word in str(changed.os.cmdline).split() if not word.startswith("lab.")]
    changed.os.cmdline = " ".join([*kept, "lab.name=quiet"])
    changed.devices.interfaces = []
    (disk,) = changed.devices.disks
    assert disk.driver is not None
    disk.driver.iothread = None
    quiet = hosts[0].domains.define(changed)
    quiet.start()
    quiet.wait("agent", timeout=BOOT)
    return quiet


@pytest.fixture
def guest(booted: virtsdk.Domain) -> Iterator[virtsdk.Domain]:
    """It runs, and has neither snapshots nor checkpoints before and after."""
    if not booted.is_active:
        booted.start()
        booted.wait("agent", timeout=BOOT)
    yield booted
    assert (len(booted.snapshots), len(booted.checkpoints), booted.job()) == (0, 0, None)


def run(guest: virtsdk.Domain, command: str) -> str:
    """Run a shell command in a guest, by its agent."""

    def ask(name: str, **arguments: Any) -> Any:
        request = json.dumps({"execute": name, "arguments": arguments})
        answer = guest.host.session.call(
            "ask the agent of",
            guest.subject,
            lambda conn: libvirt_qemu.qemuAgentCommand(conn.lookupByUUIDString(guest.uuid), request, 20, 0),
        )
        return json.loads(answer)["return"]

    words = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
    pid = ask("guest-exec", **words)["pid"]
    deadline = time.monotonic() + 60
    while not (status := ask("guest-exec-status", pid=pid))["exited"]:
        assert time.monotonic() < deadline, command
        time.sleep(0.05)
    assert status["exitcode"] == 0, status
    return base64.b64decode(status.get("out-data", "")).decode()


def write(guest: virtsdk.Domain, name: str, text: str) -> None:
    run(guest, f"echo {text} >/mnt/{name}; sync")


def folder_of(guest: virtsdk.Domain) -> Path:
    """The folder of its disk, which the test sees as the host does."""
    devices = guest.definition().devices
    assert devices is not None
    source = devices.disks[0].source
    assert source is not None
    assert source.file is not None
    return Path(source.file).parent


def test_they_are_a_tree_as_on_the_test_driver(guest: virtsdk.Domain) -> None:
    moments.snapshots_are_a_tree(guest)


def test_a_branch_is_reverted_and_a_file_is_back(guest: virtsdk.Domain) -> None:
    write(guest, "file", "one")
    run(guest, "echo remembered >/tmp/memory")  # in no disk
    base = guest.snapshots.create("base")
    write(guest, "file", "two")
    run(guest, "rm /tmp/memory")
    left = guest.snapshots.create("left")
    base.revert()
    assert run(guest, "cat /mnt/file /tmp/memory") == "one\nremembered\n"  # its agent answers at once
    write(guest, "file", "three")
    right = guest.snapshots.create("right")
    left.revert(state="paused")
    assert guest.state == "paused"
    guest.resume()
    guest.wait("agent")
    assert run(guest, "cat /mnt/file; ls /tmp") == "two\n"
    guest.destroy()
    right.revert()
    assert repr(guest).startswith(f"<Domain {guest.name} running")
    guest.wait("agent")
    assert run(guest, "cat /mnt/file") == "three\n"
    base.delete(children=True)


def test_a_tree_goes_on_on_another_host(guest: virtsdk.Domain, hosts: list[virtsdk.lab.LabHost]) -> None:
    there = hosts[1]
    write(guest, "file", "before")
    guest.snapshots.create("before")
    write(guest, "file", "after")
    guest.snapshots.create("after")
    documents = guest.snapshots.definitions(secure=True)
    definition = guest.definition(persistent=True, secure=True)
    guest.destroy()
    for one in guest.snapshots:
        one.delete(metadata_only=True)
    guest.undefine()
    moved = there.domains.define(definition)
    try:
        moved.snapshots.redefine(documents[::-1], current="after")
        assert [one.name for one in moved.snapshots] == ["before", "after"]
        assert moved.snapshots.current == moved.snapshots["after"]
        moved.snapshots["before"].revert()
        moved.wait("agent")
        assert run(moved, "cat /mnt/file") == "before\n"
    finally:
        moved.destroy()
        moved.snapshots["before"].delete(children=True)
        moved.undefine()
        assert hosts[0].domains.define(definition) == guest


def test_external_ones_are_new_files_and_merged_when_deleted(guest: virtsdk.Domain, tmp_path: Path) -> None:
    folder = folder_of(guest)
    write(guest, "file", "one")
    first = guest.snapshots.create("first", kind="external", memory=False, quiesce=True)
    assert first.last_seen["kind"] == "external"
    assert [path.suffix for path in folder.glob("*.first")] == [".first"]
    write(guest, "file", "two")
    with_memory = guest.snapshots.create("second", kind="external", live=True)
    memory = Path(str(with_memory.last_seen["memory_file"]))
    assert memory.name.endswith(".second.memory")
    assert memory.stat().st_size > 2**20
    here = tmp_path / "elsewhere.qcow2"
    third = guest.snapshots.create("third", kind="external", memory=False, disks={"vda": here})
    assert here.exists()
    assert guest.snapshots.frame()["state"].tolist() == ["disk-snapshot", "running", "disk-snapshot"]
    with pytest.raises(errors.InvalidArgument, match="memory must be a file of its own"):
        guest.snapshots.create("fourth", kind="external", memory=here)
    if not guest.host.supports("revert_external"):
        with pytest.raises(errors.NotSupported, match="it is external, and this host's libvirt"):
            first.revert()
        assert run(guest, "cat /mnt/file") == "two\n"
    first.delete()
    assert with_memory.parent is None
    third.delete()
    assert not here.exists()
    with_memory.delete()
    memory.unlink(missing_ok=True)  # which libvirt 9.0 leaves
    assert not list(folder.glob("*.first"))
    assert run(guest, "cat /mnt/file") == "two\n"


def test_checkpoints_are_a_chain_as_on_the_test_driver(guest: virtsdk.Domain) -> None:
    moments.checkpoints_are_a_chain(guest)


def test_nobody_goes_back_behind_a_checkpoint(guest: virtsdk.Domain) -> None:
    before = guest.snapshots.create("before")
    monday = guest.checkpoints.create("monday")
    with pytest.raises(errors.InvalidState, match=r"the guest has checkpoints \(monday\)"):
        before.revert()
    assert guest.state == "running"
    monday.delete()
    before.revert()
    before.delete()


def test_a_backup_and_what_changed_since_make_a_new_guest(guest: virtsdk.Domain, tmp_path: Path) -> None:
    write(guest, "full", "monday words")
    full = guest.backup(tmp_path, checkpoint="monday")
    assert list(full.files) == ["vda"]
    assert guest.checkpoints["monday"].size_bytes is not None
    run(guest, "dd if=/dev/urandom of=/mnt/much bs=1k count=300 conv=fsync 2>/dev/null")
    write(guest, "changed", "tuesday words")
    size = guest.checkpoints["monday"].size_bytes or 0
    assert 300 * 1024 <= size < 2**24
    assert guest.checkpoints.frame()["size_bytes"].tolist() == [size]
    with guest.backup(tmp_path, incremental="monday", checkpoint="tuesday", wait=False) as running:
        pass
    since = running.result
    assert (since.incremental, since.checkpoint) == ("monday", "tuesday")
    assert size <= (since.copied_bytes or 0) < 2**24 < (full.copied_bytes or 0)
    with pytest.raises(errors.AlreadyExists, match="exists"):
        guest.backup({"vda": full.files["vda"]}, checkpoint="wednesday")
    with pytest.raises(errors.CheckpointNotFound, match="sunday"):
        guest.backup(tmp_path / "x", incremental="sunday")
    assert [one.name for one in guest.checkpoints] == ["monday", "tuesday"]
    guest.checkpoints["monday"].delete(children=True)

    definition = since.restored(guest.definition(persistent=True), full)
    definition.name, definition.uuid = "restored", None
    restored = guest.host.domains.create(definition)
    try:
        restored.wait("agent", timeout=BOOT)
        until(lambda: "/mnt" in run(restored, "cat /proc/mounts"))
        assert run(restored, "cat /mnt/full /mnt/changed") == "monday words\ntuesday words\n"
    finally:
        restored.destroy()


def test_a_client_reads_a_backup_while_the_guest_goes_on(guest: virtsdk.Domain, tmp_path: Path) -> None:
    write(guest, "early", "EARLYWORDS" * 3)
    guest.checkpoints.create("monday")
    write(guest, "marked", "MARKEDWORDS" * 3)
    size = guest.checkpoints["monday"].size_bytes
    image = tmp_path / "image.raw"
    socket = tmp_path / "nbd.sock"
    with guest.backup_server(socket, incremental="monday", scratch=tmp_path) as server:
        write(guest, "late", "LATEWORDS" * 3)
        export = server.exports["vda"]
        job = guest.job()
        assert job is not None
        assert (job.operation, job.is_running) == ("backup", True)
        client("convert", "-O", "raw", export.uri, str(image))
        place = f"driver=nbd,export={export.name},server.type=unix,server.path={socket}"
        said = client("map", "--output=json", "--image-opts", f"{place},x-dirty-bitmap={export.context}")
        for call in (lambda: guest.backup(tmp_path), lambda: guest.snapshots.create("now")):
            with pytest.raises(errors.ResourceBusy, match=r"busy with another job \(backup\)"):
                call()
    changed = [part for part in json.loads(said) if not part["data"]]  # so QEMU shows what is dirty
    assert sum(part["length"] for part in changed) == size
    data = image.read_bytes()
    assert b"EARLYWORDS" * 3 in data
    assert b"LATEWORDS" * 3 not in data
    assert any(b"MARKEDWORDS" * 3 in data[part["start"] : part["start"] + part["length"]] for part in changed)
    assert repr(server).endswith("1 disk, ended>")
    assert guest.job() is None
    assert [path.name for path in tmp_path.iterdir() if "scratch" in path.name] == []
    guest.checkpoints["monday"].delete()


def test_a_server_takes_no_file_of_the_guest(guest: virtsdk.Domain) -> None:
    (image,) = (disk.source.file for disk in guest.definition().devices.disks)
    size = Path(image).stat().st_size
    with pytest.raises(errors.InvalidArgument, match="where must be a file of its own"):
        guest.backup_server(image)
    assert Path(image).stat().st_size == size


def test_a_server_ends_with_its_block_however_that_ends(guest: virtsdk.Domain, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="mine"), guest.backup_server(tmp_path / "nbd.sock"):
        raise KeyError("mine")
    assert guest.job() is None
    with (
        pytest.raises(errors.OperationFailed, match="had ended before"),
        guest.backup_server(tmp_path / "nbd.sock", checkpoint="monday") as server,
    ):
        guest.abort_job()
        until(lambda: guest.job() is None)  # QEMU takes its time
    server.close()  # does nothing
    guest.checkpoints["monday"].delete()


def test_what_goes_on_behind_is_found_again_after_a_lost_connection(
    guest: virtsdk.Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            function(*args, **kwargs)
            monkeypatch.undo()  # from then on it is there again
            raise errors.ConnectionLost("it went away")

        return call

    monkeypatch.setattr(Snapshots, "_make", lost(Snapshots._make))
    made = guest.snapshots.create("before", kind="external", wait=False).wait(timeout=60)
    assert made == guest.snapshots["before"]
    memory = Path(str(made.last_seen["memory_file"]))
    made.delete()
    memory.unlink(missing_ok=True)
    monkeypatch.setattr(verbs, "wait_for_backup", lost(verbs.wait_for_backup))
    done = guest.backup(tmp_path, wait=False).wait(timeout=60)
    assert Path(done.files["vda"]).stat().st_size > 2**20
    assert (done.copied_bytes or 0) > 2**24


def client(*words: str) -> str:
    """Run qemu-img, and give what it says."""
    program = shutil.which("qemu-img")
    assert program is not None
    return subprocess.run([program, *words], check=True, capture_output=True, text=True, timeout=120).stdout
