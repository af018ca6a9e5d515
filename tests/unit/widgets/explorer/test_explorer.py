"""The explorer without a page: its methods, its frame, its threads. `tests/browser` has it in JupyterLab."""

from __future__ import annotations

import subprocess
import sys
import threading

import pandas as pd
import pytest

import virtsdk
from tests.unit.widgets.explorer.conftest import names, state, threads_of_explorers
from tests.waiting import until
from virtsdk.tables.columns import FIGURES
from virtsdk.widgets import Explorer


def test_every_button_has_its_method(explorer: Explorer) -> None:
    assert list(explorer.verbs) == ["start", "shutdown", "suspend", "resume", "destroy"]
    for name in explorer.verbs:
        assert callable(getattr(explorer, name))


def test_a_method_returns_when_libvirt_did_it_and_the_rows_say_so(
    explorer: Explorer, host: virtsdk.Host
) -> None:
    explorer.select("web1")
    for verb, expected in [
        ("suspend", "paused"),
        ("resume", "running"),
        ("shutdown", "shutoff"),
        ("start", "running"),
        ("destroy", "shutoff"),
    ]:
        getattr(explorer, verb)()
        assert host.domains["web1"].state == expected
        assert state(explorer, "web1") == expected
        assert explorer.selection["state"].tolist() == [expected]
    assert explorer.status == "web1 was destroyed: powered off at once."


def test_a_domain_may_be_named_instead_of_selected(explorer: Explorer, host: virtsdk.Host) -> None:
    explorer.suspend("web2")
    explorer.suspend(host.domains["web3"].uuid)
    assert (state(explorer, "web2"), state(explorer, "web3")) == ("paused", "paused")
    assert len(explorer.selection) == 0
    assert list(explorer.selection.columns) == [*host.domains.frame().columns, *FIGURES]


def test_what_cannot_be_done_is_an_error_and_a_status(explorer: Explorer) -> None:
    with pytest.raises(virtsdk.errors.InvalidState, match="no domain is selected"):
        explorer.start()
    with pytest.raises(virtsdk.DomainNotFound):
        explorer.select("nobody")
    with pytest.raises(virtsdk.VirtError, match="web1"):
        explorer.resume("web1")
    assert explorer.status_level == "error"
    assert "web1" in explorer.status
    assert explorer.busy == {}


def test_state_is_observable(explorer: Explorer) -> None:
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "status")
    explorer.suspend("web1")
    told = [one for one in seen if "→" not in one]  # what its event tells may come in between
    assert told == ["web1: suspending …", "web1 was suspended."]


def test_the_rows_follow_events(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Explorer, "_beat", lambda self: 3600.0)  # there is no regular reading
    with host.explore() as explorer:
        host.domains["web4"].suspend()
        until(lambda: state(explorer, "web4") == "paused")
        until(lambda: explorer.status == "web4: running → paused")


def test_a_selected_domain_that_goes_away_is_no_longer_selected(
    explorer: Explorer, host: virtsdk.Host
) -> None:
    host.domains["web5"].destroy()
    explorer.select("web5")
    host.domains["web5"].undefine()
    until(lambda: explorer.selected == [])
    assert "web5" not in [row["name"] for row in explorer.rows.values()]


def test_many_threads_at_once_leave_it_whole(explorer: Explorer, host: virtsdk.Host) -> None:
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for _ in range(6):
                explorer.suspend(name)
                explorer.select(name)
                explorer.get_state()
                explorer.resume(name)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"web{i}",)) for i in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert explorer.busy == {}
    explorer.refresh()
    assert {row["state"] for row in explorer.rows.values()} == {"running"}


def test_one_thing_at_a_time_is_done_to_a_domain(explorer: Explorer, host: virtsdk.Host) -> None:
    uuid = host.domains["web1"].uuid
    explorer._set(busy={uuid: "starting"})
    with pytest.raises(virtsdk.errors.ResourceBusy, match="web1 is busy"):
        explorer.suspend("web1")
    assert state(explorer, "web1") == "running"
    assert explorer.busy == {uuid: "starting"}


def test_a_page_cannot_write_the_state(explorer: Explorer) -> None:
    before = explorer.get_state()
    explorer.set_state({"status": "owned", "selected": ["x"], "busy": {"x": "y"}, "_esm": "alert(1)"})
    assert explorer.get_state() == before


