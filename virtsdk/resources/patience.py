"""How long something may take that is made of many calls."""

from __future__ import annotations

import time


class Patience:
    """Seconds for all of it, or where none are given, for each of its calls.

    Parameters
    ----------
    total
        Seconds for all of it, from now; None for as long as it takes.
    each
        Seconds for a call, where `total` is None; None for as long as it takes.
    """

    def __init__(self, total: float | None, each: float | None) -> None:
        self._each = each
        self._deadline = None if total is None else time.monotonic() + total

    def next(self) -> float | None:
        """Give the seconds that the next call has, which are 0 once they are used up."""
        return self._each if self._deadline is None else max(0.0, self._deadline - time.monotonic())
