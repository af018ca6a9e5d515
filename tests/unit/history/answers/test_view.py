"""How a recording looks: what was taken and what was not, by host."""

from __future__ import annotations

import pandas as pd
import pytest

from virtsdk.history.answers.view import HEADER, duration, summary

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC")


def samples(*rows: tuple[str, int, bool | None, int | None, int]) -> pd.DataFrame:
    """Rows of (host, seconds after noon, taken, domains, missed)."""
    frame = pd.DataFrame(rows, columns=pd.Index(["host", "time", "taken", "domains", "missed"]))
    frame["time"] = NOON + pd.to_timedelta(frame["time"], unit="s")
    return frame.astype({"taken": "boolean", "domains": "Int64", "missed": "Int64"})


def test_each_host_has_what_was_taken_of_it_and_what_was_not() -> None:
    taken = samples(
        ("kvm7", 0, True, 3, 0),
        ("kvm7", 10, False, None, 2),
        ("kvm7", 20, True, 2, 0),
        ("kvm8", 0, False, None, 1),
        ("kvm8", 3600, True, 5, 0),
    )
    said, rows = summary(taken, pd.Timedelta("10s"), 2**20)
    assert said == "2 hosts, 7 domains, 1 hour, 3 samples every 10 s, 3 not taken, 1 MiB"
    assert [dict(zip(HEADER, row, strict=True)) for row in rows] == [
        {
            "host": "kvm7",
            "domains": 2,  # as the last sample has it
            "samples": 2,
            "not taken": 2,
            "from": "2026-03-01 12:00:00 UTC",
            "to": "2026-03-01 12:00:20 UTC",
        },
        {
            "host": "kvm8",
            "domains": 5,
            "samples": 1,
            "not taken": 1,
            "from": "2026-03-01 12:00:00 UTC",
            "to": "2026-03-01 13:00:00 UTC",
        },
    ]


def test_samples_that_are_not_kept_do_not_count_and_their_sums_are_told() -> None:
    taken = samples(("kvm7", 0, True, 3, 0), ("kvm7", 10, False, None, 1), ("kvm7", 3600, True, 3, 0))
    said, rows = summary(taken, pd.Timedelta("10s"), 0, kept=NOON + pd.Timedelta("5.5s"))
    assert "1 hour, 1 sample every 10 s since 2026-03-01 12:00:05 UTC, sums of 5 minutes before" in said
    assert "1 not taken" in said
    assert rows[0][2:5] == [1, 1, "2026-03-01 12:00:00 UTC"]


def test_a_host_that_never_answered_has_no_domains_rather_than_none_of_them() -> None:
    said, ((_, domains, count, lost, *_),) = summary(samples(("kvm7", 0, False, None, 1)), None, 0)
    assert (domains, count, lost) == (None, 0, 1)
    assert "0 samples, 1 not taken" in said


def test_where_nothing_is_missing_nothing_is_said_of_it() -> None:
    said, _ = summary(samples(("kvm7", 0, True, 1, 0)), None, 0)
    assert "not taken" not in said
    assert summary(samples(), None, 0) == ("no samples yet", [])


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("0.5s", "0.5 s"),
        ("59s", "59 s"),
        ("60s", "1 min"),
        ("90s", "90 s"),
        ("2min", "2 min"),
        ("60min", "1 hour"),
        ("90min", "90 min"),
        ("36h", "36 hours"),
        ("1D", "1 day"),
        ("10D", "10 days"),
    ],
)
def test_a_length_of_time_keeps_its_figure(length: str, said: str) -> None:
    assert duration(pd.Timedelta(length)) == said
