"""Values as short plain text: the words that text/plain and text/html share."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum

from virtsdk.display.listing import LIMIT, Cut, cut

_SIZES = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_WIDE = {"W", "F"}
_NOTHING = "—"
_FIGURE = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?( (%|[A-Za-z]+(/[a-z]+)?))?")


def printable(text: str) -> str:
    r"""Make a name safe to print on one line.

    Control characters, line separators, lone surrogates and the invisible characters that can reorder or hide
    text are written as backslash escapes; everything that a reader can see stays as it is.

    Examples
    --------
    >>> print(printable("web\n1"))
    web\n1
    """
    if text.isascii() and text.isprintable():  # most are
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _INVISIBLE
        else character
        for character in text
    )


def shorten(text: str, limit: int = 60) -> str:
    """Cut a printable text to `limit` characters, with an ellipsis for what is left out."""
    text = printable(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def size(amount: float | None, digits: int = 3) -> str:
    """Write bytes in the largest binary unit that keeps the number above 1.

    Examples
    --------
    >>> size(8 * 2**30), size(1536), size(None)
    ('8 GiB', '1.5 KiB', '—')
    """
    if amount is None or math.isnan(amount):
        return "—"
    step = 0
    value = float(amount)
    while abs(value) >= 1024 and step < len(_SIZES) - 1:
        value /= 1024
        step += 1
    return f"{figure(value, digits)} {_SIZES[step]}"


def figure(value: float, digits: int = 3) -> str:
    """Write a figure with so many digits, and never as a power of ten where it is a plain large number.

    Examples
    --------
    >>> figure(4.5), figure(1234.5), figure(0.12345, 2)
    ('4.5', '1234', '0.12')
    """
    if not math.isfinite(value):
        return "—"
    whole = len(str(round(abs(value))))  # rounded: 99.96 has three digits before the point
    return f"{value:.{max(digits, whole)}g}"


def percent(share: float) -> str:
    """Write a share with two digits, as a percentage.

    Examples
    --------
    >>> percent(0.0714), percent(0.996), percent(0.00001), percent(0.0)
    ('7.1 %', '100 %', 'under 0.01 %', '0 %')
    """
    if math.isnan(share):
        return "—"
    if 0 < share < 0.0001:
        return "under 0.01 %"
    return f"{figure(100 * share, 2) if share < 0.995 else round(100 * share)} %"


def begun(sentence: str) -> str:
    """Begin a sentence with a capital, and leave the rest as it is.

    Examples
    --------
    >>> begun("shares are even on kvm7"), begun("")
    ('Shares are even on kvm7', '')
    """
    return sentence[:1].upper() + sentence[1:]


def resource_words(name: str | None) -> str:
    """Write a resource that runs out as it is written elsewhere.

    Examples
    --------
    >>> resource_words("vcpus"), resource_words("memory"), resource_words(None)
    ('vCPUs', 'memory', '—')
    """
    return "—" if name is None else {"vcpus": "vCPUs", "hugepages": "huge pages"}.get(name, name)


def label(name: str) -> str:
    """Write the name of a column or an attribute for a reader: its unit goes to the value, see `said`.

    Examples
    --------
    >>> label("used_bytes"), label("kernel_release"), label("read_bytes_per_second")
    ('used', 'kernel release', 'read')
    """
    for unit in ("_bytes_per_second", "_bytes", "_seconds"):
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def said(name: str, value: object) -> object:
    """Write a value with the unit that the name of its column or attribute has.

    Examples
    --------
    >>> said("used_bytes", 2**30), said("read_bytes_per_second", 2**20), said("sleep_seconds", 0.5)
    ('1 GiB', '1 MiB/s', '0.5 s')
    >>> said("vcpus", 4), said("used_bytes", None)
    (4, None)
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if name.endswith("_bytes_per_second"):
        return f"{size(value)}/s"
    return size(value) if name.endswith("_bytes") else f"{value:g} s" if name.endswith("_seconds") else value


