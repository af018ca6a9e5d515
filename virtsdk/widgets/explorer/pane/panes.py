"""The pane of one guest: opened, closed, and on request its screen and its console."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import traitlets

from virtsdk.display.text import count, printable
from virtsdk.errors import InvalidState, ResourceBusy, TimedOut, VirtError
from virtsdk.tables.kinds import GUESTS
from virtsdk.widgets.explorer.acting import Acting
from virtsdk.widgets.explorer.pane.pane import pane_of
from virtsdk.widgets.explorer.pane.transcript import Transcript

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.domain.console.console import Console
    from virtsdk.resources.domain.console.screenshot import Screenshot

_LISTEN_SECONDS = 0.5  # between two looks whether the pane was closed
_BURST_SECONDS = 0.1  # what comes together is one message


class _Listening:
    """A console that is open in the pane."""

    def __init__(self, key: str, console: Console) -> None:
        self.key = key
        self.console = console
        self.transcript = Transcript()
        self.over = threading.Event()


class Panes(Acting):
    """A table with a pane of one of its guests."""

    picture: traitlets.Dict[str, object] = traitlets.Dict().tag(sync=True)
    console_state: traitlets.Dict[str, object] = traitlets.Dict().tag(sync=True)

    _listening: _Listening | None = None
    _printed = ""

    def details(self, domain: str | None = None) -> None:
        """Open the pane of one guest: facts, addresses, disks, nics and the events that were seen here.

        It shows what was read at the time that it names; opened again, it is read again. Its CPU and memory
        go on: of the last 300 beats while somebody looked, with gaps where nobody did. It closes with the tab
        of the guests.

        Parameters
        ----------
        domain
            Its name or UUID; None for the selected one.

        Raises
        ------
        InvalidState
            None is selected, or several are.
        VirtError
            It could not be read.
        """
        self._open_pane(self._one(domain, "details are"))

    def close_details(self) -> None:
        """Close the pane of `details`."""
        self._set(pane={})

    def screenshot(self, domain: str | None = None) -> Screenshot:
        """Take a picture of a guest's screen and show it in its pane.

        Parameters
        ----------
        domain
            Its name or UUID; None for the selected one.

        Returns
        -------
        Screenshot
            The picture: ``.save(path)`` keeps it.

        Raises
        ------
        InvalidState
            None is selected, or several are; or it is off.
        VirtError
            As of ``Domain.screenshot()``.
        """
        key = self._one(domain, "a screenshot is")
        picture = self._guest(key).screenshot()
        self._ensure_pane(key)
        with self._changing() as live:
            if live and self.pane.get("key") == key:
                self.picture = {
                    "key": key,
                    "name": printable(picture.name),
                    "time": f"{datetime.now(UTC):%H:%M:%S}",
                    "width": picture.width,
                    "height": picture.height,
                    "png": picture.png,
                }
        return picture

    def console(self, domain: str | None = None) -> None:
        """Open a guest's serial console in its pane, to read: what it prints from now on.

        The pane keeps the last 20,000 characters, without terminal sequences. It is closed with the pane, or
        by `close_console`; meanwhile no other client has the console. To type there use ``Domain.console()``.

        Parameters
        ----------
        domain
            Its name or UUID; None for the selected one.

        Raises
        ------
        InvalidState
            None is selected, or several are; or it is off.
        ResourceBusy
            Another client has the console open.
        VirtError
            As of ``Domain.console()``.
        """
        key = self._one(domain, "a console is")
        self._ensure_pane(key)
        if self._listening is not None and self._listening.key == key:
            return
        self.close_console()
        try:
            listening = _Listening(key, self._guest(key).console())
        except ResourceBusy:
            why = "Another client has its console open; Details looks again"
            with self._changing() as live:
                if live and self.pane.get("key") == key:
                    refused: Any = self.pane["refused"]
                    self.pane = {**self.pane, "refused": {**refused, "console": why}}
            raise
        with self._changing() as live:
            if not live or self.pane.get("key") != key:  # closed meanwhile
                self._spawn(listening.console.close)
                return
            self._listening, self._printed = listening, ""
            self.console_state = {"key": key, "open": True, "note": ""}
            self._tell({"kind": "console", "key": key, "whole": ""})
        self._spawn(self._listen, listening)

    def close_console(self) -> None:
        """Close the console of `console`; what it printed goes with it."""
        self._end_listening("", forget=True)

    # --- for the pages --------------------------------------------------------------------------------------

    def _for_page(self, what: str, key: str) -> None:
        try:
            if what == "details":
                self._open_pane(key)
            else:
                getattr(self, what)(key)
        except VirtError as error:
            self._say(str(error), "error")

    def _whole(self) -> dict[str, object]:
        return {**super()._whole(), "console": self._printed, "course": self._course()}

    def _course(self) -> dict[str, object]:
        """Return the figures since the view was opened of the guest whose pane is open."""
        key, guests = str(self.pane.get("key")), self._sheets[GUESTS.tab]
        if key not in guests.rows:
            return {"key": "", "points": []}
        return {"key": key, "points": self._source_of(guests, key).course.points(key)}

    # --- which guest ----------------------------------------------------------------------------------------

    def _one(self, domain: str | None, what: str) -> str:
        guests = self._sheets[GUESTS.tab]
        if domain is not None:
            key = self._key_of(domain, guests)
            self._turn_to(guests)
            return key
        if self._sheet is not guests:
            raise InvalidState(
                f"{what} of a guest, and the tab shows {self._sheet.kind.nouns}: give its name"
            )
        if len(self.selected) != 1:
            selected = count(len(self.selected), "domain is", "domains are")
            raise InvalidState(f"{selected} selected: {what} of one")
        return self.selected[0]

    def _guest(self, key: str) -> Domain:
        guests = self._sheets[GUESTS.tab]
        return self._source_of(guests, key).handle(GUESTS, key)

    def _open_pane(self, key: str) -> None:
        with self._lock:
            happened = list(self._happened.get(key, ()))
        self._set(pane=pane_of(self._guest(key), key, happened))

    def _ensure_pane(self, key: str) -> None:
        if self.pane.get("key") != key:
            self._open_pane(key)

    # --- the console ----------------------------------------------------------------------------------------

    @traitlets.observe("pane")
    def _on_pane(self, change: dict[str, Any]) -> None:
        key = change["new"].get("key")
        if key:
            self._tell({"kind": "course", **self._course()})
        if self.picture and self.picture["key"] != key:
            self._set(picture={})
        if self.console_state and self.console_state["key"] != key:
            self._end_listening("", forget=True)

    def _on_close(self) -> None:
        if self._listening is not None:
            self._listening.over.set()  # its thread closes the console
        super()._on_close()

    def _end_listening(self, note: str, *, forget: bool = False, only: _Listening | None = None) -> None:
        """Close the console that is open, or only this one; say why, or forget what it printed."""
        with self._lock:
            listening = self._listening
            if only is not None and listening is not only:
                return
            self._listening = None
            if forget:
                self._printed = ""
                self._set(console_state={})
            elif self.console_state:
                self._set(console_state={**self.console_state, "open": False, "note": note})
        if listening is not None:
            listening.over.set()
            self._spawn(listening.console.close)

    def _listen(self, listening: _Listening) -> None:
        note = "The console ended: the guest is off."
        while not listening.over.is_set():
            try:
                printed = listening.console.read(timeout=_LISTEN_SECONDS)
            except TimedOut:
                continue
            except VirtError as error:
                note = str(error)
                break
            if not printed:
                break
            with self._lock:
                if listening is not self._listening:
                    return
                added = listening.transcript.feed(printed)
                self._printed = listening.transcript.text
                if added:
                    self._tell({"kind": "console", "key": listening.key, "add": added})
            listening.over.wait(_BURST_SECONDS)
        self._end_listening(note, only=listening)
