"""Lists of findings, changes and extras that show well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas as pd


class Row(Protocol):
    """What a listing holds."""

    def cells(self) -> tuple[object, ...]:
        """Give the values of the listing's columns."""
        ...


T = TypeVar("T", bound=Row)


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

    def __repr__(self) -> str:
        return "\n".join([self._title(), *(f"  {item}" for item in self)])

    def _repr_html_(self) -> str:
        from virtsdk.display import html

        return html.view(
            html.table(self._columns, [item.cells() for item in self], caption=self._title())
            if self
            else html.paragraph(self._title())
        )
