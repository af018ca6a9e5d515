"""The tab of the networks: what is read of each, and what its buttons do."""

from __future__ import annotations

import pytest

import virtsdk
from tests.waiting import until

NETWORK = "<network><name>{}</name>{}<ip address='10.9.{}.1' netmask='255.255.255.0'/></network>"


@pytest.fixture
def host():
    with virtsdk.connect("test:///default") as host:
        host.networks.define(NETWORK.format("back", "", 1))
        host.networks.define(
            NETWORK.format("hall10", "<forward mode='route'/><bridge name='br7'/>", 2)
        ).start()
        host.networks.create(NETWORK.format("hall9", "<forward/>", 3))
        yield host


@pytest.fixture
def explorer(host):
    with host.explore() as explorer:
        explorer.tab = "networks"
        yield explorer


def test_each_says_how_it_reaches_others(explorer) -> None:
    frame = explorer.frame.set_index("name")
    assert frame.index.tolist() == ["back", "default", "hall9", "hall10"]
    assert frame["state"].tolist() == ["inactive", "active", "active", "active"]
    assert frame["forward"].tolist() == ["isolated", "nat", "nat", "route"]
    assert frame["bridge"]["hall10"] == "br7"
    assert frame["persistent"].tolist() == [True, True, False, True]
    assert frame["leases"].isna().all()  # this driver knows of none: that is not 0
    assert frame["guests"].isna().all()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("state:active forward:nat", ["default", "hall9"]),
        ("hall", ["hall9", "hall10"]),
        ("persistent:no", ["hall9"]),
        ("autostart:YES", []),
        ("bridge~br7", ["hall10"]),
        ("leases<1", []),  # what is not known is not few
        ("no", []),  # a plain word is not looked for in yes and no
    ],
)
def test_a_filter_asks_for_its_fields(explorer, text: str, names: list[str]) -> None:
    explorer.filter = text
    assert explorer.frame["name"].tolist() == names


def test_buttons_do_and_write_what_they_say(explorer, host: virtsdk.Host) -> None:
    explorer.select("back")
    explorer.start()
    assert host.networks["back"].is_active
    assert explorer.status == "back was started."
    explorer.autostart()
    assert host.networks["back"].autostart
    assert explorer.selection["autostart"].tolist() == [True]
    explorer.no_autostart("back")
    assert not host.networks["back"].autostart
    explorer.stop("back", "hall10")
    assert explorer.frame.set_index("name")["state"]["hall10"] == "inactive"
    assert [one["outcome"] for one in explorer.results] == ["done", "done"]
    explorer.stop("hall9")  # is transient, and gone
    assert explorer.status == "hall9 was stopped."
    assert "hall9" not in explorer.frame["name"].tolist()
    assert explorer.code.splitlines()[2:] == [
        "host = virtsdk.connect('test:///default')",
        "host.networks['back'].start()",
        "host.networks['back'].set_autostart(True)",
        "host.networks['back'].set_autostart(False)",
        "for name in ['back', 'hall10']:",
        "    host.networks[name].destroy()",
        "host.networks['hall9'].destroy()",
    ]
    assert [one.name for one in explorer.handles] == ["back"]
    assert isinstance(explorer.handles[0], virtsdk.resources.network.Network)


def test_a_verb_is_of_what_the_tab_shows(explorer, host: virtsdk.Host) -> None:
    with pytest.raises(
        virtsdk.errors.InvalidState, match="destroy is no verb of networks, which the tab shows"
    ):
        explorer.destroy("test")
    with pytest.raises(virtsdk.errors.NetworkNotFound):
        explorer.stop("test")
    explorer.tab = "guests"
    with pytest.raises(virtsdk.errors.InvalidState, match=r"stop is no verb of domains.*shutdown"):
        explorer.stop("test")
    explorer.tab = "events"
    with pytest.raises(virtsdk.errors.InvalidState, match="there is none"):
        explorer.start("test")
    assert host.domains["test"].state == "running"


def test_a_button_goes_on_where_another_tab_is_shown_meanwhile(explorer, host: virtsdk.Host) -> None:
    explorer.refresh()
    uuid = host.networks["hall10"].uuid
    explorer._on_message(explorer, {"kind": "act", "verb": "stop", "keys": [uuid]}, [])
    explorer._on_message(explorer, {"kind": "tab", "value": "guests"}, [])
    until(lambda: explorer.tab == "guests" and explorer.busy == {} and not host.networks["hall10"].is_active)
    until(lambda: explorer.status == "hall10 was stopped.")
    assert explorer.rows.keys() == {host.domains["test"].uuid}


def test_the_page_knows_why_a_button_is_off(explorer, host: virtsdk.Host) -> None:
    explorer.refresh()
    needs = {name: [need[:2] for need in verb["needs"]] for name, verb in explorer.verbs.items()}
    assert needs["autostart"] == [["persistent", True], ["autostart", False]]
    row = explorer.rows[host.networks["hall9"].uuid]
    assert (row["persistent"], row["autostart"], row["kind"]) == (False, False, "good")
    assert "method" not in explorer.verbs["stop"]
    with virtsdk.connect("test:///default", readonly=True) as other, other.explore() as seen:
        seen.tab = "networks"
        assert set(seen.hosts[0]["refused"]) == {"start", "stop", "autostart", "no_autostart"}
