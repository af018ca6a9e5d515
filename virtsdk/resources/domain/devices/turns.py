"""One device of a guest at a time, among the threads of this process.

While a guest is asked for one device, each further device that is plugged in or asked for makes its firmware
tell it of all that are asked for once more. A guest that is told twice lets go twice, and the second time of
what has been plugged into the same place meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from virtsdk import errors

if TYPE_CHECKING:
    from virtsdk.binding.session import Session
    from virtsdk.resources.domain.core import DomainCore

_turns: WeakKeyDictionary[Session, dict[str, threading.Lock]] = WeakKeyDictionary()
_guard = threading.Lock()


@contextmanager
def turn(domain: DomainCore, operation: str, timeout: float | None) -> Generator[None]:
    """Wait until no other thread plugs a device of a guest in or out.

    Raises
    ------
    TimedOut
        Another one took longer.
    """
    with _guard:
        lock = _turns.setdefault(domain.host.session, {}).setdefault(domain.key, threading.Lock())
    if not lock.acquire(timeout=-1 if timeout is None else max(timeout, 0.0)):
        raise errors.TimedOut(
            f"cannot {operation} {domain.subject} in {timeout:g} s: another device of it is on its way",
            operation=operation,
            subject=domain.subject,
        )
    try:
        yield
    finally:
        lock.release()
