"""The sections that say what a report rests on, and what it could not say."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.capacity.reviews import domains, hosts, pools, usage
from virtsdk import capacity

pytestmark = pytest.mark.usefixtures("few_draws")


def test_a_guest_without_a_recommendation_is_told_where_each_question_has_an_answer():
    def last(used):
        return capacity.report(hosts(), domains(), used, None, pools()).frame()["said"].iloc[-1]

    whole = usage()
    young = whole[(whole["name"] != "web1") | (whole["time"] >= whole["time"].max() - pd.Timedelta("2D"))]
    assert "recommend" not in last(whole)
    assert last(young).endswith("; for 1 guest there is too little data to recommend a size")
