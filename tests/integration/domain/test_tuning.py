"""A guest's memory, vCPUs and tuning on QEMU, behind a daemon that makes control groups."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.integration import private
from tests.waiting import until
from virtsdk import errors
from virtsdk.lab import capabilities
from virtsdk.lab.daemon_conf import write_libvirtd_conf, write_qemu_conf
from virtsdk.lab.keeper import Keeper
from virtsdk.lab.layout import Layout
from virtsdk.units import GiB, MiB

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="control groups need root")

GROUPS = Path("/sys/fs/cgroup")
GUEST = """<domain type='qemu'><name>tuned</name><memory unit='MiB'>64</memory><vcpu current='1'>3</vcpu>
  <iothreads>1</iothreads><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>
  <interface type='ethernet'><mac address='52:54:00:00:00:b7'/><target dev='tuned0'/><model type='virtio'/>
  </interface><memballoon model='virtio'/></devices></domain>"""


@pytest.fixture(scope="module")
def daemon() -> Iterator[virtsdk.Host]:
    """A private daemon that, unlike those of the lab, gives each guest control groups."""
    keeper = Keeper()
    layout = Layout(keeper.folder / "tuned")
    layout.make()
    write_qemu_conf(layout.settings)
    conf = layout.settings / "qemu.conf"
    conf.write_text(conf.read_text().replace("cgroup_controllers = []\n", ""))
    write_libvirtd_conf(layout.settings, "00000000-0000-4000-9000-0000000005c7", layout.log)
    capabilities.seed(layout.cache)
    private.start(keeper, {layout.home: private.command(layout)})
    with virtsdk.connect(layout.uri) as host:
        yield host
        for guest in host.domains:
            guest.destroy()
    keeper.end()


@pytest.fixture(scope="module")
def tuned(daemon: virtsdk.Host) -> virtsdk.Domain:
    guest = daemon.domains.define(GUEST)
    guest.start()
    return guest


def in_group(guest: virtsdk.Domain, *names: str) -> str:
    """What the kernel has in a file of the guest's control group, whichever version it has."""
    found = [  # os.walk, as groups of others go meanwhile
        Path(folder, name)
        for folder, _, files in os.walk(GROUPS)
        for name in names
        if name in files and re.search(rf"qemu.*{guest.name}", Path(folder).name)
    ]
    assert found, f"none of {names} in a group of {guest.name}"
    return found[0].read_text().strip()


def test_the_scheduler_is_the_kernel_s(tuned: virtsdk.Domain) -> None:
    now = tuned.tuning.set_scheduler(cpu_shares=2000, vcpu_quota_seconds=0.05, vcpu_period_seconds=0.1)
    assert (now.scope, now.cpu_shares, now.vcpu_limit) == ("live", 2000, 0.5)
    assert in_group(tuned, "cpu.shares", "cpu.weight") == "2000"
    later = tuned.tuning.scheduler(scope="persistent")
    assert (later.cpu_shares, later.vcpu_quota_seconds) == (2000, 0.05)
    assert (later.emulator_period_seconds, now.kind) == (None, "posix")
    free = tuned.tuning.set_scheduler(vcpu_quota_seconds="unlimited", scope="live")
    assert free.vcpu_limit is None
    assert tuned.tuning.scheduler(scope="persistent").vcpu_quota_seconds == 0.05
    with pytest.raises(errors.NotSupported, match="the qemu driver has no weight there; it has cpu_shares"):
        tuned.tuning.set_scheduler(weight=5)


def test_memory_limits_are_the_kernel_s(tuned: virtsdk.Domain) -> None:
    now = tuned.tuning.set_memory_limits(hard_bytes=GiB(2), soft_bytes=GiB(1))
    assert (now.hard_bytes, now.soft_bytes, now.swap_hard_bytes) == (GiB(2), GiB(1), None)
    assert in_group(tuned, "memory.limit_in_bytes", "memory.max") == str(int(GiB(2)))
    assert tuned.tuning.memory_limits(scope="persistent").hard_bytes == GiB(2)
    less = tuned.tuning.set_memory_limits(hard_bytes="unlimited")
    assert (less.hard_bytes, less.soft_bytes) == (None, GiB(1))
    with pytest.raises(errors.InvalidArgument, match="hard_limit"):  # what runs has no limit on memory itself
        tuned.tuning.set_memory_limits(swap_hard_bytes=GiB(4))


def test_block_weights_for_what_runs_and_the_next_start(tuned: virtsdk.Domain) -> None:
    later = tuned.tuning.set_block_weights(
        300, device="/dev/loop0", read_bytes_per_second=MiB(1), scope="persistent"
    )
    assert (later.weight, later.devices[0].read_bytes_per_second) == (300, MiB(1))
    if (GROUPS / "blkio").is_dir():  # the newer kind needs a disk scheduler for it
        now = tuned.tuning.set_block_weights(200)
        assert (now.weight, in_group(tuned, "blkio.weight", "blkio.bfq.weight").split()[-1]) == (200, "200")
    none = tuned.tuning.set_block_weights(
        device="/dev/loop0", read_bytes_per_second="unlimited", scope="persistent"
    )
    assert none.devices == ()


