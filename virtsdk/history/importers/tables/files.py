"""Files of tables: their columns as texts and numbers, each row with its place for messages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from virtsdk.display.text import count, shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.sources import name_of, read_bytes

MISSING: Final = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "none", "-", "undefined"]
"""How files write a figure that is not known."""
Where: TypeAlias = Callable[[int], str]
"""Tells by row where it stands, for messages."""
_SUFFIXED: Final = re.compile(r"\s*-?[\d.,]+\s*[A-Za-z%][\w/%]*\s*")


@dataclass(slots=True)
class File:
    """A file that was opened: its name, its columns, and how it is read.

    Attributes
    ----------
    name, header
        Of the file.
    read
        Gives columns: those that are texts, those that are numbers, those that stay as they are.
    place
        Where a line is, for messages.
    lines
        The line of each row, once it is read.
    """

    name: str
    header: list[str]
    load: Callable[[list[str], list[str], list[str]], pd.DataFrame]
    place: str
    first: int
    lines: Any = None

    def at(self, row: int) -> str:
        """Return where a row stands."""
        return self.place.format(row + self.first if self.lines is None else int(self.lines[row]))

    def read(self, texts: list[str], numbers: list[str], others: list[str]) -> pd.DataFrame:
        """Return columns."""
        frame = self.load(texts, numbers, others)
        self.lines = np.arange(len(frame)) + self.first
        empty = frame.isna().all(axis=1).to_numpy(dtype=bool)  # a blank line
        if empty.any():
            frame, self.lines = frame[~empty].reset_index(drop=True), self.lines[~empty]
        for column in numbers:
            values = frame[column]
            if not pd.api.types.is_numeric_dtype(values.dtype):
                frame[column] = numbers_of(values, column, self.at)
        return frame


@dataclass(frozen=True, slots=True)
class Csv:
    """CSV, by the marks that stand between columns and in numbers."""

    separator: str
    decimal: str

    def open(self, source: Any) -> File:
        """Read what columns a file has."""
        name, data = name_of(source), read_bytes(source)
        try:
            first = data.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode()
        except UnicodeDecodeError as error:
            raise RecordingError(f"{name} is no text in UTF-8: byte {error.start} is none") from error
        header: list[str] = next(csv.reader([first.strip("\r")], delimiter=self.separator), list[str]())
        if not any(header):
            raise RecordingError(f"{name} is empty, or has no line of names at its top")

        _check_lines(data, self.separator, len(header), name)

        def load(texts: list[str], numbers: list[str], others: list[str]) -> pd.DataFrame:
            kinds: dict[str, Any] = dict.fromkeys([*texts, *others], "str")
            absent = {one: [""] for one in texts} | dict.fromkeys([*numbers, *others], MISSING)
            try:
                return pd.read_csv(
                    io.BytesIO(data), sep=self.separator, decimal=self.decimal, encoding="utf-8-sig",
                    usecols=[*texts, *numbers, *others], dtype=kinds, keep_default_na=False, na_values=absent,
                    low_memory=False, skip_blank_lines=False,
                )  # fmt: skip
            except (ValueError, pd.errors.ParserError, UnicodeDecodeError, OverflowError) as error:
                raise RecordingError(f"{name}: no CSV: {shorten(str(error).strip(), 200)}") from error

        return File(name, header, load, f"{name}, line {{}}", 2)


def _check_lines(data: bytes, separator: str, columns: int, name: str) -> None:
    """Refuse lines with more or fewer columns than the first; where texts are quoted pandas sees to it."""
    mark = separator.encode()
    if b'"' in data or len(mark) != 1:
        return
    plain = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(plain == ord("\n"))
    if not len(ends) or ends[-1] != len(plain) - 1:
        ends = np.append(ends, len(plain))
    marks = np.searchsorted(np.flatnonzero(plain == mark[0]), ends)
    number = np.diff(marks, prepend=0) + 1
    length = np.diff(ends, prepend=-1) - 1
    wrong = (number != columns) & (length > 1)  # an empty line may have a carriage return
    if wrong.any():
        line = int(wrong.argmax())
        raise RecordingError(
            f"{name}, line {line + 1}: it has {count(int(number[line]), 'column')} of {columns}: is the file "
            "complete?"
        )


@dataclass(frozen=True, slots=True)
class Parquet:
    """Parquet."""

    def open(self, source: Any) -> File:
        """Read what columns a file has."""
        from virtsdk.history.parquet.arrow import pa, pq

        name, data = name_of(source), read_bytes(source)
        try:
            file = pq.ParquetFile(io.BytesIO(data))
            header = [str(one) for one in file.schema_arrow.names]
        except (pa.ArrowException, OSError, ValueError) as error:
            raise RecordingError(f"{name}: no Parquet file: {shorten(str(error), 200)}") from error

        def load(texts: list[str], numbers: list[str], others: list[str]) -> pd.DataFrame:
            try:
                table = file.read(columns=[*texts, *numbers, *others])
                frame = table.to_pandas(ignore_metadata=True)
            except (pa.ArrowException, OSError, ValueError) as error:
                raise RecordingError(f"{name}: no Parquet file: {shorten(str(error), 200)}") from error
            for column in texts:
                values = frame[column]
                if not (
                    pd.api.types.is_datetime64_any_dtype(values.dtype)
                    or pd.api.types.is_numeric_dtype(values.dtype)
                ):
                    frame[column] = values.astype("str")
            return frame

        return File(name, header, load, f"{name}, row {{}}", 0)


def numbers_of(values: pd.Series[Any], column: str, where: Where) -> pd.Series[Any]:
    """Return texts as numbers.

    Raises
    ------
    RecordingError
        One is none; the message says which.
    """
    numbers: pd.Series[Any] = pd.to_numeric(values, errors="coerce")
    wrong = (numbers.isna() & values.notna() & ~values.isin(MISSING)).to_numpy(dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        value = str(values.iloc[row])
        hint = "is no number: leave it empty where it is not known"
        if _SUFFIXED.fullmatch(value):
            hint = (
                "has its unit in it: export plain numbers (in Grafana without 'Formatted data'), and see "
                "units="
            )
        elif re.fullmatch(r"\s*-?\d+,\d+\s*", value):
            hint = "is no number: give decimal=','"
        raise RecordingError(f"{where(row)}: {shorten(value, 40)!r} in column {column!r} {hint}")
    return numbers
