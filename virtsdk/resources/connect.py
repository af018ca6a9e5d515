"""`connect`: the way to a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from virtsdk.binding.deadlines import seconds
from virtsdk.binding.library import library
from virtsdk.binding.live import check_switch
from virtsdk.binding.session import Session
from virtsdk.binding.uri import build
from virtsdk.binding.way_in.credentials import Credential
from virtsdk.binding.way_in.door import Door
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.host import Host

_MANY = 2**31  # libvirt's numbers are C's


@shows_no_variables
def connect(
    uri: str | None = None,
    *,
    driver: str | None = None,
    transport: str | None = None,
    host: str | None = None,
    user: str | None = None,
    readonly: bool = False,
    auth: Mapping[str, str] | Callable[[Credential], str | None] | None = None,
    verify: bool = True,
    programs: bool = True,
    keepalive: tuple[int, int] | None = (5, 3),
    reconnect: bool = True,
    timeout: float | None = None,
    name: str | None = None,
) -> Host:
    """Open a connection to a libvirt host.

    Parameters
    ----------
    uri
        Any libvirt URI, for example ``"qemu:///system"``; None and no parts: libvirt's own default.
    driver, transport, host, user
        The parts of a URI instead: ``connect(driver="qemu", transport="ssh", host="kvm7", user="ana")``.
    readonly
        Open a connection whose handles cannot change anything.
    auth
        Credentials, where the host asks for some: a mapping (``username``, ``password``), or a callback that
        is given a `Credential` and returns the answer. Without it, a person at a terminal or a notebook is
        asked. No message, log, repr or variable in a traceback shows them, nor a password in the URI.
    verify
        Check that whoever answers is the host that is meant, by its certificate or key. False trusts anyone;
        ``no_verify=1`` in a TLS URI is refused without it.
    programs
        Whether the URI may name programs to start on this machine or on the host: ``command=``, ``netcat=``,
        the transport ext, and ``socket=`` with an ssh transport, which is a word of a command there. Say
        False for a URI that someone else wrote. (That ssh itself is started is not meant.)
    keepalive
        Seconds between probes, and how many may go unanswered before the connection counts as lost; None for
        none.
    reconnect
        Come back by itself after a lost connection; handles and events go on.
    timeout
        Seconds that opening, and each later call, may take; None for as long as libvirt takes.
    name
        The host's name here, in the ``host`` column of frames, for example; None for the one that it has
        itself, which two machines may share.

    Returns
    -------
    Host
        A context manager that closes the connection.

    Raises
    ------
    ConnectError
        It cannot be opened; the message says what to check.
    AuthenticationFailed
        The host did not accept the credentials, or (`HostNotTrusted`) could not prove to be the host.
    TimedOut
        There was no answer in `timeout` seconds.
    MissingDependency
        libvirt-python is not installed.
    TypeError, ValueError
        An argument is not usable, or two do not go together.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.driver, len(host.domains)
    ('test', 1)
    """
    _check(keepalive, timeout, name)
    switches = {"readonly": readonly, "verify": verify, "programs": programs, "reconnect": reconnect}
    for switch, given in switches.items():
        check_switch(switch, given)
    if any(part is not None for part in (driver, transport, host, user)):
        if uri is not None:
            raise ValueError("give a URI or its parts (driver, transport, host, user), not both")
        uri = build(driver, transport, host, user)
    door = Door(uri, readonly=readonly, verify=verify, programs=programs, auth=auth, keepalive=keepalive)
    del uri, auth  # what is opened may be interrupted, and its frames shown while they run
    return Host(Session(door, reconnect=reconnect, timeout=seconds(timeout)), name)


def require_libvirt() -> None:
    """Miss libvirt-python before hosts are opened later, or in threads: there it would look like one down.

    Raises
    ------
    MissingDependency
        libvirt-python is not installed.
    """
    library()


def _check(keepalive: object, timeout: float | None, name: object) -> None:
    """Refuse what no connection could be opened with; callers in a notebook are not typed."""
    limit = seconds(timeout)
    if limit is not None and limit <= 0:
        raise ValueError(f"timeout must be above 0 seconds, not {timeout}")
    if not isinstance(name, str | None) or name == "":
        raise TypeError(f"name must be text that is not empty, or None, not {name!r}")
    check_keepalive(keepalive)


def check_keepalive(keepalive: object) -> None:
    """Refuse what are no probes: callers in a notebook are not typed.

    Raises
    ------
    ValueError
        The message says what they are.
    """
    if keepalive is not None:
        match keepalive:
            case (int(interval), int(count)) if 0 <= interval < _MANY and 0 <= count < _MANY:
                pass
            case _:
                raise ValueError(
                    "keepalive must be (seconds between probes, probes that may go unanswered), "
                    f"not {keepalive!r}"
                )
