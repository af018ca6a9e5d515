"""What is done to many domains at once: a result each, and the code of it."""

from __future__ import annotations

import pytest

import virtsdk
from tests.unit.widgets.explorer.conftest import names, state
from tests.waiting import until
from virtsdk.widgets import Explorer


def test_one_click_acts_on_all_that_are_selected_and_tells_of_each(explorer: Explorer, host) -> None:
    uuids = [host.domains[f"web{i}"].uuid for i in (1, 2, 3)]
    explorer._on_message(explorer, {"kind": "act", "verb": "shutdown", "keys": uuids}, [])
    until(lambda: len(explorer.results) == 3)
    until(lambda: explorer.status == "3 domains: each was asked to shut down.")
    assert {one["outcome"] for one in explorer.results} == {"done"}
    assert names(host.domains.frame().query("state == 'shutoff'")) == ["web1", "web2", "web3"]
    assert explorer.busy == {}
    assert explorer.code.endswith("for name in ['web1', 'web2', 'web3']:\n    host.domains[name].shutdown()")


def test_where_some_fail_the_others_are_done(explorer: Explorer, host: virtsdk.Host) -> None:
    host.domains["web2"].destroy()
    with pytest.raises(virtsdk.errors.OperationFailed, match="Suspend: 1 of 3 failed; web2: ") as caught:
        explorer.suspend("web1", "web2", "web3")
    assert explorer.status == str(caught.value)
    assert explorer.status_level == "error"
    assert [(one["name"], one["outcome"]) for one in explorer.results] == [
        ("web2", "failed"),
        ("web1", "done"),
        ("web3", "done"),
    ]
    assert explorer.results[0]["why"]
    assert state(explorer, "web3") == "paused"
    assert "['web1', 'web3']" in explorer.code  # it runs as it stands
    explorer.resume("web1")
    assert explorer.results == []  # of the last thing that was done


def test_a_domain_that_is_busy_holds_up_all(explorer: Explorer, host: virtsdk.Host) -> None:
    explorer._set(busy={host.domains["web2"].uuid: "starting"})
    with pytest.raises(virtsdk.errors.ResourceBusy, match="web2 is busy"):
        explorer.suspend("web1", "web2")
    assert state(explorer, "web1") == "running"


def test_the_code_does_again_what_was_clicked(explorer: Explorer, host: virtsdk.Host) -> None:
    assert explorer.code == ""
    explorer.only_code = True
    explorer.suspend("web1", "web2")
    explorer.destroy("web3")
    assert {state(explorer, f"web{i}") for i in (1, 2, 3)} == {"running"}
    assert "written as code, and not done" in explorer.status
    space: dict = {}
    exec(explorer.code, space)
    there = space["host"]
    frame = there.domains.frame().set_index("name")["state"]
    assert frame[["web1", "web2", "web3"]].tolist() == ["paused", "paused", "shutoff"]
    there.close()


def test_what_a_host_refuses_is_known_beforehand(tmp_path) -> None:
    with virtsdk.connect("test:///default", readonly=True) as host, host.explore() as explorer:
        assert set(explorer.hosts[0]["refused"].values()) == {"The connection is read-only"}
        assert set(explorer.hosts[0]["refused"]) == set(explorer.verbs)
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        assert explorer.hosts[0]["refused"] == {}
