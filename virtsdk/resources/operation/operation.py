"""A verb that goes on in the background: `Operation`."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.live import Live
from virtsdk.display import html, text
from virtsdk.errors.frames import empty_frames
from virtsdk.resources.operation.figures import Figures

T = TypeVar("T")
_log = logging.getLogger(__name__)

OperationState = Literal["running", "ready", "done", "failed", "cancelled"]
_EVERY = 0.2  # seconds between two looks at the figures
_AGAIN = 0.1  # seconds between two tries to cancel what has no job yet


class _End(Generic[T]):
    """How an operation ended, once it has."""

    def __init__(self) -> None:
        self.result: list[T] = []
        self.error: BaseException | None = None
        self.began = time.monotonic()
        self.took: float | None = None
        self.over = threading.Event()


class Operation(Live, Generic[T]):
    """A long verb that goes on in the background; ``wait=False`` gives one.

    Iterating gives its figures as they change, until it ends. As a context manager it waits at the end of the
    block and raises what the verb would have raised; where the block raises, it is cancelled.

    The repr and the HTML show what was last read; the properties ask the host.

    Attributes
    ----------
    what
        The verb and what it acts on: ``"save domain 'web1'"``.

    Examples
    --------
    A migration, ended at half of it::

        with guest.migrate(there, wait=False) as moving:
            for job in moving:
                print(job)
                if (job.progress or 0) > 0.5:
                    moving.cancel()
    """

    what: str

    def __init__(
        self,
        run: Callable[[], T],
        *,
        what: str,
        figures: Callable[[], Figures | None] | None = None,
        cancel: Callable[[], object] | None = None,
        ready: Callable[[], bool] | None = None,
        again: Callable[[errors.ConnectionLost], T] | None = None,
        timeout: float | None = None,
    ) -> None:
        self.what = what
        self._figures, self._cancel, self._ready = figures, cancel, ready
        self._timeout = seconds(timeout)
        self._last: Figures | None = None
        self._settled = False  # the figures were read once more after the end
        self._was_ready = False
        self._asked = False  # to end, and libvirt took it
        self._told = False  # how it ended
        self._end: _End[T] = _End()
        threading.Thread(
            target=_work, args=(run, again, self._end), name="virtsdk-operation", daemon=True
        ).start()

    # --- how it is ------------------------------------------------------------

    @property
    def state(self) -> OperationState:
        """``"running"``, ``"ready"``, ``"done"``, ``"failed"`` or ``"cancelled"``.

        Ready is what waits to be told how it ends: a copy of a disk, before its pivot.
        """
        over = self._end.over.is_set()
        if not (over and (self._end.error is not None or self._asked)):
            self._was_ready = self._is_ready()
        return self._state()

    def _state(self) -> OperationState:
        """Give the state as far as it is known without asking."""
        if not self._end.over.is_set():
            return "ready" if self._was_ready else "running"
        if self._end.error is None:
            if self._was_ready:
                return "cancelled" if self._asked else "ready"
            return "done"
        if isinstance(self._end.error, errors.OperationAborted):
            return "cancelled"
        ours = isinstance(self._end.error, errors.VirtError) and not isinstance(
            self._end.error, errors.ConnectionLost
        )
        return "cancelled" if self._asked and ours else "failed"

    def _is_ready(self) -> bool:
        if self._ready is None:
            return False
        try:
            return self._ready()
        except errors.VirtError as error:
            _log.debug("%s: %s", self.what, error)
            return self._was_ready

    @property
    def figures(self) -> Any:
        """Figures of it now, in the verb's own class: a `Job`, say; None before there are any.

        After its end they are the last ones.
        """
        return self._read()

    @property
    def progress(self) -> float | None:
        """The share that is done, 0 to 1; None where it is not known."""
        if self._end.over.is_set() and self._end.error is None and not self._was_ready:
            return 1.0
        found = self._read()
        return None if found is None else found.progress

    def _read(self) -> Figures | None:
        if self._figures is None or self._settled:
            return self._last
        over = self._end.over.is_set()
        try:
            self._last = self._figures() or self._last
        except (
            errors.VirtError
        ) as error:  # there is no job yet, or no more; the call itself says what is wrong
            _log.debug("%s: %s", self.what, error)
        self._settled = over
        return self._last

    def __iter__(self) -> Iterator[Any]:
        last: Figures | None = None
        while True:
            over = self._end.over.is_set()
            found = self._read()
            if found is not None and found != last:
                last = found
                yield found
            if over:
                return
            self._end.over.wait(_EVERY)

    # --- how it ends ------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> T:
        """Wait until it is done, or ready.

        Parameters
        ----------
        timeout
            Seconds; None for those that the verb was given, and where it was given none, for as long as it
            takes.

        Returns
        -------
        object
            What the verb returns when it is waited for.

        Raises
        ------
        TimedOut
            It takes longer, and goes on.
        OperationAborted
            It was cancelled.
        ConnectionLost
            The connection broke, and its job was not found again.
        VirtError
            What the verb raises.
        """
        limit = self._timeout if timeout is None else seconds(timeout)
        if not self._end.over.wait(limit):
            raise errors.TimedOut(
                f"cannot {self.what}: not done in {limit:g} s; it goes on, cancel() ends it"
            )
        self._told = True
        if self._end.error is None:
            return self._end.result[0]
        if self._state() == "cancelled" and not isinstance(self._end.error, errors.OperationAborted):
            raise errors.OperationAborted(f"cannot {self.what}: it was cancelled") from self._end.error
        raise self._end.error

    @property
    def result(self) -> T:
        """The verb's result; raises what the verb raised, and `InvalidState` while it goes on."""
        if not self._end.over.is_set():
            raise errors.InvalidState(f"cannot give the result: {self.what} goes on; wait() waits for it")
        return self.wait()

    def cancel(self, timeout: float = 30) -> None:
        """End it, and return when it has ended; `state` says whether it was done before that came through.

        Parameters
        ----------
        timeout
            Seconds that this may take.

        Raises
        ------
        NotSupported
            Nothing ends it but itself.
        TimedOut
            It has not ended in that time.
        """
        limit = seconds(timeout)
        until = None if limit is None else time.monotonic() + limit
        if self._end.over.is_set() and self.state != "ready":
            return
        if self._cancel is None:
            raise errors.NotSupported(f"cannot cancel: nothing ends it early, {self.what} ends by itself")
        while True:
            try:
                self._cancel()
                break
            except (errors.InvalidState, errors.NotFound):  # it has no job yet, or no more
                left = _AGAIN if until is None else min(_AGAIN, until - time.monotonic())
                if self._end.over.wait(max(left, 0)):
                    return
                if left <= 0:
                    raise
        self._asked = True
        if not self._end.over.wait(None if until is None else max(until - time.monotonic(), 0)):
            raise errors.TimedOut(f"cannot cancel: {self.what} was told to end, and has not in {limit:g} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self.wait()
            except errors.OperationAborted:
                if not self._asked:
                    raise
            return
        try:
            self.cancel()
        except errors.VirtError as obstacle:
            _log.warning("%s was not cancelled: %s", self.what, obstacle)

    def __del__(self) -> None:
        end: _End[T] | None = getattr(self, "_end", None)
        if end is not None and end.error is not None and not (self._told or self._asked):
            _log.warning("nobody waited for it, and it failed: %s: %s", self.what, end.error)

    # --- how it looks ------------------------------------------------------------

    def _facts(self) -> list[str]:
        found = self._last
        took = time.monotonic() - self._end.began if self._end.took is None else self._end.took
        words: list[str] = []
        if self._state() in {"running", "ready"} and found is not None and found.progress is not None:
            words.append(text.percent(found.progress))
        words.append(f"after {took:.1f} s")
        if self._end.error is not None:
            words.append(text.shorten(str(self._end.error), 200))
        return words

    def __repr__(self) -> str:
        return f"<Operation {text.printable(self.what)}: {self._state()} {', '.join(self._facts())}>"

    def _repr_html_(self) -> str:
        share = None if self._last is None else self._last.progress
        bar = [html.meter(share, 1, label="done")] if share is not None and self._end.error is None else []
        return html.view(
            html.heading(self.what, self._state()), *bar, html.paragraph(", ".join(self._facts()))
        )


def _work(run: Callable[[], T], again: Callable[[errors.ConnectionLost], T] | None, end: _End[T]) -> None:
    """Run it, and keep how it ended; no frame here has the operation, which goes with its last user."""
    try:
        try:
            end.result.append(run())
        except errors.ConnectionLost as lost:
            if again is None:
                raise
            end.result.append(again(lost))
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits
        empty_frames(error)  # of documents, which may have passwords
        end.error = error
    finally:
        end.took = time.monotonic() - end.began
        end.over.set()
