"""Values that others wrote: as text, as floats, as what stands for unknown."""

from __future__ import annotations

import pytest

from virtsdk.stats import from_records
from virtsdk.stats.samples.node import node_frames


@pytest.mark.parametrize(("said", "halted"), [("yes", True), ("no", False), ("true", True), (True, True)])
def test_truth_values_may_be_written(said, halted):
    found = from_records([("u1", "web1", {"vcpu.0.halted": said})], host="kvm7")
    assert found.vcpus["halted"].tolist() == [halted]
    assert found.other.empty


@pytest.mark.parametrize(
    "unset", [-1, "-1", 2**64 - 1, str(2**64 - 1), float(2**64 - 1), "1.8446744073709552e+19"]
)
def test_what_is_not_known_is_missing_in_frames_of_all_kinds(unset):
    found = from_records([("u1", "web1", {"net.0.name": "n", "net.0.rx.errs": unset})], host="kvm7")
    assert found.nics["rx_errors_total"].isna().all()
    assert found.other.empty
    figures = {"node.memory": [{"total": unset, "free": "5"}]}
    memory = node_frames(figures, host="kvm7").memory
    assert memory["memory_bytes"].isna().all()
    assert memory["memory_free_bytes"].tolist() == [5 * 1024]
