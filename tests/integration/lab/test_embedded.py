"""The embedded lab: guests that differ, that are there again the next time, and that leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import virtsdk
from tests.integration import leftovers

UP = """
import sys, virtsdk
lab = virtsdk.lab.embedded(guests=1, wait=False, progress=lambda line: print("progress", line, flush=True))
host = lab.start()
print("folder", host.uri.partition("root=")[2].removesuffix("/root"), flush=True)
tap = host.domains["web1"].definition().devices.interfaces[0].target
if tap is not None:  # as root
    tap = tap.dev
    print("tap", tap, open(f"/sys/class/net/{tap}/ifindex").read().strip(), flush=True)
"""


def test_guests_run_and_differ_in_size(lab_host: virtsdk.Host) -> None:
    frame = lab_host.domains.frame().set_index("name")
    assert set(frame["state"]) == {"running"}
    assert frame["vcpus"].is_unique
    assert frame["memory_bytes"].is_unique


def test_a_lab_that_is_taken_for_its_host_says_where_that_is() -> None:
    lab = virtsdk.lab.embedded(guests=1)
    with pytest.raises(AttributeError, match=r"'domains'; it is of the host, which `with lab as host:`"):
        _ = lab.domains
    with pytest.raises(AttributeError, match=r"'domians'$"):
        _ = lab.domians


def test_agents_answer(lab_host: virtsdk.Host, wait_for_agent) -> None:
    for domain in lab_host.domains:
        wait_for_agent(lab_host, domain.name)


def test_every_guest_has_a_load_of_its_own(lab_host: virtsdk.Host) -> None:
    keys = ["cpu.time", "block.0.wr.bytes", "block.0.rd.bytes"]
    if os.geteuid() == 0:
        keys += ["net.0.tx.bytes", "net.0.rx.bytes"]

    def figures() -> dict[str, dict[str, int]]:
        return {name: dict(record) for _, name, record in lab_host.stats_records()}

    def differ(values: list[int]) -> bool:
        return min(values) > 0 and len(set(values)) == len(values)

    before = figures()
    found: dict[str, list[int]] = {}

    def each_its_own() -> bool:
        now = figures()
        for key in keys:
            found[key] = [one[key] - before[name][key] for name, one in now.items()]
        found["memory used"] = [one["balloon.available"] - one["balloon.usable"] for one in now.values()]
        return all(differ(values) for values in found.values())

    # CPU time comes in ticks of 10 ms: two guests may have the same for a moment, and not for long
    deadline = time.monotonic() + 60
    while not each_its_own():
        assert time.monotonic() < deadline, f"a figure is not there, or the same for two guests: {found}"
        time.sleep(1)


def test_a_second_lab_in_the_process_is_refused_and_the_first_goes_on(lab_host: virtsdk.Host) -> None:
    with (
        pytest.raises(virtsdk.errors.LabError, match="with block"),
        virtsdk.lab.embedded(guests=1, progress=None),
    ):
        pass
    assert len(lab_host.domains) == 2


def test_a_cell_that_is_run_again_starts_from_nothing_and_nothing_stays() -> None:
    script = (
        UP
        + """
host.domains.define(host.domains["web1"].definition_xml().replace("web1", "own").replace("-4000-", "-4001-"))
print("before", sorted(domain.name for domain in host.domains), flush=True)
host.close()  # before its lab: that takes its guests away all the same
host = virtsdk.lab.embedded(guests=2, wait=False, progress=None).start()
print("again", sorted(domain.name for domain in host.domains), flush=True)
try:
    virtsdk.connect("qemu:///embed?root=/nonexistent")
except virtsdk.VirtError as error:
    print("elsewhere", type(error).__name__, flush=True)
sys.stdin.read()
"""
    )
    groups = leftovers.cgroups()
    with leftovers.Owner(script) as owner:
        owner.wait_for("elsewhere")
        folder = Path(owner.said["folder"])
        assert owner.said["before"] == "['own', 'web1']"
        assert owner.said["again"] == "['db1', 'web1']"
        assert owner.said["elsewhere"] == "ConnectError"
        assert leftovers.of_lab(folder)
        assert owner.end() == 0
        assert owner.process.stderr is not None
        assert owner.process.stderr.read() == ""  # libvirt's own log is not for the user
    assert leftovers.until_gone(folder) == []
    assert leftovers.is_gone(owner.said.get("tap"))
    assert leftovers.forgotten(groups) == set()


def test_an_own_embedded_root_in_the_process_is_explained() -> None:
    script = """
