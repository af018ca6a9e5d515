"""The tree of a guest's snapshots or checkpoints, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from virtsdk.display import html, text

Row = Mapping[str, object]

_FORK, _LAST, _ALONG, _PAST = "├─ ", "└─ ", "│  ", "   "
_SHOWN: Final = ("state", "kind", "size_bytes", "time", "description")


@dataclass(frozen=True, repr=False)
class Tree:
    """Snapshots or checkpoints of a guest, each below the one that it follows.

    Those that lie side by side have a mark; one without a mark follows the line above.

    Attributes
    ----------
    title
        Whose they are, and how many.
    rows
        A mapping a line, in the order of the tree: name, parent, ``current`` and more.
    """

    title: str
    rows: tuple[Row, ...]
    _marks: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, title: str, rows: Iterable[Row]) -> Tree:
        """Arrange rows that have a ``name`` and a ``parent``; a parent that is not there makes a root."""
        every = list(rows)
        arranged = arrange(every)
        return cls(title, tuple(row for _, row in arranged), tuple(mark for mark, _ in arranged))

    def _table(self) -> tuple[list[str], list[list[object]]]:
        shown = [name for name in _SHOWN if any(row.get(name) is not None for row in self.rows)]
        lines: list[list[object]] = []
        for mark, row in zip(self._marks, self.rows, strict=True):
            name = f"{mark}{text.printable(str(row['name']))}{' (current)' if row.get('current') else ''}"
            lines.append([name, *(_cell(column, row.get(column)) for column in shown)])
        return ["name", *(name.removesuffix("_bytes") for name in shown)], lines

    def __str__(self) -> str:
        first = f"<{text.printable(self.title)}>"
        return f"{first}\n{text.columns(*self._table(), width=60)}" if self.rows else first

    __repr__ = __str__

    def _repr_html_(self) -> str:
        names, lines = self._table()
        for line in lines:  # a browser joins blanks
            line[0] = str(line[0]).replace(_PAST, "\u2003\u2002").replace(" ", "\u00a0")
        return html.view(html.heading(self.title), *([html.table(names, lines)] if lines else []))


def arrange(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """Put rows in the order of their tree, the older of two that lie side by side first, each with its mark.

    Examples
    --------
    >>> rows = [{"name": "c", "parent": "a"}, {"name": "a", "parent": None}, {"name": "b", "parent": "a"}]
    >>> [f"{mark}{row['name']}" for mark, row in arrange(rows)]
    ['a', '├─ b', '└─ c']
    """
    names = {row["name"] for row in rows}
    below: dict[object, list[Row]] = {}
    for row in sorted(rows, key=_age):
        parent = row.get("parent")
        below.setdefault(parent if parent in names and parent != row["name"] else None, []).append(row)
    found: list[tuple[str, Row]] = []
    waiting = _side_by_side(below.pop(None, []), "")
    while waiting:  # no recursion: a chain may be long
        mark, indent, row = waiting.pop()
        found.append((mark, row))
        waiting += _side_by_side(below.pop(row["name"], []), indent)
    return found


def _side_by_side(rows: list[Row], indent: str) -> list[tuple[str, str, Row]]:
    """Give each its mark and the indentation of what follows it; the first one last, to be taken first."""
    if len(rows) == 1:
        return [(indent, indent, rows[0])]
    marked = [(indent + _FORK, indent + _ALONG, row) for row in rows[:-1]]
    marked += [(indent + _LAST, indent + _PAST, row) for row in rows[-1:]]
    return marked[::-1]


def _age(row: Row) -> tuple[str, str]:
    time = row.get("time")
    return "" if time is None else str(time), str(row["name"])


def _cell(column: str, value: object) -> object:
    return text.size(value) if column.endswith("_bytes") and isinstance(value, int) else value
