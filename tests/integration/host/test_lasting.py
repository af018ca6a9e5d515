"""What stays defined on a real daemon: started with the host, found by each of its keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from virtsdk import errors

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="networks and filters need root")

NETWORK = "<network><name>lasting</name><bridge name='lasting0'/></network>"
FILTER = "<filter name='lasting' chain='root'><rule action='accept' direction='inout'/></filter>"
SECRET = (
    "<secret ephemeral='yes' private='no'><usage type='volume'><volume>/lasting</volume></usage></secret>"
)


def test_what_is_defined_stays_starts_with_the_host_and_is_found_by_its_uuid(
    lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    host = lab_daemon
    folder = f"<pool type='dir'><name>lasting</name><target><path>{tmp_path}</path></target></pool>"
    lasting = (
        host.domains.define(BARE.replace("bare", "lasting")),
        host.networks.define(NETWORK),
        host.storage_pools.define(folder),
    )
    try:
        for one in lasting:
            one.set_autostart()
            assert (one.autostart, one.is_persistent, one.is_active) == (True, True, False)
            one.set_autostart(False)
            assert one.autostart is False
        guest, network, pool = lasting
        assert host.domains[guest.uuid] == guest
        assert host.networks[network.uuid] == network
        assert host.storage_pools[pool.uuid] == pool
    finally:
        for one in lasting:
            one.undefine()


def test_filters_and_secrets_are_found_by_their_uuid(lab_daemon: virtsdk.lab.LabHost) -> None:
    rules, secret = lab_daemon.nwfilters.define(FILTER), lab_daemon.secrets.define(SECRET)
    try:
        assert lab_daemon.nwfilters[rules.uuid] == rules
        assert "lasting" in lab_daemon.nwfilters.frame()["name"].tolist()
        assert lab_daemon.secrets[secret.uuid] == secret
        assert secret.definition().usage is not None
    finally:
        rules.undefine()
        secret.undefine()


def test_a_running_guest_is_found_by_its_id_and_has_no_job_to_end(lab_daemon: virtsdk.lab.LabHost) -> None:
    guest = lab_daemon.domains["web1"]
    number = lab_daemon.domains.frame().set_index("name").loc["web1", "run_id"]
    assert lab_daemon.domains[int(number)] == guest
    for postcopy in (False, True):
        with pytest.raises(errors.InvalidState, match=r"no job|not outgoing migration in post-copy"):
            guest.abort_job(postcopy=postcopy)


def test_devices_have_parents_and_their_events_come_and_go(lab_daemon: virtsdk.lab.LabHost) -> None:
    devices = lab_daemon.node_devices
    assert devices["computer"].parent is None
    with lab_daemon.events(["storage_pool_lifecycle", "node_device_lifecycle"]) as events:
        pool = lab_daemon.storage_pools.define(
            "<pool type='dir'><name>told</name><target><path>/nowhere</path></target></pool>"
        )
        pool.undefine()
        assert [vars(events.get(timeout=60))["event"] for _ in range(2)] == ["defined", "undefined"]
