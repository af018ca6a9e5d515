"""Work on many guests divided among workers: by guests, by the functions that work without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from virtsdk.capacity.past.usage import Usage

if TYPE_CHECKING:
    from typing import Literal

    from virtsdk.fleet.dask import Workers

    Client = Workers | Literal["local"]

Answer = TypeVar("Answer")

TASKS: Final = 16
"""So many at the least, where there are guests for them."""
ROWS: Final = 50_000
"""Samples in a task at the most, unless one guest has more: what is sent at a time stays small."""


def over(client: object) -> Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]:
    """Return what calls a function with each of some arguments on workers; see `virtsdk.fleet.dask.over`."""
    from virtsdk.fleet.dask import over

    return over(client)


def by_guests(usage: Usage, work: Callable[[Usage], Answer], client: Client | None) -> list[Answer]:
    """Have work done on some guests at a time, and return the answers in the guests' order.

    Parameters
    ----------
    usage
        Of all guests.
    work
        Is sent to the workers: a function of a module, or a partial of one. What it says of a guest goes by
        the guest's samples, and by what the `Usage` has of all (`end`).
    client
        As of `Recording.usage`; None for all at once, here.
    """
    if client is None:
        return [work(usage)]
    return over(client)(work, shares(usage))


def shares(usage: Usage) -> list[Usage]:
    """Divide the guests, as they are in order, into parts of about as many samples."""
    share = min(max(len(usage.time) / TASKS, 1), ROWS)
    number = np.minimum(usage.starts[:-1] // share, len(usage.time) // share)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(usage)]
    found = [usage.of_guests(first, last) for first, last in pairwise(edges)]
    return found or [usage]
