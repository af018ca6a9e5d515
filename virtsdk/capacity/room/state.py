"""`State`: the frames that a `Fleet` is, and their arrays, which are made once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room import inputs
from virtsdk.capacity.room.arrays import Arrays, Bools

_MOVES = {
    "step": "Int64", "domain": "str", "name": "str", "from": "str", "to": "str", "memory_bytes": "Int64",
    "after_share": "float64",
}  # fmt: skip


def moves_frame(rows: list[dict[str, Any]] | None = None) -> pd.DataFrame:
    """Make the frame of `Fleet.moves` of its rows; none where left out."""
    return pd.DataFrame(rows or [], columns=list(_MOVES)).astype(_MOVES)


@dataclass(frozen=True, eq=False)
class State:
    """A fleet at one moment; changes make another.

    Attributes
    ----------
    policy
        The rules.
    hosts
        One row per host, checked, numbered from 0.
    domains
        One row per guest, those that are off as well, checked, numbered from 0; ``host`` is missing where
        one has no place.
    notes
        What was not looked at, and what stays open.
    moves
        Steps that lead here.
    """

    policy: Policy
    hosts: pd.DataFrame
    domains: pd.DataFrame
    notes: tuple[str, ...] = ()
    moves: pd.DataFrame = field(default_factory=moves_frame)

    @cached_property
    def is_counted(self) -> Bools:
        """Which of `domains` count (a mask)."""
        return inputs.counted(self.domains, self.policy)

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The guests that count, in the order of `arrays`."""
        return self.domains[self.is_counted].reset_index(drop=True)

    @cached_property
    def arrays(self) -> Arrays:
        """The same as arrays."""
        return inputs.build(self.hosts, self.counted, self.policy)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Names of the guests that count and have no host."""
        return self.arrays.guests_named(np.flatnonzero(self.arrays.at < 0))

    def with_places(self, done: Arrays) -> pd.DataFrame:
        """The domains frame with the hosts that `done`, a step on from `arrays`, has them on."""
        names = np.array([*done.hosts, None], dtype=object)
        hosts = self.domains["host"].astype(object).to_numpy(copy=True)
        hosts[self.is_counted] = names[done.at]
        column: Any = pd.array(hosts, dtype="str")
        return self.domains.assign(host=column)
