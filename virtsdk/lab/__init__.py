"""Throwaway hypervisors on this machine, with real guests: for tutorials, the demo and the tests.

``virtsdk.lab.embedded()`` runs QEMU guests in this process without a daemon; ``virtsdk.lab.hosts()`` starts
private libvirt daemons, each a host of its own. Both take everything away again, also when they are
interrupted or killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from virtsdk.lab.embed import EmbeddedLab
    from virtsdk.lab.progress import Progress

__all__ = ["embedded"]


def embedded(guests: int = 4, *, wait: bool = True, progress: Progress = "auto") -> EmbeddedLab:
    """Run real QEMU guests in this process through ``qemu:///embed``, as root or not.

    A context manager that gives a `Host`; ``.start()`` and ``.stop()`` do the same in cells of their own. The
    first time takes the longest (the guest image is built, libvirt looks at QEMU), later ones some seconds.

    Parameters
    ----------
    guests
        How many, 0 to 64; they differ in vCPUs, memory and load, and are the same every time.
    wait
        Return when the guests have booted to their load and their agent, not before.
    progress
        A callable that takes lines of text; ``"auto"`` shows them on a terminal or in a notebook cell; None
        for the log alone.

    Returns
    -------
    EmbeddedLab
        Nothing is started before its ``with`` block or ``start()``.

    Raises
    ------
    virtsdk.errors.LabError
        On entering: a package is missing (the message says which), the guests did not come up, or this
        process has the embedded lab in use already: libvirt allows one a process. A second host is a `hosts`
        daemon.
    TypeError, ValueError
        ``guests`` or ``progress`` make no sense.

    Notes
    -----
    There are no networks, storage pools or node devices here; as another user than root the guests' nics have
    no statistics. All guests go when this process ends, however it ends.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.lab.embedded(guests=1) as host:      # doctest: +SKIP
    ...     host.domains["web1"].state.value
    'running'
    """
    from virtsdk.lab.embed import EmbeddedLab

    return EmbeddedLab(guests, wait=wait, progress=progress)
