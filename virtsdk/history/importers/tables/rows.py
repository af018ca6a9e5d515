"""Tables to frames: rows of figures with their keys, checked, in order, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.display.text import count
from virtsdk.errors import RecordingError
from virtsdk.history.columns import recorded
from virtsdk.history.importers.assemble import typed
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.tables.figures import Figure
from virtsdk.stats.columns.metric import KEYS, leading
from virtsdk.stats.samples.convert import missing
from virtsdk.words import DOMAIN_STATES

_NUMBERS: Final = {"vcpu", "cpu"}
_STATES: Final = {
    "on": "running", "up": "running", "poweredon": "running", "active": "running", "off": "shutoff",
    "stopped": "shutoff", "poweredoff": "shutoff", "inactive": "shutoff", "shutoff": "shutoff",
    "suspended": "paused",
}  # fmt: skip
"""What others call libvirt's states, letters alone."""


@dataclass(slots=True)
class Table:
    """Figures of some things over time, a row each.

    Attributes
    ----------
    keys
        ``time`` (UTC), ``host``, ``name``, and what else tells rows apart.
    figures
        Their values, as floats in our units; texts of states.
    lines
        Where in the source each row is.
    place
        What messages call the source, and where a line is in it: ``"usage.csv, line {}"``.
    """

    keys: dict[str, Any]
    figures: dict[Figure, Any]
    lines: Any = None
    place: str = "row {}"

    def at(self, row: int) -> str:
        """Return where a row stands."""
        return self.place.format(row if self.lines is None else int(self.lines[row]))


