"""A list of values that is also a frame and, in a notebook, a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from virtsdk.display import html, text

if TYPE_CHECKING:
    import pandas as pd


class Row(Protocol):
    """A value that is a row of a frame."""

    columns: ClassVar[Mapping[str, str]]
    """Its columns beside those of the guest, and their types."""

    def row(self) -> Mapping[str, object]:
        """Give its values by column."""
        ...


RowT = TypeVar("RowT", bound=Row)


class Rows(list[RowT]):
    """Values that were read of a guest, as a list; `frame` gives them as a frame.

    Parameters
    ----------
    items
        The values.
    kind
        Their class.
    about
        The first columns of each row: host, domain, name.
    """

    def __init__(self, items: Iterable[RowT], kind: type[RowT], about: Mapping[str, str]) -> None:
        super().__init__(items)
        self._kind, self._first = kind, dict(about)

    def frame(self) -> pd.DataFrame:
        """Give them as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per value: host, domain (its UUID), name (the guest's), then the value's own attributes;
            sizes in bytes. Missing where the guest does not say.
        """
        import pandas as pd

        types = dict.fromkeys(self._first, "str") | dict(self._kind.columns)
        rows = [self._first | dict(one.row()) for one in self]
        return pd.DataFrame(rows, columns=list(types)).astype(types)

    def _repr_html_(self) -> str:
        columns = list(self._kind.columns)
        rows: Sequence[list[object]] = [
            [text.said(column, one.row().get(column)) for column in columns] for one in self
        ]
        return html.view(
            html.heading(self._first["name"], f"on {self._first['host']}"),
            html.table([text.label(column) for column in columns], rows),
        )


@dataclass(frozen=True)
class Line:
    """Base of a value whose attributes are the columns of a frame as they are."""

    columns: ClassVar[Mapping[str, str]] = {}

    def row(self) -> dict[str, object]:
        """Give its values by column."""
        return {column: getattr(self, column) for column in self.columns}
