"""The explorer's table: the rows of the tab that is shown, kept current, and which of them a filter shows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import itertools
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from virtsdk.display import html
from virtsdk.display.text import count, printable
from virtsdk.errors import StoragePoolNotFound, VirtError
from virtsdk.events import Disconnected, DomainEvent, Event, Reconnected
from virtsdk.tables.columns import known, still_of
from virtsdk.tables.kinds import EVENTS, GUESTS, KINDS
from virtsdk.tables.query import parse
from virtsdk.tables.rows import Row, story
from virtsdk.tables.sheet import Sheet
from virtsdk.tables.source import CLOSED, Source
from virtsdk.tables.words import words_of
from virtsdk.widgets.looks import Looks
from virtsdk.widgets.view import View

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

_BURST_SECONDS = 0.1  # events that come together are one reading
_BURST_SHARE = 3  # however fast they come, at most 1/4 of the time is spent on readings
_RESYNC_SHARE = 20  # at most 1/20 of the time is spent on readings without an event
_UNSEEN_SECONDS = 60.0  # between two readings of networks or pools that nobody looks at
_KEPT_EVENTS = 20  # of a domain


class Table(View):
    """What hosts have, as rows: guests, networks, pools or events, read at their events."""

    host_name = traitlets.Unicode().tag(sync=True)
    uri = traitlets.Unicode().tag(sync=True)
    readonly = traitlets.Bool(False).tag(sync=True)
    tab = traitlets.Unicode(GUESTS.tab).tag(sync=True)
    noun = traitlets.Unicode(GUESTS.noun).tag(sync=True)
    pool = traitlets.Unicode().tag(sync=True)  # the one whose volumes are shown
    unread = traitlets.Bool(False).tag(sync=True)
    hosts: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)
    verbs: traitlets.Dict[str, dict[str, object]] = traitlets.Dict().tag(sync=True)
    known_columns: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)
    columns: traitlets.List[str] = traitlets.List().tag(sync=True)
    filter = traitlets.Unicode().tag(sync=True)
    filter_error = traitlets.Unicode().tag(sync=True)
    sort = traitlets.Unicode("name").tag(sync=True)
    grouped = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)  # bits by place, see Slots.bits; empty: all
    pane: traitlets.Dict[str, object] = traitlets.Dict().tag(sync=True)
    selected: traitlets.List[str] = traitlets.List().tag(sync=True)
    rows: traitlets.Dict[str, Row] = traitlets.Dict()
    busy: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    def __init__(self, hosts: Sequence[Host], every: float, **state: object) -> None:
        self._every = every
        self._looks = Looks()
        self._happened: dict[str, deque[tuple[str, str]]] = {}  # by key, the last events of a domain
        self._numbers = itertools.count(1)  # of events
        self._sheets = {tab: Sheet(kind, range(len(hosts))) for tab, kind in KINDS.items()}
        self._sheet = guests = self._sheets[GUESTS.tab]
        with contextlib.ExitStack() as undo:
            # events before the first reading, so that no change falls between the two
            self._sources: list[Source] = []
            for number, host in enumerate(hosts):
                source = Source(host, number, f"@{number}" if len(hosts) > 1 else "")
                undo.callback(source.close)
                self._sources.append(source)
            for source in self._sources:
                if read := source.read():
                    guests.put(source.number, *read)
            names = [printable(host.name) for host in hosts]
            super().__init__(
                host_name=names[0] if len(hosts) == 1 else count(len(hosts), "host"),
                uri=printable(hosts[0].uri) if len(hosts) == 1 else ", ".join(names),
                readonly=all(host.readonly for host in hosts),
                rows=guests.rows,
                **self._about(guests),
                **state,
            )
            undo.pop_all()
        for source in self._sources:
            self._spawn(self._follow, source)
            self._spawn(self._keep_current, source)

    def _about(self, sheet: Sheet) -> dict[str, Any]:
        """Return what the page has to know of what is listed, beside its rows."""
        return {
            "noun": sheet.kind.noun,
            "pool": sheet.within.name if sheet.within else "",
            "unread": sheet.unread,
            "hosts": [source.to_dict(sheet.kind) for source in self._sources],
            "verbs": {name: verb.to_dict() for name, verb in sheet.kind.verbs.items()},
            "known_columns": [column.to_dict() for column in sheet.kind.columns.values()],
        }

    # --- which tab ------------------------------------------------------------------------------------------

    @traitlets.validate("tab")
    def _check_tab(self, proposal: dict[str, Any]) -> str:
        if proposal["value"] not in KINDS:
            raise ValueError(f"tab must be among {', '.join(KINDS)}, not {proposal['value']!r}")
        return proposal["value"]

    @traitlets.observe("tab")
    def _on_tab(self, change: dict[str, Any]) -> None:
        if self._sheet.kind.tab != change["new"]:
            self._turn_to(self._sheets[change["new"]])

    def _turn_to(self, sheet: Sheet) -> None:
        """Show another sheet as a person left it; what is not read yet is read by the workers."""
        with self._lock:
            before = self._sheet
            if sheet is before or not self._opened:
                return
            before.filter, before.sort = self.filter, self.sort
            before.columns, before.selected = self.columns, self.selected
            if sheet.kind is EVENTS:
                for source in self._sources:
                    self._read(source, sheet)
            self._sheet = sheet
            self._set(
                tab=sheet.kind.tab,
                **self._about(sheet),
                filter=sheet.filter,
                filter_error="",
                sort=sheet.sort,
                columns=sheet.columns,
                selected=sheet.selected,
                shown=sheet.bits(),
                rows=sheet.rows,
                pane={},
            )
            if self.status_level == "info" and not self.busy:
                self._say("")  # it was about another tab
            self._tell({"kind": "whole", "columns": self.known_columns, **self._whole()})
        for source in self._sources:
            source.stale.set()

    # --- what is shown --------------------------------------------------------------------------------------

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown, in their order, as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per guest, network, pool, volume or event, as `tab` says, that matches `filter`, in the
            order of `sort`.

            Guests have the columns of ``host.domains.frame()``, then cpu_percent (of its vCPUs),
            memory_used_bytes (as its guest says), disk_bytes_per_second (read and written),
            net_bytes_per_second (received and sent), steal_percent (of its vCPUs): over the last beat,
            missing where they are not known, and all of them while nobody looks at the view; `refresh` takes
            a sample.

            Networks have those of ``host.networks.frame()``, then state (active, inactive), bridge, forward
            (``isolated`` for none), guests (interfaces of guests on it) and leases. Pools have those of
            ``host.storage_pools.frame()``, then type; volumes (see `volumes`) those of
            ``pool.volumes.frame()``.

            Events have host, time (UTC, when it arrived here), domain (UUID of the guest that it is about),
            name (of that guest, or of a network, pool or device), kind and words; of each host the last 1,000
            since the view was opened.

        Raises
        ------
        VirtError
            The tab was not read before, and a host could not be read now.
        """
        sheet = self._read_once()
        with self._lock:
            # another thread may have turned to another tab meanwhile
            sort = self.sort if sheet is self._sheet else sheet.sort
            return sheet.public(sheet.ordered(sheet.matching(), sort, self.grouped))

    @traitlets.validate("filter")
    def _check_filter(self, proposal: dict[str, Any]) -> str:
        parse(proposal["value"], self._sheet.kind)
        return proposal["value"]

    @traitlets.validate("sort")
    def _check_sort(self, proposal: dict[str, Any]) -> str:
        known([proposal["value"].removeprefix("-")], "sort", self._sheet.kind.columns)
        return proposal["value"]

    @traitlets.validate("columns")
    def _check_columns(self, proposal: dict[str, Any]) -> list[str]:
        kind = self._sheet.kind
        keys = known(proposal["value"], "columns", kind.columns)
        return [kind.first, *(key for key in keys if key != kind.first)] if keys else []

    @traitlets.observe("filter")
    def _on_filter(self, change: dict[str, Any]) -> None:
        with self._lock:
            self._sheet.query = parse(change["new"], self._sheet.kind)
            self._set(filter_error="", shown=self._sheet.bits())

    def notify_change(self, change: Any) -> None:
        """Send one change after the other, whichever threads they come from."""
        with self._lock:
            super().notify_change(change)

    # --- rows -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read what the tab shows now, without waiting for an event; of guests, take a sample, too.

        Figures are those since the sample before, if that is not long ago: after a pause the second call has
        them.

        Raises
        ------
        VirtError
            A host could not be read.
        """
        self._read_all()

    def _read_all(self, *, again: bool = True) -> Sheet:
        sheet = self._sheet
        for source in self._sources:
            if again or source.number not in sheet.read or sheet.kind is EVENTS:
                self._read(source, sheet)
        return sheet

    def _read_once(self) -> Sheet:
        """Read what was never read."""
        return self._read_all(again=False)

    def _whole(self) -> dict[str, object]:
        return self._sheet.whole()

    def _on_close(self) -> None:
        self._looks.wake()
        for source in self._sources:
            source.close()

    def _say_of(self, source: Source, text: str, level: str = "info") -> None:
        self._say(f"{printable(source.host.name)}: {text}" if len(self._sources) > 1 else text, level)

    def _follow(self, source: Source) -> None:
        for event in source.events:
            with self._lock:
                source.heard.append((next(self._numbers), event))
                if isinstance(event, DomainEvent):
                    kept = deque[tuple[str, str]](maxlen=_KEPT_EVENTS)
                    kept = self._happened.setdefault(f"{event.domain}{source.mark}", kept)
                    kept.append((f"{event.time:%H:%M:%S}", words_of(event)))
            if isinstance(event, Disconnected):
                text = "The connection is lost, and is tried again; the table is as it was before."
                self._say_of(source, text, "error")
            elif isinstance(event, Reconnected):
                source.back.set()
                gap = max(1, round(event.gap_seconds))
                self._say_of(source, f"Connected again: the last {gap} s were not seen.")
            if self._concerns(event):
                source.stale.set()
        if source.closed:
            self._set(hosts=[one.to_dict(self._sheet.kind) for one in self._sources])
            source.stale.set()  # its other worker ends
            self._say_of(source, f"{CLOSED}: the table is as it was before.", "error")
        else:
            self._say_of(source, "The host's events ended: the table no longer follows them.", "error")

    def _concerns(self, event: Event) -> bool:
        """Tell whether the rows that are shown are due because of an event."""
        kind = self._sheet.kind
        if isinstance(event, Disconnected):
            return kind is EVENTS
        return isinstance(event, Reconnected) or event.kind.startswith(kind.follows)

    def _keep_current(self, source: Source) -> None:
        failed: Sheet | None = None
        took = 0.0
        while True:
            source.stale.wait(max(self._beat(), _RESYNC_SHARE * took))
            if self._stopped.wait(max(_BURST_SECONDS, _BURST_SHARE * took)):
                return
            if source.closed:
                return
            source.stale.clear()
            sheet = self._sheet
            begin = time.monotonic()
            try:
                self._read(source, sheet, tell=True)
            except VirtError as error:
                if source.closed:
                    return  # its other worker says so
                if sheet.within and isinstance(error, StoragePoolNotFound):
                    self._turn_to(self._sheets[sheet.kind.tab])
                    self._say_of(source, f"The pool {printable(sheet.within.name)} is gone.", "error")
                    continue
                failed = sheet
                never = source.number not in sheet.read
                self._say_of(
                    source, f"{'Nothing could be read' if never else 'The table is old'}: {error}", "error"
                )
            else:
                if failed is sheet:
                    self._say_of(source, "The table is current again.")
                failed = None
            took = time.monotonic() - begin

    def _beat(self) -> float:
        """Return the seconds between two readings that no event asks for."""
        kind = self._sheet.kind
        return kind.beat if kind is GUESTS or self._looks else max(kind.beat, _UNSEEN_SECONDS)

    def _read(self, source: Source, sheet: Sheet, *, tell: bool = False) -> None:
        # events are in this process: no host that hangs holds them up
        with self._lock if sheet.kind is EVENTS else source.reading:
            read = source.read(sheet.kind, sheet.within) if source.number in sheet.numbers else None
            with self._changing() as live:
                if live and read is not None:
                    self._apply(source, sheet, *read, tell=tell)
                elif live:
                    sheet.skip(source.number)
                if live and sheet is self._sheet:
                    self.unread = sheet.unread

    def _apply(
        self, source: Source, sheet: Sheet, frame: pd.DataFrame, rows: dict[str, Row], *, tell: bool
    ) -> None:
        before = {key: row for key, row in sheet.rows.items() if row["number"] == source.number}
        tell = tell and sheet.kind.tells and source.number in sheet.read
        changed, removed = sheet.put(source.number, frame, rows)
        if not changed and not removed:
            return
        if sheet.kind is GUESTS:
            for key in self._happened.keys() - sheet.rows.keys():
                del self._happened[key]
        if sheet is not self._sheet:
            return
        self.rows = sheet.rows
        self.selected = [key for key in self.selected if key in sheet.rows]
        if self.pane and self.pane["key"] not in sheet.rows:
            self.pane = {}
        if tell and (text := story(before, rows)):
            self._say_of(source, text)
        self._tell({"kind": "rows", "set": changed, "removed": removed})
        self.shown = sheet.bits()

    # --- who looks ------------------------------------------------------------------------------------------

    def _look(self, page: str, visible: bool) -> None:
        """Take note that a page is looked at, or is not any more."""
        again = visible and not self._looks
        self._looks.note(page, visible)
        if again and self._sheet.kind is not GUESTS:  # guests are read all the time
            for source in self._sources:
                source.stale.set()

    def _still(self) -> str:
        with self._lock:
            sheet = self._sheet
            table = sheet.ordered(sheet.matching(), self.sort, self.grouped)
            rows = [sheet.rows[key] for key in table["key"]]
        several = len(self._sources) > 1
        columns = [
            column
            for column in sheet.kind.columns.values()
            if not column.figure and (column.key != "host" or several)
        ]
        stamp = f"{pd.Timestamp.now('UTC'):%H:%M:%S}"
        what = f"{count(len(rows), sheet.kind.noun)}{f' of {self.pool}' if self.pool else ''} at {stamp} UTC"
        return html.view(
            html.heading(self.host_name, what),
            html.table(
                [column.label for column in columns],
                [[still_of(column, row) for column in columns] for row in rows],
            ),
        )
