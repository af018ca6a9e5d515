"""One guest: its states, its verbs, and what its handle shows."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import libvirt
import pytest

import virtsdk
from tests.unit.resources.conftest import NodeFile, domain_xml
from tests.waiting import SLOW
from virtsdk import errors
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.values import DomainState


def test_states_have_libvirts_numbers_and_words() -> None:
    for state in DomainState:
        assert DomainState.of(getattr(libvirt, f"VIR_DOMAIN_{state.name}")) is state
    assert DomainState.of(99) is DomainState.NOSTATE


def test_the_lifecycle(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    assert (guest.state, guest.is_active) == ("shutoff", False)
    guest.start()
    assert (guest.state, guest.is_active) == ("running", True)
    guest.suspend()
    assert guest.state is DomainState.PAUSED
    guest.resume()
    assert guest.state == "running"
    guest.reboot()
    guest.wait("running", timeout=30)
    guest.shutdown()
    guest.wait("shutoff", timeout=30)
    guest.start()
    guest.destroy()
    assert guest.state == "shutoff"


def test_a_verb_at_the_wrong_time(host: virtsdk.Host) -> None:
    # the test driver says "internal error" here; what is tried on it is to fail as on QEMU
    with pytest.raises(errors.InvalidState, match=r"start domain 'web1'.* already running") as caught:
        host.domains["web1"].start()
    assert caught.value.libvirt_message is not None
    for name, verb in (("web1", "resume"), ("web2", "suspend"), ("web2", "shutdown"), ("db1", "suspend")):
        with pytest.raises(errors.InvalidState, match=rf"domain '{name}'"):
            getattr(host.domains[name], verb)()
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        host.domains["web2"].start(paused=True)
    with pytest.raises(ValueError, match="acpi, agent"):
        host.domains["web1"].shutdown(mode="please")


def test_waiting_ends_at_its_deadline_and_says_what_was_there_instead(host: virtsdk.Host) -> None:
    started = time.monotonic()
    with pytest.raises(errors.TimedOut, match=r"'web1' is running and not shutoff after 0\.2 s"):
        host.domains["web1"].wait("shutoff", timeout=0.2)
    assert time.monotonic() - started < SLOW
    with pytest.raises(ValueError, match="asleep"):
        host.domains["web1"].wait("asleep")


def test_a_definition_is_typed(host: virtsdk.Host) -> None:
    definition = host.domains["web2"].definition()
    assert definition.name == "web2"
    assert definition.memory is not None
    assert definition.memory.bytes == 2 * 2**30


def test_a_guest_that_is_gone(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    host.domains["web2"].undefine()
    with pytest.raises(errors.DomainNotFound, match="'web2'"):
        guest.start()


VERBS: list[Callable[[Domain], object]] = [
    Domain.start,
    Domain.shutdown,
    Domain.reboot,
    Domain.reset,
    Domain.destroy,
    Domain.suspend,
    Domain.resume,
    Domain.undefine,
    Domain.set_autostart,
    lambda guest: guest.definition(secure=True),
    lambda guest: guest.definition(migratable=True),
    lambda guest: guest.save("/nowhere/saved"),
    Domain.managed_save,
    Domain.remove_managed_save,
    lambda guest: guest.core_dump("/nowhere/core"),
    lambda guest: guest.rename("other"),
    Domain.abort_job,
    lambda guest: guest.migrate("qemu+ssh://kvm7/system"),
    Domain.migrate_start_postcopy,
    lambda guest: guest.migrate_set_max_speed(1 << 20),
    lambda guest: guest.migrate_set_max_downtime(1),
    lambda guest: guest.host.domains.restore("/nowhere/saved"),
    lambda guest: guest.host.domains.define("<domain/>"),
    lambda guest: guest.host.domains.create("<domain/>"),
]


@pytest.mark.parametrize("verb", VERBS)
def test_a_read_only_handle_raises_before_anything_is_sent(
    verb: Callable[[Domain], object], node_file: NodeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with virtsdk.connect(node_file(domain_xml("web1", 1)), readonly=True) as host:
        guest = host.domains["web1"]
        for cls in (libvirt.virDomain, libvirt.virConnect):
            for name in list(vars(cls)):
                if not name.startswith("_") and name not in {"close", "unregisterCloseCallback"}:
                    monkeypatch.setattr(cls, name, lambda *_: pytest.fail("something was sent"))
        with pytest.raises(errors.ReadOnly, match="readonly=True"):
            verb(guest)
        assert host.readonly
        monkeypatch.undo()
        assert guest.state == "running"
        assert "read-only" in repr(host)


def test_what_changes_something_is_in_the_audit_log(
    host: virtsdk.Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    guest = host.domains["web1"]
    guest.suspend()
    with pytest.raises(errors.InvalidState):
        guest.suspend()
    assert guest.state == "paused"
    records = [record for record in caplog.records if record.name == "virtsdk.audit"]
    assert [(vars(one)["verb"], vars(one)["object"], vars(one)["outcome"]) for one in records] == [
        ("suspend", "domain 'web1'", "ok"),
        ("suspend", "domain 'web1'", "InvalidState"),
    ]
    assert all(vars(one)["host"] == host.uri for one in records)


def test_the_repr_says_what_was_last_read(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    assert repr(guest) == "<Domain web2 shutoff 2 vCPU 2 GiB>"
    host.domains["web2"].start()  # another handle: this one has not looked since
    assert repr(guest) == "<Domain web2 shutoff 2 vCPU 2 GiB>"
    assert guest.state == "running"
    assert repr(guest) == "<Domain web2 running 2 vCPU 2 GiB>"
    html = guest._repr_html_()
    for word in ("web2", "running", "2 GiB", guest.uuid, host.name):
        assert word in html
    guest.destroy()
    assert repr(guest) == "<Domain web2 shutoff 2 vCPU 2 GiB>"


def test_a_handle_stands_for_its_uuid_not_for_whoever_has_its_name_later(host: virtsdk.Host) -> None:
    old = host.domains["web2"]
    old.undefine()
    new = host.domains.define(domain_xml("web2", 77, state=5))
    assert (new.name, new == old, old in host.domains) == ("web2", False, False)
    for use in (lambda: old.state, old.start, old.definition):
        with pytest.raises(errors.DomainNotFound, match="'web2'"):
            use()
    assert repr(old) == "<Domain web2>"
    assert new.state == "shutoff"


def test_a_transient_guest_that_is_gone_is_off(host: virtsdk.Host) -> None:
    passing = host.domains.create(domain_xml("passing", 88))
    threading.Timer(0.2, lambda: host.domains["passing"].destroy()).start()
    passing.wait("shutoff", timeout=30)
    with pytest.raises(errors.DomainNotFound):
        passing.wait("running", timeout=60)


@pytest.mark.parametrize(
    ("what", "timeout", "error", "message"),
    [
        ("asleep", 1, ValueError, "wait for 'agent', 'address' or a state .*'running'.*, not 'asleep'"),
        (5, 1, ValueError, "not 5"),
        ("running", None, TypeError, "a number of seconds"),
        ("running", "soon", TypeError, "not str"),
    ],
)
def test_waiting_for_what_never_comes(
    what: str, timeout: float, error: type[Exception], message: str, host: virtsdk.Host
) -> None:
    with pytest.raises(error, match=message):
        host.domains["web2"].wait(what, timeout=timeout)


@pytest.mark.parametrize(
    ("timeout", "error"),
    [
        ("soon", TypeError),
        (True, TypeError),
        (float("nan"), ValueError),
        (0, errors.TimedOut),
        (-3, errors.TimedOut),
    ],
)
def test_a_timeout_that_leaves_no_time_or_is_none_sends_nothing(
    timeout: float, error: type[Exception], host: virtsdk.Host
) -> None:
    guest = host.domains["web1"]
    with pytest.raises(error):
        guest.suspend(timeout=timeout)
    assert guest.state == "running"
    guest.suspend(timeout=float("inf"))
    assert guest.state == "paused"


def test_the_reason_of_a_state_is_a_word(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    guest.start()
    assert guest.state_reason == "booted"
    guest.suspend()
    assert guest.state_reason == "user"
    assert host.domains.frame().set_index("name").loc["web2", "state_reason"] == "user"
    guest.destroy()
    assert guest.state_reason == "destroyed"
