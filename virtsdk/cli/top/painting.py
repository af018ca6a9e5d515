"""The table as lines of rich: in the colours of the terminal, never wider than it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from virtsdk.cli.top.choices import HELP, Choices
from virtsdk.cli.top.layout import GAP, Cell, Picture, Table, fitted
from virtsdk.cli.top.watching import HostState
from virtsdk.display.text import ago

if TYPE_CHECKING:
    from rich.text import Text

LOOKS = {"good": "green", "wait": "yellow", "bad": "bold red", "off": "dim", "": ""}
_DOWN = 3  # hosts that do not answer, each with a line
_NO_ROOM = 2  # lines of rows, at the least, before the head is left out


def painted(found: Picture, choices: Choices, *, width: int, height: int, every: float) -> list[Text]:
    """Return the lines of a screen: head, table, and a last line of keys."""
    from rich.cells import cell_len
    from rich.text import Text

    head = [*_head(found, choices, every), *_down(found.hosts)]
    if height - len(head) - 2 < _NO_ROOM:
        head = head[:1] if height > _NO_ROOM + 2 else []
    body = list(table_lines(fitted(found, choices, width, cell_len), width))
    rows = body[: max(1, height - len(head) - 1)]
    if not found.rows:
        rows.append(Text(_why_empty(found, choices), "dim"))
    blank = [Text("")] * max(0, height - len(head) - len(rows) - 1)
    lines = [*head, *rows, *blank][: max(0, height - 1)]
    lines.append(_foot(found, choices, len(rows) - 1, width))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        line.no_wrap = True
    return lines


def room_for_rows(found: Picture, choices: Choices, *, height: int, every: float) -> int:
    """Return how many rows `painted` has room for."""
    head = len(_head(found, choices, every)) + len(list(_down(found.hosts)))
    if height - head - 2 < _NO_ROOM:
        head = 1 if height > _NO_ROOM + 2 else 0
    return max(1, height - head - 2)


def table_lines(table: Table, width: int | None = None) -> Iterator[Text]:
    """Yield the titles and the rows of a table."""
    titles = tuple(Cell(title) for title in table.titles)
    yield _line(table, titles, "reverse" if width is not None else "bold", width)
    for cells in table.lines:
        yield _line(table, cells, "", width)


def _line(table: Table, cells: Sequence[Cell], style: str, width: int | None) -> Text:
    from rich.text import Text

    line = Text(style=style, no_wrap=True, end="")
    for place, (cell, wide) in enumerate(zip(cells, table.widths, strict=True)):
        text = Text(cell.text, LOOKS[cell.look])
        text.truncate(wide, overflow="ellipsis")
        blank = " " * (wide - text.cell_len)
        last = place + 1 == len(cells) and width is None
        line.append(" " * GAP if place else "")
        line.append_text(Text(blank) + text if table.is_number(place) else text + Text("" if last else blank))
    if style == "reverse" and width is not None:
        line.append(" " * max(0, width - line.cell_len))
    return line


def _head(found: Picture, choices: Choices, every: float) -> list[Text]:
    from rich.text import Text

    line = Text("virtsdk top", "bold")
    line.append(f"  {found.headline}", "not bold")
    line.append(f"  {found.time:%H:%M:%S} UTC", "not bold dim")
    line.append("  paused" if choices.paused else f"  every {every:g} s", "not bold dim")
    lines = [line]
    if choices.typing is not None:
        lines.append(Text.assemble(("filter: ", "bold"), choices.typing, ("▏", "blink")))
        if choices.error:
            lines.append(Text(choices.error, "red"))
    elif choices.filter:
        lines.append(Text.assemble(("filter: ", "bold"), choices.filter))
    return lines


def _down(hosts: Sequence[HostState]) -> Iterator[Text]:
    from rich.text import Text

    down = [one for one in hosts if one.error]
    for one in down[:_DOWN]:
        when = "not there yet" if one.since is None else f"lost {ago(one.since)}"
        yield Text(f"{one.name}: {when}: {one.error}", "red")
    if len(down) > _DOWN:
        yield Text(f"and {len(down) - _DOWN} more do not answer", "red")


def _why_empty(found: Picture, choices: Choices) -> str:
    if found.guests:
        return f"no guest matches {choices.filter!r}"
    if all(one.up for one in found.hosts):
        return "no guests"
    return "" if any(one.error for one in found.hosts) else "connecting …"


def _foot(found: Picture, choices: Choices, shown: int, width: int) -> Text:
    from rich.cells import cell_len
    from rich.text import Text

    if choices.typing is not None:
        return Text("enter apply  escape leave it  for example state:running cpu>50% web", "dim")
    where = ""
    if found.shown > shown > 0:
        where = f"{found.first + 1} to {min(found.shown, found.first + shown)} of {found.shown}  "
    text = Text(where, "bold")
    room = width - text.cell_len
    text.append(next((one for one in HELP if cell_len(one) <= room), HELP[-1]), "not bold dim")
    return text
