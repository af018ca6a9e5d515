"""Starting a long verb: waited for, waited for with a bar, or in the background."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import Literal, TypeVar, overload

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.resources.operation.drawing import Unit, show
from virtsdk.resources.operation.figures import Figures, Shown, check_progress
from virtsdk.resources.operation.operation import Operation

T = TypeVar("T")
_log = logging.getLogger(__name__)


@overload
def started(
    run: Callable[[float | None], T],
    *,
    what: str,
    figures: Callable[[], Figures | None] | None = None,
    cancel: Callable[[], object] | None = None,
    wait: Literal[True] = True,
    progress: Shown | None = None,
    timeout: float | None = None,
    ready: Callable[[], bool] | None = None,
    again: Callable[[errors.ConnectionLost], T] | None = None,
    unit: Unit = "bytes",
) -> T: ...
@overload
def started(
    run: Callable[[float | None], T],
    *,
    what: str,
    figures: Callable[[], Figures | None] | None = None,
    cancel: Callable[[], object] | None = None,
    wait: bool,
    progress: Shown | None = None,
    timeout: float | None = None,
    ready: Callable[[], bool] | None = None,
    again: Callable[[errors.ConnectionLost], T] | None = None,
    unit: Unit = "bytes",
) -> T | Operation[T]: ...
def started(
    run: Callable[[float | None], T],
    *,
    what: str,
    figures: Callable[[], Figures | None] | None = None,
    cancel: Callable[[], object] | None = None,
    wait: bool = True,
    progress: Shown | None = None,
    timeout: float | None = None,
    ready: Callable[[], bool] | None = None,
    again: Callable[[errors.ConnectionLost], T] | None = None,
    unit: Unit = "bytes",
) -> T | Operation[T]:
    """Start a long verb as its ``wait=`` and ``progress=`` say.

    Parameters
    ----------
    run
        The verb, with the seconds that it may take: `timeout`, or without end where nobody waits (an infinite
        number rather than None, which would be the connection's own limit).
    what
        The verb and what it acts on, in words: ``"save domain 'web1'"``.
    figures
        Reads how far it is; None where nothing says.
    cancel
        Asks for its end; `run` raises then. None where nothing ends it early.
    wait
        Whether it is waited for here.
    progress
        ``"auto"`` for a bar, a function that is told how much is done and of how much, or None.
    timeout
        Seconds; with ``wait=False`` those that `Operation.wait` waits for.
    ready
        Whether it waits to be told how it ends; None where it never does.
    again
        Takes over where `run` raises `ConnectionLost` and nobody waits: finds the job again and gives the
        result, or raises.
    unit
        What the amounts of the figures count.

    Returns
    -------
    object or Operation
        What `run` returned, or the operation where it is not waited for.

    Raises
    ------
    TypeError, ValueError
        `wait`, `progress` or `timeout` is no such thing; `run` was not called then.

    Examples
    --------
    >>> started(lambda seconds: "done", what="do it", wait=True)
    'done'
    >>> started(lambda seconds: "done", what="do it", wait=False).wait()
    'done'
    """
    check_progress(progress)
    if not isinstance(wait, bool):
        raise TypeError(f"wait must be True or False, not {wait!r}")
    limit = seconds(timeout)
    if wait and progress is None:
        return run(timeout)
    operation = Operation(
        lambda: run(timeout if wait else math.inf),
        what=what,
        figures=figures,
        cancel=cancel,
        ready=ready,
        again=None if wait else again,  # where it is waited for, the loss is told at once
        timeout=None if wait else limit,
    )
    if not wait:
        if progress is not None:
            threading.Thread(
                target=_show_behind, args=(operation, progress, unit), name="virtsdk-progress", daemon=True
            ).start()
        return operation
    if progress is not None:
        try:
            show(operation, progress, unit)
        except Exception:
            _end(operation)
            raise
    return operation.wait()


def _end(operation: Operation[T]) -> None:
    try:
        operation.cancel()
    except errors.VirtError as error:
        _log.warning("%s was not cancelled: %s", operation.what, error)


def _show_behind(operation: Operation[T], progress: Shown, unit: Unit) -> None:
    try:
        show(operation, progress, unit)
    except Exception:  # noqa: BLE001 - the operation goes on
        _log.exception("the progress of %s is not shown any more", operation.what)
