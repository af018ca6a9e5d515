"""Guests that move between two private hosts: live, limited, interrupted, refused."""

from __future__ import annotations

import logging
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import virtsdk
from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.models.domain import DomainDef
from virtsdk.resources.base import raw_of
from virtsdk.resources.events import EventStream
from virtsdk.stats import rates
from virtsdk.units import MiB


class Move(NamedTuple):
    """A guest, the host where it is, and the one where it can go."""

    guest: virtsdk.Domain
    here: virtsdk.lab.LabHost
    there: virtsdk.lab.LabHost
    how: dict[str, Any]
    """The hosts reach each other by a socket in a folder that both see, and each has disks of its own."""


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[virtsdk.lab.LabHost]]:
    with virtsdk.lab.hosts(2, guests=1, progress=None) as started:
        yield started


@pytest.fixture(scope="module")
def mover(hosts: list[virtsdk.lab.LabHost]) -> str:
    """The UUID of the guest that the tests move to and fro."""
    (guest,) = hosts[0].domains
    return guest.uuid


@pytest.fixture
def move(hosts: list[virtsdk.lab.LabHost], mover: str, tmp_path: Path) -> Move:
    """The guest, which runs, wherever the test before has left it."""
    here, there = hosts if mover in hosts[0].domains else hosts[::-1]
    guest = here.domains[mover]
    assert guest.state == "running"
    return Move(guest, here, there, {"uri": f"unix://{tmp_path}/m", "unsafe": True})


def moving(guest: virtsdk.Domain) -> bool:
    """Whether some of its memory is at the destination."""
    job = guest.job()
    return job is not None and bool(job.memory_processed_bytes_total)


