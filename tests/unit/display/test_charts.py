"""Charts: the figures are in them, they need no network, and they read on white and on black."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from html import escape

import pandas as pd
import pytest

from tests.unit.stats.records import WEB, running
from virtsdk.capacity import Policy, headroom
from virtsdk.display import charts
from virtsdk.display.chart_style import load_altair, styled, time_axis
from virtsdk.stats import from_records, rates

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NAME = 'web<script>"1'


def two_samples():
    fresh = {"balloon.last-update": int(START.timestamp())}
    a = from_records([(WEB, NAME, running(**fresh))], host="kvm7", time=START)
    grown = {"cpu.time": 26_002_276_000, "block.0.rd.bytes": 126_719_488 + 8 * 2**20, "net.0.rx.bytes": 2**20}
    b = from_records([(WEB, NAME, running(**fresh | grown))], host="kvm7", time=START + pd.Timedelta("4s"))
    return b, rates(a, b)


def report():
    hosts = pd.DataFrame({"host": ["kvm1", "kvm2"], "cpus": [8, 8], "memory_bytes": [2**34, 2**34]})
    domains = pd.DataFrame({"host": ["kvm1", "kvm2"], "vcpus": [4, 40], "memory_bytes": [2**32, 2**32]})
    return headroom(hosts, domains, Policy(vcpu_ratio=2))


@cache
def drawn():
    stats, found = two_samples()
    return {
        "headroom": report().chart(),
        "cpu": charts.cpu(found.domains),
        "memory": charts.memory(stats.domains),
        "disks": charts.disks(found.disks),
        "nics": charts.nics(found.nics),
    }


def points(chart):
    """The rows that a chart draws."""
    (rows,) = chart.to_dict()["datasets"].values()
    return rows


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("headroom", ["4 of 16", "40 of 16, 24 too many for the policy", "4 GiB of 15.5 GiB", "kvm2"]),
        ("cpu", ["1.00 of 2", NAME]),
        ("memory", ["156 MiB", "1.32 GiB", "2 GiB", NAME]),
        ("disks", ["2 MiB/s", "read", "written"]),
        ("nics", ["received", "sent"]),
    ],
)
def test_the_figures_are_in_the_chart(name, words):
    chart = drawn()[name].to_dict()
    said = repr(chart).replace("\\'", "'")
    for word in words:
        assert word in said, word


def test_they_are_drawn_without_a_browser_or_a_network(tmp_path):
    for name, chart in drawn().items():
        picture = tmp_path / f"{name}.png"
        chart.save(picture)
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert "<svg" in chart._repr_mimebundle_()["image/svg+xml"]


def test_no_text_is_black_or_white():
    for chart in drawn().values():
        config = chart.to_dict()["config"]
        assert config["axis"]["labelColor"] == config["title"]["color"] == charts.GREY
        assert chart.to_dict()["background"] == "transparent"


def test_what_is_missing_is_left_out():
    stats = from_records([(WEB, "web1", {"state.state": 5})], host="kvm7", time=START)
    charts.memory(stats.domains).to_dict()
    later = from_records([(WEB, "web1", {"state.state": 5})], host="kvm7", time=START + pd.Timedelta("4s"))
    found = rates(stats, later)
    for chart in (charts.cpu(found.domains), charts.disks(found.disks), charts.nics(found.nics)):
        chart.to_dict()


def test_without_altair_the_message_says_what_to_install():
    code = """
import sys
sys.modules["altair"] = None
import pandas as pd
from virtsdk import errors
from virtsdk.display import charts
try:
    charts.cpu(pd.DataFrame())
except errors.MissingDependency as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'virtsdk[plot]'" in done.stdout


def test_a_heatmap_has_a_row_a_host():
    frame = pd.DataFrame(
        {"host": ["kvm1", "kvm2"], "time": START, "seconds": 10.0, "busy_percent": [12.5, None]}
    )
    said = repr(charts.heatmap(frame).to_dict())
    assert "12.5 %" in said
    assert "kvm2" not in said


def test_usage_shows_the_busiest_guests_and_how_many_others_there_are():
    times = pd.date_range(START, periods=3, freq="5min")
    guests = {"idle": 0.1, "busy": 1.5, "off": None}
    frame = pd.concat(
        pd.DataFrame(
            {"host": "kvm1", "domain": name, "name": name, "time": times,
             "cpu_used_vcpus": pd.array([used, None, used], dtype="Float64")}
        )
        for name, used in guests.items()
    )  # fmt: skip
    values = points(charts.usage(frame, most=1))
    assert [row["guest"] for row in values] == ["busy"] * 3
    assert [row["value"] for row in values] == [1.5, None, 1.5]
    assert "2 less busy ones left out" in repr(charts.usage(frame, most=1).to_dict())
    assert {row["guest"] for row in points(charts.usage(frame))} == {"busy", "idle", "off"}


def test_a_waterfall_adds_up():
    stats, _ = two_samples()
    values = points(charts.memory_waterfall(stats.domains, NAME))
    lengths = {row["what"]: row["high"] - row["low"] for row in values}
    held = lengths.pop("held by QEMU on the host")
    assert held == pytest.approx(1_388_484 / 1024**2)
    assert sum(lengths.values()) - lengths["defined"] == pytest.approx(lengths["defined"])


def test_a_waterfall_needs_a_guest_that_reports():
    stats, _ = two_samples()
    with pytest.raises(ValueError, match="no guest 'db9'"):
        charts.memory_waterfall(stats.domains, "db9")
    silent = from_records([(WEB, "web1", {"state.state": 1, "balloon.maximum": 5})], host="kvm7", time=START)
    said = repr(charts.memory_waterfall(silent.domains, "web1").to_dict())
    assert "Nothing to draw: it does not report " in said


