"""A bar for an operation, or a function that is told how far it is."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

from virtsdk.errors import MissingDependency
from virtsdk.resources.operation.figures import Progress, Shown
from virtsdk.resources.operation.operation import Operation

_log = logging.getLogger(__name__)
Unit = Literal["bytes", "seconds"]
_STEP = 0.1  # of the whole, between two lines of the log


def show(operation: Operation[Any], progress: Shown, unit: Unit = "bytes") -> None:
    """Draw, or tell, how far an operation is until it ends.

    Parameters
    ----------
    operation
        It is asked for its figures, five times a second.
    progress
        ``"auto"``: a bar of tqdm's; where that is not installed, lines in the log. Or a function.
    unit
        What the figures count.
    """
    if progress != "auto":
        _tell(operation, progress)
        return
    try:
        drawn = _bar(operation.what, unit)
    except MissingDependency as error:
        _log.warning("%s; until then there are lines in the log", error)
        _tell(operation, _lines(operation.what))
        return
    with drawn as tell:
        _tell(operation, tell)


def _tell(operation: Operation[Any], tell: Progress) -> None:
    told: tuple[int, int | None] | None = None
    for figures in operation:
        amount = figures.amount
        if amount is not None and amount != told:
            told = amount
            tell(*amount)
    if told is not None and told[1] is not None and told[0] != told[1] and operation.state == "done":
        tell(told[1], told[1])


def _lines(what: str) -> Progress:
    said = [-1.0]

    def tell(done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        if share >= said[0] + _STEP or (share >= 1 > said[0]):
            said[0] = share
            _log.info("%s: %.0f %%", what, 100 * share)

    return tell


def _bar(what: str, unit: Unit) -> Any:
    """Make a block that has a bar of tqdm's."""
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise MissingDependency("a bar needs tqdm", extra="widgets", package="tqdm") from error

    @contextmanager
    def drawn() -> Generator[Progress]:
        sized = unit == "bytes"
        with tqdm(
            desc=what, unit="B" if sized else "s", unit_scale=sized, unit_divisor=1024 if sized else 1000
        ) as bar:

            def tell(done: int, total: int | None) -> None:
                bar.total, bar.n = total, done
                bar.refresh()

            yield tell

    return drawn()
