"""What snapshots and checkpoints promise of any driver: run on the test driver, and on QEMU."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

import virtsdk
from virtsdk import errors


def snapshots_are_a_tree(guest: virtsdk.Domain) -> None:
    """A base, two that follow it side by side, one that follows the second; then all of it taken away."""
    snapshots = guest.snapshots
    assert (len(snapshots), snapshots.current, snapshots.roots, snapshots.find("base")) == (0, None, [], None)
    base = snapshots.create("base", description="as it was <b>&")
    left = snapshots.create("left")
    base.revert()
    assert base.is_current
    assert not left.is_current
    right = snapshots.create("right")
    last = snapshots.create("last")
    assert (last.parent, right.parent, left.parent, base.parent) == (right, base, base, None)
    assert (base.children, right.children, last.children) == ([left, right], [last], [])
    assert snapshots.current == last == snapshots["last"]
    assert snapshots.roots == [base]
    assert [one.name for one in snapshots] == ["base", "left", "right", "last"]
    assert left in snapshots
    assert "left" in snapshots
    assert hash(left) == hash(snapshots["left"])

    frame = snapshots.frame()
    assert list(frame.columns)[:12] == [
        *("host", "domain", "domain_name", "name", "parent", "kind", "state", "time", "current", "children"),
        *("memory_file", "disks"),
    ]
    assert frame["name"].tolist() == ["base", "left", "right", "last"]
    assert frame["parent"].fillna("").tolist() == ["", "base", "base", "right"]
    assert frame["children"].tolist() == [2, 0, 1, 0]
    assert frame["current"].tolist() == [False, False, False, True]
    assert set(frame["kind"]) == {"internal"}
    assert set(frame["domain"]) == {guest.uuid}
    assert frame["memory_file"].isna().all()
    assert frame["description"].fillna("").tolist() == ["as it was <b>&", "", "", ""]
    age = datetime.now(UTC) - frame["time"]
    assert age.between(timedelta(seconds=-2), timedelta(minutes=5)).all()

    lines = str(snapshots.tree()).splitlines()
    assert lines[0] == f"<4 snapshots of {guest.name} on {guest.host.name}>"
    assert [re.split(r"  +\S", line.lstrip())[0] for line in lines[2:]] == [
        *("base", "├─ left", "└─ right", "last (current)")
    ]
    assert lines[5].startswith("   last")
    page = snapshots.tree()._repr_html_()
    assert "as it was &lt;b&gt;&amp;" in page
    assert "<b>&" not in page

    definition = left.definition()
    assert (definition.name, definition.parent and definition.parent.name) == ("left", "base")
    assert definition.domain is not None
    assert definition.domain.name == guest.name
    assert left.has_metadata

    with pytest.raises(errors.AlreadyExists, match="left"):
        snapshots.create("left")
    with pytest.raises(errors.SnapshotNotFound, match=r"no snapshot 'lefd' on .*; there is 'left'"):
        snapshots["lefd"]

    right.delete()
    assert last.parent == base
    assert right not in snapshots
    with pytest.raises(errors.SnapshotNotFound, match=r"snapshot 'right' of domain"):
        right.is_current  # noqa: B018
    with pytest.raises(errors.SnapshotNotFound):
        right.parent  # noqa: B018
    base.delete(children="only")
    assert [one.name for one in snapshots] == ["base"]
    base.delete()
    assert len(snapshots) == 0


def snapshots_are_redefined(guest: virtsdk.Domain, other: virtsdk.Domain) -> None:
    """The tree of one guest, told to another libvirt that has the same guest."""
    base = guest.snapshots.create("base")
    guest.snapshots.create("left")
    base.revert()
    guest.snapshots.create("right")
    documents = guest.snapshots.definitions(secure=True)
    assert len(other.snapshots) == 0
    made = other.snapshots.redefine(documents[::-1], current="right")
    assert made[0].name == "base"
    assert [one.name for one in other.snapshots["base"].children] == ["left", "right"]
    assert other.snapshots.current == other.snapshots["right"]
    same = ["name", "parent", "kind", "state", "time", "children", "current", "disks"]
    assert other.snapshots.frame()[same].equals(guest.snapshots.frame()[same])
    other.snapshots.redefine(documents, current="right")  # again does no harm
    assert len(other.snapshots) == 3


def checkpoints_are_a_chain(guest: virtsdk.Domain) -> None:
    """Two, one after the other; then forgotten, told again and taken away."""
    checkpoints = guest.checkpoints
    assert (len(checkpoints), checkpoints.roots) == (0, [])
    monday = checkpoints.create("monday", disks=["vda"], description="before the week")
    tuesday = checkpoints.create("tuesday")
    assert (monday.parent, tuesday.parent, monday.children) == (None, monday, [tuesday])
    assert checkpoints.roots == [monday]
    frame = checkpoints.frame()
    assert frame["name"].tolist() == ["monday", "tuesday"]
    assert frame["parent"].fillna("").tolist() == ["", "monday"]
    assert frame["children"].tolist() == [1, 0]
    assert frame["disks"].tolist() == ["vda", "vda"]
    assert "size_bytes" in frame
    definition = monday.definition()
    assert (definition.name, definition.description) == ("monday", "before the week")
    assert str(checkpoints.tree()).splitlines()[0].startswith("<2 checkpoints of ")
    with pytest.raises(errors.CheckpointNotFound, match=r"no checkpoint 'sunday'"):
        checkpoints["sunday"]
    with pytest.raises(errors.AlreadyExists, match="monday"):
        checkpoints.create("monday")
    with pytest.raises(errors.DeviceNotFound, match=r"no disk 'vdz'; there is 'vda'"):
        checkpoints.create("wednesday", disks=["vdz"])

    documents = checkpoints.definitions(secure=True)
    for one in (tuesday, monday):
        one.delete(metadata_only=True)
    assert len(checkpoints) == 0
    checkpoints.redefine(documents)
    assert tuesday.parent == monday
    with pytest.raises(ValueError, match="current is for snapshots"):
        checkpoints.redefine(documents, current="monday")
    monday.delete(children=True)
    assert len(checkpoints) == 0
