"""Checkpoints of a guest, on the test driver."""

from __future__ import annotations

from typing import Any

import pytest

import virtsdk
from tests import moments
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors

DISK = "<devices><disk type='file'><source file='/guest/disk'/><target dev='vda'/></disk></devices>"


@pytest.fixture
def guest(node_file: NodeFile) -> Any:
    with virtsdk.connect(node_file(domain_xml("web1", 1, extra=DISK))) as host:
        yield host.domains["web1"]


def test_they_are_a_chain(guest: virtsdk.Domain) -> None:
    moments.checkpoints_are_a_chain(guest)


def test_a_driver_that_counts_nothing_has_no_size(guest: virtsdk.Domain) -> None:
    made = guest.checkpoints.create("monday")
    assert made.size_bytes is None
    frame = guest.checkpoints.frame()
    assert frame["size_bytes"].isna().all()
    assert str(frame["size_bytes"].dtype) == "Int64"


def test_it_says_what_it_is(guest: virtsdk.Domain) -> None:
    made = guest.checkpoints.create("monday", quiesce=False)
    assert repr(made).startswith("<Checkpoint monday of web1, 2")
    assert "size" not in str(guest.checkpoints)
    assert repr(guest.checkpoints).startswith("<1 checkpoint of web1 on ")


def test_it_does_not_go_with_snapshots(guest: virtsdk.Domain) -> None:
    guest.snapshots.create("before")
    with pytest.raises(errors.InvalidState, match=r"delete its snapshots first \(guest\.snapshots\)"):
        guest.checkpoints.create("monday")


def test_wrong_arguments_are_refused_before_a_call(guest: virtsdk.Domain) -> None:
    guest.host.close()
    with pytest.raises(TypeError, match="disks must be targets"):
        guest.checkpoints.create(disks="vda")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="name must be a line of text"):
        guest.checkpoints.create("a/b")
