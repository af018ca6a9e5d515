"""A guest's memory, on the test driver."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.tuning import memory
from virtsdk.units import GiB, KiB, MiB

DIMMS = """<domain type='test'><name>big</name><maxMemory slots='4' unit='GiB'>8</maxMemory>
<memory unit='GiB'>2</memory><vcpu>1</vcpu><os><type arch='i686'>hvm</type></os>
<cpu><numa><cell id='0' cpus='0' memory='1' unit='GiB'/></numa></cpu>
<devices><memory model='dimm'><target><size unit='MiB'>512</size><node>0</node></target>
<address type='dimm' slot='0' base='0x100000000'/></memory></devices></domain>"""


def test_memory_goes_to_what_runs_and_to_the_definition(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    guest.set_memory(MiB(256))
    assert guest.last_seen is not None
    assert guest.last_seen.memory_current_bytes == MiB(256)
    assert persistent_memory(guest) == MiB(256)
    guest.set_memory(MiB(128), scope="live")
    assert (guest.refresh().memory_current_bytes, persistent_memory(guest)) == (MiB(128), MiB(256))
    guest.set_memory(MiB(64), scope="persistent")
    assert (guest.refresh().memory_current_bytes, persistent_memory(guest)) == (MiB(128), MiB(64))


def persistent_memory(guest: virtsdk.Domain) -> int:
    found = guest.definition(persistent=True).current_memory
    assert found is not None
    return int(found.bytes)


def test_the_maximum_is_for_a_guest_that_is_off_or_its_next_start(host: virtsdk.Host) -> None:
    runs, off = host.domains["web1"], host.domains["web2"]
    with pytest.raises(errors.NotLive, match="scope='persistent'"):
        runs.set_memory_maximum(GiB(3))
    runs.set_memory_maximum(GiB(3), scope="persistent")
    assert runs.refresh().memory_bytes == GiB(1)
    assert int(runs.definition(persistent=True).memory.bytes) == GiB(3)
    off.set_memory_maximum(GiB(5))
    assert off.refresh().memory_bytes == GiB(5)


def test_what_is_no_amount_is_refused_before_a_call(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    for wrong in (0, -1024, 1000, MiB(1) + 1):
        with pytest.raises(ValueError, match=f"size must be .*not {int(wrong)}"):
            guest.set_memory(wrong)
    for none in ("1 GiB", 1.5, True, None):
        with pytest.raises(TypeError, match="size must be"):
            guest.set_memory_maximum(none)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="scope must be"):
        guest.set_memory(MiB(64), scope="config")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seconds must be 0"):
        guest.set_balloon_period(-1)
    assert guest.refresh().memory_current_bytes == MiB(512)


def test_kibibytes_by_mistake_are_refused(host: virtsdk.Host) -> None:
    guest, off = host.domains["web1"], host.domains["web2"]  # of 1 and 2 GiB
    said = r"size must be bytes, and 524288 of them are 512 KiB, .* of its 1 GiB; MiB\(512\) is 512 MiB, and "
    with pytest.raises(errors.InvalidArgument, match=f"cannot set the memory of domain 'web1': {said}"):
        guest.set_memory(512 * 1024)
    with pytest.raises(errors.InvalidArgument, match=r"size must be bytes.*KiB\(512\) that little"):
        off.set_memory_maximum(512 * 1024)
    with pytest.raises(errors.InvalidArgument, match="size must be bytes"):
        guest.set_memory(GiB(1) // 64 - 1024)
    assert guest.refresh().memory_current_bytes == MiB(512)
    assert off.refresh().memory_bytes == GiB(2)
    guest.set_memory(int(GiB(1)) // 64)
    assert guest.refresh().memory_current_bytes == MiB(16)
    guest.set_memory(KiB(512))  # whoever says so means it
    assert guest.refresh().memory_current_bytes == KiB(512)


def test_more_than_the_maximum_and_live_of_one_that_is_off(host: virtsdk.Host) -> None:
    with pytest.raises(errors.InvalidArgument):
        host.domains["web1"].set_memory(GiB(2))
    with pytest.raises(errors.InvalidState, match="scope='persistent'"):
        host.domains["web2"].set_memory(MiB(256), scope="live")


def test_memory_devices(host: virtsdk.Host) -> None:
    assert list(host.domains["web1"].memory_devices()) == list(memory._DEVICES)
    frame = host.domains.define(DIMMS).memory_devices()
    assert frame[["model", "size_bytes", "cell", "slot", "base"]].to_numpy().tolist() == [
        ["dimm", MiB(512), 0, 0, "0x100000000"]
    ]
    assert frame["current_bytes"].isna().all()
