"""Throwaway hypervisors on this machine, with real guests: for tutorials, the demo and the tests.

``virtsdk.lab.embedded()`` runs QEMU guests in this process without a daemon; ``virtsdk.lab.hosts()`` starts
private libvirt daemons, each a host of its own. Both take everything away again, also when they are
interrupted or killed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from virtsdk.lab.daemons import HostsLab
    from virtsdk.lab.embed import EmbeddedLab
    from virtsdk.lab.lab_host import LabHost
    from virtsdk.lab.progress import Progress
    from virtsdk.resources.host import Host

__all__ = ["EmbeddedLab", "HostsLab", "LabHost", "demo_host", "embedded", "hosts"]

_CLASSES = {
    "EmbeddedLab": "virtsdk.lab.embed",
    "HostsLab": "virtsdk.lab.daemons",
    "LabHost": "virtsdk.lab.lab_host",
}


if not TYPE_CHECKING:  # a type checker takes a name that is not imported above for a mistake

    def __getattr__(name):
        if name in _CLASSES:
            return getattr(import_module(_CLASSES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


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


def demo_host(guests: int = 4) -> Host:
    """Give a host to try things on: a lab's, or one of your own.

    Closing it takes the lab down; so does the end of the process. The tutorials use it, so that the same
    notebook runs on real guests anywhere and, read-only, on a host of yours.

    Parameters
    ----------
    guests
        How many the lab has; the environment variable ``VIRTSDK_GUESTS`` goes first.

    Returns
    -------
    Host
        Of the URI in the environment variable ``VIRTSDK_URI``, read-only; where there is none, of an
        `embedded` lab.

    Raises
    ------
    virtsdk.errors.LabError
        The lab did not come up, as for `embedded`.
    virtsdk.errors.ConnectError
        The host of ``VIRTSDK_URI`` cannot be opened.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.lab.demo_host() as host:             # doctest: +SKIP
    ...     len(host.domains)
    4
    """
    from virtsdk.lab.tutorial import open_host

    return open_host(guests)


def hosts(
    n: int, guests: int = 0, *, driver: str = "qemu", wait: bool = True, progress: Progress = "auto"
) -> HostsLab:
    """Start private libvirt daemons, each a host of its own, with real guests.

    A context manager that gives a list of `LabHost`: each is a `Host` with faults on request, connected
    through a socket of its own (``host.uri``, which ``virsh -c`` takes too). Its processes, mounts, name and
    network are in namespaces of their own. ``.start()`` and ``.stop()`` do the same in cells of their own.

    Parameters
    ----------
    n
        How many hosts, 1 to 64; named ``lab1``, ``lab2`` ...
    guests
        How many on each, 0 to 64; their names, UUIDs and loads differ over all hosts and are the same every
        time.
    driver
        ``"qemu"``, or ``"lxc"`` for containers (root only; Debian: libvirt-daemon-driver-lxc): shells in a
        loop, with this machine's files and without an agent. Each daemon has both drivers:
        ``host.layout.uri_of("lxc")`` is the other's URI.
    wait
        Return when the guests have booted to their load and their agent, not before.
    progress
        A callable that takes lines of text; ``"auto"`` shows them on a terminal or in a notebook cell; None
        for the log alone.

    Returns
    -------
    HostsLab
        Nothing is started before its ``with`` block or ``start()``.

    Raises
    ------
    virtsdk.errors.LabError
        On entering: a package is missing (the message says which), this machine does not allow namespaces (as
        another user than root they have to be allowed for everyone), or a host or a guest did not come up.
    TypeError, ValueError
        ``n``, ``guests``, ``driver`` or ``progress`` make no sense.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.lab.hosts(3, guests=2) as hosts:     # doctest: +SKIP
    ...     hosts[0].kill_daemon()
    """
    from virtsdk.lab.daemons import HostsLab

    return HostsLab(n, guests, driver=driver, wait=wait, progress=progress)
