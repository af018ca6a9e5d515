"""Which rows are shown, in which order, and their figures while somebody looks."""

from __future__ import annotations

import threading

import pytest

import virtsdk
from tests.unit.widgets.explorer.conftest import names, threads_of_explorers
from tests.waiting import until
from virtsdk.widgets import Explorer, explore


def test_a_filter_in_python_is_the_one_of_the_page(explorer: Explorer, host: virtsdk.Host) -> None:
    assert len(explorer.frame) == 20
    host.domains["web3"].suspend()
    explorer.refresh()
    explorer.filter = "state:running name~web1"
    assert explorer.get_state()["filter"] == "state:running name~web1"
    assert names(explorer.frame) == ["web1", *(f"web{i}" for i in range(10, 20))]
    assert int(explorer.shown, 16).bit_count() == 11
    explorer.filter = "state:paused"
    assert names(explorer.frame) == ["web3"]
    host.domains["web4"].suspend()
    until(lambda: names(explorer.frame) == ["web3", "web4"])
    assert int(explorer.shown, 16).bit_count() == 2
    explorer.filter = ""
    assert (explorer.shown, len(explorer.frame)) == ("", 20)


def test_a_filter_that_cannot_be_read_leaves_the_one_before(explorer: Explorer) -> None:
    explorer.filter = "web1"
    with pytest.raises(ValueError, match="as in cpu>50%"):
        explorer.filter = "cpu>half"
    assert explorer.filter == "web1"
    explorer._on_message(explorer, {"kind": "filter", "value": "cpu>"}, [])
    until(lambda: "lacks" in explorer.filter_error)
    assert explorer.filter_error.endswith("Until then the table shows “web1”.")
    assert explorer.filter == "web1"
    explorer._on_message(explorer, {"kind": "filter", "value": "web2"}, [])
    until(lambda: explorer.filter == "web2" and explorer.filter_error == "")  # one after the other


def test_rows_are_in_the_order_of_a_column(explorer: Explorer) -> None:
    assert names(explorer.frame)[:3] == ["web1", "web2", "web3"]
    explorer.sort = "-name"
    assert names(explorer.frame)[:2] == ["web20", "web19"]
    explorer.suspend("web7")
    explorer.sort = "state"
    assert names(explorer.frame)[:2] == ["web7", "web1"]
    explorer.sort = "-cpu"  # unknown: the names are left
    assert names(explorer.frame)[:2] == ["web1", "web2"]
    with pytest.raises(ValueError, match="sort must be among name, host"):
        explorer.sort = "load"


def test_columns_are_known_ones_and_have_the_name(explorer: Explorer) -> None:
    explorer.columns = ["cpu", "state"]
    assert explorer.columns == ["name", "cpu", "state"]
    with pytest.raises(ValueError, match="columns must be among"):
        explorer.columns = ["load"]
    with pytest.raises(ValueError, match="once"):
        explorer.columns = ["cpu", "cpu"]


def test_many_are_selected_and_are_live_objects(explorer: Explorer, host: virtsdk.Host) -> None:
    explorer.select("web10", host.domains["web2"].uuid)
    assert names(explorer.selection) == ["web2", "web10"]
    assert [one.name for one in explorer.handles] == ["web2", "web10"]
    assert all(isinstance(one, virtsdk.Domain) for one in explorer.handles)
    assert repr(explorer).endswith("20 domains, 2 selected>")
    explorer.filter = "web1"
    assert names(explorer.selection) == ["web2", "web10"]
    explorer.select_shown()
    assert names(explorer.selection) == names(explorer.frame)
    explorer.select(None)
    assert (explorer.selected, len(explorer.selection), explorer.handles) == ([], 0, [])


def test_each_tab_has_its_own_filter_order_and_selection(explorer: Explorer) -> None:
    explorer.filter, explorer.sort = "web1", "-name"
    explorer.select("web12")
    explorer.tab = "networks"
    assert (explorer.filter, explorer.sort, explorer.selected, explorer.noun) == ("", "name", [], "network")
    assert explorer.verbs.keys() == {"start", "stop", "autostart", "no_autostart"}
    with pytest.raises(
        ValueError, match="cpu is no column to filter by; there are name, host, state, bridge"
    ):
        explorer.filter = "cpu>50%"
    with pytest.raises(ValueError, match="state must be one of active, inactive"):
        explorer.filter = "state:running"
    with pytest.raises(ValueError, match="sort must be among name, host, state, bridge"):
        explorer.sort = "cpu"
    with pytest.raises(ValueError, match="autostart must be yes or no"):
        explorer.filter = "autostart:always"
    explorer.filter, explorer.columns = "state:active", ["leases"]
    assert explorer.columns == ["name", "leases"]
    explorer.tab = "events"
    assert (explorer.sort, explorer.columns, explorer.filter) == ("-time", [], "")
    explorer.columns = ["words"]
    assert explorer.columns == ["time", "words"]
    explorer.tab = "guests"
    assert (explorer.filter, explorer.sort) == ("web1", "-name")
    assert names(explorer.selection) == ["web12"]
    assert names(explorer.frame)[0] == "web19"
    explorer.tab = "networks"
    assert (explorer.filter, explorer.columns) == ("state:active", ["name", "leases"])
    with pytest.raises(ValueError, match="tab must be among guests, networks, pools, events"):
        explorer.tab = "volumes"
    assert explorer.tab == "networks"


