"""Snapshots of a guest, on the test driver."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

import virtsdk
from tests import moments
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors
from virtsdk.models.domain_snapshot import SnapshotDiskSource

DISK = "<devices><disk type='file'><source file='/guest/disk'/><target dev='vda'/></disk></devices>"


@pytest.fixture
def guest(node_file: NodeFile) -> Any:
    with virtsdk.connect(node_file(domain_xml("web1", 1, extra=DISK))) as host:
        yield host.domains["web1"]


def test_they_are_a_tree(guest: virtsdk.Domain) -> None:
    moments.snapshots_are_a_tree(guest)


def test_they_are_redefined_on_another_host(guest: virtsdk.Domain, node_file: NodeFile) -> None:
    with virtsdk.connect(node_file(domain_xml("web1", 1, extra=DISK))) as other:
        moments.snapshots_are_redefined(guest, other.domains["web1"])
        with pytest.raises(errors.InvalidArgument, match="parent base for moment left not found"):
            other.domains["web1"].snapshots["base"].delete(children=True)
            other.domains["web1"].snapshots.redefine([guest.snapshots["left"].definition_xml()])


def test_the_guest_is_as_it_was(guest: virtsdk.Domain, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    before = guest.snapshots.create("before")
    guest.destroy()
    before.revert()
    assert repr(guest).startswith("<Domain web1 running")  # what was read is of now
    before.revert(state="paused")
    assert guest.state == "paused"
    off = guest.snapshots.create("off", halt=True)
    assert repr(guest).startswith("<Domain web1 shutoff")
    off.revert(state="running", force=True)
    assert guest.state == "running"
    said = [(one["verb"], one["object"], one["uuid"]) for one in map(vars, caplog.records) if "verb" in one]
    assert said[0] == ("create", "snapshot 'before' of domain 'web1'", guest.uuid)
    assert ("revert to", "snapshot 'off' of domain 'web1'", guest.uuid) in said


def test_it_is_equal_by_guest_and_name(guest: virtsdk.Domain, node_file: NodeFile) -> None:
    one, two = guest.snapshots.create("one"), guest.snapshots.create("two")
    assert one == guest.snapshots["one"] != two
    with virtsdk.connect(guest.host.uri) as again:
        other = again.domains["web1"].snapshots.create("one")
        assert other != one  # of another connection
    assert one != guest
    assert one.domain == guest


def test_it_says_what_it_is(guest: virtsdk.Domain) -> None:
    made = guest.snapshots.create("before", description="clean")
    assert repr(made).startswith("<Snapshot before of web1, internal, running, ")
    assert repr(made).endswith(", current>")
    assert "clean" in made._repr_html_()
    assert str(guest.snapshots).splitlines()[0].startswith("<1 snapshot of web1 on ")
    assert "before" in guest.snapshots._repr_html_()
    guest.snapshots.create("after")
    assert not str(made).endswith("current>")  # read again


def test_without_a_name_it_is_called_by_the_time(guest: virtsdk.Domain) -> None:
    assert guest.snapshots.create().name.isdigit()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "kind": ({"kind": "both"}, 'kind must be "internal" or "external"'),
    "no memory inside": ({"memory": False}, 'memory=False is for kind="external"'),
    "a file inside": ({"memory": "/m"}, "memory='/m' is for kind=\"external\""),
    "quiesce inside": ({"quiesce": True}, 'quiesce and live are for kind="external"'),
    "live inside": ({"live": True}, 'quiesce and live are for kind="external"'),
    "files inside": ({"disks": {"vda": "/x"}}, 'a mapping of disks is for kind="external"'),
    "frozen with memory": ({"kind": "external", "quiesce": True}, "quiesce=True is for memory=False"),
    "live without": ({"kind": "external", "memory": False, "live": True}, "live=True is for a snapshot with"),
    "a relative file": ({"kind": "external", "memory": "m"}, "path must be absolute"),
    "a name": ({"name": "a/b"}, "name must be a line of text"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_go_together_is_refused_before_a_call(wrong: str, guest: virtsdk.Domain) -> None:
    arguments, message = WRONG[wrong]
    guest.host.close()
    with pytest.raises(ValueError, match=message):
        guest.snapshots.create(**arguments)


def test_wrong_words_are_refused_before_a_call(guest: virtsdk.Domain) -> None:
    made = guest.snapshots.create("before")
    guest.host.close()
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: made.revert(state="off"), 'state must be "running", "paused" or None'),  # type: ignore[arg-type]
        (lambda: made.delete(children="all"), 'children must be True, False or "only"'),  # type: ignore[arg-type]
    ]
    for call, message in wrong:
        with pytest.raises(ValueError, match=message):
            call()


def test_external_ones_are_asked_of_the_driver_first(guest: virtsdk.Domain) -> None:
    assert not guest.host.supports("external_snapshots")
    assert not guest.host.supports("revert_external")
    with pytest.raises(errors.NotSupported, match="external snapshot of domain 'web1': the test driver"):
        guest.snapshots.create("e", kind="external", memory=False)
    assert len(guest.snapshots) == 0


def test_one_that_was_external_elsewhere_is_not_reverted_to(guest: virtsdk.Domain) -> None:
    document = guest.snapshots.create("before").definition()
    assert document.disks is not None
    document.disks.disks[0].snapshot = "external"
    document.disks.disks[0].source = SnapshotDiskSource(file="/guest/disk.before")
    (made,) = guest.snapshots.redefine([document])
    assert made.last_seen["kind"] == "external"
    with pytest.raises(errors.NotSupported, match="it is external, and this host's libvirt"):
        made.revert()