def test_a_running_guest_moves_with_its_definition(move: Move, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    guest, here, there, how = move
    with here.events("domain_lifecycle") as left, there.events("domain_lifecycle") as arrived:
        moved = guest.migrate(there, max_downtime_seconds=1, **how)
        comes(left, "stopped", "migrated")
        comes(arrived, "resumed", "migrated")

    assert (moved.host, moved.name, moved.uuid) == (there, guest.name, guest.uuid)
    assert (moved.state, moved.is_persistent) == ("running", True)
    assert guest.uuid in there.domains
    assert repr(moved).startswith(f"<Domain {guest.name} running")

    assert guest.uuid not in here.domains
    assert repr(guest) == f"<Domain {guest.name}>"
    with pytest.raises(errors.DomainNotFound, match=guest.name):
        _ = guest.state

    job = moved.job(completed=True)
    assert job is not None
    assert job == moved.job(completed=True)  # reading it does not take it away
    assert (job.operation, job.kind, job.is_running) == ("migration-in", "completed", False)
    assert job.memory_total_bytes is not None
    assert job.memory_total_bytes > moved.definition().memory.bytes
    assert job.downtime_seconds is not None
    assert 0 < job.downtime_seconds <= (job.elapsed_seconds or 0)
    assert moved.job() is None

    told = [vars(one) for one in caplog.records if one.name == "virtsdk.audit"]
    assert {one["host"] for one in told if one["verb"] == "migrate"} == {here.uri, there.uri}
    assert all(here.name in one["object"] and there.name in one["object"] for one in told)


def comes(stream: EventStream, event: str, detail: str) -> None:
    while (one := stream.get(timeout=60)) is not None:
        if (vars(one)["event"], vars(one)["detail"]) == (event, detail):
            return


def test_rates_over_a_migration_are_of_one_host_each_and_none_is_wrong(move: Move) -> None:
    """From daemon to daemon, with figures of both hosts all the while."""
    guest, here, there, how = move
    samples = [host.stats() for host in (here, there)]
    time.sleep(1)
    samples.append(here.stats())
    guest.migrate(there.uri, **how)
    for _ in range(2):
        time.sleep(1)
        samples += [host.stats() for host in (here, there)]

    found = rates(samples)
    mine = found.domains[found.domains["domain"] == guest.uuid]
    assert set(mine["host"]) == {here.name, there.name}  # two series, as the counters begin anew there
    for name in ("domains", "vcpus", "disks", "nics"):
        frame = getattr(found, name)
        numbers = frame.filter(like="_per_second").astype("float64")
        assert (numbers.isna() | (numbers >= 0)).all(axis=None), name
    used = mine["cpu_time_seconds_per_second"].astype("float64")
    assert used.notna().any()
    # an answer that is late counts for longer; the counters of one run taken for another's are far off
    assert (used.dropna() <= mine["vcpus"].max() * 2.5).all(), mine
    first = mine[mine["host"] == there.name].sort_values("time").iloc[0]
    came = [one.domains for one in samples if {there.name} == set(one.domains["host"])]
    arrived = min(one["time"].min() for one in came if guest.uuid in set(one["domain"]))
    assert first["time"] > arrived  # nothing is said before there were two samples of it there


def test_what_takes_too_long_is_parked_and_can_be_ended(move: Move) -> None:
    guest, here, there, how = move
    began = time.monotonic()
    with pytest.raises(errors.TimedOut, match=r"migrate domain '\w+' .* in 1 s; .*abort_job\(\) ends it"):
        guest.migrate(there, bandwidth=MiB(1), timeout=1, **how)
    assert 1 <= time.monotonic() - began < 1 + SLOW
    what = f"migrate domain '{guest.name}' from '{here.name}' to '{there.name}'"
    assert [parked for parked, _ in here.parked_calls] == [what]
    assert "1 call parked" in repr(here)

    until(lambda: moving(guest))
    job = guest.job()
    assert job is not None
    assert (job.operation, job.is_running) == ("migration-out", True)
    assert job.progress is not None
    assert job.progress < 0.5
    assert (job.memory_remaining_bytes or 0) > MiB(10)
    with virtsdk.connect(here.uri) as again, pytest.raises(errors.InvalidState, match="already"):
        again.domains[guest.uuid].migrate(there, timeout=60, **how)
    with pytest.raises(errors.InvalidState, match="source host"):
        there.domains[guest.uuid].job()
    assert slowest_of_many(guest) < SLOW
    began = time.monotonic()
    assert guest.name in there.domains.frame()["name"].to_list()  # nobody waits for a guest on its way
    assert time.monotonic() - began < 25  # libvirt's own waiting takes 30 s

    guest.abort_job()
    until(lambda: not here.parked_calls)
    assert guest.job() is None
    assert guest.state == "running"
    until(lambda: guest.uuid not in there.domains)
    with pytest.raises(errors.InvalidState, match="no job"):
        guest.abort_job()


def slowest_of_many(guest: virtsdk.Domain) -> float:
    """How long the slowest of many calls takes beside the long one; libvirt alone may leave one lying."""

    def ask(conn: Any) -> float:
        raw, times = raw_of(guest, conn), [time.monotonic()]
        for _ in range(60):
            raw.isActive()
            times.append(time.monotonic())
        return max(after - before for before, after in pairwise(times))

    return guest.host.session.call("ask", guest.subject, ask)


def test_an_aborted_migration_says_so_where_it_was_called(move: Move) -> None:
    guest, _, there, how = move

    def abort() -> None:
        until(lambda: moving(guest))
        guest.abort_job()

    aborter = threading.Thread(target=abort)
    aborter.start()
    with pytest.raises(errors.OperationAborted, match=f"migrate domain '{guest.name}'"):
        guest.migrate(there, bandwidth=MiB(1), **how)
    aborter.join()
    assert guest.state == "running"


def test_a_migration_is_followed_through_its_operation(move: Move, capfd: pytest.CaptureFixture[str]) -> None:
    guest, here, there, how = move
    jobs: list[virtsdk.Job] = []
    hurried = False
    with guest.migrate(there, bandwidth=MiB(1), wait=False, progress="auto", **how) as going:
        for job in going:
            jobs.append(job)
            # before some of it is there libvirt sets the bandwidth that it was given, maybe after this
            if len(jobs) >= 10 and job.memory_processed_bytes_total and not hurried:
                guest.migrate_set_max_speed(MiB(500))
                hurried = True
    moved = going.result
    assert len(jobs) >= 10
    assert {job.operation for job in jobs} == {"migration-out"}
    done = [job.memory_processed_bytes_total for job in jobs]
    assert done == sorted(done)
    assert (going.state, going.progress) == ("done", 1.0)
    assert (moved.host, moved.uuid, moved.state) == (there, guest.uuid, "running")
    assert f"migrate domain '{guest.name}' from '{here.name}' to '{there.name}': done" in repr(going)
    drawn: list[str] = []
    until(lambda: drawn.append(capfd.readouterr().err) or "100%" in "".join(drawn))


def test_a_migration_is_cancelled_on_its_way(move: Move) -> None:
    guest, _, there, how = move
    with guest.migrate(there, bandwidth=MiB(8), wait=False, **how) as going:
        for job in going:
            if (job.progress or 0) > 0.2:  # so that it does not end meanwhile
                going.cancel()
    assert going.state == "cancelled"
    assert (going.progress or 1) < 1
    with pytest.raises(errors.OperationAborted, match=f"migrate domain '{guest.name}'"):
        going.wait()
    assert guest.state == "running"
    until(lambda: guest.uuid not in there.domains)
    with pytest.raises(ZeroDivisionError), guest.migrate(there, bandwidth=MiB(1), wait=False, **how) as going:
        _ = 1 / 0
    assert (going.state, guest.state) == ("cancelled", "running")


def test_a_migration_whose_daemon_dies_is_lost_and_the_guest_stays(move: Move) -> None:
    guest, here, there, how = move
    going = guest.migrate(there, bandwidth=MiB(1), wait=False, **how)
    until(lambda: (going.progress or 0) > 0)
    here.kill_daemon()
    with pytest.raises(errors.ConnectionLost, match="the connection was lost while trying to migrate"):
        going.wait(120)
    assert going.state == "failed"
    until(lambda: guest.state == "running" and guest.job() is None)
    until(lambda: guest.uuid not in there.domains)


def test_a_frozen_destination_is_given_up_in_time(move: Move) -> None:
    guest, here, there, how = move
    there.freeze()
    try:
        began = time.monotonic()
        with pytest.raises(errors.TimedOut, match=f"to '{there.name}'"):
            guest.migrate(there, timeout=1, **how)
        assert 1 <= time.monotonic() - began < 1 + SLOW
        assert len(here.parked_calls) == 1
        assert guest.state == "running"
    finally:
        there.thaw()
    until(lambda: not here.parked_calls, 120)  # it goes on, as it said
    assert there.domains[guest.uuid].state == "running"
    assert guest.uuid not in here.domains


def test_a_destination_that_stays_frozen_is_lost(move: Move) -> None:
    guest, here, there, how = move
    with virtsdk.connect(there.uri, keepalive=(1, 1)) as impatient:
        there.freeze()
        try:
            with pytest.raises(errors.ConnectionLost, match=f"{re.escape(there.uri)} does not answer"):
                guest.migrate(impatient, **how)
            assert here.is_alive
            assert guest.state == "running"
            assert len(here.parked_calls) == 1
        finally:
            there.thaw()
        until(lambda: not here.parked_calls, 120)  # it may go on, as it said
    until(lambda: sum(guest.uuid in host.domains for host in (here, there)) == 1)


def test_a_destination_that_is_lost_is_named_and_the_guest_stays(move: Move) -> None:
    guest, here, there, how = move

    def kill() -> None:
        until(lambda: moving(guest))
        there.kill_daemon()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(errors.ConnectionLost, match=re.escape(there.uri)):
        guest.migrate(there, bandwidth=MiB(1), **how)
    killer.join()
    assert here.is_alive
    until(lambda: guest.state == "running" and guest.job() is None)
    until(lambda: there.is_alive)

    def moves(to: virtsdk.Host) -> bool:
        try:
            to_and_fro[-1].domains[guest.uuid].migrate(to, **how)
        except (errors.OperationFailed, errors.InvalidState) as error:
            assert re.search("already (being removed|active)", str(error))
            return False  # what had come of it before takes seconds to go
        to_and_fro.append(to)
        return True

    to_and_fro: list[virtsdk.Host] = [here]
    until(lambda: moves(there), 120)
    until(lambda: moves(here), 120)  # its source may be as slow


def test_a_switch_to_post_copy_ends_what_would_take_long(move: Move) -> None:
    guest, here, there, how = move
    with pytest.raises(errors.TimedOut):
        guest.migrate(there, postcopy=True, bandwidth=MiB(1), timeout=0.5, **how)
    until(lambda: moving(guest))
    guest.migrate_start_postcopy()  # from then on no bandwidth limits it
    until(lambda: not here.parked_calls)
    assert there.domains[guest.uuid].state == "running"


def test_disks_that_are_not_shared_go_along(move: Move, tmp_path: Path) -> None:
    guest, here, there, how = move
    images = {host: host.layout.guests / "moving.qcow2" for host in (here, there)}
    source = disk_of(guest.definition())
    size = "256M"
    images[there].unlink(missing_ok=True)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", images[there], size], check=True)

    def with_disk(definition: DomainDef) -> DomainDef:
        assert definition.devices is not None
        assert definition.devices.disks[0].source is not None
        definition.devices.disks[0].source.file = str(images[there])
        return definition

    moved = guest.migrate(
        there,
        copy_storage="all",
        disks=["vda"],
        disks_uri=f"unix://{tmp_path}/d",
        definition=with_disk(guest.definition(migratable=True)),
        persistent_definition=with_disk(guest.definition(migratable=True, persistent=True)),
        **how,
    )
    assert disk_of(moved.definition()) == str(images[there]) != source
    assert disk_of(moved.definition(persistent=True)) == str(images[there])
    assert images[there].stat().st_blocks * 512 > MiB(1)  # it was empty
    moved.wait("running", timeout=60)


def disk_of(definition: DomainDef) -> str | None:
    assert definition.devices is not None
    source = definition.devices.disks[0].source
    return None if source is None else source.file


def test_tunnelled_through_the_daemons_and_still_defined_at_the_source(move: Move) -> None:
    guest, here, there, _ = move
    guest.migrate(there.uri, tunnelled=True, unsafe=True, undefine_source=False)
    assert there.domains[guest.uuid].state == "running"
    assert repr(guest).startswith(f"<Domain {guest.name} shutoff")
    assert guest.uuid in here.domains
    guest.undefine()


def test_what_libvirt_does_not_do_has_a_name(move: Move) -> None:
    guest, here, there, how = move
    with pytest.raises(errors.MigrationUnsafe, match="unsafe=True"):
        guest.migrate(there, uri=how["uri"])
    with pytest.raises(errors.VirtError, match="say how the source reaches it: uri="):
        guest.migrate(there, unsafe=True)
    with pytest.raises(errors.InvalidArgument, match="it already runs on that host"):
        guest.migrate(here)
    with virtsdk.connect(here.uri) as again, pytest.raises(errors.InvalidArgument, match="same host"):
        guest.migrate(again, **how)
    with pytest.raises(errors.VirtError, match="nowhere"):
        guest.migrate("qemu+unix:///system?socket=/nowhere", **how)
    with virtsdk.connect("test:///default") as other, pytest.raises(errors.NotSupported, match="test driver"):
        guest.migrate(other, **how)
    for uri, verb in (
        (there.uri, lambda reader: guest.migrate(reader, **how)),
        (here.uri, lambda reader: reader.domains[guest.uuid].migrate(there, **how)),
    ):
        with virtsdk.connect(uri, readonly=True) as reader, pytest.raises(errors.ReadOnly, match="readonly="):
            verb(reader)
    assert guest.state == "running"
    assert guest.job() is None


def test_a_guest_that_is_off_moves_offline(
    hosts: list[virtsdk.lab.LabHost], mover: str, tmp_path: Path
) -> None:
    here, there = hosts[::-1]
    (guest,) = (one for one in here.domains if one.uuid != mover)
    guest.destroy()
    assert guest.job() is None
    with pytest.raises(errors.InvalidState, match="offline=True moves the definition"):
        guest.migrate(there, uri=f"unix://{tmp_path}/m", unsafe=True)
    moved = guest.migrate(there, offline=True, name="other")
    assert (moved.name, moved.state, moved.uuid) == ("other", "shutoff", guest.uuid)
    assert guest.uuid not in here.domains
