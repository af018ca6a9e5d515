"""The document that takes a snapshot of a guest."""

from __future__ import annotations

from typing import Any

import pytest

from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.snapshots.plan import Plan

GUEST = xml.parse(
    """<domain><name>web1</name><devices>
    <disk type='block'><source dev='/dev/sdz'/><target dev='vdb'/></disk>
    <disk type='file'><source file='/images/web1.qcow2'/><target dev='vda'/></disk>
    </devices></domain>""",
    DomainDef,
)


def planned(*, active: bool = True, **given: Any) -> str:
    plan = {"name": "s", "kind": "external", "memory": True, "disks": None, "description": None} | given
    return xml.render(Plan(**plan).document(GUEST, active, "create", "it"))


def test_the_memory_goes_beside_the_first_disk_that_is_a_file() -> None:
    assert '<memory snapshot="external" file="/images/web1.s.memory"/>' in planned()
    assert 'file="/elsewhere"' in planned(memory="/elsewhere")
    assert "<memory" not in planned(memory=False)
    assert "<memory" not in planned(active=False)
    assert "<memory" not in planned(kind="internal")


def test_a_guest_without_a_file_has_to_be_told_where_the_memory_goes() -> None:
    plan = Plan("s", "external", True, None, None)
    with pytest.raises(errors.InvalidArgument, match=r"no disk of the guest is a file; say in memory="):
        plan.document(DomainDef(name="x"), True, "create", "it")


def test_a_list_of_disks_leaves_the_others_out() -> None:
    document = planned(disks=["vda"], memory=False)
    assert '<disk name="vdb" snapshot="no"/>' in document
    assert '<disk name="vda" snapshot="external"/>' in document


def test_a_mapping_of_disks_says_nothing_of_the_others() -> None:
    document = planned(disks={"vda": "/new.qcow2"}, memory=False)
    assert 'name="vdb"' not in document
    assert '<source file="/new.qcow2"/>' in document
    assert 'snapshot="no"' in planned(disks={"vda": False})
