"""Deadlines: how long someone waits, in seconds that C can count, for one call or for many."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from numbers import Real

from virtsdk import errors


def seconds(timeout: float | None) -> float | None:
    """Give a ``timeout=`` that a person typed as what may be waited with; without end is very long.

    Raises
    ------
    TypeError, ValueError
        It is no number.

    Examples
    --------
    >>> seconds(2.5), seconds(None)
    (2.5, None)
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, Real):  # pyright: ignore
        raise TypeError(f"timeout must be a number of seconds, not {type(timeout).__name__}")
    if timeout != timeout:
        raise ValueError("timeout must be a number of seconds, not nan")
    return min(float(timeout), threading.TIMEOUT_MAX / 2)  # room for what is added to it


def above_zero(name: str, value: float) -> None:
    """Refuse what is no number of seconds above 0.

    Raises
    ------
    TypeError, ValueError
        The message names the argument.
    """
    if isinstance(value, bool) or not isinstance(value, Real):  # pyright: ignore
        raise TypeError(f"{name} must be a number of seconds above 0, not {value!r}")
    if not value > 0:
        raise ValueError(f"{name} must be a number of seconds above 0, not {value!r}")


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
        total = seconds(total)
        self._total, self._each = total, each
        self._deadline = None if total is None else time.monotonic() + total

    def next(self) -> float | None:
        """Give the seconds that the next call has, which are 0 once they are used up."""
        return self._each if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    @contextmanager
    def told(self, operation: str, subject: str) -> Generator[None]:
        """Have `TimedOut` in the block say how long all of it was given."""
        try:
            yield
        except errors.TimedOut as error:
            said = "no answer" if self._total is None else "not done"
            limit = self._each if self._total is None else self._total
            raise errors.TimedOut(
                f"cannot {operation} {subject}: {said} in {limit:g} s; what goes on at the host is ended as "
                "soon as it answers",
                operation=operation,
                subject=subject,
            ) from error
