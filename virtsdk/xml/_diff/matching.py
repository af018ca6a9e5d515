"""Match the items of two lists: the pairs that leave the fewest changes.

First, what means the same is paired. Then items of one key are, and last those that no key tells apart; where
several could be one another, an exact assignment takes the pairs with the fewest changes between them. In a
list whose order counts, pairs do not cross.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher

from virtsdk.xml._diff.parts import Items, Part, alike, differing

Pair = tuple[int | None, int | None]
"""Positions in both lists; None where the other list has no such item."""

CHANGE = 1000
_WEAK = {"alias", "index"}  # what libvirt counts by itself decides only where all else is equal
_ALONE = CHANGE + 1  # an item without a partner is a change; of ways with as many changes, the one that pairs
_MANY = 250_000  # pairs to compare in a list whose order counts, before only equal items hold places
_FIRST = 10**13  # what counts first is worth more than any sum of what counts second
_SECOND = 10**6


def pairs(before: Items | None, after: Items | None, *, only_said: bool = False) -> list[Pair]:
    """Pair the items of two lists.

    Returns
    -------
    list of pairs
        Those that only the first list has, then the items of the second one in their order.
    """
    if before is None or after is None:
        return [
            *((i, None) for i in range(len(before.entries) if before else 0)),
            *((None, j) for j in range(len(after.entries) if after else 0)),
        ]
    found = _Matching(before, after, only_said).run()
    back = {j: i for i, j in found.items()}
    return [
        *((i, None) for i in range(len(before.entries)) if i not in found),
        *((back.get(j), j) for j in range(len(after.entries))),
    ]


def distance(before: Hashable, after: Hashable, *, only_said: bool = False) -> int:
    """Weigh the changes between two values, parts or lists; `CHANGE` each, hardly less for weak values."""
    if isinstance(before, Part) and isinstance(after, Part):
        return sum(
            CHANGE - 1 if name in _WEAK else distance(old, new, only_said=only_said)
            for name, old, new in differing(before, after, only_said=only_said)
        )
    if isinstance(before, Items | None) and isinstance(after, Items | None):
        return sum(
            distance(before.entries[i], after.entries[j], only_said=only_said)
            if before and after and i is not None and j is not None
            else CHANGE
            for i, j in pairs(before, after, only_said=only_said)
        )
    return 0 if before == after else CHANGE


class _Matching:
    """Pairs between two lists, as they are found."""

    def __init__(self, before: Items, after: Items, only_said: bool) -> None:
        self.before = before
        self.after = after
        self.only_said = only_said
        self.found: dict[int, int] = {}
        self.taken: set[int] = set()

    def run(self) -> dict[int, int]:
        """Find the position in the second list for those in the first that have one."""
        order = self.before.rule.order
        if order == "counts":
            self._align(self.before.sequence, self.after.sequence)
            return self.found
        counted = order == "unkeyed" and (self.before.ordered or self.after.ordered)
        if order != "same key" and not counted:
            self._pair_equal()
        for level in range(len(self.before.rule.keys)):
            self._pair_by_key(level)
        rest = [i for i in range(len(self.before.entries)) if i not in self.found]
        free = [j for j in range(len(self.after.entries)) if j not in self.taken]
        if counted:
            self._align(rest, free)
        else:
            self._assign(rest, free, self._open_cost)
        return self.found

    def _take(self, i: int, j: int) -> None:
        self.found[i] = j
        self.taken.add(j)

    # --- what tells items apart ---------------------------------------------------------------------------

    def _same(self, i: int, j: int) -> bool | None:
        """Tell whether two items are the same one by their keys; None where no key decides."""
        for old, new in zip(self.before.apart[i], self.after.apart[j], strict=False):
            if old is not None and new is not None and old != new:
                return False
        for old, new in zip(self.before.keys[i], self.after.keys[j], strict=False):
            if old is not None and new is not None:
                return old == new
        return None

    def _distance(self, i: int, j: int) -> int:
        return distance(self.before.entries[i], self.after.entries[j], only_said=self.only_said)

    def _same_cost(self, i: int, j: int) -> int | None:
        """Weigh a pair of one key; such items are paired whatever differs."""
        if self._same(i, j) is not True:
            return None
        return self._distance(i, j) * _SECOND + abs(i - j) - _FIRST * _FIRST

    def _open_cost(self, i: int, j: int) -> int | None:
        """Weigh a pair that no key decides, against two items that have no partner; None: no pair.

        A pair with two changes or fewer is better than an item that is gone and one that is new, and so is
        any pair that agrees in something: what one of them leaves unsaid does not tell them apart.
        """
        if self._same(i, j) is not None:
            return None
        weight = self._distance(i, j)
        old, new = self.before.entries[i], self.after.entries[j]
        agrees = isinstance(old, Part) and isinstance(new, Part) and bool(old.says.items() & new.says.items())
        if weight > 2 * CHANGE and not agrees:
            return None
        return (min(weight, 2 * CHANGE) - 2 * _ALONE) * _FIRST + weight * _SECOND + abs(i - j)

    # --- lists whose order says nothing -------------------------------------------------------------------

    def _pair_equal(self) -> None:
        old, new = self.before.entries, self.after.entries
        for i in range(min(len(old), len(new))):
            if alike(old[i], new[i]):
                self._take(i, i)
        places: dict[Hashable, deque[int]] = {}
        for j, entry in enumerate(new):
            if j not in self.taken:
                places.setdefault(entry, deque()).append(j)
        for i, entry in enumerate(old):
            queue = places.get(entry) if i not in self.found else None
            if queue:
                j = i if i in queue else queue[0]
                queue.remove(j)
                self._take(i, j)

    def _pair_by_key(self, level: int) -> None:
        groups: dict[Hashable, tuple[list[int], list[int]]] = {}
        for side, items, done in ((0, self.before, self.found), (1, self.after, self.taken)):
            for position, keys in enumerate(items.keys):
                if position not in done and len(keys) > level and keys[level] is not None:
                    groups.setdefault(keys[level], ([], []))[side].append(position)
        for left, right in groups.values():
            if self.before.rule.order == "same key":
                self._align(left, right)
            else:
                self._assign(left, right, self._same_cost)

    def _assign(self, left: list[int], right: list[int], cost: Callable[[int, int], int | None]) -> None:
        """Pair what costs least together; pairs that cost nothing or more are none."""
        if len(left) > len(right):
            flipped = [[cost(i, j) or 0 for i in left] for j in right]
            for position, chosen in enumerate(assignment(flipped)):
                if flipped[position][chosen] < 0:
                    self._take(left[chosen], right[position])
        elif left:
            costs = [[cost(i, j) or 0 for j in right] for i in left]
            for position, chosen in enumerate(assignment(costs)):
                if costs[position][chosen] < 0:
                    self._take(left[position], right[chosen])

    # --- lists whose order counts -------------------------------------------------------------------------

    def _align(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Pair without crossing, so that the fewest changes remain."""
        old, new = self.before.entries, self.after.entries
        start, ends = 0, (len(left), len(right))
        while start < min(ends) and old[left[start]] == new[right[start]]:
            self._take(left[start], right[start])
            start += 1
        end = 0
        while end < min(ends) - start and old[left[-1 - end]] == new[right[-1 - end]]:
            self._take(left[-1 - end], right[-1 - end])
            end += 1
        left, right = left[start : ends[0] - end], right[start : ends[1] - end]
        if len(left) * len(right) > _MANY:
            self._align_between_equals(left, right)
        else:
            for i, j in _cheapest(left, right, self._ordered_cost):
                self._take(i, j)

    def _ordered_cost(self, i: int, j: int) -> int | None:
        same = self._same(i, j)
        if same is False:
            return None
        weight = self._distance(i, j)
        return weight - _FIRST if same else min(weight, 2 * CHANGE)

    def _align_between_equals(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Hold the places of equal items, and align what is between them."""
        ids: dict[Hashable, int] = {}
        words = [
            [ids.setdefault(items.entries[position], len(ids)) for position in positions]
            for items, positions in ((self.before, left), (self.after, right))
        ]
        for tag, i, i_end, j, j_end in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
            if tag == "equal" or (i_end - i) * (j_end - j) > _MANY:
                for one, other in zip(left[i:i_end], right[j:j_end], strict=False):
                    if self._same(one, other) is not False:
                        self._take(one, other)
            else:
                for one, other in _cheapest(left[i:i_end], right[j:j_end], self._ordered_cost):
                    self._take(one, other)


def _cheapest(
    left: Sequence[int], right: Sequence[int], cost: Callable[[int, int], int | None]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs, in order, that cost least together with what stays alone."""
    rows, columns = len(left), len(right)
    least = [[_ALONE * (rows - i + columns - j) for j in range(columns + 1)] for i in range(rows + 1)]
    costs = [[cost(i, j) for j in right] for i in left]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            alone = min(least[i + 1][j], least[i][j + 1]) + _ALONE
            weight = costs[i][j]
            least[i][j] = alone if weight is None else min(alone, least[i + 1][j + 1] + weight)
    i = j = 0
    while i < rows and j < columns:
        weight = costs[i][j]
        if weight is not None and least[i][j] == least[i + 1][j + 1] + weight:
            yield left[i], right[j]
            i, j = i + 1, j + 1
        elif least[i][j] == least[i + 1][j] + _ALONE:
            i += 1
        else:
            j += 1


def assignment(costs: list[list[int]]) -> list[int]:
    """Give each row a column of its own so that the sum is the smallest (the Hungarian method).

    Parameters
    ----------
    costs
        At least as many columns as rows.

    Returns
    -------
    list of int
        The column of each row.

    Notes
    -----
    Rows come in one by one; each takes the shortest path of exchanges that frees a column for it, along
    reduced costs (H. W. Kuhn, The Hungarian method for the assignment problem, 1955; as shortest paths:
    R. Jonker and A. Volgenant, A shortest augmenting path algorithm, 1987). Rows squared times columns at
    worst.
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    if rows == 1:
        return [min(range(columns), key=costs[0].__getitem__)]
    of_row, of_column = [0] * rows, [0] * columns
    owner = [-1] * columns
    for row in range(rows):
        shortest: list[float] = [float("inf")] * columns
        cameby = [-1] * columns  # the column before it on the shortest path
        open_columns = set(range(columns))
        at, last, so_far = row, -1, 0
        ended: list[tuple[int, int]] = []  # columns on finished paths, with their length
        while True:
            line, base = costs[at], so_far - of_row[at]
            best, best_column = float("inf"), -1
            for column in open_columns:
                length = base + line[column] - of_column[column]
                if length < shortest[column]:
                    shortest[column], cameby[column] = length, last
                if shortest[column] < best:
                    best, best_column = shortest[column], column
            so_far = int(best)
            open_columns.discard(best_column)
            if owner[best_column] < 0:
                break
            ended.append((best_column, so_far))
            at, last = owner[best_column], best_column
        of_row[row] += so_far
        for column, length in ended:
            of_row[owner[column]] += so_far - length
            of_column[column] -= so_far - length
        column = best_column
        while column >= 0:
            previous = cameby[column]
            owner[column] = owner[previous] if previous >= 0 else row
            column = previous
    found = [0] * rows
    for column, row in enumerate(owner):
        if row >= 0:
            found[row] = column
    return found