def test_cells_events_and_bandwidth(tuned: virtsdk.Domain) -> None:
    tuning = tuned.tuning
    assert tuning.set_numa(mode="strict", cells="0", scope="persistent").cells == "0"
    with pytest.raises(errors.NotLive, match="scope='persistent'"):
        tuning.set_numa(mode="interleave")
    assert tuning.set_perf_events(enable=["page_faults"]).enabled == ("page_faults",)
    assert tuning.perf_events(scope="persistent").enabled == ("page_faults",)
    tuning.set_perf_events(disable=["page_faults"])
    rate = tuning.set_bandwidth(
        "tuned0", inbound_bytes_per_second=1_000_000, outbound_bytes_per_second=500_000, scope="persistent"
    )
    assert (rate.inbound_bytes_per_second, rate.outbound_bytes_per_second) == (1_000_000, 500_000)
    assert tuning.bandwidth("52:54:00:00:00:b7", scope="persistent").inbound_bytes_per_second == 1_000_000
    assert tuning.bandwidth("tuned0").inbound_bytes_per_second is None
    with pytest.raises(errors.InvalidArgument, match="'eth9' is not a known interface"):
        tuning.bandwidth("eth9")


def test_iothreads_are_qemu_s(tuned: virtsdk.Domain) -> None:
    tuning = tuned.tuning
    assert [one.number for one in tuning.add_iothread(3).threads] == [1, 3]
    assert tuning.pin_iothread(3, "0").threads[1].cpus == "0"
    polls = tuning.set_iothread(3, poll_max_seconds=0.0001, scope="live").threads[1]
    assert polls.poll_max_seconds == 0.0001
    if tuned.host.libvirt_version < (9, 4, 0):
        with pytest.raises(errors.NotSupported, match="scope='live'"):
            tuning.set_iothread(3, poll_max_seconds=0.0001)
    later = tuning.iothreads(scope="persistent")
    assert [(one.number, one.poll_max_seconds) for one in later.threads][1] == (3, None)
    assert [one.number for one in tuning.remove_iothread(3).threads] == [1]
    assert len(tuning.iothreads(scope="persistent").threads) == 1


def test_vcpus_are_pinned_and_plugged(tuned: virtsdk.Domain) -> None:
    tuned.pin_vcpu(0, "0")
    tuned.pin_vcpu(2, [0], scope="persistent")
    tuned.pin_emulator("0")
    with pytest.raises(errors.InvalidArgument, match="the host has CPUs 0 to "):
        tuned.pin_vcpu(0, [4095])
    frame = tuned.vcpus().set_index("vcpu")
    assert frame["online"].tolist() == [True, False, False]
    assert frame.loc[0, "cpus"] == "0"
    assert frame.loc[0, "state"] == "running"
    assert frame.loc[0, "cpu_seconds_total"] >= 0
    assert tuned.vcpus(persistent=True)["cpus"].tolist()[2] == "0"
    assert tuned.emulator_cpus() == tuned.emulator_cpus(scope="persistent") == "0"
    tuned.set_vcpus({0, 2})  # plugged in; taking one out again needs a guest that lets go of it
    plugged = tuned.vcpus()
    assert plugged["online"].tolist() == [True, False, True]
    assert plugged["hotpluggable"].tolist() == [False, True, True]
    assert tuned.vcpus(persistent=True)["online"].tolist() == [True, False, True]
    with pytest.raises(errors.NotLive):
        tuned.set_vcpus(4, maximum=True)
    tuned.set_vcpus(4, maximum=True, scope="persistent")
    assert (len(tuned.vcpus()), len(tuned.vcpus(persistent=True))) == (3, 4)
    with pytest.raises(errors.AgentMissing):
        tuned.set_vcpus({0}, guest=True)


def test_one_that_is_off_has_its_definition_alone(daemon: virtsdk.Host) -> None:
    guest = daemon.domains.define(GUEST.replace("tuned", "off").replace("b7", "b8"))
    tuning = guest.tuning
    assert tuning.set_scheduler(cpu_shares=512).scope == "persistent"
    assert tuning.set_memory_limits(hard_bytes=GiB(1)).hard_bytes == GiB(1)
    guest.pin_vcpu(0, "0")
    guest.set_memory_maximum(MiB(128))
    guest.set_vcpus(2)
    assert guest.definition().memory.bytes == MiB(128)
    with pytest.raises(errors.InvalidState, match="scope='persistent'"):
        tuning.set_scheduler(cpu_shares=512, scope="live")
    with pytest.raises(errors.InvalidState):
        tuning.memory_limits(scope="live")
    guest.undefine()


def test_a_host_without_control_groups_says_so(lab_daemon: virtsdk.lab.LabHost) -> None:
    tuning = next(iter(lab_daemon.domains)).tuning
    for read in (tuning.scheduler, tuning.memory_limits, tuning.block_weights):
        with pytest.raises(errors.NotSupported, match=r"cgroup_controllers in its qemu\.conf"):
            read()
    assert tuning.numa().mode == "strict"  # that is QEMU's own affair


def test_a_booted_guest_gives_memory_back_and_takes_a_vcpu_offline(
    lab_daemon: virtsdk.lab.LabHost,
) -> None:
    guest = max(lab_daemon.domains, key=lambda one: len(one.vcpus()))
    whole = guest.refresh().memory_bytes
    assert whole is not None
    less = int(whole) - MiB(16)
    guest.set_balloon_period(1, scope="live")
    guest.set_memory(less, scope="live")
    until(lambda: guest.refresh().memory_current_bytes == less)
    guest.set_memory(int(whole), scope="live")
    until(lambda: guest.refresh().memory_current_bytes == whole)
    with pytest.raises(errors.NotLive, match="scope='persistent'"):
        guest.set_memory_maximum(GiB(4))
    most = len(guest.vcpus())
    if most > 1:
        guest.set_vcpus({0}, guest=True)
        assert int(guest.vcpus()["online"].sum()) == most  # the guest keeps them, and uses one
        guest.set_vcpus(most, guest=True)
