"""Waiting for a guest to let go of a device: by libvirt's events, else by its definition."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from virtsdk import errors
from virtsdk.events import DomainDeviceRemovalFailed, DomainDeviceRemoved

if TYPE_CHECKING:
    from virtsdk.resources.domain.core import DomainCore
    from virtsdk.resources.events import EventStream

_KINDS = (DomainDeviceRemoved.kind, DomainDeviceRemovalFailed.kind)
_LONGEST_PAUSE = 0.5
_AGAIN = 8.0  # a guest that is booting does not hear of it, and has to be asked again
_ASKING = 6.0  # libvirt may take 5 s for that
_AFTER_EVENT = 2.0  # libvirt tells of a removal just before it takes the device out of its definition


class Leaving(NamedTuple):
    """A device on its way out.

    Attributes
    ----------
    what
        The device in words.
    alias
        libvirt's name for it, which its events have; None where it has none.
    there
        Asks, with so many seconds, whether the definition that runs still has it.
    ask
        Asks the guest once more, with so many seconds, to let go of it, and tells whether it may have to be
        asked yet again. None where it has heard: a guest that hears twice may let go twice, and the second
        time of what has come to the same place.
    """

    what: str
    alias: str | None
    there: Callable[[float], bool]
    ask: Callable[[float], bool] | None = None


class Removal:
    """A subscription to what becomes of a guest's devices, from before one is asked back."""

    def __init__(self, domain: DomainCore) -> None:
        self._domain = domain
        self._events: EventStream | None = None

    def __enter__(self) -> Self:
        with suppress(errors.VirtError):  # without events, the definition tells
            self._events = self._domain.host.events(_KINDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._events is not None:
            self._events.close()

    def wait(self, leaving: Leaving, deadline: float) -> bool:
        """Wait until the device is gone; False where it was not by the deadline.

        Raises
        ------
        OperationFailed
            The guest refused.
        """
        pause, told, asked, ask = 0.02, False, time.monotonic(), leaving.ask
        while True:
            left = deadline - time.monotonic()
            if not leaving.there(max(left, 0.1)):
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return told
            if ask is not None and time.monotonic() - asked > _AGAIN and left > _ASKING:
                asked = time.monotonic()
                with suppress(errors.VirtError):  # it was heard the first time, or is gone by now
                    ask = ask if ask(left) else None
                continue
            outcome = self._next(leaving.alias, min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            if outcome is False:
                raise errors.OperationFailed(
                    f"cannot detach {leaving.what} from {self._domain.subject}: the guest refused to let go "
                    "of it; it is still attached",
                    operation="detach a device of",
                    subject=self._domain.subject,
                )
            if outcome and not told:
                told, pause = True, 0.02
                deadline = min(deadline, time.monotonic() + _AFTER_EVENT)

    def _next(self, alias: str | None, seconds: float) -> bool | None:
        """Wait for news of a device: True where it is gone, False where it stays, else None."""
        if self._events is None or alias is None:
            time.sleep(seconds)
            return None
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left)
            except errors.TimedOut:
                return None
            if getattr(event, "domain", None) == self._domain.key and getattr(event, "alias", None) == alias:
                return isinstance(event, DomainDeviceRemoved)
        return None
