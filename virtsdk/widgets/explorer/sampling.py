"""Figures of the guests: samples while somebody looks at them, one call a beat."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from virtsdk.errors import VirtError
from virtsdk.tables.kinds import GUESTS
from virtsdk.tables.sheet import Sheet
from virtsdk.widgets.explorer.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.host import Host
    from virtsdk.tables.source import Source

_SAMPLE_SHARE = 4  # at most 1/4 of the time is spent on samples
_FIRST_SECONDS = 0.5  # from the first sample to the second: people wait for figures


class Sampling(Table):
    """A table whose guests have figures while somebody looks at them."""

    def __init__(self, hosts: Sequence[Host], every: float, **state: object) -> None:
        self._guests_shown = threading.Event()
        self._guests_shown.set()
        super().__init__(hosts, every, **state)
        for source in self._sources:
            self._spawn(self._sample, source)

    def refresh(self) -> None:  # noqa: D102  # as of Table
        sheet = self._read_all()
        if sheet.kind is GUESTS:
            for source in self._sources:
                self._take(source)

    def _turn_to(self, sheet: Sheet) -> None:
        super()._turn_to(sheet)
        with self._lock:
            if self._sheet.kind is GUESTS or self._stopped.is_set():
                self._guests_shown.set()
            else:
                self._guests_shown.clear()

    def _on_close(self) -> None:
        self._guests_shown.set()
        super()._on_close()

    def _sample(self, source: Source) -> None:
        while True:
            source.back.clear()
            if self._stopped.is_set() or source.closed:
                break
            if not self._guests_shown.is_set() or not self._looks:
                with source.sampling:
                    source.forget()
                self._show(source, None)
                self._guests_shown.wait()
                self._looks.wait(lambda: self._stopped.is_set() or bool(self._looks))
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
                source.back.wait(max(pause - took, (_SAMPLE_SHARE - 1) * took))
                continue
            took = time.monotonic() - begin
            self._stopped.wait(max(pause - took, (_SAMPLE_SHARE - 1) * took))
        self._show(source, None)

    def _take(self, source: Source) -> bool:
        """Take a sample and show it; tell whether there was one before, so that there are figures."""
        with source.sampling:
            figures = source.sample(max(10 * self._every, 30.0))
            self._show(source, figures)
        return figures is not None

    def _show(self, source: Source, figures: pd.DataFrame | None) -> None:
        sheet = self._sheets[GUESTS.tab]
        with self._changing() as live:
            if not live:
                return
            source.course.put(time.monotonic(), figures)
            self._tell_course(source)
            places, values = sheet.put_figures(source.number, figures)
            if not places or sheet is not self._sheet:
                return
            self.send({"kind": "figures"}, [places, values])
            if sheet.query.terms:
                self.shown = sheet.bits()

    def _tell_course(self, source: Source) -> None:
        """Tell the page of a beat of the guest whose pane is open, where it is on this host."""
        key = str(self.pane.get("key"))
        row = self._sheets[GUESTS.tab].rows.get(key)
        if row and row["number"] == source.number and (point := source.course.last(key)):
            self._tell({"kind": "course", "key": key, "add": point})