def test_nonsense_from_a_page_changes_nothing(explorer: Explorer, host: virtsdk.Host) -> None:
    uuid = host.domains["web1"].uuid
    for wish in [
        {},
        {"kind": "act"},
        {"kind": "act", "verb": "undefine", "keys": [uuid]},
        {"kind": "act", "verb": "destroy", "keys": uuid},
        {"kind": "select", "keys": [[uuid], 7, None]},
        {"kind": "sort", "value": "nonsense"},
        {"kind": "columns", "value": 7},
        {"kind": "only_code", "value": "yes"},
        {"kind": "rows", "value": {}},
        {"keys": [uuid]},
    ]:
        explorer._on_message(explorer, wish, [])
    explorer._on_message(explorer, {"kind": "select", "keys": [uuid]}, [])
    until(lambda: explorer.selected == [uuid])
    assert host.domains["web1"].state == "running"


def test_closing_ends_its_threads_and_leaves_the_host(host: virtsdk.Host) -> None:
    until(lambda: not threads_of_explorers())
    explorers = [host.explore() for _ in range(3)]
    assert threads_of_explorers()
    for explorer in explorers:
        explorer.close()
        explorer.close()
    until(lambda: not threads_of_explorers())
    assert host.is_alive
    assert repr(explorers[0]) == "<Explorer closed>"


def test_a_closed_host_is_said_and_does_no_harm(host: virtsdk.Host) -> None:
    explorer = host.explore()
    host.close()
    until(lambda: explorer.status_level == "error")
    assert explorer.status
    with pytest.raises(virtsdk.errors.HostClosed):
        explorer.suspend("web1")
    explorer.close()
    until(lambda: not threads_of_explorers())


def test_without_the_extra_the_call_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import virtsdk\n"
        "with virtsdk.connect('test:///default') as host:\n"
        "    try:\n        host.explore()\n"
        "    except virtsdk.MissingDependency as error:\n        print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'virtsdk[widgets]'" in said


def test_several_hosts_are_one_table(connect) -> None:
    with connect("same", "only1") as one, connect("same", "only2") as other:
        with virtsdk.explore([one, other]) as explorer:
            assert names(explorer.frame) == ["only1", "only2", "same", "same"]
            assert explorer._still().count("<tr") == 5

            def shown(*values: float | None) -> list[str]:
                """Names, where this is what was read; a worker that begins late forgets it once."""
                for source, value in zip(explorer._sources, values, strict=True):
                    keys = [key for key, row in explorer.rows.items() if row["number"] == source.number]
                    figures = pd.DataFrame(value, index=keys, columns=list(FIGURES)) if value else None
                    explorer._show(source, figures)
                return names(explorer.frame)

            explorer.filter, explorer.sort = "cpu>50%", "-cpu"
            until(lambda: shown(30.0, 60.0) == ["only2", "same"])
            explorer.filter = "cpu>20%"  # one of them does not answer: the other goes on
            until(lambda: shown(30.0, None) == ["only1", "same"])
            explorer.filter = ""
            explorer.suspend("only1", "only2")
            assert (one.domains["only1"].state, other.domains["only2"].state) == ("paused", "paused")
            with pytest.raises(virtsdk.errors.InvalidState, match="on several hosts"):
                explorer.select("same")
            with pytest.raises(virtsdk.DomainNotFound, match="none of 2 hosts"):
                explorer.select("nobody")
            explorer.select(explorer._sheet.table().query("name == 'same'")["key"].tolist()[1])
            (handle,) = explorer.handles
            assert handle.host is other
            explorer.destroy()
            assert (one.domains["same"].state, other.domains["same"].state) == ("running", "shutoff")
            assert explorer.code.splitlines()[-1] == "host2.domains['same'].destroy()"
        assert one.is_alive
    with pytest.raises(ValueError, match="at least one"):
        virtsdk.explore([])


def test_what_is_no_name_is_said(explorer: Explorer, host: virtsdk.Host) -> None:
    with pytest.raises(TypeError, match=r"a name must be a text, not \['web1'\]: give several one by one"):
        explorer.select(["web1"])
    with pytest.raises(TypeError, match="a name must be a text, not 3"):
        explorer.suspend(3)
    with pytest.raises(TypeError, match="every must be a number of seconds, not '2s'"):
        host.explore(every="2s")
