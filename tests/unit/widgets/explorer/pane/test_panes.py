"""A guest's screen and console in its pane: on request, with the reason where not, and closed with it."""

from __future__ import annotations

import queue
import threading
from types import SimpleNamespace

import pandas as pd
import pytest

import virtsdk
from tests.unit.widgets.explorer.conftest import threads_of_explorers
from tests.waiting import until
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain import Domain
from virtsdk.tables.columns import FIGURES
from virtsdk.widgets.explorer.pane.pane import refusals_of
from virtsdk.widgets.explorer.pane.transcript import KEPT


class Printing:
    """A console that prints what a test says."""

    def __init__(self) -> None:
        self.prints: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.closed = threading.Event()

    def read(self, *, timeout: float) -> str:
        try:
            printed = self.prints.get(timeout=min(timeout, 0.05))
        except queue.Empty:
            raise virtsdk.errors.TimedOut("nothing") from None
        if isinstance(printed, Exception):
            raise printed
        return str(printed)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def consoles(monkeypatch: pytest.MonkeyPatch) -> list[Printing]:
    opened: list[Printing] = []
    monkeypatch.setattr(Domain, "console", lambda self: opened.append(Printing()) or opened[-1])
    return opened


@pytest.fixture
def host():
    with virtsdk.connect("test:///default") as host:
        yield host


@pytest.fixture
def explorer(host: virtsdk.Host):
    with host.explore() as explorer:
        yield explorer
    until(lambda: not threads_of_explorers())


def test_a_screenshot_is_taken_when_it_is_asked_for(explorer, host: virtsdk.Host) -> None:
    with pytest.raises(virtsdk.errors.InvalidState, match="0 domains are selected: a screenshot is of one"):
        explorer.screenshot()
    explorer.details("test")
    assert explorer.picture == {}
    picture = explorer.screenshot("test")
    assert picture.png.startswith(b"\x89PNG")
    shown = explorer.picture
    assert (shown["png"], shown["width"], shown["name"]) == (picture.png, picture.width, "test")
    explorer.close_details()
    assert explorer.picture == {}
    explorer._on_message(explorer, {"kind": "screenshot", "keys": [host.domains["test"].uuid]}, [])
    until(lambda: explorer.picture and explorer.pane)
    explorer.tab = "networks"  # its pane is of the guests
    assert (explorer.picture, explorer.pane) == ({}, {})
    with pytest.raises(
        virtsdk.errors.InvalidState, match="of a guest, and the tab shows networks: give its name"
    ):
        explorer.screenshot()
    explorer.screenshot("test")
    assert (explorer.tab, explorer.pane["name"]) == ("guests", "test")
    host.domains["test"].destroy()
    host.domains["test"].undefine()
    until(lambda: explorer.pane == {} and explorer.picture == {})


def test_a_console_is_read_while_its_pane_is_open(explorer, host, consoles, monkeypatch) -> None:
    told: list[dict] = []
    send = type(explorer).send
    monkeypatch.setattr(
        type(explorer),
        "send",
        lambda self, message, buffers=None: told.append(message) or send(self, message, buffers),
    )
    explorer.select("test")
    assert consoles == []
    explorer.console()
    explorer.console("test")  # is open
    (console,) = consoles
    console.prints.put("log\x1b[1min: \r\n")
    until(lambda: explorer._printed == "login: \n")
    assert explorer.get_state()["console"] == "login: \n"  # for a page that opens later
    assert [one for one in told if one["kind"] == "console"][1:] == [
        {"kind": "console", "key": host.domains["test"].uuid, "add": "login: \n"}
    ]
    console.prints.put("x" * (KEPT + 5))
    until(lambda: len(explorer._printed) == KEPT)
    explorer.details("test")  # read again: the console stays
    assert explorer.console_state["open"] is True
    explorer.close_details()
    until(console.closed.is_set)
    assert (explorer.console_state, explorer._printed) == ({}, "")

    explorer.console("test")
    consoles[1].prints.put("text")
    until(lambda: explorer._printed == "text")
    consoles[1].prints.put("")
    until(lambda: explorer.console_state.get("open") is False)
    assert explorer.console_state["note"] == "The console ended: the guest is off."
    assert explorer._printed == "text"
    explorer.console("test")  # and again
    consoles[2].prints.put(virtsdk.errors.StreamError("another client took it over"))
    until(lambda: "took it over" in explorer.console_state.get("note", ""))
    until(consoles[2].closed.is_set)
    explorer.console("test")
    explorer.close_console()
    until(consoles[3].closed.is_set)
    explorer.console("test")
    explorer.close()
    until(consoles[4].closed.is_set)


