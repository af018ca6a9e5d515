"""Bars with their words: where words begin, and that there is room for them."""

from __future__ import annotations

import re
from typing import get_args

import pandas as pd
import pytest
import vl_convert

from virtsdk.display.bars import Scale, bars, words_clear

FRAME = pd.DataFrame({"name": ["a", "b"]})


def rows(*values: float | None, **more: object) -> list[dict[str, object]]:
    return [
        {"what": f"g{place}", "value": value, "said": "so", "colour": "red", **more}
        for place, value in enumerate(values)
    ]


def test_words_begin_at_the_end_of_their_bar_or_beyond_the_mark_that_they_would_cross() -> None:
    found = rows(0.2, 0.95, 1.0, 1.4, None, -2.0)
    words_clear(found, pixels=100, mark=1)  # words of 21 pixels
    assert [one["end"] for one in found] == [0.2, 1, 1.0, 1.4, 0, 0]
    words_clear(plain := rows(0.95), pixels=100, mark=None)
    assert plain[0]["end"] == 0.95
    words_clear(told := rows(-2.0, end=3.0), pixels=100, mark=None)
    assert told[0]["end"] == 3.0


@pytest.mark.parametrize(
    ("values", "options", "domain"),
    [
        ((10.0, 20.0), {}, [0.0, 27.0]),
        ((10.0, 20.0), {"room": 0.5}, [0.0, 30.0]),
        ((0.2, None), {"scale": "share"}, [0.0, 1.35]),  # up to the mark at least
        ((0.01, 0.02), {"scale": "percent"}, [0.0, 0.027]),  # no mark to reach
        ((-40.0, 20.0), {}, [-42.0, 34.0]),  # what is below zero needs room as well
    ],
)
def test_there_is_room_for_the_words(
    values: tuple[float | None, ...], options: dict[str, object], domain: list[float]
) -> None:
    made = bars(FRAME, rows(*values), "unit", "title", interactive=False, **options)
    spec = made.to_dict()  # type: ignore[union-attr]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == pytest.approx(domain)
    assert len(spec["layer"]) == (3 if options.get("scale") == "share" else 2)  # the mark at 100 %
    (drawn,) = spec["datasets"].values()
    assert [one["tip"] for one in drawn] == ["g0: so", "g1: so"]


@pytest.mark.parametrize(("top", "ticks"), [(1.0, ["0", "1"]), (3.0, ["0", "1", "2", "3"])])
def test_an_axis_of_whole_things_has_no_halves(top: float, ticks: list[str]) -> None:
    spec = bars(FRAME, rows(top, 0.0), "guests", "title", interactive=False, scale="whole").to_dict()  # type: ignore[union-attr]
    drawn = re.findall(r">([\d,]+)</text>", vl_convert.vegalite_to_svg(spec))
    assert drawn == ticks


def test_two_bars_of_one_thing_lie_beside_each_other() -> None:
    pairs = [{**row, "how": how} for how in ("now", "then") for row in rows(1.0, 2.0)]
    spec = bars(FRAME, pairs, "unit", "title", interactive=False).to_dict()  # type: ignore[union-attr]
    assert spec["layer"][0]["encoding"]["yOffset"]["field"] == "how"
    assert spec["height"]["for"] == "position"


def test_nothing_to_draw_is_said() -> None:
    made = bars(FRAME[:0], [], "unit", "title", interactive=False)
    assert "Nothing to draw" in str(made.to_dict())  # type: ignore[union-attr]


@pytest.mark.parametrize("scale", get_args(Scale))
def test_an_axis_is_as_its_word_says(scale: Scale) -> None:
    spec = bars(FRAME, rows(0.5, 2.0), "unit", "title", interactive=False, scale=scale).to_dict()  # type: ignore[union-attr]
    drawn = vl_convert.vegalite_to_svg(spec)
    assert ("%</text>" in drawn) is (scale in ("percent", "share"))
    assert (">0.5</text>" in drawn) is (scale == "number")
    assert len(spec["layer"]) == (3 if scale == "share" else 2)
