"""The explorer's table: rows and figures kept current, and which of them are shown, in which order."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from virtsdk.display import html
from virtsdk.display.text import count, printable
from virtsdk.errors import VirtError
from virtsdk.events import Disconnected, DomainEvent, Reconnected
from virtsdk.widgets.explorer.columns import COLUMNS, FIGURES, known
from virtsdk.widgets.explorer.figures import Slots
from virtsdk.widgets.explorer.pane import words_of
from virtsdk.widgets.explorer.query import ANY, TEXTS, Query, parse
from virtsdk.widgets.explorer.rows import Row, difference, story
from virtsdk.widgets.explorer.source import Source
from virtsdk.widgets.view import View

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

_BURST_SECONDS = 0.1  # events that come together are one reading
_RESYNC_SECONDS = 5.0  # for what has no event; longer where a reading is slow
_RESYNC_SHARE = 20  # at most 1/20 of the time is spent on readings without an event
_SAMPLE_SHARE = 4  # and 1/4 on samples
_KEPT_EVENTS = 20  # of a domain
_FIRST_SECONDS = 0.5  # from the first sample to the second: people wait for figures
_LOOK_SECONDS = 10.0  # a page says every 4 s that it is looked at
_OWN = ("key", "place", ANY, *(f"{column} text" for column in TEXTS))  # columns that nobody else needs
_DIGITS = re.compile(r"(\d+)")


class Table(View):
    """Domains of hosts as rows: read at their events, with figures while somebody looks."""

    host_name = traitlets.Unicode().tag(sync=True)
    uri = traitlets.Unicode().tag(sync=True)
    readonly = traitlets.Bool(False).tag(sync=True)
    hosts: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)
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

    def __init__(self, hosts: Sequence[Host], every: float, **state: object) -> None:
        self._every = every
        self._slots = Slots()
        self._query = Query(())
        self._looks: dict[str, float] = {}  # by page, until when it is taken to be looked at
        self._looked_at = threading.Event()
        self._figures: dict[int, pd.DataFrame] = {}  # by number of the source
        self._happened: dict[str, deque[tuple[str, str]]] = {}  # by key, the last events
        self._joined: pd.DataFrame | None = None  # of both, see _all
        with contextlib.ExitStack() as undo:
            # events before the first reading, so that no change falls between the two
            self._sources: list[Source] = []
            for number, host in enumerate(hosts):
                source = Source(host, number, f"@{number}" if len(hosts) > 1 else "")
                undo.callback(source.close)
                self._sources.append(source)
            read = [source.read() for source in self._sources]
            self._frames = [frame for frame, _ in read]
            self._keys: list[pd.Index[str]] = [
                pd.Index(frame["key"].to_numpy(dtype=object)) for frame in self._frames
            ]
            rows = {key: row for _, some in read for key, row in some.items()}
            self._slots.keep(rows)
            names = [printable(host.name) for host in hosts]
            super().__init__(
                host_name=names[0] if len(hosts) == 1 else count(len(hosts), "host"),
                uri=printable(hosts[0].uri) if len(hosts) == 1 else ", ".join(names),
                readonly=all(host.readonly for host in hosts),
                hosts=[source.to_dict() for source in self._sources],
                known_columns=[column.to_dict() for column in COLUMNS.values()],
                rows=rows,
                **state,
            )
            undo.pop_all()
        for source in self._sources:
            self._spawn(self._follow, source)
            self._spawn(self._keep_current, source)
            self._spawn(self._sample, source)

    # --- what is shown --------------------------------------------------------------------------------------

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown, in their order, as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per domain that matches `filter`, in the order of `sort`: the columns of
            ``host.domains.frame()``, then cpu_percent (of its vCPUs), memory_used_bytes (as its guest says),
            disk_bytes_per_second (read and written), net_bytes_per_second (received and sent), steal_percent
            (of its vCPUs): over the last beat, missing where they are not known, and all of them while
            nobody looks at the view; `refresh` takes a sample.
        """
        with self._lock:
            return self._public(self._ordered(self._matching()))

    @traitlets.validate("filter")
    def _check_filter(self, proposal: dict[str, Any]) -> str:
        parse(proposal["value"])
        return proposal["value"]

    @traitlets.validate("sort")
    def _check_sort(self, proposal: dict[str, Any]) -> str:
        known([proposal["value"].removeprefix("-")], "sort")
        return proposal["value"]

    @traitlets.validate("columns")
    def _check_columns(self, proposal: dict[str, Any]) -> list[str]:
        keys = known(proposal["value"], "columns")
        return ["name", *(key for key in keys if key != "name")] if keys else []

    @traitlets.observe("filter")
    def _on_filter(self, change: dict[str, Any]) -> None:
        with self._lock:
            self._query = parse(change["new"])
            self._set(filter_error="")
            self._match()

    def notify_change(self, change: Any) -> None:
        """Send one change after the other, whichever threads they come from."""
        with self._lock:
            super().notify_change(change)

    def _all(self) -> pd.DataFrame:
        """Return rows and figures in one frame, made anew only where one of them changed."""
        if self._joined is None:
            frames, figures = self._frames, list(self._figures.values())
            table = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            table["place"] = self._slots.places(table["key"])
            if figures:
                table = table.join(figures[0] if len(figures) == 1 else pd.concat(figures), on="key")
            else:
                table = table.assign(**dict.fromkeys(FIGURES, float("nan")))
            self._joined = table
        return self._joined

    def _matching(self) -> pd.DataFrame:
        table = self._all()
        return table[self._query.matches(table)] if self._query.terms else table

    def _ordered(self, table: pd.DataFrame) -> pd.DataFrame:
        names = table["name"].map(_as_people_count)
        by_name = table.loc[names.sort_values(kind="stable").index]
        column = COLUMNS[self.sort.removeprefix("-")]
        if column.key == "name":
            ordered = by_name if self.sort == "name" else by_name.iloc[::-1]
        else:
            ordered = by_name.sort_values(
                column.source, ascending=not self.sort.startswith("-"), kind="stable", na_position="last"
            )
        return ordered.sort_values("host", kind="stable") if self.grouped else ordered

    @staticmethod
    def _public(table: pd.DataFrame) -> pd.DataFrame:
        return table.drop(columns=list(_OWN)).reset_index(drop=True)

    def _match(self) -> None:
        bits = self._slots.bits(self._matching()["place"].to_numpy()) if self._query.terms else ""
        self._set(shown=bits)

    # --- rows -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the domains now, without waiting for an event, and take a sample of their figures.

        Figures are those since the sample before, if that is not long ago: after a pause the second call has
        them.

        Raises
        ------
        VirtError
            A host could not be read.
        """
        for source in self._sources:
            self._read(source)
            self._take(source)

    def _whole(self) -> dict[str, object]:
        places = self._slots.keep(self.rows)
        rows = {key: {**row, "slot": places[key]} for key, row in self.rows.items()}
        return {"rows": rows, "figures": self._slots.listed()}

    def _on_close(self) -> None:
        self._looked_at.set()
        for source in self._sources:
            source.close()

    def _say_of(self, source: Source, text: str, level: str = "info") -> None:
        self._say(f"{printable(source.host.name)}: {text}" if len(self._sources) > 1 else text, level)

    def _follow(self, source: Source) -> None:
        for event in source.events:
            if isinstance(event, Disconnected):
                text = "The connection is lost, and is tried again; the table is as it was before."
                self._say_of(source, text, "error")
                continue
            if isinstance(event, Reconnected):
                self._say_of(source, "Connected again.")
            elif isinstance(event, DomainEvent):
                with self._lock:
                    kept = self._happened.setdefault(
                        f"{event.domain}{source.mark}", deque(maxlen=_KEPT_EVENTS)
                    )
                    kept.append(words_of(event))
            source.stale.set()
        self._say_of(source, "The host's events ended: the table no longer follows them.", "error")

    def _keep_current(self, source: Source) -> None:
        pause = _RESYNC_SECONDS
        failed = False
        while True:
            source.stale.wait(pause)
            if self._stopped.wait(_BURST_SECONDS):
                return
            source.stale.clear()
            begin = time.monotonic()
            try:
                self._read(source, tell=True)
            except VirtError as error:
                failed = True
                self._say_of(source, f"The table is old: {error}", "error")
            else:
                if failed:
                    failed = False
                    self._say_of(source, "The table is current again.")
            pause = max(_RESYNC_SECONDS, _RESYNC_SHARE * (time.monotonic() - begin))

    def _read(self, source: Source, *, tell: bool = False) -> None:
        with source.reading:
            frame, rows = source.read()
            self._apply(source, frame, rows, tell=tell)

    def _apply(self, source: Source, frame: pd.DataFrame, rows: dict[str, Row], *, tell: bool) -> None:
        with self._changing() as live:
            if not live:
                return
            before = {key: row for key, row in self.rows.items() if row["number"] == source.number}
            others = {key: row for key, row in self.rows.items() if row["number"] != source.number}
            after = {**others, **rows}
            places = self._slots.keep(after)  # whoever hears of the rows finds the rest as they are
            self._frames[source.number] = frame
            self._keys[source.number] = pd.Index(frame["key"].to_numpy(dtype=object))
            self._joined = None
            changed, removed = difference(before, rows)
            if not changed and not removed:
                return
            self.rows = after
            self.selected = [key for key in self.selected if key in after]
            if self.pane and self.pane["key"] not in after:
                self.pane = {}
            for key in self._happened.keys() - after.keys():
                del self._happened[key]
            if tell and (text := story(before, rows)):
                self._say_of(source, text)
            sent = {key: {**row, "slot": places[key]} for key, row in changed.items()}
            self._tell({"kind": "rows", "set": sent, "removed": removed})
            self._match()

    # --- figures --------------------------------------------------------------------------------------------

    def _look(self, page: str, visible: bool) -> None:
        """Take note that a page is looked at, or is not any more."""
        with self._lock:
            if visible:
                self._looks[page] = time.monotonic() + _LOOK_SECONDS
                self._looked_at.set()
            else:
                self._looks.pop(page, None)

    def _somebody_looks(self) -> bool:
        with self._lock:
            if any(until > time.monotonic() for until in self._looks.values()):
                return True
            self._looks.clear()
            if not self._stopped.is_set():
                self._looked_at.clear()
            return False

    def _sample(self, source: Source) -> None:
        while not self._stopped.is_set():
            if not self._somebody_looks():
                with source.sampling:
                    source.forget()
                self._show(source, None)
                self._looked_at.wait(_LOOK_SECONDS)
                continue
            begin = time.monotonic()
            pause = self._every
            try:
                if not self._take(source):
                    pause = min(pause, _FIRST_SECONDS)
            except VirtError:  # the rows' worker says why; figures of before would be taken for new
                source.forget()
                self._show(source, None)
            took = time.monotonic() - begin
            self._stopped.wait(max(pause - took, (_SAMPLE_SHARE - 1) * took))

    def _take(self, source: Source) -> bool:
        """Take a sample and show it; tell whether there was one before, so that there are figures."""
        with source.sampling:
            figures = source.sample(max(10 * self._every, 30.0))
            self._show(source, figures)
        return figures is not None

    def _show(self, source: Source, figures: pd.DataFrame | None) -> None:
        with self._changing() as live:
            if not live:
                return
            if figures is None:
                figures = pd.DataFrame(
                    columns=pd.Index(FIGURES), dtype="float64", index=pd.Index([], dtype=str)
                )
            self._figures[source.number] = figures
            self._joined = None
            places, values = self._slots.update(self._keys[source.number], figures)
            if places:
                self.send({"kind": "figures"}, [places, values])
            if places and self._query.terms:
                self._match()

    def _still(self) -> str:
        with self._lock:
            table = self._ordered(self._matching())
            rows = [self.rows[key] for key in table["key"]]
        several = len(self._sources) > 1
        header = ["name", *(["host"] if several else []), "state", "vCPUs", "memory"]
        stamp = f"{pd.Timestamp.now('UTC'):%H:%M:%S}"
        return html.view(
            html.heading(self.host_name, f"{count(len(rows), 'domain')} at {stamp} UTC"),
            html.table(
                header,
                [
                    [
                        row["name"],
                        *([row["host"]] if several else []),
                        row["label"],
                        row["vcpus"],
                        row["memory"],
                    ]
                    for row in rows
                ],
            ),
        )


def _as_people_count(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which web2 comes before web10."""
    return tuple(
        (1, int(part), "") if part.isdecimal() else (0, 0, part)
        for part in _DIGITS.split(str(name).casefold())
    )
