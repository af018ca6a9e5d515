"""Times as people give them: moments, texts, lengths before the end, clocks of a zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from tests.unit.history.recordings import START, at
from virtsdk.history.reading.arguments import chosen_columns, length_of, microseconds_of, stamp_of, words

END = microseconds_of(at(7200))
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01 12:00",
        " 2026-03-01T12:00:00Z",
        "20260301 12:00",
        "2026-03-01 12:00 UTC",
        "2026-03-01 13:00 Europe/Berlin",
        "2026-03-01 13:00+01:00",
        "-2h",
        "- 2 h",
        "-120min",
        "-1h 60min",
        timedelta(hours=-2),
        pd.Timedelta("-2h"),
        np.timedelta64(-2, "h"),
        START,
        START.tz_convert("Asia/Tokyo"),
        datetime(2026, 3, 1, 13, tzinfo=BERLIN),
        datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))),
    ],
    ids=str,
)
def test_one_moment_in_many_ways(time):
    assert stamp_of(microseconds_of(time, end=END)) == START


@pytest.mark.parametrize(
    "time",
    ["2026-03-01 13:00", datetime(2026, 3, 1, 13), "2026-03-01 12:00Z"],  # noqa: DTZ001
    ids=repr,
)
def test_a_time_without_a_zone_is_of_the_zone_that_was_told(time):
    assert stamp_of(microseconds_of(time, zone=BERLIN)) == START


def test_a_day_begins_at_midnight_of_its_zone():
    assert stamp_of(microseconds_of(date(2026, 7, 1), zone=BERLIN)) == pd.Timestamp("2026-06-30 22:00Z")
    assert stamp_of(microseconds_of("2026-07", zone=BERLIN)) == pd.Timestamp("2026-06-30 22:00Z")


@pytest.mark.parametrize(
    ("time", "error", "words"),
    [
        ("soon", ValueError, "start must be a time .*not 'soon'"),
        ("march", ValueError, "not 'march'"),
        ("12:00", ValueError, "not '12:00'"),
        ("now", ValueError, "not 'now'"),
        ("03/01/2026", ValueError, "not '03/01/2026'"),
        ("2026-03-01 12:00 PST", ValueError, "not '2026-03-01 12:00 PST'"),
        ("", ValueError, "not ''"),
        ("1h", ValueError, "not '1h'"),
        ("-1MS", ValueError, "below 0 to count from the end .*not '-1MS'"),
        (pd.Timedelta("1h"), ValueError, "below 0 to count from the end"),
        (pd.NaT, ValueError, "not NaT"),
        (datetime(2026, 3, 1), ValueError, "no time zone"),  # noqa: DTZ001
        (date(2026, 3, 1), ValueError, "no time zone"),
        (1772366400, TypeError, "not 1772366400"),
        (True, TypeError, "not True"),
        ([START], TypeError, "start must be a datetime or text"),
    ],
    ids=repr,
)
def test_what_is_no_time_is_said(time, error, words):
    with pytest.raises(error, match=words):
        microseconds_of(time, what="start", end=END)


@pytest.mark.parametrize("time", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_what_the_clocks_never_or_twice_show_wants_an_offset(time):
    with pytest.raises(ValueError, match=r"never or twice by the clocks of Europe/Berlin.*with an offset"):
        microseconds_of(time, zone=BERLIN)


@pytest.mark.parametrize("given", [5, b"web1", 0.5], ids=repr)
def test_what_is_no_name_is_said(given):
    with pytest.raises(TypeError, match=f"hosts must be a name or several, not {given!r}"):
        words("hosts", given)
    with pytest.raises(TypeError, match=f"columns must be a list of names, not {given!r}"):
        chosen_columns("domains", ["name"], given)


def test_lengths_are_durations_and_nothing_of_a_calendar():
    assert length_of("1d") == length_of("1D") == length_of("24h") == pd.Timedelta("1D")
    for wrong in ("1MS", "1M", "1Y", "1B", "5T", "P1D"):
        with pytest.raises(ValueError, match=f"every must be .*, not '{wrong}'"):
            length_of(wrong)
