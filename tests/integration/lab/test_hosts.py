"""Private daemons: hosts of their own, faults on request, and nothing left of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.integration import leftovers
from tests.waiting import until

UP = """
import sys, virtsdk
hosts = virtsdk.lab.hosts(2, guests=1, wait=False, driver="qemu", progress=None).start()
print("folder", hosts[0].layout.home.parent, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def victim() -> Iterator[virtsdk.lab.LabHost]:
    with virtsdk.lab.hosts(1, guests=1, wait=False, progress=None) as hosts:
        yield hosts[0]


def run_id(domain: virtsdk.Domain) -> str:
    """libvirt's number for this run of a domain."""
    return domain.definition_xml().partition("id='")[2].partition("'")[0]


def test_virsh_reaches_a_private_host(lab_daemon: virtsdk.lab.LabHost) -> None:
    listed = subprocess.run(
        ["virsh", "-c", lab_daemon.uri, "list", "--name"], check=True, capture_output=True, text=True
    )
    assert sorted(listed.stdout.split()) == sorted(domain.name for domain in lab_daemon.domains)


def test_a_private_host_has_its_own_name_and_shows_no_device_here(lab_daemon: virtsdk.lab.LabHost) -> None:
    assert lab_daemon.name != os.uname().nodename
    definition = lab_daemon.domains["web1"].definition_xml()
    tap = definition.partition("<target dev='vnet")[2].partition("'")[0]
    assert tap
    addresses = {path.read_text().strip() for path in Path("/sys/class/net").glob("*/address")}
    assert "fe:54:00:01:00:01" not in addresses


def test_hosts_of_one_lab_differ(lab_hosts) -> None:
    first, second = lab_hosts(2)
    assert isinstance(first, virtsdk.Host)
    assert first.name != second.name
    assert first.uri != second.uri


def test_guests_run_on_when_the_daemon_is_killed(victim: virtsdk.lab.LabHost) -> None:
    (before,) = [(domain.name, run_id(domain)) for domain in victim.domains]
    victim.kill_daemon(restart=False)
    with pytest.raises(virtsdk.errors.LabError):
        victim.freeze()
    victim.start_daemon()
    with virtsdk.connect(victim.uri) as fresh:
        assert [(domain.name, run_id(domain)) for domain in fresh.domains] == [before]


def test_a_frozen_host_does_not_answer_until_it_thaws(victim: virtsdk.lab.LabHost) -> None:
    with virtsdk.connect(victim.uri, keepalive=None, reconnect=False) as host:
        host.session.timeout = 2  # opening takes longer on a busy machine
        victim.freeze()
        try:
            with pytest.raises(virtsdk.TimedOut):
                host.node_info()
        finally:
            victim.thaw()
        until(lambda: victim.is_alive)
        assert victim.node_info().cpus > 0


def test_a_killed_guest_is_off_for_its_host(victim: virtsdk.lab.LabHost) -> None:
    (guest,) = victim.domains
    assert guest.is_active
    victim.kill_guest(guest.name)
    guest.wait("shutoff", timeout=60)
    with pytest.raises(virtsdk.NotFound, match=guest.name):
        victim.kill_guest(guest.name)


@pytest.mark.skipif(os.geteuid() != 0, reason="containers need root")
def test_a_host_of_containers() -> None:
    groups = leftovers.cgroups()
    with virtsdk.lab.hosts(1, guests=2, driver="lxc", progress=None) as (host,):
        assert host.driver == "lxc"
        first, second = host.domains
        until(lambda: (host.stats(["cpu"]).domains["cpu_time_seconds_total"] > 0).all())
        with host.events("domain_lifecycle") as events:
            host.kill_guest(first.name)
            while (event := vars(events.get(timeout=60)))["event"] != "stopped":
                pass  # of its start
        assert event["name"] == first.name
        assert [one.is_active for one in (first, second)] == [False, True]
        with virtsdk.connect(host.layout.uri) as other:
            assert (other.driver, len(other.domains)) == ("qemu", 0)
    assert leftovers.forgotten(groups) == set()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"driver": "xen"}, ValueError), ({"n": 0}, ValueError), ({"n": True}, TypeError)],
)
def test_hosts_that_make_no_sense(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        virtsdk.lab.hosts(**{"n": 1, **arguments})


@pytest.mark.parametrize("driver", ["qemu", "lxc"])
def test_hosts_go_when_their_owner_is_killed(driver: str) -> None:
    if driver == "lxc" and os.geteuid() != 0:
        pytest.skip("containers need root")
    groups = leftovers.cgroups()
    with leftovers.Owner(UP.replace("qemu", driver)) as owner:
        folder = Path(owner.wait_for("folder"))
        assert len(leftovers.of_lab(folder)) > 5
        owner.process.kill()
    assert leftovers.until_gone(folder) == []
    assert leftovers.forgotten(groups) == set()


def test_hosts_go_when_even_their_keeper_is_killed(lab_hosts) -> None:
    with leftovers.Owner(UP) as owner:
        folder = Path(owner.wait_for("folder"))
        os.kill(int((folder / "lock").read_text()), 9)
        until(lambda: leftovers.of_lab(folder) == [f"folder {folder}"])
    lab_hosts(1)  # the next lab clears what was left, once its owner is gone
    until(lambda: not folder.exists())  # or another one does, at this moment


def test_a_lab_for_a_persons_own_play_goes_up_and_down(tmp_path: Path) -> None:
    def lab(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "virtsdk.lab", *words],
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    try:
        up = lab("up", "--hosts", "2", "--guests", "0")
        assert up.returncode == 0, up.stderr
        uris = [word for word in up.stdout.split() if word.startswith("qemu+unix")]
        assert len(uris) == 2
        for uri in uris:
            with virtsdk.connect(uri) as host:
                assert len(host.domains) == 0
        folder = Path(uris[0].partition("socket=")[2]).parents[3]
        assert lab("status").stdout == up.stdout
        again = lab("up")
        assert again.returncode == 1
        assert "up already" in again.stderr
    finally:
        down = lab("down")
    assert down.returncode == 0
    assert leftovers.until_gone(folder) == []
    assert "no lab is up" in lab("status").stdout
