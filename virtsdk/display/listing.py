"""Long lists cut short, with a word on how many more there are: one limit for text and for HTML.

`virtsdk.display.text.columns` and `virtsdk.display.html.table` cut their rows by it, so a repr hands them all
rows and slices none itself. What shows a line per item takes `lines`; a message that names some of many takes
`names`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
U = TypeVar("U")

LIMIT: Final = 20
"""Rows, or lines, that a repr shows."""
_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """The items that are shown of a long list.

    Attributes
    ----------
    shown
        Those items.
    note
        How many others there are, in words; None where all are shown.
    first
        The note stands above the items: it counts earlier ones.
    """

    shown: list[T]
    note: str | None
    first: bool = False

    def map(self, function: Callable[[T], U]) -> Cut[U]:
        """Apply a function to the items that are shown: the others cost nothing."""
        return Cut([function(item) for item in self.shown], self.note, self.first)

    def noted(self, written: list[str], write: Callable[[str], str] = str) -> list[str]:
        """Add the note, as `write` writes it, to what was written of the items: below them, or above."""
        if self.note is None:
            return written
        note = write(self.note)
        return [note, *written] if self.first else [*written, note]


def cut(items: Iterable[T] | Cut[T], limit: int | None = LIMIT, *, last: bool = False) -> Cut[T]:
    """Cut a list to its first items, or to its last.

    Parameters
    ----------
    items
        All of them; what is cut already stays as it is.
    limit
        How many are shown; None for all.
    last
        Show the last ones, of what grows at its end: events.

    Examples
    --------
    >>> cut("abcde", 2)
    Cut(shown=['a', 'b'], note='… and 3 more', first=False)
    >>> cut("abcde", 2, last=True)
    Cut(shown=['d', 'e'], note='… 3 earlier', first=True)
    >>> cut("abcde", 5).note is None
    True
    """
    if isinstance(items, Cut):
        return items
    every = list(items)
    left_out = 0 if limit is None else len(every) - limit
    if left_out <= 0:
        return Cut(every, None)
    if last:
        return Cut(every[left_out:], f"… {left_out} earlier", first=True)
    return Cut(every[:limit], f"… and {left_out} more")


def cut_to(items: list[T], number: int, limit: int = LIMIT) -> Cut[T]:
    """Say how many more there are than the first ones, which are all that was made.

    Examples
    --------
    >>> cut_to(["a", "b"], 9)
    Cut(shown=['a', 'b'], note='… and 7 more', first=False)
    """
    shown = items[:limit]
    return Cut(shown, f"… and {number - len(shown)} more" if number > len(shown) else None)


def lines(items: Iterable[object] | Cut[object], limit: int | None = LIMIT) -> list[str]:
    """Write one line per item, and one for those that are left out.

    Examples
    --------
    >>> lines(range(9), 2)
    ['0', '1', '… and 7 more']
    """
    found = cut(items, limit)
    return found.noted([str(item) for item in found.shown])


def names(items: Iterable[object], limit: int = _NAMES) -> str:
    """Write the first items on one line for a message, and how many more there are; ``none`` for none.

    Examples
    --------
    >>> print(names(["kvm1", "kvm2", "kvm3"], 2), names([]), sep="; ")
    kvm1, kvm2 and 1 more; none
    """
    every = [str(item) for item in items]
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more if every else "none"


def there_is(name: str, known: Iterable[str], *, most: int = 3) -> str:
    """Tell who typed a name that is not there which of the known ones look like it, else what there is.

    Examples
    --------
    >>> there_is("tset", ["test", "web1"]), there_is("web", ["web1", "web2", "db1"])
    ("there is 'test'", "there are 'web1', 'web2'")
    >>> there_is("x", ["web1", "db1"]), there_is("x", [])
    ("there are 'web1', 'db1'", 'there are none')
    """
    from difflib import get_close_matches

    every = list(known)
    folded: dict[str, list[str]] = {}
    for one in every:
        folded.setdefault(one.strip().casefold(), []).append(one)
    wanted = name.strip().casefold()
    near = [*folded.get(wanted, []), *(one for one in every if wanted and wanted in one.casefold())]
    near += [one for match in get_close_matches(wanted, folded, most) for one in folded[match]]
    found = list(dict.fromkeys(near))[:most] or every
    if not found:
        return "there are none"
    shown = names((repr(_shortened(one)) for one in found), max(most, _NAMES))
    return f"there {'is' if len(found) == 1 else 'are'} {shown}"


def _shortened(name: str, limit: int = 60) -> str:
    """Cut a name that a message repeats."""
    return name if len(name) <= limit else name[: limit - 1] + "…"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values, None for what is missing."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # pyright: ignore
