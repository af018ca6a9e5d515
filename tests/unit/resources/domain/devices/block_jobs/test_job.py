"""Figures of a block job, and what came of it."""

from __future__ import annotations

from virtsdk.resources.domain.devices.block_jobs.job import BlockJob, BlockJobResult

WHOSE = {"host": "kvm7", "domain": "u1", "name": "web1", "disk": "vda"}


def job(kind: int, done: int, total: int, bandwidth: int = 0) -> BlockJob:
    found = BlockJob.of_record({"type": kind, "bandwidth": bandwidth, "cur": done, "end": total}, **WHOSE)
    assert found is not None
    return found


def test_it_is_read_of_libvirts_figures() -> None:
    assert BlockJob.of_record({}, **WHOSE) is None
    assert BlockJob.of_record(None, **WHOSE) is None
    copy = job(2, 25, 100, 2**20)
    assert (copy.kind, copy.progress, copy.amount, copy.is_ready) == ("copy", 0.25, (25, 100), False)
    assert copy.bandwidth_bytes_per_second == 2**20
    assert job(2, 25, 100).bandwidth_bytes_per_second is None


def test_only_what_waits_to_be_told_is_ready() -> None:
    assert [job(kind, 100, 100).is_ready for kind in (1, 2, 3, 4, 5)] == [False, True, False, True, False]
    assert not job(2, 0, 0).is_ready
    assert job(2, 0, 0).progress is None
    assert job(99, 1, 2).kind == "unknown-99"


def test_it_shows_itself() -> None:
    assert repr(job(4, 50, 100)) == "<BlockJob active-commit of vda of web1 running: done 50 %>"
    assert "ready" in repr(job(4, 100, 100))
    frame = job(2, 25, 100).frame()
    assert frame["processed_bytes_total"].tolist() == [25]
    assert str(frame["bandwidth_bytes_per_second"].dtype) == "Int64"
    assert (
        "<b>"
        not in BlockJob.of_record({"type": 2, "cur": 1, "end": 2}, **{**WHOSE, "name": "<b>"})._repr_html_()
    )  # type: ignore[union-attr]


def test_a_result_says_what_is_where() -> None:
    result = BlockJobResult(
        **WHOSE,
        kind="active-commit",
        ending="pivoted",
        seconds=1.25,
        chain=("/base",),
        removed=("/top", "/mid"),
        stale_snapshots=("s1",),
    )
    said = "took 1.2 s, now /base, not used any more /top, /mid, stale snapshots s1"
    assert repr(result) == f"<BlockJobResult active-commit of vda of web1 pivoted: {said}>"
    frame = result.frame()
    assert frame["path"].tolist() == ["/base", "/top", "/mid"]
    assert frame["in_use"].tolist() == [True, False, False]
    assert frame["depth"].isna().tolist() == [False, True, True]
    left = BlockJobResult(**WHOSE, kind="copy", ending="left", seconds=1, chain=("/a",), destination="/b")
    assert "copied to /b" in repr(left)