def test_a_tab_that_is_not_shown_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with virtsdk.connect("test:///default") as host:
        asked: list[str] = []
        for kind in (type(host.domains), type(host.networks), type(host.storage_pools)):
            frame = kind.frame
            monkeypatch.setattr(
                kind, "frame", lambda self, frame=frame: asked.append(self._noun) or frame(self)
            )
        with host.explore() as explorer:
            assert asked == ["domain"]
            host.networks["default"].destroy()  # no tab is shown that this is about
            host.domains["test"].suspend()
            until(lambda: explorer.frame["state"].tolist() == ["paused"])
            assert set(asked) == {"domain"}
            explorer.tab = "networks"
            until(lambda: not explorer.unread)  # by its worker
            number = len(asked)
            assert explorer.frame["state"].tolist() == ["inactive"]
            host.domains["test"].resume()
            host.networks["default"].start()
            until(lambda: explorer.frame["state"].tolist() == ["active"])
            assert set(asked[number:]) == {"network"}
            explorer.tab = "events"
            number = len(asked)
            assert explorer.frame["words"].tolist()[0] == "network started"
            assert asked[number:] == []


def test_a_page_turns_to_a_tab_and_hears_its_rows(explorer: Explorer, monkeypatch) -> None:
    told: list[dict] = []
    monkeypatch.setattr(Explorer, "send", lambda self, message, buffers=None: told.append(message))
    explorer._on_message(explorer, {"kind": "tab", "value": "pools"}, [])
    until(lambda: explorer.tab == "pools")
    until(lambda: any(one["kind"] == "whole" for one in told))
    whole = next(one for one in told if one["kind"] == "whole")
    assert [one["key"] for one in whole["columns"]][:3] == ["name", "host", "state"]
    assert whole["rows"] == {}
    until(lambda: not explorer.unread)
    explorer._on_message(explorer, {"kind": "tab", "value": "nonsense"}, [])
    explorer._on_message(explorer, {"kind": "tab", "value": "guests"}, [])
    until(lambda: explorer.tab == "guests")
    until(lambda: len(next(one for one in reversed(told) if one["kind"] == "whole")["rows"]) == 20)


def test_a_driver_that_has_none_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtsdk.Host, "supports", lambda self, feature: feature != "networks")
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        explorer.tab = "networks"
        assert len(explorer.frame) == 0  # and the host is not asked
        assert list(explorer.frame.columns)[:3] == ["host", "network", "name"]
        assert explorer.hosts[0]["lacks"] == f"The test driver of {host.name} has no networks."
        assert (explorer.unread, len(explorer.selection), explorer.handles) == (False, 0, [])
        explorer.filter = "state:active"
        assert explorer.shown == ""


def test_the_static_page_is_of_the_tab() -> None:
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        explorer.tab = "pools"
        assert repr(explorer).endswith("0 storage pools, not read yet>") or "1 storage pool" in repr(explorer)
        explorer.refresh()
        page = explorer._still()
        assert "default-pool" in page
        assert "100 GiB" in page
        assert "1 storage pool at" in page
        explorer.tab = "networks"
        explorer.refresh()
        assert ">virbr0<" in explorer._still()
        assert ">no<" in explorer._still()


def test_many_threads_turn_its_tabs_and_leave_it_whole(explorer: Explorer, host: virtsdk.Host) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(12):
                explorer._turn_to(explorer._sheets[list(explorer._sheets)[(turn + number) % 4]])
                explorer.get_state()
                _ = explorer.frame, explorer.selection, repr(explorer), explorer._still()
                host.domains[f"web{number + 1}"].suspend()
                explorer._choose([])
                host.domains[f"web{number + 1}"].resume()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    explorer.tab = "guests"
    assert len(explorer.frame) == 20
    until(lambda: set(explorer.frame["state"]) == {"running"})
    explorer.tab = "events"
    assert len(explorer.frame) == len(explorer.rows) >= 96


def test_a_closed_host_is_said_once_and_its_buttons_are_off(connect) -> None:
    with connect("web1") as one, connect("web2") as other, explore([one, other], every=0.05) as explorer:
        explorer._on_message(explorer, {"kind": "look", "page": "p", "visible": True}, [])
        until(lambda: explorer._sources[1]._earlier is not None)  # samples are taken
        other.close()
        said = f"{other.name}: The host is closed: the table is as it was before."
        until(lambda: explorer.status == said)
        assert explorer.hosts[1]["closed"] == "The host is closed"
        assert set(explorer.hosts[1]["refused"]) == set(explorer.verbs)
        assert (explorer.hosts[0]["closed"], explorer.hosts[0]["refused"]) == ("", {})
        until(lambda: sum("sample" in name for name in threads_of_explorers()) == 1)
        until(lambda: sum("keep-current" in name for name in threads_of_explorers()) == 1)
        assert (explorer.status, explorer.status_level) == (said, "error")
        assert explorer.frame["name"].tolist() == ["web1", "web2"]
        explorer.tab = "networks"  # of what is left
        assert set(explorer.hosts[1]["refused"]) == set(explorer.verbs) >= {"start", "stop"}
    until(lambda: not threads_of_explorers())
