"""`host.explore()`: the domains of a host as a live table, with buttons for the selected one.

The rows go to the page once, later only what changed. One worker keeps them current: it waits for an event of
the host, lets a burst pass, and reads all domains in one go. Each thing that is done to a domain has a worker
of its own.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from virtsdk.display import html
from virtsdk.display.text import count, printable
from virtsdk.errors import DomainNotFound, InvalidState, ResourceBusy, VirtError
from virtsdk.events import Disconnected, Reconnected
from virtsdk.widgets.explorer.rows import Row, difference, rows_of, story
from virtsdk.widgets.verbs import VERBS, Verb
from virtsdk.widgets.view import View

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.host import Host

_log = logging.getLogger(__name__)

_HINT = "Select a domain to act on it."
_BURST_SECONDS = 0.1  # events that come together are one reading
_RESYNC_SECONDS = 5.0  # for what has no event; longer where a reading is slow
_RESYNC_SHARE = 20  # at most 1/20 of the time is spent on readings without an event


class Explorer(View):
    """A host's domains as a live table: select one, start, shut down, suspend, resume or destroy it.

    Returned by `Host.explore`. The table follows the host's events; every button is a method of the same
    name, which acts on the selected domain or on the one that it is given.

    Parameters
    ----------
    host
        An open host. A read-only connection gives a table whose buttons are off.

    Attributes
    ----------
    rows
        What the table shows of each domain, by UUID. Observable, as the others:
        ``explorer.observe(callback, "rows")``.
    selected
        UUID of the selected domain, or an empty string.
    busy
        What is being done to a domain now, by UUID.
    status, status_level
        The status line, and whether it is ``info`` or ``error``.

    Examples
    --------
    >>> import virtsdk
    >>> host = virtsdk.connect("test:///default")
    >>> explorer = host.explore()
    >>> explorer.select("test")
    >>> explorer.suspend()
    >>> explorer.selection[["name", "state"]].to_dict("records")
    [{'name': 'test', 'state': 'paused'}]
    >>> explorer.resume()
    >>> explorer.close()
    >>> host.close()
    """

    _esm = Path(__file__).parent / "explorer.js"
    _css = Path(__file__).parent / "explorer.css"

    host_name = traitlets.Unicode().tag(sync=True)
    uri = traitlets.Unicode().tag(sync=True)
    readonly = traitlets.Bool().tag(sync=True)
    verbs: traitlets.Dict[str, dict[str, object]] = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    busy: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    rows: traitlets.Dict[str, Row] = traitlets.Dict()

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stale = threading.Event()
        self._reading = threading.Lock()
        with contextlib.ExitStack() as undo:
            # events before the first reading, so that no change falls between the two
            self._events = undo.enter_context(host.events())
            self._frame = host.domains.frame()
            super().__init__(
                host_name=printable(host.name),
                uri=printable(host.uri),
                readonly=host.readonly,
                verbs={name: verb.to_dict() for name, verb in VERBS.items()},
                rows=rows_of(self._frame),
                status=_HINT,
            )
            undo.pop_all()
        self._spawn(self._follow)
        self._spawn(self._keep_current)

    # --- what a person reads --------------------------------------------------------------------------------

    @property
    def selection(self) -> pd.DataFrame:
        """The selected domain as a frame.

        Returns
        -------
        pandas.DataFrame
            The columns of ``host.domains.frame()``, one row for the selected domain; no row where none is.
        """
        with self._lock:
            frame = self._frame
            return frame[frame["domain"] == self.selected].reset_index(drop=True)

    def __repr__(self) -> str:
        if not self._opened:
            return "<Explorer closed>"
        with self._lock:
            chosen = f", {self.rows[self.selected]['name']} selected" if self.selected else ""
            return f"<Explorer {self.host_name} {count(len(self.rows), 'domain')}{chosen}>"

    # --- what a person does ---------------------------------------------------------------------------------

    def select(self, domain: str | None) -> None:
        """Select a domain by name or UUID; None selects nothing.

        Raises
        ------
        DomainNotFound
            The host has no such domain.
        """
        self._choose(self._uuid_of(domain) if domain else "")

    def start(self, domain: str | None = None) -> None:
        """Start a domain: the selected one, or the one with this name or UUID.

        Raises
        ------
        InvalidState
            Nothing is selected, or the domain is running already.
        ResourceBusy
            Something else is being done to it from this view.
        """
        self._act(VERBS["start"], self._target(domain))

    def shutdown(self, domain: str | None = None) -> None:
        """Ask the guest to shut down: the selected one, or the one with this name or UUID.

        Returns when the guest was asked; the table shows when it is off. Raises as `start` does.
        """
        self._act(VERBS["shutdown"], self._target(domain))

    def suspend(self, domain: str | None = None) -> None:
        """Stop the vCPUs of the selected domain, or of the one with this name or UUID.

        Its memory stays. Raises as `start` does.
        """
        self._act(VERBS["suspend"], self._target(domain))

    def resume(self, domain: str | None = None) -> None:
        """Let the selected domain go on, or the one with this name or UUID.

        Raises as `start` does.
        """
        self._act(VERBS["resume"], self._target(domain))

    def destroy(self, domain: str | None = None) -> None:
        """Power off the selected domain at once, or the one with this name or UUID.

        The button asks first; the method does not. Raises as `start` does.
        """
        self._act(VERBS["destroy"], self._target(domain))

    def refresh(self) -> None:
        """Read the domains now, without waiting for an event.

        Raises
        ------
        VirtError
            The host could not be read.
        """
        self._read()

    # --- the rows -------------------------------------------------------------------------------------------

    def _whole(self) -> dict[str, object]:
        return {"rows": self.rows}

    def _on_close(self) -> None:
        self._stale.set()
        self._events.close()

    def _follow(self) -> None:
        for event in self._events:
            if isinstance(event, Disconnected):
                self._say(
                    "The connection is lost, and is tried again; the table is as it was before.", "error"
                )
                continue
            if isinstance(event, Reconnected):
                self._say("Connected again.")
            self._stale.set()
        self._say("The host's events ended: the table no longer follows them.", "error")

    def _keep_current(self) -> None:
        pause = _RESYNC_SECONDS
        failed = False
        while True:
            self._stale.wait(pause)
            if self._stopped.wait(_BURST_SECONDS):
                return
            self._stale.clear()
            begin = time.monotonic()
            try:
                self._read(tell=True)
            except VirtError as error:
                failed = True
                self._say(f"The table is old: {error}", "error")
            else:
                if failed:
                    failed = False
                    self._say("The table is current again.")
            pause = max(_RESYNC_SECONDS, _RESYNC_SHARE * (time.monotonic() - begin))

    def _read(self, *, tell: bool = False) -> None:
        with self._reading:  # an older reading never overwrites a newer one
            self._apply(self._host.domains.frame(), tell=tell)

    def _apply(self, frame: pd.DataFrame, *, tell: bool) -> None:
        after = rows_of(frame)
        with self._changing() as live:
            if not live:
                return
            before = self.rows
            self._frame = frame
            changed, removed = difference(before, after)
            if not changed and not removed:
                return
            self.rows = after
            if self.selected not in after:
                self.selected = ""
            if tell and (text := story(before, after)):
                self._say(text)
            self._tell({"kind": "rows", "set": changed, "removed": removed})

    def _still(self) -> str:
        with self._lock:
            rows = sorted(self.rows.values(), key=lambda row: str(row["name"]))
        return html.view(
            html.heading(self.host_name, f"{count(len(rows), 'domain')} at {datetime.now(UTC):%H:%M:%S} UTC"),
            html.table(
                ["name", "state", "vCPUs", "memory"],
                [[row["name"], row["label"], row["vcpus"], row["memory"]] for row in rows],
            ),
        )

    # --- acting on a domain ---------------------------------------------------------------------------------

    def _grant(self, wish: dict[str, Any]) -> None:
        kind, uuid, verb = wish.get("kind"), wish.get("domain"), VERBS.get(str(wish.get("verb")))
        if not isinstance(uuid, str) or uuid not in self.rows:
            self._say("That domain is gone.", "error")
        elif kind == "select":
            self._choose(uuid)
        elif kind == "act" and verb is not None:
            self._spawn(self._act_for_page, verb, uuid)
        else:
            super()._grant(wish)

    def _choose(self, uuid: str) -> None:
        with self._changing() as live:
            if live:
                self.selected = uuid
                if self.status == _HINT:
                    self.status = ""

    def _uuid_of(self, domain: str) -> str:
        uuid = self._host.domains[domain].uuid
        if uuid not in self.rows:
            self._read()
        if uuid not in self.rows:
            raise DomainNotFound(f"domain {printable(domain)} is no longer on host {self.host_name}")
        return uuid

    def _target(self, domain: str | None) -> str:
        if domain:
            return self._uuid_of(domain)
        if not self.selected:
            raise InvalidState("no domain is selected: click a row, call select('name'), or give the domain")
        return self.selected

    @contextlib.contextmanager
    def _busy_with(self, verb: Verb, uuid: str, name: str) -> Generator[None]:
        with self._lock:
            if uuid in self.busy:
                raise ResourceBusy(f"{name} is busy ({self.busy[uuid]}): wait for it to finish")
            doing = {**self.busy, uuid: verb.doing}
            self._set(busy=doing)
            self._say(f"{name}: {verb.doing} …")
        try:
            yield
        finally:
            with self._lock:
                self._set(busy={other: doing for other, doing in self.busy.items() if other != uuid})

    def _act(self, verb: Verb, uuid: str) -> None:
        name = str(self.rows[uuid]["name"])
        outcome, level = f"{name}: {verb.label.lower()} failed unexpectedly; the log has more.", "error"
        try:
            with self._busy_with(verb, uuid, name):
                getattr(self._host.domains[uuid], verb.name)()
                self._read()
            outcome, level = f"{name} {verb.done}.", "info"
        except VirtError as error:
            outcome = str(error)
            raise
        finally:
            self._say(outcome, level)

    def _act_for_page(self, verb: Verb, uuid: str) -> None:
        try:
            self._act(verb, uuid)
        except VirtError as error:  # the status line has said it
            _log.info("%s failed from the page: %s", verb.name, error)
