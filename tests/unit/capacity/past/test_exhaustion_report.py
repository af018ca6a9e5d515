"""`ExhaustionReport`: shown, kept as plain values, drawn."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.test_exhaustion import daily
from virtsdk.capacity import ExhaustionReport, exhaustion

GIB = 2**30


def growing(name="allocation_bytes"):
    values = np.cumsum(np.random.default_rng(0).gamma(2, 0.5, 90))
    values[50:] += 30
    values[20:] -= 20
    return daily(GIB * (100 + values), name=name)


def test_the_first_line_has_the_answer():
    found = exhaustion(growing(), 250 * GIB)
    first = repr(found).splitlines()[0]
    last = found.frame().index[-1] + pd.Timedelta(days=found.followed - found.horizon)
    late = f"after {last:%Y-%m-%d}" if pd.isna(found.hi) else f"{found.hi:%Y-%m-%d}"
    assert first == (
        f"<ExhaustionReport allocation_bytes reaches its limit of 250 GiB on {found.median:%Y-%m-%d} "
        f"(90 %: {found.lo:%Y-%m-%d} to {late}); {100 * found.probability:.0f} % within 180 days>"
    )


def test_what_was_drawn_is_never_told_as_certain():
    assert "over 99 % within 120 days" in repr(exhaustion(daily(np.arange(60.0)), 100))
    assert "under 1 % within 120 days" in repr(exhaustion(daily(np.full(60, 1.0)), 100))


def test_text_and_html_say_the_same():
    found = exhaustion(growing(), 300 * GIB)
    for shown in (repr(found), found._repr_html_()):
        assert "clean-up of " in shown
        assert "it grows by " in shown
        assert "GiB a day" in shown
    assert len(repr(found).splitlines()) == 1 + 1 + 10 + 1 + len(found.notes)
    assert f"{found.frame().index[-1]:%Y-%m-%d}" in repr(found)


def test_a_name_that_is_markup_is_text():
    page = exhaustion(growing("<i>pool"), 300 * GIB)._repr_html_()
    assert "<i>pool" not in page
    assert "&lt;i&gt;pool" in page


def test_it_is_frozen_and_frames_are_copies():
    found = exhaustion(growing(), 300 * GIB)
    assert isinstance(found, ExhaustionReport)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.limit = 1.0  # type: ignore[misc]
    frame, events = found.frame(), found.events
    frame.iloc[:], events["change"] = 0, 0
    assert found.frame()["mean"].gt(0).all()
    assert found.events["change"].ne(0).all()


def test_plain_values_are_json_with_none_for_never():
    found = exhaustion(growing(), 300 * GIB)
    plain = json.loads(json.dumps(found.to_dict()))
    assert pd.Timestamp(plain["median"]) == found.median
    assert plain["events"][0]["kind"] == "clean-up"
    assert len(plain["levels"]) == len(found.frame())
    never = json.loads(json.dumps(exhaustion(daily(np.full(60, 1.0)), 100).to_dict()))
    assert (never["lo"], never["median"], never["hi"]) == (None, None, None)


def test_the_chart_has_the_limit_the_fan_and_the_steps():
    said = repr(exhaustion(growing(), 300 * GIB).chart(interactive=True).to_dict())
    for word in ("limit 300 GiB", "step of ", "GiB", "allocation_bytes reaches its limit of 300 GiB"):
        assert word in said


def test_up_to_when_ways_were_followed_is_the_end_of_what_is_open():
    found = exhaustion(growing(), 10_000 * GIB)
    assert pd.isna(found.hi)
    assert found.until == found.frame().index[-1] + pd.Timedelta(days=found.followed - found.horizon)
    assert found.to_dict()["until"] == found.until.isoformat()


def test_a_limit_that_was_met_before_is_told():
    """Emptied since: that it does not come at this trend does not mean that it never did."""
    values = np.r_[np.arange(100.0, 150), np.full(30, 120.0)]
    told = "it was at the limit before, last on 2026-02-19 00:00 UTC"
    assert told in exhaustion(daily(values), 140).notes
    assert not any("before" in one for one in exhaustion(daily(values), 160).notes)


def test_what_falls_to_a_limit_is_asked_with_the_sign_turned():
    falls = daily(200.0 - np.arange(60))
    assert any("with the sign turned" in one for one in exhaustion(falls, 100).notes)
    assert not any("sign" in one for one in exhaustion(-falls, -100).notes)
    assert not any("sign" in one for one in exhaustion(daily(np.arange(60.0)), 0).notes)