def words(value: object) -> str:
    """Write one value in the words that a person reads: enums by value, times in UTC, nothing as a dash."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return printable(str(value.value))
    if isinstance(value, float):
        return "—" if math.isnan(value) else f"{value:.4g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, datetime):
        utc = value.utcoffset() == timedelta(0)
        return f"{value:%Y-%m-%d %H:%M:%S} UTC" if utc else value.isoformat(sep=" ", timespec="seconds")
    return printable(str(value))


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 domain``, ``2 domains``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def ago(seconds: float) -> str:
    """Write how long ago something was, in its largest whole unit.

    Examples
    --------
    >>> ago(3.7), ago(200), ago(2 * 86400)
    ('3 s ago', '3 min ago', '2 days ago')
    """
    for unit, length in (("day", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (unit == "day" and seconds >= length):
            number = int(seconds // length)
            return f"{count(number, unit)} ago" if unit == "day" else f"{number} {unit} ago"
    return f"{max(0, int(seconds))} s ago"


def one_line(text: str) -> str:
    r"""Join the lines of a text, and the blanks between its words.

    Examples
    --------
    >>> one_line("error: no\n  such file\n")
    'error: no such file'
    """
    return " ".join(text.split())


def is_figure(value: object) -> bool:
    """Tell whether a value is lined up at its right: a number, as text or with its unit, or nothing.

    One in brackets is one as well: a figure that is not certain.

    Examples
    --------
    >>> [is_figure(value) for value in (8, "0.75", "8 GiB", "(12.5 KiB/s)", "—", None)]
    [True, True, True, True, True, True]
    >>> [is_figure(value) for value in ("web1", "9.0.0", True)]
    [False, False, False]
    """
    if isinstance(value, str):
        bare = value[1:-1] if value.startswith("(") and value.endswith(")") else value
        return value == _NOTHING or _FIGURE.fullmatch(bare) is not None
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def are_figures(values: Iterable[object]) -> bool:
    """Tell whether a column is lined up at its right: figures alone, and one of them at least.

    Examples
    --------
    >>> are_figures([8, None]), are_figures(["8 GiB", "off"]), are_figures([None, "—"])
    (True, False, False)
    """
    every = list(values)
    known = any(value is not None and value != _NOTHING for value in every)
    return known and all(is_figure(value) for value in every)


def _columns_of(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in _WIDE else 1
        for one in text
    )


def columns(
    header: Sequence[str],
    rows: Iterable[Sequence[object]] | Cut[Sequence[object]],
    *,
    limit: int | None = LIMIT,
    width: int = 40,
) -> str:
    """Lay out a text table: one line per row, numbers to the right; a last line counts the rows left out.

    Parameters
    ----------
    header
        The titles of the columns.
    rows
        One sequence per row, as long as `header`. Or what `cut` left of them.
    limit
        How many rows are shown; None for all.
    width
        How many characters of a cell are shown.

    Examples
    --------
    >>> print(columns(["name", "vCPUs"], [["web1", 4], ["db1", 16], ["db2", 2]], limit=2))
    name  vCPUs
    web1      4
    db1      16
    … and 1 more
    """
    found = cut(rows, limit)
    cells = [[shorten(words(value), width) for value in row] for row in found.shown]
    numeric = [are_figures(row[i] for row in found.shown) for i in range(len(header))]
    widths = [max(_columns_of(line[i]) for line in [list(header), *cells]) for i in range(len(header))]
    lines: list[str] = []
    for line in [list(header), *cells]:
        padded = (
            " " * (widths[i] - _columns_of(cell)) + cell
            if numeric[i]
            else cell + " " * (widths[i] - _columns_of(cell))
            for i, cell in enumerate(line)
        )
        lines.append("  ".join(padded).rstrip())
    return "\n".join([lines[0], *found.noted(lines[1:])])
