"""On which CPUs each vCPU may run, by its definition."""

from __future__ import annotations

import pandas as pd
import pytest

import virtsdk
from virtsdk import xml
from virtsdk.capacity.past.sharing.pins import Pins
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.pinning import vcpus_of


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", [(0, None)]),
        ("<vcpu>2</vcpu>", [(0, None), (1, None)]),
        ("<vcpu cpuset='0-3'>2</vcpu>", [(0, "0-3"), (1, "0-3")]),
        ("<vcpu current='1'>4</vcpu>", [(0, None)]),
        (
            "<vcpu cpuset='0-3'>2</vcpu><cputune><vcpupin vcpu='1' cpuset='2'/></cputune>",
            [(0, "0-3"), (1, "2")],
        ),
        (
            "<vcpu current='2'>3</vcpu><vcpus><vcpu id='0' enabled='yes'/><vcpu id='1' enabled='no'/>"
            "<vcpu id='2' enabled='yes'/></vcpus><cputune><vcpupin vcpu='2' cpuset='5,^4'/></cputune>",
            [(0, None), (2, "5,^4")],
        ),
        ("<cputune><emulatorpin cpuset='1'/></cputune>", [(0, None)]),
    ],
)
def test_a_definition_says_where_its_vcpus_may_run(inside, expected):
    assert vcpus_of(xml.parse(f"<domain><name>a</name>{inside}</domain>", DomainDef)) == expected


def test_the_frame_is_what_contention_takes():
    with virtsdk.connect("test:///default") as host:
        host.session.call(
            "pin", "test", lambda conn: conn.lookupByName("test").pinVcpu(1, (True, False, True))
        )
        frame = host.domains.vcpus_frame()
        assert frame["cpus"].tolist()[1] == "0,2"
        for guest in host.domains:
            guest.destroy()
            guest.undefine()
        empty = host.domains.vcpus_frame()
    assert frame.columns.tolist() == empty.columns.tolist() == ["host", "domain", "name", "vcpu", "cpus"]
    assert empty.empty
    pd.testing.assert_series_equal(frame.dtypes, empty.dtypes)
    assert Pins(frame).unknown(frame["host"][0], frame["domain"].tolist()) == 0
