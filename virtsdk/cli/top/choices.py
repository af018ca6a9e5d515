"""What a person chose of a table: order, filter, pause, and how far it is scrolled; and the keys for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from virtsdk.display.text import printable
from virtsdk.tables.columns import COLUMNS, TEXTS
from virtsdk.tables.query import Query, parse

SORT_KEYS = {
    "n": "name",
    "h": "host",
    "s": "state",
    "c": "cpu",
    "m": "used",
    "d": "disk",
    "t": "net",
    "l": "steal",
    "v": "vcpus",
}
"""Keys, and the columns that they order by."""
SORTS = tuple(SORT_KEYS.values())
_ORDERS = "  ".join(f"{key} {COLUMNS[column].label.lower()}" for key, column in SORT_KEYS.items())
HELP = (
    f"q quit  / filter  r reverse  space pause  order: {_ORDERS}",
    f"q quit  / filter  r reverse  space pause  order: {' '.join(SORT_KEYS)}",
    "q quit  / filter  r reverse  space pause",
    "q quit  / filter",
)
"""The keys in a line, from the widest one on."""


@dataclass
class Choices:
    """What a person chose.

    Attributes
    ----------
    sort
        The key of a column.
    reverse
        Whether the order is the other way round: numbers come the largest first, text from A to Z.
    filter, query
        Words that rows have to match, as of the explorer, and what was read of them.
    error
        What is wrong with the filter that is being typed; empty for nothing.
    typing
        The filter that is being typed; None where none is.
    paused
        Whether the table stays as it is.
    top
        The first row that is shown.
    quit
        Whether to end.
    """

    sort: str = "cpu"
    reverse: bool = False
    filter: str = ""
    error: str = ""
    typing: str | None = None
    paused: bool = False
    top: int = 0
    quit: bool = False
    query: Query = field(default_factory=lambda: Query(()))

    def __post_init__(self) -> None:
        if self.sort not in COLUMNS:
            raise ValueError(f"sort must be among {', '.join(COLUMNS)}, not {self.sort!r}")
        self.query = parse(self.filter)

    @property
    def order(self) -> str:
        """The order, as of `Explorer.sort`: ``-cpu`` for the largest first."""
        descends = (COLUMNS[self.sort].kind not in TEXTS) != self.reverse
        return f"-{self.sort}" if descends else self.sort

    def press(self, key: str, *, rows: int, page: int) -> bool:
        """Take a key.

        Parameters
        ----------
        key
            A character, or the name of a key: ``up``, ``down``, ``page up``, ``page down``, ``home``,
            ``end``, ``enter``, ``escape``, ``backspace``.
        rows
            How many there are to scroll through.
        page
            How many the screen shows.

        Returns
        -------
        bool
            Whether it means something.
        """
        if self.typing is not None:
            return self._type(key)
        last = max(0, rows - page)
        moves = {
            "up": self.top - 1,
            "down": self.top + 1,
            "page up": self.top - max(1, page - 1),
            "page down": self.top + max(1, page - 1),
            "home": 0,
            "end": last,
            "k": self.top - 1,
            "j": self.top + 1,
        }
        if key in moves:
            self.top = min(max(0, moves[key]), last)
        elif key in SORT_KEYS:
            column = SORT_KEYS[key]
            self.reverse = not self.reverse if column == self.sort else False
            self.sort, self.top = column, 0
        elif key == "r":
            self.reverse, self.top = not self.reverse, 0
        elif key == " ":
            self.paused = not self.paused
        elif key == "/":
            self.typing, self.error = self.filter, ""
        elif key == "escape":
            self._filter_by("")
        elif key in ("q", "Q"):
            self.quit = True
        else:
            return False
        return True

    def _type(self, key: str) -> bool:
        assert self.typing is not None
        if key == "enter":
            if self._filter_by(self.typing):
                self.typing = None
        elif key == "escape":
            self.typing, self.error = None, ""
        elif key == "backspace":
            self.typing, self.error = self.typing[:-1], ""
        elif len(key) == 1 and printable(key) == key:
            self.typing, self.error = self.typing + key, ""
        else:
            return False
        return True

    def _filter_by(self, text: str) -> bool:
        try:
            self.query = parse(text)
        except ValueError as error:
            self.error = printable(str(error))
            return False
        self.filter, self.error, self.top = text, "", 0
        return True
