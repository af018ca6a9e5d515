"""What a list shows of a snapshot, from its document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from virtsdk.resources.domain.snapshots.facts import MomentFacts


def facts(inside: str, root: str = "domainsnapshot") -> MomentFacts:
    return MomentFacts.of(f"<{root}><name>a</name>{inside}</{root}>")


def test_an_external_one_has_a_file_for_its_memory() -> None:
    found = facts(
        "<state>running</state><creationTime>1795847069</creationTime><description>x</description>"
        "<memory snapshot='external' file='/m'/><disks><disk name='vda' snapshot='external'/>"
        "<disk name='vdb' snapshot='no'/><disk name='vdc' snapshot='external'/></disks>"
    )
    assert (found.kind, found.memory_file, found.disks) == ("external", "/m", "vda,vdc")
    assert found.time == datetime(2026, 11, 28, 6, 24, 29, tzinfo=UTC)
    assert (found.state, found.description, found.parent, found.size_bytes) == ("running", "x", None, None)


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ("<memory snapshot='internal'/>", "internal"),
        ("<memory snapshot='no'/><disks><disk name='vda' snapshot='external'/></disks>", "external"),
        ("<memory snapshot='internal'/><disks><disk name='vda' snapshot='external'/></disks>", "external"),
        ("<memory snapshot='no'/><disks><disk name='vda' snapshot='no'/></disks>", "none"),
        ("", "none"),
    ],
)
def test_the_kind_is_that_of_its_disks_and_memory(inside: str, kind: str) -> None:
    assert facts(inside).kind == kind


@pytest.mark.parametrize("time", ["", "soon", "99999999999999999999"])
def test_a_time_that_is_none_is_not_known(time: str) -> None:
    assert facts(f"<creationTime>{time}</creationTime>").time is None


def test_a_checkpoint_has_the_sizes_of_all_disks() -> None:
    disks = "<disk name='vda' checkpoint='bitmap' size='5'/><disk name='vdb' checkpoint='bitmap' size='7'/>"
    left_out = "<disk name='vdc' checkpoint='no'/>"
    found = facts(f"<disks>{disks}{left_out}</disks>", "domaincheckpoint")
    assert (found.size_bytes, found.disks) == (12, "vda,vdb")
