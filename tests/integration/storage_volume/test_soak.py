"""Consoles, pictures and transfers by the hundred: what they leave behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.test_console import SILENT, opens
from tests.integration.host.test_soak import footprint, until
from virtsdk import errors
from virtsdk.binding import workers

MIB = 1 << 20


@pytest.mark.soak
def test_200_consoles_and_transfers_leave_nothing_behind(tmp_path: Path, record_property) -> None:
    (tmp_path / "pool").mkdir()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(2 * MIB))
    with virtsdk.lab.hosts(1, progress=None) as (host,):
        guest = host.domains.define(
            SILENT.replace("</devices>", "<video><model type='vga'/></video></devices>")
        )
        guest.start()
        pool = host.storage_pools.create(
            f"<pool type='dir'><name>fast</name><target><path>{tmp_path}/pool</path></target></pool>"
        )
        volume = pool.volumes.create("<volume><name>disk</name><capacity unit='MiB'>2</capacity></volume>")

        def once(number: int) -> None:
            with guest.console() as console:
                console.write("\n")
                with pytest.raises(errors.TimedOut):
                    console.read(timeout=0.01)
            guest.console()  # closed by nobody
            until(lambda: opens(guest))
            assert guest.screenshot().width > 0
            assert volume.upload(source) == volume.download(target) == 2 * MIB
            with pytest.raises(KeyboardInterrupt):
                volume.upload(source, progress=interrupt)
            if number % 10 == 0:  # a transfer that hangs, then one that breaks off
                host.freeze()
                with pytest.raises(errors.TimedOut):
                    volume.read(timeout=0.05)
                host.thaw()
                until(lambda: not host.parked_calls)
                console = guest.console()
                host.kill_daemon()
                with pytest.raises(errors.ConnectionLost):
                    console.read(timeout=30)
                until(lambda: host.is_alive)
                pool.is_active or pool.start()

        for number in range(60):  # what is loaded and cached at first use, and an arena a thread
            once(number)
        before = footprint()
        for number in range(200):
            once(number)
        after = footprint()
    for name, value in before.items():
        record_property(name, f"{value} -> {after[name]}")
        print(f"{name}: {value} -> {after[name]}")
    assert workers.parked() == []
    assert after["threads"] <= before["threads"] + 1  # a worker more may be waiting for its next call
    assert after["descriptors"] <= before["descriptors"]
    assert after["memory"] <= before["memory"] + 4096  # 20 KiB a round would be a leak


def interrupt(_moved: int, _total: int | None) -> None:
    raise KeyboardInterrupt
