"""Figures of an operation: how far it is, in its own words, and as a share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

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
