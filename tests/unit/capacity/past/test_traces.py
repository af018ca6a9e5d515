"""Sizes from half a day of real guests, judged by the half day after it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.traces import TRACES
from virtsdk.capacity import Policy, rightsizing

VCPUS = 8
GIB = 2**30
ANY = Policy(min_days=0)

pytestmark = pytest.mark.skipif(
    not TRACES.is_dir(), reason="the traces are input and not part of the project"
)


def frame(domain, time, cpu, memory=16 * GIB, used=2 * GIB):
    return pd.DataFrame(
        {
            "host": "trace", "domain": domain, "time": time, "vcpus": VCPUS, "cpu_used_vcpus": cpu,
            "memory_bytes": memory, "memory_used_bytes": used,
        }
    )  # fmt: skip


def periods(usage, known, then="12h"):
    """Guests' periods as guests of their own: what is known of each, and what comes then."""
    known, whole = pd.Timedelta(known), pd.Timedelta(known) + pd.Timedelta(then)
    since = usage["time"] - usage.groupby("domain")["time"].transform("min")
    usage = usage.assign(domain=usage["domain"] + " " + (since // whole).astype(str))
    early = since % whole < known
    counts = usage["domain"][early].value_counts()
    there = usage["domain"].isin(
        counts[counts >= known / pd.Timedelta("10min")].index
    )  # half of it, at least
    return usage[early & there], usage[~early & there]


@pytest.fixture(scope="module")
def planetlab():
    read = pd.read_parquet(TRACES / "planetlab-2011-03-03-06-09.parquet")
    domain = read["vm"].astype(str) + read["time"].dt.strftime(" %d")
    return periods(frame(domain, read["time"], read["cpu_percent"] / 100 * VCPUS), "12h")


@pytest.fixture(scope="module")
def bitbrains():
    read = pd.read_parquet(TRACES / "bitbrains-50vm-2013.parquet")
    read = read[read["cpu_capacity"] > 0].drop_duplicates(["id", "timestamp"])
    share = (read["cpu_usage"] / read["cpu_capacity"]).clip(upper=1)
    return periods(frame(read["id"].astype(str), read["timestamp"], share * VCPUS), "12h")


def judged(known, later, **settings):
    """Per cent of the later samples above what was recommended, and the vCPUs of all."""
    found = (
        rightsizing(known, Policy(min_days=0, **settings)).frame().set_index("domain")["recommended_vcpus"]
    )
    above = later["cpu_used_vcpus"] > later["domain"].map(found).astype(float)
    return 100 * above.mean(), int(found.sum())


def plain(known):
    """P99.5 and 20 % on top, in whole vCPUs, of all guests."""
    return np.ceil(1.2 * known.groupby("domain")["cpu_used_vcpus"].quantile(0.995) - 1e-9).clip(lower=1).sum()


def test_few_samples_are_above_at_no_more_than_the_plain_size(planetlab):
    above, size = judged(*planetlab)
    assert above <= 0.5
    assert size <= plain(planetlab[0])


def test_another_cloud_is_not_much_worse(bitbrains):
    above, size = judged(*bitbrains)
    assert above <= 1.0
    assert size <= 1.06 * plain(bitbrains[0])


def test_what_others_recommend_is_exceeded_more_often(planetlab):
    ours, _ = judged(*planetlab)
    for rule in ("krr", "vpa"):
        assert judged(*planetlab, rightsizing=rule)[0] > 3 * ours


def test_memory_of_a_day_holds_in_the_half_day_after():
    read = pd.read_csv(TRACES / "bitbrains-one-vm.csv", sep=";\t", engine="python")
    time = pd.to_datetime(read["Timestamp [ms]"], unit="s", utc=True)
    used = read["Memory usage [KB]"] * 1024
    known, later = periods(frame("one", time, 0.1, 2 * GIB, used), "24h")
    found = rightsizing(known, ANY).frame().set_index("domain")["recommended_memory_bytes"]
    above = later["memory_used_bytes"] > later["domain"].map(found).astype("Float64")
    assert len(later) > 2500
    assert 100 * above.mean() <= 0.3
