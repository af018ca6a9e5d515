"""The same guests recorded by virtsdk and by a real Prometheus: the usage that comes out of both agrees."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

import virtsdk
from tests.ports import free_port
from tests.waiting import until
from virtsdk.fleet.exporter import serve

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = 5
LATE = 1.0  # seconds: how old figures may be that a scrape is given
CONFIG = """
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
- job_name: virtsdk
  static_configs: [{{targets: ["{target}"]}}]
"""


def program() -> str:
    """Prometheus as `make test` unpacks it, or as it is installed."""
    return shutil.which("prometheus") or str(ROOT / ".tools/debian/usr/bin/prometheus")


@contextlib.contextmanager
def prometheus(target: str, folder: Path) -> Iterator[str]:
    """A Prometheus on loopback that scrapes one target every two seconds; gives its URL."""
    (folder / "prometheus.yml").write_text(CONFIG.format(target=target))
    port = free_port()
    arguments = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([program(), *arguments], stdout=log, stderr=log, cwd=folder)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def asked(url: str, query: str) -> float:
    """The sum that a query gives; 0 where there is no answer yet."""
    try:
        with httpx.Client(trust_env=False, timeout=10) as client:
            result = client.get(f"{url}/api/v1/query", params={"query": query}).json()["data"]["result"]
    except (httpx.HTTPError, ValueError, KeyError):
        return 0.0
    return sum(float(one["value"][1]) for one in result)


def late(url: str) -> pd.DatetimeIndex:
    """When scrapes were given figures of the round before, as where a host takes its time."""
    query = "virtsdk_host_last_success_timestamp_seconds[10m]"
    with httpx.Client(trust_env=False, timeout=10) as client:
        result = client.get(f"{url}/api/v1/query", params={"query": query}).json()["data"]["result"]
    times = [time for one in result for time, taken in one["values"] if time - float(taken) > LATE]
    return pd.to_datetime(times, unit="s", utc=True).round("ms")


def counted(frame: pd.DataFrame, keys: list[str], column: str) -> dict[tuple[str, ...], pd.Series]:
    """The values of a counter by its keys, indexed by time."""
    return {
        key: own.set_index("time")[column].dropna().astype(float)
        for key, own in frame.sort_values("time").groupby(keys)
    }


def agree(recorded: pd.DataFrame, imported: pd.DataFrame, keys: list[str], column: str) -> int:
    """Check that each imported count lies between those that were recorded before and after it.

    One sample further off on each side is meant: a figure is read a moment before or after its time.
    """
    ours, compared = counted(recorded, keys, column), 0
    for key, theirs in counted(imported, keys, column).items():
        mine = ours[key]
        place = np.searchsorted(mine.index.asi8, theirs.index.asi8)
        inside = (place >= 2) & (place <= len(mine) - 2)
        low, high = mine.to_numpy()[place[inside] - 2], mine.to_numpy()[place[inside] + 1]
        values = theirs.to_numpy()[inside]
        assert ((low <= values) & (values <= high)).all(), (key, column)
        compared += int(inside.sum())
    return compared


@pytest.fixture
def both(
    lab_host: virtsdk.Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[virtsdk.Recording, str]]:
    """A recording and a Prometheus with the figures of the same seconds."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with (
        virtsdk.connect_fleet({lab_host.name: lab_host.uri}) as fleet,
        serve(fleet, port=0) as server,
        prometheus("{}:{}".format(*server.address), tmp_path) as url,
        virtsdk.record(lab_host, tmp_path / "history", interval=1, flush=1) as recorder,
    ):
        count = "min(count_over_time(virtsdk_domain_cpu_time_seconds_total[5m]))"
        until(lambda: (got := asked(url, count)) >= SAMPLES and got - len(late(url)) > SAMPLES // 2, 200)
        taken = recorder.samples
        until(lambda: recorder.samples >= taken + 3)
        recorder.stop()
        yield virtsdk.open_recording(tmp_path / "history"), url


def test_usage_agrees_with_what_was_recorded_beside_it(both: tuple[virtsdk.Recording, str]) -> None:
    recording, url = both
    imported = virtsdk.import_prometheus(url, start="-10min", end=pd.Timestamp.now(tz="UTC"))
    ours, theirs = recording.usage(every=None), imported.usage(every=None)

    same = ["host", "domain", "name", "vcpus", "memory_bytes"]
    first = [one.groupby("domain")[same].last().reset_index(drop=True) for one in (theirs, ours)]
    pd.testing.assert_frame_equal(*first)
    assert theirs.columns.tolist() == ours.columns.tolist()
    assert (theirs.dtypes == ours.dtypes).all()

    given_late = late(url)
    for name, keys, column in (
        ("domains", ["domain"], "cpu_time_seconds_total"),
        ("vcpus", ["domain", "vcpu"], "time_seconds_total"),
        ("disks", ["domain", "disk"], "read_bytes_total"),
        ("nics", ["domain", "nic"], "tx_bytes_total"),
    ):
        frame = imported.frames[name]
        fresh = frame[~frame["time"].dt.round("ms").isin(given_late)]
        found = agree(recording.frames(name), fresh, keys, column)
        assert name == "nics" or found >= SAMPLES // 2, name  # a guest may have sent nothing

    # over the seconds that both have the use is the same, but for what lies between two samples at each end
    begin, end = (
        max(one["time"].min() for one in (ours, theirs)),
        min(one["time"].max() for one in (ours, theirs)),
    )
    for domain in ours["domain"].unique():
        totals, edges = [], []
        for one in (ours, theirs):
            mine = one[(one["domain"] == domain) & one["time"].between(begin, end)]
            used = (mine["cpu_used_vcpus"] * mine["seconds"]).astype(float)
            totals.append(used.sum())
            edges.append(2 * used.max())
        assert abs(totals[0] - totals[1]) <= sum(edges)
        assert totals[1] > 0

    # asked by a step below the scrapes' distance, no counter that stands still becomes a rate of 0
    stepped = virtsdk.import_prometheus(url, start="-10min", end=end, step="0.25s").usage(every=None)
    nothing = [int((one["cpu_used_vcpus"] == 0).sum()) for one in (stepped, theirs)]
    assert nothing[0] <= nothing[1]  # a guest that is idle may have had no tick in a second
    assert stepped["time"].nunique() <= 2 * theirs["time"].nunique()
