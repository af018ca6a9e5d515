"""Lists of findings, changes and extras that show well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas as pd


class Row(Protocol):
    """Contents of a listing."""

    def cells(self) -> tuple[object, ...]:
        """Give the values of the listing's columns."""
        ...


T = TypeVar("T", bound=Row)

_SHOWN = 50  # lines of a repr, before the rest is one line that counts it


class Listing(list[T]):
    """A list that shows one item a line, and is a frame on request."""

    def __init__(self, items: Iterable[T], noun: str, columns: Sequence[str]) -> None:
        super().__init__(items)
        self._noun = noun
        self._columns = list(columns)

    def frame(self) -> pd.DataFrame:
        """Give the items as a frame.

        Returns
        -------
        pandas.DataFrame
            One row an item, one column a field.
        """
        import pandas as pd

        return pd.DataFrame([item.cells() for item in self], columns=self._columns)

    def _title(self) -> str:
        return f"{len(self) or 'no'} {self._noun}{'' if len(self) == 1 else 's'}"

    def rows(self) -> list[tuple[object, ...]]:
        """Give the cells of the table that a notebook shows."""
        return [item.cells() for item in self]

    def __repr__(self) -> str:
        rest = len(self) - _SHOWN
        lines = [self._title(), *(f"  {item}" for item in self[:_SHOWN])]
        return "\n".join([*lines, f"  … and {rest} more"] if rest > 0 else lines)

    def _repr_html_(self) -> str:
        from virtsdk.display import html

        return html.view(
            html.table(self._columns, self.rows(), caption=self._title(), limit=_SHOWN)
            if self
            else html.paragraph(self._title())
        )
