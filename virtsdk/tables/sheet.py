"""One tab's table: its rows and figures of all hosts, which of them are shown, and in which order."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from virtsdk.tables.columns import FIGURES
from virtsdk.tables.figures import Slots
from virtsdk.tables.kinds import Kind, Within
from virtsdk.tables.query import Query, hidden, with_texts
from virtsdk.tables.rows import Row, difference

_DIGITS = re.compile(r"(\d+)")


class Sheet:
    """Rows of one kind, as they were last read.

    Parameters
    ----------
    kind
        What is listed.
    numbers
        The numbers of the hosts that it is read from.
    within
        The pool whose volumes it lists.

    Attributes
    ----------
    rows
        The page's rows by key; another dict after each change.
    read
        The numbers of the hosts that it was read from so far.
    filter, sort, columns, selected
        What a person chose, while another tab is shown.
    """

    def __init__(self, kind: Kind, numbers: Iterable[int], within: Within | None = None) -> None:
        self.kind = kind
        self.numbers = frozenset(numbers)
        self.within = within
        self.slots = Slots(kind.figures)
        self.rows: dict[str, Row] = {}
        self.read: set[int] = set()
        self.filter, self.sort = "", kind.sort
        self.columns: list[str] = []
        self.selected: list[str] = []
        self.query = Query(())
        self._frames: dict[int, pd.DataFrame] = {}
        self._keys: dict[int, pd.Index[str]] = {}
        self._figures: dict[int, pd.DataFrame] = {}
        self._joined: pd.DataFrame | None = None  # of both, see table

    @property
    def unread(self) -> bool:
        """Whether a host is left that it was never read from."""
        return not self.read >= self.numbers

    def put(self, number: int, frame: pd.DataFrame, rows: dict[str, Row]) -> tuple[dict[str, Row], list[str]]:
        """Take what was read from a host; return rows that are new or changed, and the keys that went."""
        before = {key: row for key, row in self.rows.items() if row["number"] == number}
        after = {key: row for key, row in self.rows.items() if row["number"] != number} | rows
        changed, removed = difference(before, rows)
        places = self.slots.keep(after)
        self._frames[number] = frame
        self._keys[number] = pd.Index(frame["key"].to_numpy(dtype=object))
        self._joined = None
        self.read.add(number)
        if changed or removed:
            self.rows = after
            self.selected = [key for key in self.selected if key in after]
        return {key: {**row, "slot": places[key]} for key, row in changed.items()}, removed

    def put_figures(self, number: int, figures: pd.DataFrame | None) -> tuple[bytes, bytes]:
        """Take the figures of a host's rows, None for no figures; return what goes to the page of them."""
        if number not in self._keys:
            return b"", b""
        if figures is None:
            figures = pd.DataFrame(columns=pd.Index(FIGURES), dtype="float64", index=pd.Index([], dtype=str))
        self._figures[number] = figures
        self._joined = None
        return self.slots.update(self._keys[number], figures)

    def skip(self, number: int) -> None:
        """Take note that a host has none of them."""
        self.read.add(number)

    def whole(self) -> dict[str, object]:
        """Return rows and figures for a page that has none."""
        places = self.slots.keep(self.rows)
        rows = {key: {**row, "slot": places[key]} for key, row in self.rows.items()}
        return {"rows": rows, "figures": self.slots.listed()}

    # --- what is shown --------------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Return rows and figures in one frame, made anew only where one of them changed."""
        if self._joined is None:
            frames = [self._frames[number] for number in sorted(self._frames)] or [_nothing(self.kind)]
            table = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            table["place"] = self.slots.places(table["key"])
            figures = list(self._figures.values())
            if figures and len(table):
                table = table.join(figures[0] if len(figures) == 1 else pd.concat(figures), on="key")
            elif self.kind.figures:
                table = table.assign(**dict.fromkeys(FIGURES, float("nan")))
            self._joined = table
        return self._joined

    def matching(self) -> pd.DataFrame:
        """Return the rows that the filter shows."""
        table = self.table()
        return table[self.query.matches(table)] if self.query.terms else table

    def bits(self) -> str:
        """Return the places of the rows that the filter shows, as `Slots.bits`; empty for all of them."""
        if not self.query.terms or not self._frames:
            return ""
        return self.slots.bits(self.matching()["place"].to_numpy())

    def ordered(self, table: pd.DataFrame, sort: str, grouped: bool) -> pd.DataFrame:
        """Put some of the rows in order: equal ones by name, and what is not known last."""
        names = table["name"].map(_as_people_count)
        by_name = table.loc[names.sort_values(kind="stable").index]
        column = self.kind.columns[sort.removeprefix("-")]
        if column.key == "name":
            ordered = by_name if sort == "name" else by_name.iloc[::-1]
        else:
            ordered = by_name.sort_values(
                column.order or column.source,
                ascending=not sort.startswith("-"),
                kind="stable",
                na_position="last",
            )
        return ordered.sort_values("host", kind="stable") if grouped else ordered

    def public(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a frame without what only the view needs."""
        own = ["key", "place", *hidden(self.kind), *(["order"] if "order" in table else [])]
        return table.drop(columns=own).reset_index(drop=True)

    def known(self, name: str) -> list[str]:
        """Return the keys of a name, which wins, or of an identity on its host, or of a key."""
        table = self.table()
        for column in ("name", self.kind.key, "key"):
            found = table["key"][table[column].astype("str") == name].tolist()
            if found:
                return found
        return []


def _nothing(kind: Kind) -> pd.DataFrame:
    frame = with_texts(kind.empty(), kind)
    return frame.assign(key=pd.Series(dtype="str"))


def _as_people_count(name: Any) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which web2 comes before web10."""
    return tuple(
        (1, int(part), "") if part.isdecimal() else (0, 0, part)
        for part in _DIGITS.split(str(name).casefold())
    )
