"""Figures of an operation: how far it is, in its own words, and as a share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from virtsdk import errors

Progress = Callable[[int, int | None], object]
"""Told how much is done, bytes or seconds, and of how much where that is known."""
Shown = Literal["auto"] | Progress
"""``"auto"`` draws a bar; a function is told the same."""


class Figures(Protocol):
    """A value that says how far an operation is: a `Job`, an `Amount`, the figures of a block job."""

    @property
    def progress(self) -> float | None:
        """The share that is done, 0 to 1; None where it is not known."""
        ...

    @property
    def amount(self) -> tuple[int, int | None] | None:
        """How much is done, and of how much; None where it is not known."""
        ...


@dataclass(frozen=True)
class Amount:
    """How much of an operation is done: bytes of a transfer, seconds of a measurement.

    Attributes
    ----------
    done, total
        Bytes, or seconds; the total is None where it is not known.

    Examples
    --------
    >>> Amount(25, 100).progress
    0.25
    """

    done: int
    total: int | None = None

    @property
    def progress(self) -> float | None:
        """The share that is done, 0 to 1; None where the total is not known."""
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def amount(self) -> tuple[int, int | None]:
        """Both numbers."""
        return self.done, self.total


class Tally:
    """Figures of an operation whose work this process does, piece by piece; they can end it.

    Examples
    --------
    >>> tally = Tally("upload to it")
    >>> tally(1, 4)
    >>> tally.figures()
    Amount(done=1, total=4)
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._amount: Amount | None = None
        self._stopped = threading.Event()

    def __call__(self, done: int, total: int | None) -> None:
        """Count a piece; called by whoever does the work.

        Raises
        ------
        OperationAborted
            `stop` was called.
        """
        self._amount = Amount(done, total)
        if self._stopped.is_set() and done != total:
            raise errors.OperationAborted(f"cannot {self._what}: it was cancelled after {done} bytes")

    def figures(self) -> Amount | None:
        """Give the amount by now; None before there was any."""
        return self._amount

    def stop(self) -> None:
        """Have the next piece end it."""
        self._stopped.set()


def check_progress(progress: object) -> None:
    """Refuse what neither draws nor is told, before a call.

    Raises
    ------
    TypeError, ValueError
        The message says what there is.

    Examples
    --------
    >>> check_progress("bar")
    Traceback (most recent call last):
      ...
    ValueError: progress must be "auto", a function or None, not 'bar'
    """
    if progress is None or progress == "auto" or callable(progress):
        return
    kind = ValueError if isinstance(progress, str) else TypeError
    raise kind(f'progress must be "auto", a function or None, not {progress!r}')
