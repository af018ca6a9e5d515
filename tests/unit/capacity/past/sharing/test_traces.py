"""Frontier and overlap of real guests: what is said of them elsewhere holds here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.sharing.fleets import hosts
from tests.unit.capacity.traces import TRACES
from virtsdk.capacity import overcommit, overlap

pytestmark = pytest.mark.skipif(
    not TRACES.is_dir(), reason="the traces are input and not part of the project"
)


def frame(domain, time, vcpus, cpu):
    return pd.DataFrame(
        {"host": "kvm7", "domain": np.asarray(domain, str), "time": time, "vcpus": vcpus,
         "cpu_used_vcpus": cpu, "memory_bytes": np.nan, "memory_used_bytes": np.nan}
    )  # fmt: skip


@pytest.fixture(scope="module")
def planetlab():
    """A day of about 1,000 guests, of 8 vCPUs each."""
    read = pd.read_parquet(TRACES / "planetlab-2011-03-03-06-09.parquet")
    read = read[read["time"] < "2011-03-04"]
    return frame(read["vm"].astype(str), read["time"].array, 8, read["cpu_percent"].to_numpy() * 0.08)


@pytest.fixture(scope="module")
def bitbrains():
    """A month of 50 guests with 1 to 32 vCPUs."""
    read = pd.read_parquet(TRACES / "bitbrains-50vm-2013.parquet")
    read = read.assign(time=read["timestamp"].dt.floor("5min")).drop_duplicates(["id", "time"])
    share = (read["cpu_usage"] / read["cpu_capacity"]).clip(upper=1).to_numpy()
    count = read["cpu_count"].to_numpy()
    return frame(read["id"], read["time"].array, count, share * count)


def test_the_ratio_is_a_property_of_the_guests(planetlab, bitbrains):
    one, two = (overcommit(each, hosts(64), [2, 3, 4, 6, 16], draws=120) for each in (planetlab, bitbrains))
    assert one.ratio_at(0.01) == pytest.approx(6, abs=0.5)
    assert 2 < two.ratio_at(0.01) < 3
    steal = two.frame().set_index("ratio")["steal_mean"]
    assert steal[4] == pytest.approx(0.09, abs=0.02)
    for found in (one, two):
        assert 0.45 < found.frame().set_index("ratio")["steal_mean"][16] < 0.73


def test_many_guests_need_half_the_hosts_and_few_need_as_many(planetlab, bitbrains):
    packing = overlap(planetlab, hosts(64), min_days=0).packing_frame().set_index("rule")
    assert packing.loc["peak of the sum", "hosts"] <= 0.5 * packing.loc["own peaks", "hosts"]
    assert packing.loc["peak of the sum", "over_share"] < 0.005
    few = overlap(bitbrains, hosts(32)).packing_frame().set_index("rule")
    assert few.loc["peak of the sum", "hosts"] == few.loc["own peaks", "hosts"]