def test_a_console_that_another_client_has_is_not_taken(explorer, host, monkeypatch) -> None:
    def refuse(self):
        raise virtsdk.errors.ResourceBusy("the console is open elsewhere")

    monkeypatch.setattr(Domain, "console", refuse)
    with pytest.raises(virtsdk.errors.ResourceBusy):
        explorer.console("test")
    assert explorer.pane["refused"]["console"] == "Another client has its console open; Details looks again"
    explorer._on_message(explorer, {"kind": "console", "keys": [host.domains["test"].uuid]}, [])
    until(lambda: explorer.status == "the console is open elsewhere")
    assert explorer.console_state == {}


@pytest.mark.usefixtures("unsampled")
def test_the_course_of_its_figures_goes_to_the_page_once_and_then_by_the_beat(
    explorer, host, monkeypatch
) -> None:
    told: list[dict] = []
    monkeypatch.setattr(type(explorer), "send", lambda self, message, buffers=None: told.append(message))

    def courses() -> list[dict]:
        return [one for one in told if one["kind"] == "course"]

    def beat(cpu: float | None, *keys: str) -> None:
        frame = pd.DataFrame(index=list(keys), columns=list(FIGURES), dtype=float)
        explorer._show(explorer._sources[0], None if cpu is None else frame.assign(cpu_percent=cpu))

    key = host.domains["test"].uuid
    beat(10.0, key, "another")
    assert courses() == []  # nobody asked
    assert explorer.get_state()["course"] == {"key": "", "points": []}
    explorer.details("test")
    (whole,) = courses()
    assert (whole["key"], [point[1:] for point in whole["points"]]) == (key, [[10.0, None]])
    beat(20.0, key, "another")
    beat(None)
    added = [one["add"] for one in courses()[1:]]
    assert [point[1:] for point in added] == [[20.0, None], [None, None]]
    assert explorer.get_state()["course"] == {"key": key, "points": [*whole["points"], *added]}
    explorer.close_details()
    beat(30.0, key)
    assert len(courses()) == 3
    explorer.details("test")  # what came meanwhile is there
    assert [point[1] for point in courses()[-1]["points"]] == [10.0, 20.0, None, 30.0]


@pytest.mark.parametrize(
    ("devices", "refused"),
    [
        ("", {"screenshot": "It has no graphics", "console": "It has no serial console"}),
        ("<graphics type='vnc'/><serial type='pty'/>", {"screenshot": "", "console": ""}),
        ("<video/><console type='pty'/>", {"screenshot": "", "console": ""}),
    ],
)
def test_a_guest_without_screen_or_console_says_so(devices: str, refused: dict) -> None:
    definition = virtsdk.xml.parse(f"<domain type='kvm'><devices>{devices}</devices></domain>", DomainDef)

    def asked(*, supports: bool = True, readonly: bool = False) -> dict[str, str]:
        host = SimpleNamespace(driver="qemu", readonly=readonly, supports=lambda feature: supports)
        return refusals_of(SimpleNamespace(host=host), definition)

    assert asked() == refused
    assert asked(supports=False) == {
        "screenshot": "The qemu driver takes no screenshots",
        "console": "The qemu driver has no consoles",
    }
    assert set(asked(readonly=True).values()) == {"The connection is read-only"}
