"""What a table lists: how it is read, its columns, and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.display.text import printable
from virtsdk.errors import NotFound
from virtsdk.tables.columns import Column
from virtsdk.tables.rows import Row
from virtsdk.tables.verbs import Verb

if TYPE_CHECKING:
    from virtsdk.resources.host import Host
    from virtsdk.tables.source import Source

_YES = {True: "yes", False: "no"}
_TYPES = {"flag": "boolean", "time": "datetime64[us, UTC]", "count": "Int64", "bytes": "Int64"}


@dataclass(frozen=True, slots=True)
class Within:
    """The pool whose volumes are listed: the number of its host, its UUID and its name."""

    number: int
    uuid: str
    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What a tab lists.

    Parameters
    ----------
    tab
        The tab, as in `Explorer.tab`.
    noun
        One of them, in messages.
    columns
        Its columns by key; the first is always shown.
    key
        The column of its frame that tells one from another on its host.
    read
        Reads all of a host: one row each.
    sort
        The first order.
    beat
        Seconds between two readings that no event asks for; longer where a reading is slow.
    follows
        What the kinds of events begin with that ask for a reading.
    feature
        What the host's driver has to support; empty where all do.
    missing
        The error where there is none of a name.
    verbs
        What can be done to them.
    collection
        The attribute of `Host` that has them as live objects; empty where they are none.
    handle
        Finds one as a live object.
    states, labels, dots
        The words of their states, how the page writes them, and which are good, wait or bad.
    written
        Makes the page's rows of a frame, where they differ from what `rows_of` makes.
    tells
        Whether the status line says what changed between two readings.
    """

    tab: str
    noun: str
    columns: Mapping[str, Column]
    key: str
    read: Callable[[Source, Within | None], pd.DataFrame]
    sort: str = "name"
    beat: float = 10.0
    follows: tuple[str, ...] = ()
    feature: str = ""
    missing: type[NotFound] = NotFound
    verbs: Mapping[str, Verb] = field(default_factory=dict[str, Verb])
    collection: str = ""
    handle: Callable[[Host, str, Within | None], Any] | None = None
    states: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    dots: Mapping[str, str] = field(default_factory=dict[str, str])
    written: Callable[[pd.DataFrame, int, str], dict[str, Row]] | None = None
    tells: bool = True

    @property
    def nouns(self) -> str:
        """Several of them, in messages."""
        return f"{self.noun}s"

    @property
    def first(self) -> str:
        """The key of the column that is always shown."""
        return next(iter(self.columns))

    @property
    def figures(self) -> int:
        """Number of columns that come with the figures."""
        return sum(column.figure for column in self.columns.values())

    def lacks(self, host: Host) -> str:
        """Say why a host has none of them; empty where it may have."""
        if self.feature and not host.supports(self.feature):  # pyright: ignore[reportArgumentType]
            return f"The {host.driver} driver of {printable(host.name)} has no {self.nouns}."
        return ""

    def texts(self, column: Column, values: pd.Series[Any]) -> pd.Series[str]:
        """Write values of a column of text, of yes or no, or of times, as the page shows them."""
        if column.kind == "flag":
            return values.map(_YES).astype("str").fillna("")
        if column.kind == "time":
            return values.dt.strftime("%m-%d %H:%M:%S").astype("str").fillna("")
        said = values.astype("str").fillna("")
        labels = self.labels if column.key == "state" else dict[str, str]()
        written = {one: printable(labels.get(str(one), str(one))) for one in said.unique()}
        return said.map(written).astype("str")

    def empty(self) -> pd.DataFrame:
        """Return the frame of a host that has none of them."""
        types = {"host": "str", self.key: "str"}
        for column in self.columns.values():
            if not column.figure:
                types[column.source] = _TYPES.get(column.kind, "str")
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})

    def rows_of(self, frame: pd.DataFrame, number: int = 0, mark: str = "") -> dict[str, Row]:
        """Make the page's rows of a frame, by key with the mark of its host.

        A row has a value per column by the column's key, host, number (of its host), state, label and kind
        (good, wait, bad or off), order and persistent (None where nobody said). Text is printable: what would
        hide or reorder text is written as an escape.
        """
        if self.written is not None:
            return self.written(frame, number, mark)
        table = pd.DataFrame(index=frame.index)
        for column in self.columns.values():
            values = frame[column.source]
            table[column.key] = self.texts(column, values) if column.kind in ("text", "time") else values
        table["host"] = frame["host"].map(printable)
        state = frame["state"] if "state" in frame else pd.Series("", index=frame.index)
        table["label"] = self.texts(self.columns["state"], state) if "state" in self.columns else ""
        table["state"] = state
        table["kind"] = state.map({one: self.dots.get(str(one), "off") for one in state.unique()})
        table["order"] = frame.get("order", 0)
        table["persistent"] = frame.get("persistent")
        table = table.astype(object).where(table.notna(), None)
        keys = frame[self.key].astype(str) + mark
        return {
            key: {**{str(name): _plain(value) for name, value in row.items()}, "number": number}
            for key, row in zip(keys, table.to_dict("records"), strict=True)
        }


def _plain(value: object) -> object:
    """Return a value as JSON can say it."""
    return value.item() if hasattr(value, "item") else value  # pyright: ignore
