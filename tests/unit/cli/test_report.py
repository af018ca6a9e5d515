"""`virtsdk report`: the sentence, the page, and a stated answer for what is no recording or too little."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import FEW, about, at, sample, taken, write
from tests.unit.stats.records import WEB
from virtsdk import capacity, cli
from virtsdk.capacity.reporting import answers
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.guests import guest_frames
from virtsdk.stats.samples.storage import storage_frames


def reported(capsys, *arguments):
    status = cli.main(["report", *map(str, arguments)])
    return status, capsys.readouterr()


def test_the_example_as_a_page(capsys, tmp_path):
    directory = virtsdk.example_recording().directory
    status, said = reported(capsys, directory, "--html", tmp_path / "page.html")
    lines = said.out.splitlines()
    assert status == 0, said.err
    assert "N+1" in lines[0] and "storage pool backup" in lines[0]
    assert lines[1] == "as recorded up to 2026-11-16 22:00 UTC"
    page = (tmp_path / "page.html").read_text()
    assert lines[0][:40] in page
    assert lines[-1].startswith(f"{tmp_path / 'page.html'}: the page, ")


@pytest.fixture
def filled(tmp_path):
    """A recording of a guest, a pool that fills, and a file system in the guest that fills before it."""
    writer = RecordingWriter(tmp_path / "filled")
    writer.add(about(interval=21_600))
    for number in range(80):
        seconds = number * 21_600
        one = sample(seconds)
        used = 40_000_000_000 + number * 300_000_000 + (number % 7) * 100_000_000
        pool = {"storage_pool": "p1", "name": "images", "capacity": 100_000_000_000, "allocation": used}
        pools = storage_frames({"storage.pools": [pool]}, host="kvm7", time=at(seconds)).pools
        mounted = {"domain": WEB, "name": "web1", "mountpoint": "/", "total-bytes": 30_000_000_000}
        inside = [mounted | {"used-bytes": 5_000_000_000 + number * 250_000_000}]
        disks = guest_frames(inside, {}, {WEB: "web1"}, host="kvm7", time=at(seconds)).filesystems
        writer.add({**taken(one, only=FEW), "storage.pools": pools, "guest.filesystems": disks})
    writer.close()
    return virtsdk.open_recording(tmp_path / "filled")


@pytest.mark.parametrize("which", ["example", "filled"])
def test_every_place_tells_the_same_days(which, request, capsys, tmp_path, monkeypatch):
    """Of a pool: `exhaustion`, the report in Python, and the command's, as a page and as JSON."""
    monkeypatch.setattr(answers, "overcommit", lambda *_: None)  # takes most of the time
    recording = virtsdk.example_recording() if which == "example" else request.getfixturevalue("filled")
    pools = recording.frames("storage.pools")
    series = pools.set_index("time")["allocation_bytes"]
    asked = capacity.exhaustion(series, float(pools["capacity_bytes"].iloc[-1]))
    late = f"after {asked.until:%Y-%m-%d}" if pd.isna(asked.hi) else f"{asked.hi:%Y-%m-%d}"
    said = f"on {asked.median:%Y-%m-%d} ({asked.level:g} %: {asked.lo:%Y-%m-%d} to {late})"
    assert said in repr(asked)
    found = capacity.report(
        recording.hosts, recording.stats().domains, recording.usage(every="12h"), pools=pools
    )
    assert said in found.sentence and said in found.frame()["said"].iloc[0]
    page = tmp_path / "page.html"
    plain = json.loads(reported(capsys, recording.directory, "--json", "--html", page)[1].out)
    assert said in plain["sentence"] and said in plain["sections"][0]["said"]
    assert said in re.sub(r"</?span[^>]*>", "", page.read_text())
    (pool,) = (one for key, one in plain["exhaustion"].items() if key.startswith("pool "))
    told = asked.to_dict()
    assert [pool[name] for name in ("lo", "median", "hi", "until")] == [
        told[name] for name in ("lo", "median", "hi", "until")
    ]


def test_file_systems_that_were_recorded_are_in_it(filled, capsys, monkeypatch):
    monkeypatch.setattr(answers, "overcommit", lambda *_: None)
    said = reported(capsys, filled.directory)[1].out
    assert ", and before it a guest's own: file system / of web1 on kvm7, on 2026-03-" in said


def test_a_policy_from_a_file_counts(capsys, tmp_path):
    directory = virtsdk.example_recording().directory
    file = tmp_path / "policy.yaml"
    file.write_text(capacity.Policy(vcpu_ratio=16).to_yaml())
    assert "the policy allows 16" in reported(capsys, directory, "--policy", file)[1].out


def test_a_preset_and_json(capsys, tmp_path):
    directory = virtsdk.example_recording().directory
    status, said = reported(capsys, directory, "--policy", "nova", "--json", "--html", tmp_path / "page.html")
    found = json.loads(said.out)
    assert status == 0 and (tmp_path / "page.html").exists()
    assert found["policy"]["name"] == "nova"
    assert "N+1" in found["sentence"]


@pytest.mark.parametrize("times", [[0], [0, 10, 20, 30]], ids=["one sample", "a minute"])
def test_little_data_is_a_stated_answer(times, capsys, tmp_path):
    write(tmp_path / "r", [sample(one) for one in times])
    status, said = reported(capsys, tmp_path / "r", "--html", tmp_path / "page.html")
    assert (status, "Traceback" in said.err) == (0, False), said.err
    assert "what of the fleet runs out first cannot be said yet" in said.out
    assert (tmp_path / "page.html").exists()


def test_what_is_no_recording_or_no_policy_is_said(capsys, tmp_path):
    status, said = reported(capsys, tmp_path)
    assert (status, said.out) == (1, "")
    assert "is no recording" in said.err
    directory = virtsdk.example_recording().directory
    (tmp_path / "policy.yaml").write_text("vcpu_ratio: -1")
    status, said = reported(capsys, directory, "--policy", tmp_path / "policy.yaml")
    assert status == 1 and "vcpu_ratio" in said.err
    status, said = reported(capsys, directory, "--policy", tmp_path / "none.yaml")
    assert status == 1 and "none.yaml" in said.err


def test_a_page_that_cannot_be_written_is_said(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    write(tmp_path / "r", [sample(0)])
    status, said = reported(capsys, tmp_path / "r", "--html", tmp_path / "file" / "page.html")
    assert status == 1 and "cannot write the page" in said.err


@pytest.mark.parametrize("wrong", ["5", "0.5", "5x", "0s", "-1h", "", "nan", "1us", "2d", "3000d"])
def test_what_use_is_averaged_over_has_a_unit_and_is_no_more_than_a_day(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        reported(capsys, "nowhere", f"--every={wrong}")
    said = capsys.readouterr().err.splitlines()[-1]
    told = "must be a length of time with its unit, from 1s to 1d, such as 5min or 2h"
    assert ended.value.code == 2
    assert said.startswith(f"virtsdk report: error: argument --every: {told}, not {wrong!r}")
    assert ("hides its peaks" in said) is wrong.endswith("d")


@pytest.mark.parametrize(("right", "seconds"), [("5min", 300), ("1s", 1), ("1d", 86_400), ("1h30m", 5400)])
def test_what_use_is_averaged_over(right, seconds, monkeypatch):
    asked = {}
    monkeypatch.setattr("virtsdk.cli.report.report", lambda *_, **more: asked.update(more))
    assert cli.main(["report", "nowhere", "--every", right]) == 0
    assert asked["every"] == seconds
