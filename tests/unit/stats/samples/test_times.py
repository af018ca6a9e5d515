"""Times as they are given."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats import from_records
from virtsdk.stats.samples.times import utc

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC")


@pytest.mark.parametrize(
    ("time", "unit"),
    [
        (datetime(2026, 3, 1, 12, tzinfo=UTC), None),
        (NOON.tz_convert("Asia/Tokyo"), None),
        (NOON.timestamp(), "s"),
        (int(NOON.timestamp()), "s"),
        (np.int64(NOON.timestamp()), "s"),
        (int(NOON.timestamp() * 1000), "ms"),
    ],
    ids=["datetime", "another zone", "seconds", "whole seconds", "numpy's", "milliseconds"],
)
def test_a_sample_has_its_time_in_utc(time, unit):
    found = from_records([], host="kvm7", time=time, unit=unit).time
    assert found == NOON
    assert (str(found.tz), found.unit) == ("UTC", "us")


@pytest.mark.parametrize(
    ("time", "unit", "message"),
    [
        (datetime(2026, 3, 1), None, "has no time zone"),  # noqa: DTZ001
        (pd.NaT, None, "has no time zone"),
        (5, None, "time 5 is a number: say its unit"),
        (float("nan"), "s", "missing"),
        (1.7e12, "s", "no time in the unit 's'"),  # milliseconds: the year 55840
        (True, "s", "has no time zone"),
        ("yesterday", None, "must be a datetime with a zone"),
    ],
    ids=["naive", "NaT", "number", "nan", "other unit", "bool", "word"],
)
def test_what_is_no_time_is_named(time, unit, message):
    with pytest.raises(ValueError, match=message):
        utc(time, unit)