def frames_of_tables(
    tables: Iterable[Table], notes: Notes, shares: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Make frames by name of tables.

    Parameters
    ----------
    tables
        Of all files.
    notes
        What was left out and rounded is told there.
    shares
        Columns of domains that are shares still, whatever their dtype is to be.

    Raises
    ------
    RecordingError
        A key is missing, or two rows of one thing and time differ; the message says where.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for table in tables:
        chosen: dict[str, list[Figure]] = {}
        for figure in table.figures:
            chosen.setdefault(figure.frame, []).append(figure)
        for frame, figures in chosen.items():
            parts.setdefault(frame, []).append(_part(table, frame, figures, notes))
    made: dict[str, pd.DataFrame] = {}
    for name in recorded():
        if name in parts:
            made[name] = _whole(name, parts[name], notes, shares)
    return made


def _keys(frame: str) -> list[str]:
    keys = [one for one in KEYS[frame] if one != "domain"]
    return [*keys, *(["domain", "name"] if "domain" in KEYS[frame] else []), "time"]


def _part(table: Table, frame: str, figures: Sequence[Figure], notes: Notes) -> pd.DataFrame:
    """Return the rows of a frame that a table has, one a thing and time."""
    columns: dict[str, Any] = {}
    for key in _keys(frame):
        values = _key(table, key, frame)
        columns[key] = values
    for figure in figures:
        given = table.figures[figure]
        columns[figure.column] = given if figure.column == "state" else _clean(given, figure, notes)
    made = pd.DataFrame(columns)
    there = made[[one.column for one in figures]].notna().any(axis=1).to_numpy(dtype=bool)
    if not there.all():
        made = made[there]
    keys = _keys(frame)
    twice = made.duplicated(keys, keep=False).to_numpy(dtype=bool)
    if twice.any():
        rest = cast("pd.DataFrame", made[twice]).drop_duplicates()
        again = rest.duplicated(keys, keep=False).to_numpy(dtype=bool)
        if again.any():
            same = cast("pd.DataFrame", rest[again]).iloc[0]
            alike = (made[keys] == same[keys]).all(axis=1)
            where = made.index[alike.to_numpy(dtype=bool)]
            raise RecordingError(
                f"{table.at(int(where[0]))} and {table.at(int(where[1]))} are of the same "
                f"{', '.join(keys[:-1])} and time ({same['name'] if 'name' in same else same['host']}, "
                f"{same['time']}), and differ: leave one out, or say what else tells them apart"
            )
        made = made.drop_duplicates(keys)
    return made


def _key(table: Table, key: str, frame: str) -> Any:
    if key == "domain" and "domain" not in table.keys:
        key = "name"
    if key == "name" and "name" not in table.keys:
        key = "domain"
    if key not in table.keys:
        lacks = "host or host=NAME" if key == "host" else key
        raise RecordingError(
            f"{table.place.partition(',')[0]}: rows of {frame} need {lacks}: columns={{'THEIRS': {key!r}}} "
            "says which column has it"
        )
    values = table.keys[key]
    absent = np.asarray(pd.isna(values), dtype=bool)
    if absent.any():
        raise RecordingError(f"{table.at(int(absent.argmax()))}: {key} is missing: each row needs one")
    if key in _NUMBERS:
        numbers = pd.to_numeric(pd.Series(values), errors="coerce")
        wrong = (numbers.isna() | (numbers < 0) | (numbers % 1 != 0)).to_numpy(dtype=bool)
        if wrong.any():
            row = int(wrong.argmax())
            raise RecordingError(f"{table.at(row)}: {key} must be a number from 0, not {values[row]!r}")
        return numbers.astype("Int64").array
    return values


def _clean(values: Any, figure: Figure, notes: Notes) -> Any:
    plain = np.asarray(values, dtype=np.float64)
    infinite, negative = np.isinf(plain), plain < 0
    for which, said in (
        (infinite, "infinite, left out"),
        (negative, "below 0, left out: -1 stands for unknown"),
    ):
        if which.any():
            notes.add(f"{count(int(which.sum()), 'sample')} {said}", figure.frame, figure.column)
    wrong = infinite | negative
    return np.where(wrong, np.nan, plain) if wrong.any() else plain


def _whole(name: str, parts: list[pd.DataFrame], notes: Notes, shares: Collection[str]) -> pd.DataFrame:
    """Put the parts of a frame together, with its dtypes."""
    keys = _keys(name)
    alike: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    for part in parts:
        alike.setdefault(tuple(part.columns), []).append(part)
    frame: pd.DataFrame | None = None
    for group in alike.values():
        other = _once(pd.concat(group, ignore_index=True), keys) if len(group) > 1 else group[0]
        if frame is None:
            frame = other
        elif set(other.columns) & set(frame.columns) - set(keys):
            frame = _once(pd.concat([frame, other], ignore_index=True), keys)
        else:
            frame = frame.merge(other, on=keys, how="outer")
    assert frame is not None
    order = [one for one in ("host", "name", "domain", *keys) if one in frame.columns]
    frame = frame.sort_values(list(dict.fromkeys([*order, "time"])), kind="stable", ignore_index=True)
    known = recorded()[name]
    made: dict[str, Any] = {}
    for column in [*leading(name), *(one for one in frame.columns if one not in leading(name))]:
        values: Any = frame[column]
        if column in leading(name):
            dtype = known[column]
            made[column] = values.array if column == "time" else values.astype(cast("Any", dtype)).array
        elif column == "state":
            made[column] = values.array
        else:
            plain = values.to_numpy(dtype=np.float64, na_value=np.nan)
            dtype = known.get(column, "Int64" if column.endswith("_bytes") else "Float64")
            dtype = "Float64" if column in shares else dtype
            made[column] = typed(name, column, "boolean" if column == "agent_seen" else dtype, plain, notes)
    if name == "domains" and "state" not in made:
        made["state"] = missing("str", len(frame))
    return pd.DataFrame(made, copy=False)


def _once(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Make one row of those of one thing and time: of files that overlap, or that have a figure each."""
    if not frame.duplicated(keys).any():
        return frame
    return frame.groupby(keys, sort=False, as_index=False).first()


def states(values: Any, where: Any) -> Any:
    """Return states in libvirt's words: its own, its numbers, and what others call them.

    Parameters
    ----------
    values
        Texts or numbers.
    where
        Tells by row where a value stands.

    Raises
    ------
    RecordingError
        One is none.
    """
    codes, known = pd.factorize(pd.Series(values))
    found: list[str | None] = []
    for place, one in enumerate(known.tolist()):
        letters = "".join(filter(str.isalpha, str(one))).lower()
        word = _STATES.get(letters, letters)
        number = str(one).removesuffix(".0")
        if number.isdecimal() and int(number) < len(DOMAIN_STATES):
            word = DOMAIN_STATES[int(number)]
        if word not in DOMAIN_STATES:
            row = int(np.flatnonzero(codes == place)[0])
            raise RecordingError(
                f"{where(row)}: state must be one of {', '.join(DOMAIN_STATES)}, or its number, not {one!r}"
            )
        found.append(word)
    return pd.array([*found, None], dtype="str").take(np.where(codes < 0, len(found), codes))


def known_sizes(tables: Sequence[Table], sizes: pd.DataFrame | None) -> Mapping[str, Mapping[str, float]]:
    """Return by column (vcpus, memory_bytes) what each domain has, by its name, as a frame beside tells.

    Raises
    ------
    ValueError
        It has no names, or nothing of it.
    """
    if sizes is None:
        return {}
    if not isinstance(sizes, pd.DataFrame) or "name" not in sizes:
        raise ValueError(
            "sizes must be a frame with name, and vcpus and memory_bytes, as host.stats().domains"
        )
    found: dict[str, Mapping[str, float]] = {}
    for column in ("vcpus", "memory_bytes"):
        if column in sizes:
            known = sizes.dropna(subset=[column]).drop_duplicates("name")
            values = known[column].astype(float).tolist()
            found[column] = dict(zip(known["name"].astype(str), values, strict=True))
    if not found:
        raise ValueError("sizes must have vcpus or memory_bytes beside name")
    return found
