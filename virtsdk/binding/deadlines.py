"""How long someone is willing to wait, in seconds that C can count."""

from __future__ import annotations

import threading
from numbers import Real


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
        raise TypeError(f"timeout is a number of seconds, not {type(timeout).__name__}")
    if timeout != timeout:
        raise ValueError("timeout is a number of seconds, not nan")
    return min(float(timeout), threading.TIMEOUT_MAX / 2)  # room for what is added to it
