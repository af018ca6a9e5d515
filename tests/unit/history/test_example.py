"""The example recording: small, whole, 15 days with a story, and said to be stretched."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import capacity


@pytest.fixture(scope="module")
def recording():
    return virtsdk.example_recording()


@pytest.fixture(scope="module")
def usage(recording):
    return recording.usage(every="2h")


def test_it_is_small_and_whole(recording):
    files = [one for one in recording.directory.rglob("*") if one.is_file()]
    assert sum(one.stat().st_size for one in files) < 1_000_000
    assert recording.check().empty
    assert not [one for one in files if one.suffix not in (".parquet", ".json")]


def test_it_says_that_it_was_stretched(recording):
    assert "stretched by one factor, 2160, to 15 days" in recording.about
    assert recording.about in repr(recording) and "stretched by one factor" in recording._repr_html_()


def test_it_has_hosts_guests_a_pool_and_15_days(recording, usage):
    assert len(recording.hosts) == 3 and usage["name"].nunique() == 9
    assert 14.9 < (recording.end - recording.start).total_seconds() / 86_400 < 15.1
    assert set(recording.frames("storage.pools")["name"]) == {"backup"}


def test_rates_are_as_they_were_recorded(usage):
    """A guest uses no more CPU than its vCPUs and QEMU's own threads, whatever the factor."""
    assert (usage["cpu_used_vcpus"].dropna() <= usage["vcpus"] * 1.3).all()
    assert usage["cpu_used_vcpus"].max() > 0.5


def test_its_figures_tell_a_story(recording, usage):
    sized = capacity.rightsizing(usage).frame().set_index("name")
    assert sized.loc["shop1", "cpu_action"] == "shrink"
    assert sized.loc["ci1", "cpu_action"] == "grow"
    assert sized.loc["db1", "memory_action"] == "grow"
    assert "old1" in capacity.idle(usage).idle("azure-2019")
    memory = usage[usage["name"] == "db1"].set_index("time")["memory_used_bytes"].astype(float)
    assert memory.iloc[-1] - memory.iloc[0] > 500 * 2**20
    late = usage.loc[usage["name"] == "test1", "time"].min()
    assert 8.5 < (late - recording.start).total_seconds() / 86_400 < 10.5
    pool = recording.frames("storage.pools")
    assert pool["allocation_bytes"].iloc[-1] > 1.5 * pool["allocation_bytes"].iloc[0]
