"""The memory of a machine."""

from __future__ import annotations

from typing import Any

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.host.memory import _ksm, _page_sizes
from virtsdk.units import KiB, MiB

PAGES = """<capabilities><host><topology><cells num='1'><cell id='0'><memory unit='KiB'>4096</memory>
<pages unit='KiB' size='4'>1024</pages><pages unit='MiB' size='2'>0</pages></cell></cells></topology></host>
</capabilities>"""
RECORD = {
    "shm_pages_to_scan": 100,
    "shm_sleep_millisecs": 20,
    "shm_pages_sharing": 7,
    "shm_merge_across_nodes": 1,
}


def test_free_memory_is_a_row_a_cell() -> None:
    with virtsdk.connect("test:///default") as host:
        frame = host.free_memory()
    assert frame["host"].unique().tolist() == [host.name]
    assert frame["cell"].tolist() == [0, 1]
    assert (frame["memory_free_bytes"] > 0).all()


def test_a_machine_without_cells_is_one_row(host: virtsdk.Host) -> None:
    frame = host.free_memory()  # of a node file, which has none
    assert frame["cell"].isna().tolist() == [True]


def test_free_pages_take_the_sizes_that_the_capabilities_name(host: virtsdk.Host) -> None:
    assert _page_sizes(PAGES) == [4, 2048]
    assert list(host.free_pages()) == ["host", "cell", "page_bytes", "free_pages", "memory_free_bytes"]
    for wrong in ([], [0], [1000]):
        with pytest.raises(ValueError, match="sizes must"):
            host.free_pages(wrong)


@pytest.mark.parametrize(
    ("counts", "options", "kind", "match"),
    [
        ({}, {}, ValueError, "changes nothing"),
        ({1000: 4}, {}, ValueError, "counts must be bytes in whole KiB"),
        ({MiB(2): -1}, {}, ValueError, "counts must be 0 or more"),
        ({MiB(2): 4}, {"cell": -1}, ValueError, "cell must be 0 or more"),
        ([4], {}, TypeError, "counts must be numbers of pages"),
    ],
)
def test_what_are_no_pages_is_refused_before_a_call(
    counts: Any, options: dict[str, Any], kind: type[Exception], match: str, host: virtsdk.Host
) -> None:
    host.close()
    with pytest.raises(kind, match=match):
        host.allocate_pages(counts, **options)


def test_the_test_driver_has_neither_huge_pages_nor_merging(host: virtsdk.Host) -> None:
    for verb in (
        lambda: host.allocate_pages({MiB(2): 0}),
        host.ksm,
        lambda: host.set_ksm(pages_to_scan=100),
    ):
        with pytest.raises(errors.NotSupported):
            verb()
    with pytest.raises(ValueError, match="changes nothing"):
        host.set_ksm()
    with pytest.raises(ValueError, match="pages_to_scan must be 1"):
        host.set_ksm(pages_to_scan=0)
    with pytest.raises(ValueError, match="sleep_seconds must be"):
        host.set_ksm(sleep_seconds=-1)


def test_merging_is_read_back(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    import libvirt

    kept = dict(RECORD)
    monkeypatch.setattr(libvirt.virConnect, "getMemoryParameters", lambda *_: kept)
    monkeypatch.setattr(libvirt.virConnect, "setMemoryParameters", lambda *_: 0)
    with pytest.raises(errors.NotApplied, match="shm_pages_to_scan is not as wanted"):
        host.set_ksm(pages_to_scan=200, sleep_seconds=0.02)
    monkeypatch.setattr(libvirt.virConnect, "setMemoryParameters", lambda _, wanted, *__: kept.update(wanted))
    assert host.set_ksm(sleep_seconds=0.5, merge_across_nodes=False).sleep_seconds == 0.5
    assert kept["shm_merge_across_nodes"] == 0


def test_merging_is_a_value() -> None:
    merging = _ksm("kvm7", RECORD)
    assert (merging.pages_to_scan, merging.sleep_seconds, merging.merge_across_nodes) == (100, 0.02, True)
    assert repr(merging) == (
        "<Ksm of kvm7: pages to scan 100, sleep 0.02 s, merge across nodes yes, pages sharing 7>"
    )
    frame = merging.frame()
    assert frame["pages_sharing"].tolist() == [7]
    assert frame["full_scans"].isna().all()
    assert "kvm7" in merging._repr_html_()
    assert int(KiB(4)) == 4096