import tempfile, virtsdk
with tempfile.TemporaryDirectory() as other:
    host = virtsdk.connect(f"qemu:///embed?root={other}")
    try:
        virtsdk.lab.embedded(guests=0).start()
    except virtsdk.errors.LabError as error:
        print("error", error, flush=True)
    host.close()
"""
    with leftovers.Owner(script) as owner:
        assert "another root" in owner.wait_for("error")
        assert owner.end() == 0


def test_another_user_than_root_has_both_labs() -> None:
    script = """
import os, virtsdk
with virtsdk.lab.embedded(guests=1, wait=False, progress=None) as host:
    print("embedded", os.geteuid(), host.domains["web1"].state, flush=True)
with virtsdk.lab.hosts(1, guests=1, wait=False, progress=None) as hosts:
    print("daemon", hosts[0].name, hosts[0].domains["web1"].state, flush=True)
"""
    as_user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    if as_user and subprocess.run([*as_user, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the kernel allows no user namespace here (it never does inside a chroot)")
    with leftovers.Owner(script, as_user) as owner:
        assert owner.wait_for("embedded") == f"{1000 if as_user else os.geteuid()} running"
        assert owner.wait_for("daemon") == "lab1 running"
        assert owner.end() == 0


NO_UNDERTAKER = """
import os, subprocess, sys, time
def alive():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            state = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if pid != "1" and state != "Z":
            return True
status = subprocess.Popen(sys.argv[1:]).wait()
end = time.monotonic() + 30
while alive() and time.monotonic() < end:  # the lab's keeper, which clears up
    time.sleep(0.05)
sys.exit(status)
"""


def test_a_lab_ends_in_a_container_whose_first_process_buries_nobody() -> None:
    """libvirt waits for a guest's process until it is buried, and calls it unkillable after half a minute."""
    script = (
        UP
        + """
import os
from pathlib import Path
from virtsdk.lab import processes
(pid,) = processes.mentioning(Path(host.uri.partition("root=")[2]))
print("guest", os.path.exists(f"/proc/{pid}"), flush=True)
lab.stop()
print("stopped", os.path.exists(f"/proc/{pid}"), flush=True)
"""
    )
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-current-user"]
    unshare = ["unshare", *as_user, "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the kernel allows no process namespace here")
    with leftovers.Owner(script, [*unshare, sys.executable, "-c", NO_UNDERTAKER]) as owner:
        folder = Path(owner.wait_for("folder"))
        assert owner.wait_for("guest") == "True"
        assert owner.wait_for("stopped") == "False"
        assert owner.end() == 0
    assert leftovers.until_gone(folder) == []


def test_guests_go_when_their_owner_is_killed() -> None:
    groups = leftovers.cgroups()
    with leftovers.Owner(UP + "sys.stdin.read()") as owner:
        folder = Path(owner.wait_for("folder"))
        if os.geteuid() == 0:
            assert owner.wait_for("tap") in leftovers.network_devices()
        assert any("qemu" in line for line in leftovers.of_lab(folder))
        owner.process.kill()
    assert leftovers.until_gone(folder) == []
    assert leftovers.is_gone(owner.said.get("tap"))
    assert leftovers.forgotten(groups) == set()


def test_ctrl_c_while_guests_boot_leaves_nothing() -> None:
    script = UP.replace("wait=False", "wait=True").replace("lab.start()", "start(lab)")
    script = (
        """
def start(lab):
    try:
        return lab.start()
    except KeyboardInterrupt:
        from virtsdk.lab import embed
        print("folder", embed._root.folder, flush=True)
        raise
"""
        + script
        + "sys.stdin.read()  # where Ctrl-C comes late, the guests have booted"
    )
    with leftovers.Owner(script) as owner:
        while "starting web1" not in owner.wait_for("progress"):
            pass
        owner.interrupt()
        folder = Path(owner.wait_for("folder"))
        assert owner.end() != 0
    assert leftovers.until_gone(folder) == []
