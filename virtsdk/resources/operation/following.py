"""Following a job after the call for it was lost with its connection."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from virtsdk import errors
from virtsdk.binding.restoring import RestoringConnection

A = TypeVar("A")
T = TypeVar("T")
_log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a host may be away before its job is given up."""
EVERY = 0.2
"""Seconds between two looks at a job."""


def patience_with(session: RestoringConnection) -> float:
    """Give the seconds that a host may be away: none where its connection does not come back by itself."""
    return PATIENCE if session.reconnects else 0.0


def followed(
    lost: errors.ConnectionLost,
    figures: Callable[[], object | None],
    outcome: Callable[[], T],
    *,
    patience: float = PATIENCE,
) -> T:
    """Wait until a job is over whose call ended with its connection, and tell how it ended.

    Parameters
    ----------
    lost
        How the call ended; raised again where the host does not come back.
    figures
        Reads the job again; None once it is over. `ConnectionLost` and `TimedOut` of it are waited out.
    outcome
        Gives the result, once it is over, or raises what became of it. Where nobody knows, it raises `lost`,
        or a `ConnectionLost` ``from lost``; any other is waited out.
    patience
        Seconds that the host may be away, or silent; 0 where it does not come back by itself.

    Returns
    -------
    object
        What `outcome` gives.

    Raises
    ------
    ConnectionLost
        The host was away for longer, or nobody knows what became of it.
    HostClosed
        The host was closed here.
    """

    def asked(question: Callable[[], A]) -> A:
        away = time.monotonic()
        while True:
            try:
                return question()
            except (errors.ConnectionLost, errors.TimedOut) as error:
                if error is lost or error.__cause__ is lost:
                    raise
                if time.monotonic() - away >= patience:
                    raise lost from error
                _log.debug("looking for a job again: %s", error)
                time.sleep(EVERY)

    while asked(figures) is not None:
        time.sleep(EVERY)
    return asked(outcome)