def test_latency_is_in_milliseconds():
    _, found = two_samples()
    frame = found.disks.assign(read_latency_seconds=0.0125, write_latency_seconds=None)
    values = {row["what"]: row["value"] for row in points(charts.latency(frame))}
    assert values == {"read": 12.5, "write": None}


@pytest.mark.parametrize(("apart", "whole"), [("10s", True), ("6h", False)])
def test_a_time_axis_says_the_hour_and_whose_it_is(apart, whole):
    times = pd.date_range("2026-03-01 12:00", periods=4, freq=apart, tz="UTC")
    frame = pd.DataFrame({"host": "kvm1", "time": times, "seconds": 10.0, "busy_percent": 50.0})
    x = charts.heatmap(frame).to_dict()["encoding"]["x"]
    assert x["title"] == "UTC"
    assert x["scale"] == {"type": "utc"}
    assert x["axis"].get("format") == ("%H:%M:%S" if whole else None)


def faces(chart):
    """The rows of a chart, by the words of its tooltip."""
    return {row["tip"] for row in points(chart) if "tip" in row}


ALONE = {
    "headroom": lambda: charts.headroom(report().frame()[:0]),
    "cpu": lambda: charts.cpu(two_samples()[1].domains.assign(cpu_used_vcpus=None)),
    "memory": lambda: charts.memory(two_samples()[0].domains[:0]),
    "disks": lambda: charts.disks(two_samples()[1].disks[:0]),
    "nics": lambda: charts.nics(two_samples()[1].nics[:0]),
    "heatmap": lambda: charts.heatmap(
        pd.DataFrame({"host": ["kvm1"], "time": START, "seconds": 10.0, "busy_percent": None})
    ),
    "usage": lambda: charts.usage(
        pd.DataFrame({"host": ["a"], "domain": "u", "name": "a", "time": START, "cpu_used_vcpus": None})
    ),
    "latency": lambda: charts.latency(
        two_samples()[1].disks.assign(read_latency_seconds=None, write_latency_seconds=None)
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_chart_with_nothing_to_draw_says_so(name):
    chart = ALONE[name]()
    said = repr(chart.to_dict())
    assert "Nothing to draw: " in said
    assert "no row has" in said if name in {"cpu", "heatmap", "usage", "latency"} else "no rows" in said
    assert "Nothing to draw" in chart._repr_mimebundle_()["image/svg+xml"]


def test_tooltips_are_titles_in_the_picture_without_a_script():
    _, found = two_samples()
    plain, hovering = charts.cpu(found.domains), charts.cpu(found.domains, interactive=True)
    assert "text/html" not in plain._repr_mimebundle_()
    html = hovering._repr_mimebundle_()["text/html"]
    assert f"<title>{escape(NAME, quote=False)}: 1.00 of 2 vCPUs</title>" in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(
    "draw",
    [
        lambda found, stats: report().chart(interactive=True),
        lambda found, stats: charts.memory(stats.domains, interactive=True),
        lambda found, stats: charts.disks(found.disks, interactive=True),
        lambda found, stats: charts.nics(found.nics, interactive=True),
        lambda found, stats: charts.latency(found.disks.assign(read_latency_seconds=0.1), interactive=True),
        lambda found, stats: charts.memory_waterfall(stats.domains, NAME, interactive=True),
        lambda found, stats: charts.usage(found.usage(), interactive=True),
    ],
    ids=["headroom", "memory", "disks", "nics", "latency", "waterfall", "usage"],
)
def test_each_mark_has_its_tooltip(draw):
    stats, found = two_samples()
    chart = draw(found, stats)
    html = chart._repr_mimebundle_()["text/html"]
    for tip in faces(chart):
        assert f"<title>{escape(tip, quote=False)}</title>" in html or "none" in tip, tip


def test_more_stands_out_more_on_any_background():
    frame = pd.DataFrame({"host": ["kvm1"], "time": START, "seconds": 10.0, "busy_percent": 12.5})
    low, high = charts.heatmap(frame).to_dict()["encoding"]["color"]["scale"]["range"]
    assert float(low.rpartition(",")[2].strip(" )")) < 0.1  # nearly the page's own colour
    assert high == charts.BLUE


def test_an_axis_of_bytes_has_the_unit_of_its_words():
    stats, found = two_samples()
    assert '"title": "GiB"' in json.dumps(charts.memory(stats.domains).to_dict())
    disks = charts.disks(found.disks.assign(read_bytes_per_second=3 * 2**10, write_bytes_per_second=0.0))
    assert '"title": "KiB/s"' in json.dumps(disks.to_dict())
    assert [row["value"] for row in points(disks)] == [3, 0]


def test_a_long_title_has_lines_and_one_name():
    stats, _ = two_samples()
    chart = styled(charts.memory(stats.domains), "guests " * 20, interactive=True)
    lines = chart.to_dict()["title"]
    assert len(lines) > 1
    assert max(map(len, lines)) <= 64
    assert f'aria-label="{("guests " * 20).strip()}"' in chart._repr_mimebundle_()["text/html"]


def test_hours_go_to_24_whatever_the_stretch():
    for hours, wanted in ((0.5, "%H:%M:%S"), (30, "%H:%M"), (24 * 30, "")):
        rows = [{"time": 0.0}, {"time": hours * 3_600_000}]
        axis = time_axis(load_altair(), rows, "time").to_dict()["axis"]
        assert wanted in str(axis.get("format", axis.get("labelExpr", "")))
        assert "%I" not in str(axis)
