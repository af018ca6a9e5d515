"""All values of all records, laid out by column: whole numbers in one array, everything else in another.

Records of one shape are turned on their side, so that the values of one key lie beside each other. What is
due to be a whole number and is none (a text, a fraction, one above 64 bits) is remembered as odd, with its
value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from virtsdk.stats.samples.shape import MISSING, Places, Shape, shape_of

Objects = NDArray[np.object_]
Flags = NDArray[np.bool_]
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one shape."""

    shape: Shape
    members: Places  #: their numbers among all records
    figures: int  #: where their whole numbers begin
    words: int  #: where their other values begin

    def places(self, ranks: Places, figures: Flags) -> Places:
        """Return where the values of some ranks lie.

        Parameters
        ----------
        ranks
            One row a column of the frame, one column a row of it.
        figures
            Which columns of the frame are figures.

        Returns
        -------
        ndarray
            One row a column of the frame; the frame's rows of all members after each other.
        """
        count = len(self.members)
        start = np.where(figures, self.figures, self.words)[:, None, None]
        places = ranks[:, None, :] * count + start + np.arange(count)[:, None]
        given = ranks != MISSING
        if not given.all():
            places = np.where(given[:, None, :], places, MISSING)
        return places.reshape(len(ranks), -1)


@dataclass(frozen=True, slots=True)
class Flat:
    """Every value; a place of MISSING reads the last entry, which stands for nothing."""

    groups: list[Group]
    figures: NDArray[np.int64]
    odd: Flags | None  #: which figures are none
    oddities: dict[int, object]  #: what they are instead
    words: Objects

    def source(self, place: int, *, figure: bool) -> tuple[int, str, object]:
        """Return the record, the key and the value at a place."""
        starts = [group.figures if figure else group.words for group in self.groups]
        # an empty group begins where the next one does: the last that begins here holds the place
        group = self.groups[int(np.searchsorted(starts, place, side="right")) - 1]
        rank, member = divmod(place - (group.figures if figure else group.words), len(group.members))
        key = group.shape.keys[(group.shape.figures if figure else group.shape.words)[rank]]
        value = self.oddities.get(place, int(self.figures[place])) if figure else self.words[place]
        return int(group.members[member]), key, value


def lay_out(records: Sequence[dict[str, object]]) -> Flat:
    """Sort the records by shape and their values by key."""
    shapes: dict[int, tuple[Shape, list[int]]] = {}
    shape = shape_of(())
    for number, record in enumerate(records):
        keys = tuple(record)
        if keys != shape.keys:  # most are like the one before
            shape = shape_of(keys)
        shapes.setdefault(id(shape), (shape, []))[1].append(number)
    groups: list[Group] = []
    figures: list[object] = []
    words: list[object] = []
    for shape, members in chunks(shapes.values()):
        groups.append(Group(shape, np.array(members, dtype=np.int64), len(figures), len(words)))
        by_key = list(zip(*[records[number].values() for number in members], strict=True))
        figures.extend(chain.from_iterable([by_key[place] for place in shape.figures]))
        words.extend(chain.from_iterable([by_key[place] for place in shape.words]))
    numbers, odd, oddities = whole_numbers(figures)
    last: Objects = np.empty(len(words) + 1, dtype=object)
    last[:-1] = words
    return Flat(groups, numbers, odd, oddities, last)


def joined(flats: Sequence[Flat], counts: Sequence[int]) -> Flat:
    """Put the records of several layouts one after the other, those of one shape together.

    Parameters
    ----------
    flats, counts
        The layouts, and how many records each of them has.
    """
    shapes: dict[int, list[tuple[Flat, Group, int]]] = {}
    before = 0
    for flat, count in zip(flats, counts, strict=True):
        for group in flat.groups:
            shapes.setdefault(id(group.shape), []).append((flat, group, before))
        before += count
    groups: list[Group] = []
    figures: list[NDArray[np.int64]] = []
    odd: list[Flags] = []
    words: list[Objects] = []
    oddities: dict[int, object] = {}
    start = first_word = 0
    for parts in shapes.values():
        shape, sizes = parts[0][1].shape, [len(group.members) for _, group, _ in parts]
        members = np.concatenate([group.members + offset for _, group, offset in parts])
        groups.append(Group(shape, members, start, first_word))
        figures.append(
            _beside([(flat.figures, group.figures) for flat, group, _ in parts], shape.figures, sizes)
        )
        words.append(_beside([(flat.words, group.words) for flat, group, _ in parts], shape.words, sizes))
        if any(flat.odd is not None for flat, _, _ in parts):
            flags = [(_flags(flat), group.figures) for flat, group, _ in parts]
            odd.append(_beside(flags, shape.figures, sizes))
            columns = np.cumsum([0, *sizes])
            for (flat, group, _), column, size in zip(parts, columns.tolist(), sizes, strict=False):
                for place, value in flat.oddities.items():
                    rank, member = divmod(place - group.figures, size)
                    if 0 <= rank < len(shape.figures):
                        oddities[start + rank * len(members) + column + member] = value
        else:
            odd.append(np.zeros(len(figures[-1]), dtype=bool))
        start += len(figures[-1])
        first_word += len(words[-1])
    last: Objects = np.empty(1, dtype=object)
    return Flat(
        groups,
        np.concatenate([*figures, np.zeros(1, dtype=np.int64)]),
        np.concatenate([*odd, np.zeros(1, dtype=bool)])
        if any(one.odd is not None for one in flats)
        else None,
        oddities,
        np.concatenate([*words, last]),
    )


def _beside(parts: Sequence[tuple[NDArray[Any], int]], ranks: Sequence[int], sizes: Sequence[int]) -> Any:
    """Put the values of records of one shape beside each other, key by key."""
    blocks = [
        values[start : start + len(ranks) * size].reshape(len(ranks), size)
        for (values, start), size in zip(parts, sizes, strict=True)
    ]
    return np.concatenate(blocks, axis=1).ravel()


def _flags(flat: Flat) -> Flags:
    return np.zeros(len(flat.figures), dtype=bool) if flat.odd is None else flat.odd


def chunks(shapes: Iterable[tuple[Shape, list[int]]]) -> Iterator[tuple[Shape, list[int]]]:
    """Cut large groups to a size whose records fit a processor's cache while they are turned."""
    for shape, members in shapes:
        for start in range(0, len(members), CHUNK):
            yield shape, members[start : start + CHUNK]


def whole_numbers(values: list[object]) -> tuple[NDArray[np.int64], Flags | None, dict[int, object]]:
    """Return the values as 64-bit numbers, with a 0 for what is none and for the end."""
    if set(map(type, values)) <= {int}:
        try:
            return np.array([*values, 0], dtype=np.int64), None, {}
        except OverflowError:
            pass  # one of them is above 64 bits: looked for below
    plain = [_number(value) for value in values]
    odd = np.array([one is None for one in plain] + [False])
    oddities = {place: values[place] for place in np.flatnonzero(odd).tolist()}
    return np.array([one or 0 for one in plain] + [0], dtype=np.int64), odd, oddities


def _written(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def _number(value: object) -> int | None:
    """Return a value as a whole number of 64 bits, or None where it is not exactly one.

    A number that was written as text counts, as ``virsh domstats`` prints it. All 64 bits set are libvirt's
    -1 in a field without a sign; a float has them as 2**64.
    """
    if isinstance(value, str):
        value = _written(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    whole = int(value)
    if whole == 2**64 - 1 or (whole == 2**64 and isinstance(value, float)):
        return -1
    return whole if -(2**63) <= whole < 2**63 else None
