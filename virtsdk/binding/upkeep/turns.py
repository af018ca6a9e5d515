"""One call at a time, on the ways where libvirt's client corrupts memory when calls meet.

Before 10.4, libvirt's client leaves a watch of its event loop behind where an answer was already read from
the socket, and writes to the stack of a thread that has gone on when the watch fires (CVE-2024-4418). Its SSH
libraries read ahead, so there two calls that wait at once are enough to end the process. On those ways calls
take turns, nobody nudges, and libvirt's own keepalive, which is safe with one call, watches the host.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

_READ_AHEAD = ("libssh", "libssh2")
_MENDED = 10_004_000


def meet_badly(uri: str, version: int) -> bool:
    """Tell whether calls on a connection must not meet.

    Parameters
    ----------
    uri
        The connection's, as libvirt says it.
    version
        libvirt's, on this side.

    Examples
    --------
    >>> meet_badly("qemu+libssh://kvm7/system", 9_000_000)
    True
    >>> meet_badly("qemu+libssh://kvm7/system", 12_008_000), meet_badly("qemu+ssh://kvm7/system", 9_000_000)
    (False, False)
    """
    return version < _MENDED and urlsplit(uri).scheme.partition("+")[2] in _READ_AHEAD


class Turns:
    """The turns of one connection; those of several are taken in one order, so that none waits for another.

    Parameters
    ----------
    needed
        False for a connection whose calls may meet.
    """

    def __init__(self, *, needed: bool) -> None:
        self.needed = needed
        self._lock = threading.RLock()  # a call may be many of libvirt's, in one thread

    @staticmethod
    @contextmanager
    def all_of(several: Sequence[Turns]) -> Generator[None]:
        """Have the turn of each while the block runs."""
        with ExitStack() as stack:
            for one in sorted(filter(_needed, several), key=id):
                stack.enter_context(one._lock)
            yield


def _needed(turns: Turns) -> bool:
    return turns.needed
