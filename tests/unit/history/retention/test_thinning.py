"""When samples go, so do their rows of ``samples``: what could not be taken stays, and files stay few."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import about, at
from virtsdk.history.columns import EVENTS, SAMPLES, own_frame, to_table
from virtsdk.history.reading.arguments import microseconds_of
from virtsdk.history.retention.keep import Keep
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.retention.thinning import thinned
from virtsdk.history.writer import RecordingWriter

HOSTS = ("kvm7", "kvm8")
HOURS, FAILS = 72, 4


def rows(*given: tuple[str, int, bool, int, str | None]) -> pd.DataFrame:
    names = ("host", "time", "taken", "missed", "error")
    return own_frame(
        SAMPLES, [dict(zip(names, (host, at(seconds), *more), strict=True)) for host, seconds, *more in given]
    )


def test_what_was_taken_without_trouble_goes_but_for_the_ends() -> None:
    frame = rows(
        ("a", 0, True, 0, None),
        ("a", 10, True, 0, None),
        ("a", 20, False, 1, "no answer"),
        ("a", 30, True, 0, "the driver does not do that"),
        ("a", 40, False, 3, "3 left out"),
        ("a", 50, True, 0, None),
        ("a", 60, True, 0, None),
        ("b", 20, True, 0, None),
        ("b", 60, True, 0, None),
        ("b", 70, True, 0, None),
        ("b", 80, True, 0, None),
    )
    found = thinned(to_table(SAMPLES, [frame]), microseconds_of(at(65)) or 0).to_pandas()
    seconds = (found["time"] - at(0)).dt.total_seconds().astype(int)
    kept = [(host, second) for host, second in zip(found["host"], seconds, strict=True)]
    assert kept == [
        *[("a", second) for second in (0, 20, 30, 40, 60)],
        *[("b", second) for second in (20, 70, 80)],
    ]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> virtsdk.Recording:
    """Three days of two hosts, of which the last hours are kept; some segments have events besides."""
    directory = tmp_path_factory.mktemp("thinning") / "r"
    with RecordingWriter(directory) as writer:
        writer.add(about(HOSTS, 1200.0))
        rolling = Rolling(writer, Keep(raw=7200.0), 1200.0)
        for hour in range(HOURS):
            every = [(one, 3600 * hour + second) for one in HOSTS for second in (0, 1200, 2400)]
            writer.add({SAMPLES: rows(*[(one, second, True, 0, None) for one, second in every])})
            if hour % FAILS == 0:
                writer.add({SAMPLES: rows(("kvm7", 3600 * hour + 600, False, 1, "down"))})
                event = {"host": "kvm7", "time": at(3600 * hour), "kind": "domain_lifecycle", "said": "{}"}
                writer.add({EVENTS: own_frame(EVENTS, [event])})
            writer.flush()
            writer.merge()
            old = [one for one in writer.ledger.contents if one.last < writer.last - 1]
            if old:
                rolling._tell({number for one in old for number in range(one.first, one.last + 1)}, [])
    return virtsdk.open_recording(directory)


def test_its_samples_are_few_and_those_that_failed_are_there(recording: virtsdk.Recording) -> None:
    samples = recording.samples
    assert (~samples["taken"].astype(bool)).sum() == HOURS // FAILS
    assert len(samples) == HOURS // FAILS + 2 * 2 * (4 - 1) + 2 * 2 + 2 * 6
    assert recording.start == at(0)
    assert recording.check().empty
    assert len(recording.events()) == HOURS // FAILS


def test_its_files_are_few_and_follow_each_other(recording: virtsdk.Recording) -> None:
    segments = recording._reader.listing.frames[SAMPLES]
    assert len(segments) == 5  # a day each, and two of which all is kept
    assert all(before.last + 1 == after.first for before, after in pairwise(segments))
    assert max(one.tier for one in segments) < 5
