"""`RightsizingReport.definitions`: changed definitions, within what the rest of them allows."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.unit.capacity.past.usages import GIB, days
from virtsdk import xml
from virtsdk.capacity import rightsizing
from virtsdk.models.domain import DomainDef

UUID = "c7a5fdbd-edaf-9455-926a-d65c16db1809"
MIB = 2**20


def report(vcpus=8, cpu=1.9, memory=16 * GIB, used=3 * GIB, **columns):
    plain = {"domain": UUID, "name": "web1"} | columns
    return rightsizing(
        days(14, vcpus=vcpus, cpu_used_vcpus=cpu, memory_bytes=memory, memory_used_bytes=used, **plain)
    )


def guest(vcpu="<vcpu>8</vcpu>", rest="", memory="<memory unit='GiB'>16</memory>", name="web1", uuid=UUID):
    said = f"<uuid>{uuid}</uuid>" if uuid else ""
    return xml.parse(
        f"<domain type='kvm'><name>{name}</name>{said}{memory}{vcpu}{rest}<os><type>hvm</type></os></domain>",
        DomainDef,
    )


def topology(sockets, cores, threads, more=""):
    return f"<cpu><topology sockets='{sockets}' {more} cores='{cores}' threads='{threads}'/></cpu>"


def test_only_sizes_change_and_the_given_definition_stays():
    current = guest(
        "<vcpu placement='static' cpuset='0-3'>8</vcpu>",
        memory="<memory unit='GiB'>16</memory><currentMemory unit='GiB'>16</currentMemory>",
    )
    before = xml.render(current)
    found = report().definitions([current])
    new = found["web1"]
    assert (new.vcpu.value, new.vcpu.cpuset, new.vcpu.placement) == (3, "0-3", "static")
    wanted = report().frame()["recommended_memory_bytes"][0]
    assert new.memory.bytes == new.current_memory.bytes == wanted
    assert len(xml.diff(current, new)) == 3
    assert xml.render(current) == before
    assert found.unchangeable == {}
    assert list(found) == ["web1"]


def test_a_balloon_that_took_some_keeps_what_it_left():
    current = guest(memory="<memory unit='GiB'>16</memory><currentMemory unit='GiB'>2</currentMemory>")
    assert report().definitions([current])["web1"].current_memory.bytes == 2 * GIB
    current = guest(memory="<memory unit='GiB'>16</memory><currentMemory unit='GiB'>12</currentMemory>")
    new = report().definitions([current])["web1"]
    assert new.current_memory.bytes == new.memory.bytes < 12 * GIB
    grown = report(used=15.5 * GIB).definitions([current])["web1"]
    assert grown.memory.bytes > 16 * GIB
    assert grown.current_memory.bytes == 12 * GIB


@pytest.mark.parametrize(
    ("present", "wanted", "after"),
    [
        (topology(2, 4, 1), 3, (1, 3, 1)),
        (topology(2, 4, 1), 4, (1, 4, 1)),
        (topology(2, 4, 1), 6, (2, 3, 1)),
        (topology(8, 1, 1), 3, (3, 1, 1)),
        (topology(1, 4, 2), 3, (1, 2, 2)),  # 4, since whole cores have 2 threads
        (topology(2, 2, 2), 3, (1, 2, 2)),
        (topology(2, 2, 2), 5, (1, 3, 2)),
        (topology(2, 2, 1, "dies='2'"), 3, (1, 2, 1)),
        (topology(1, 4, 2), 10, (1, 5, 2)),
    ],
)
def test_a_topology_stays_one(present, wanted, after):
    said = report(cpu=min((wanted - 0.16 - 0.05) / 1.2, 7.9))
    assert said.frame()["recommended_vcpus"][0] == wanted
    new = said.definitions([guest(rest=present)])["web1"]
    arranged = new.cpu.topology
    assert (arranged.sockets, arranged.cores, arranged.threads) == after
    assert new.vcpu.value == arranged.sockets * (arranged.dies or 1) * arranged.cores * arranged.threads


def test_where_only_some_vcpus_are_plugged_in_that_number_changes():
    current = guest("<vcpu current='8'>16</vcpu>", topology(4, 4, 1))
    new = report().definitions([current])["web1"]
    assert (new.vcpu.current, new.vcpu.value) == (3, 16)
    assert new.cpu == current.cpu
    grown = report(cpu=7.9).definitions([current])["web1"]
    assert (grown.vcpu.current, grown.vcpu.value) == (10, 16)
    more = report(cpu=7.9).definitions([guest("<vcpu current='8'>9</vcpu>")])["web1"]
    assert (more.vcpu.current, more.vcpu.value) == (10, 10)


def test_pins_of_vcpus_that_go_go_and_the_others_stay():
    pins = "".join(f"<vcpupin vcpu='{n}' cpuset='{n}'/>" for n in range(8))
    current = guest(rest=f"<cputune>{pins}<emulatorpin cpuset='0'/></cputune>")
    new = report().definitions([current])["web1"]
    assert [pin.vcpu for pin in new.cputune.vcpupins] == [0, 1, 2]
    assert new.cputune.emulatorpin == current.cputune.emulatorpin
    grow = report(cpu=7.9).definitions([current])
    assert "pinned one by one" in grow.unchangeable["web1"]
    assert grow["web1"].vcpu.value == 8  # its memory changes all the same


@pytest.mark.parametrize(
    ("vcpu", "rest", "why"),
    [
        (
            "<vcpu>8</vcpu>",
            "<cpu><numa><cell id='0' cpus='0-7' memory='16' unit='GiB'/></numa></cpu>",
            "NUMA",
        ),
        ("<vcpu>8</vcpu>", "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus>", "one by one"),
        ("<vcpu>8</vcpu>", topology(1, 4, 1), "its topology is not of 8"),
        ("<vcpu>8</vcpu>", topology(1, 1, 8), "allows no number from 3 to 7"),
        ("<vcpu>4</vcpu>", "", "the samples have 8, the definition 4"),
        (
            "<vcpu>8</vcpu>",
            "<cputune><vcpusched vcpus='0-7' scheduler='fifo' priority='1'/></cputune>",
            "scheduler",
        ),
    ],
)
def test_vcpus_that_cannot_change_are_named(vcpu, rest, why):
    current = guest(vcpu, rest)
    found = report(used=None).definitions([current])
    assert len(found) == 0
    assert why in found.unchangeable["web1"]
    assert why in repr(found)
    assert report(used=3 * GIB).definitions([current]).unchangeable["web1"].startswith("vCPUs: ")


@pytest.mark.parametrize(
    ("memory", "rest", "why"),
    [
        ("<memory unit='GiB'>8</memory>", "", "the samples have 16 GiB, the definition 8 GiB"),
        ("<memory unit='GiB'>16</memory>",
         "<cpu><numa><cell id='0' cpus='0-7' memory='16' unit='GiB'/></numa></cpu>", "NUMA"),
        ("<maxMemory slots='4' unit='GiB'>32</maxMemory><memory unit='GiB'>16</memory>", "", "modules"),
        ("<memory unit='GiB'>16</memory>", "<memtune><min_guarantee unit='GiB'>8</min_guarantee></memtune>",
         "guaranteed 8 GiB"),
        ("<memory unit='GiB'>16</memory>",
         "<memoryBacking><hugepages><page size='16' unit='G'/></hugepages></memoryBacking>", "allow no size"),
    ],
)  # fmt: skip
def test_memory_that_cannot_change_is_named(memory, rest, why):
    found = report(cpu=6.4).definitions([guest(rest=rest, memory=memory)])
    assert len(found) == 0
    assert why in found.unchangeable["web1"]


def test_memory_is_whole_huge_pages_and_within_its_limit():
    huge = "<memoryBacking><hugepages><page size='1' unit='G'/></hugepages></memoryBacking>"
    assert report().definitions([guest(rest=huge)])["web1"].memory.bytes == 4 * GIB
    two = "<memoryBacking><hugepages/></memoryBacking>"
    assert report().definitions([guest(rest=two)])["web1"].memory.bytes % (2 * MIB) == 0
    limit = "<memtune><hard_limit unit='GiB'>17</hard_limit></memtune>"
    found = report(used=15.5 * GIB).definitions([guest(rest=limit)])
    assert "hard_limit" in found.unchangeable["web1"]


def test_guests_are_found_by_uuid_then_by_name():
    other = UUID.replace("c7", "d8")
    assert list(report().definitions({"mine": guest(name="renamed")})) == ["mine"]
    assert list(report().definitions([guest(uuid=None)])) == ["web1"]
    assert report().definitions([guest(uuid=other)]).unseen == ("web1",)
    both = rightsizing(pd.concat([days(14, vcpus=8, domain="a"), days(14, vcpus=8, domain="b", host="kvm2")]))
    with pytest.raises(ValueError, match="several guests 'web1', on 'kvm1', 'kvm2'"):
        both.definitions([guest(uuid=None)])


@pytest.mark.parametrize("wrong", ["web1", 3, [1], {"web1": "<domain/>"}, DomainDef(name="web1"), None])
def test_what_is_no_definition_is_refused(wrong):
    with pytest.raises(TypeError, match="current must be"):
        report().definitions(wrong)


def test_two_definitions_of_one_name_need_keys():
    with pytest.raises(ValueError, match="'web1' twice"):
        report().definitions([guest(), guest()])


def test_what_is_unknown_or_kept_changes_nothing():
    few = rightsizing(days(3, domain=UUID, vcpus=8)).definitions(
        [guest(memory="<memory unit='GiB'>8</memory>")]
    )
    assert (len(few), few.unchangeable, len(few.frame())) == (0, {}, 0)
    assert "0 changed" in repr(few)


def test_the_changes_are_a_frame():
    found = report().definitions([guest(), guest(name="other", uuid=UUID.replace("c7", "e9"))])
    (row,) = found.frame().to_dict("records")
    assert (row["key"], row["vcpus"], row["vcpus_after"], row["memory_bytes"]) == ("web1", 8, 3, 16 * GIB)
    assert pd.isna(row["because"])
    assert found.unseen == ("other",)
    assert json.loads(json.dumps(found.to_dict()))["changes"][0]["vcpus_after"] == 3
    assert "web1" in found._repr_html_()
    assert repr(found).splitlines() == [
        "<Definitions 1 changed, none that cannot change, 1 guest without samples>",
        "web1  8 to 3 vCPUs, 16 GiB to 3.92 GiB",
    ]
    assert xml.validate(found["web1"]) is not None
