"""`connect_fleet`: the way to many hosts."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from virtsdk.binding.deadlines import above_zero
from virtsdk.binding.live import check_switch
from virtsdk.binding.session import Session
from virtsdk.binding.uri import without_password
from virtsdk.binding.way_in.credentials import Auth, Credential
from virtsdk.binding.way_in.door import Door
from virtsdk.errors.frames import shows_no_variables
from virtsdk.fleet.ansible import read_ansible
from virtsdk.fleet.asking import Progress
from virtsdk.fleet.choosing import patterns_of
from virtsdk.fleet.host_fleet import HostFleet
from virtsdk.fleet.member import Member
from virtsdk.fleet.source import Source, chosen
from virtsdk.fleet.ssh_config import read_ssh_config
from virtsdk.resources.connect import check_keepalive, require_libvirt
from virtsdk.resources.host import Host
from virtsdk.resources.hosts_file import HostEntry, checked, read_hosts


@shows_no_variables
def connect_fleet(
    hosts: str
    | PathLike[str]
    | Iterable[str]
    | Mapping[str, str]
    | Callable[[], Mapping[str, str]]
    | None = None,
    *,
    ansible: str | PathLike[str] | None = None,
    ssh_config: str | Iterable[str] | None = None,
    ssh_config_file: str | PathLike[str] | None = None,
    only: str | Iterable[str] | None = None,
    driver: str = "qemu",
    readonly: bool = False,
    auth: Auth = None,
    verify: bool = True,
    programs: bool = False,
    keepalive: tuple[int, int] | None = (5, 3),
    timeout: float | None = None,
    progress: Progress = None,
) -> HostFleet:
    """Open connections to many hosts, at once.

    Hosts that are down, hang or refuse are no error: they are in `HostFleet.errors`, and are tried again
    whenever the fleet is asked something.

    Parameters
    ----------
    hosts
        A hosts file (`virtsdk.fleet.read_hosts` says its form), which `HostFleet.reread`, `HostFleet.record`
        and the exporter read again; a list of URIs; URIs by the names that the hosts are to have,
        ``{"kvm7": "qemu+ssh://kvm7/system"}``; or a callable that gives those, and is asked again as a file
        is read. Of a list the names are the hosts in the URIs, else this machine's, or the whole URIs where
        two would be alike.
    ansible
        An inventory instead, INI or YAML: its groups are tags, its hosts are
        ``qemu+ssh://ansible_user@ansible_host:ansible_port/system`` (`virtsdk.fleet.read_ansible`).
    ssh_config
        Patterns of ``Host`` entries in ``~/.ssh/config`` instead: ``"kvm*"``
        (`virtsdk.fleet.read_ssh_config`).
    ssh_config_file
        Another file for `ssh_config`.
    only
        Patterns as of `HostFleet.select`: the others are not opened.
    driver
        That of the URIs of an inventory or of `ssh_config`.
    readonly, verify, keepalive
        As of `virtsdk.connect`, for all hosts.
    auth
        As of `virtsdk.connect`, for all hosts; a callback finds the host's name in ``credential.host``.
        Without it libvirt's own ``auth.conf`` answers, and nobody is asked.
    programs
        Whether URIs may name programs to start, as of `virtsdk.connect`: not unless told, since they are
        often written by others.
    timeout
        Seconds that each host has in a round, opening it included; None for 10.
    progress
        Called with a line of text as hosts answer: ``print``; None for none.

    Returns
    -------
    HostFleet
        A context manager that closes all hosts.

    Raises
    ------
    ValueError, TypeError
        There are no hosts, or not one source of them; two have one name; a URI is none, has a password, or
        names a program. The message names the host and shows no password.
    OSError
        The file cannot be read.
    MissingDependency
        libvirt-python is not installed.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect_fleet({"kvm7": "test:///default", "kvm8": "test:///none"}) as fleet:
    ...     hosts, domains = fleet.inventory()
    >>> room = virtsdk.capacity.headroom(hosts, domains, virtsdk.capacity.Policy())
    >>> room.frame()[["host", "vcpus_headroom"]].to_dict("records")
    [{'host': 'kvm7', 'vcpus_headroom': 62}]
    """
    read = partial(
        _entries,
        _place(hosts),
        _place(ansible),
        ssh_config,
        _place(ssh_config_file),
        driver=driver,
        programs=programs,
    )
    entries = read()
    wanted = () if only is None else patterns_of(only)
    if only is not None:
        entries = chosen(entries, wanted)
        if not entries:
            raise ValueError(f"only must match a host at least; none matches all of {', '.join(wanted)}")
    if timeout is not None:
        above_zero("timeout", timeout)
    if progress is not None and not callable(progress):  # pyright: ignore[reportUnnecessaryComparison]
        raise TypeError(f"progress must be called with a line of text, or None, not {progress!r}")
    check_keepalive(keepalive)
    for switch, given in (("readonly", readonly), ("verify", verify), ("programs", programs)):
        check_switch(switch, given)
    require_libvirt()  # where it is missing, no host is down: nothing of all this can be
    door_of = _doors(auth, readonly=readonly, verify=verify, programs=programs, keepalive=keepalive)
    del auth
    members = [
        Member(name, without_password(entry.uri), entry.tags, partial(_open, door_of(name, entry), name))
        for name, entry in entries.items()
    ]
    source = None
    if hosts is None or callable(hosts) or isinstance(hosts, str | PathLike):  # else they are what was given
        source = Source(read, lambda name, entry: _open(door_of(name, entry), name), wanted)
    fleet = HostFleet(members, timeout=timeout, progress=progress, source=source)
    fleet.open()
    return fleet


def _place(given: Any) -> Any:
    """Return a path from the root on, where it is one: it is found again after a ``chdir``."""
    if isinstance(given, PathLike):
        given = fspath(cast("PathLike[Any]", given))
    uri = not isinstance(given, str) or not given or "://" in given
    return given if uri else Path(given).absolute()


def _doors(
    auth: Auth, *, readonly: bool, verify: bool, programs: bool, keepalive: tuple[int, int] | None
) -> Callable[[str, HostEntry], Door]:
    """Return what makes the way in to a host; frames of callers do not hold the credentials."""

    @shows_no_variables
    def door_of(name: str, entry: HostEntry) -> Door:
        return Door(
            entry.uri,
            readonly=readonly,
            verify=verify,
            programs=programs,
            auth=_auth_of(name, auth),
            keepalive=keepalive,
        )

    return door_of


def _open(door: Door, name: str) -> Host:
    """Open a host, however long that takes: who waits has a deadline of its own."""
    return Host(Session(door, reconnect=True, timeout=None), name)


def _auth_of(name: str, auth: Auth) -> Auth:
    """Return the credentials for a host; where there are none nobody is asked, of many hosts at once."""
    if auth is None:
        return {}
    if not callable(auth):
        return auth
    callback: Callable[[Credential], str | None] = auth
    return lambda question: callback(replace(question, host=name))


def _entries(
    hosts: Any,
    ansible: str | PathLike[str] | None,
    ssh_config: str | Iterable[str] | None,
    ssh_config_file: str | PathLike[str] | None,
    *,
    driver: str,
    programs: bool,
) -> dict[str, HostEntry]:
    if sum(one is not None for one in (hosts, ansible, ssh_config)) != 1:
        raise ValueError("give one of hosts, ansible= and ssh_config=: where the hosts are to be had from")
    if ssh_config_file is not None and ssh_config is None:
        raise ValueError("ssh_config_file is of ssh_config=: say which hosts of it, ssh_config='kvm*'")
    if ansible is not None:
        return read_ansible(ansible, driver=driver, programs=programs)
    if ssh_config is not None:
        return read_ssh_config(ssh_config, ssh_config_file, driver=driver)
    hosts = hosts() if callable(hosts) else hosts
    if isinstance(hosts, str) and ("://" in hosts or not hosts):
        raise TypeError(
            "hosts must be a hosts file, a list of URIs or {name: uri}; one host alone is "
            f"virtsdk.connect({without_password(hosts)!r})"
        )
    if isinstance(hosts, str | PathLike):
        return read_hosts(cast("str | PathLike[str]", hosts), programs=programs)
    if isinstance(hosts, Mapping):
        named = cast("Mapping[Any, Any]", hosts)
    elif isinstance(hosts, Iterable):
        named = named_uris(cast("Iterable[Any]", hosts))
    else:
        raise TypeError(f"hosts must be a hosts file, a list of URIs or {{name: uri}}, not {hosts!r}")
    if not named:
        raise ValueError("hosts must be a host at least, not none")
    return {
        name: uri
        if isinstance(uri, HostEntry)
        else HostEntry(checked(name, uri, where="hosts", programs=programs))
        for name, uri in named.items()
    }


def named_uris(uris: Iterable[object]) -> dict[str, str]:
    """Name hosts by their URIs: the host in it, else this machine; the whole URI where two would be alike.

    Raises
    ------
    TypeError, ValueError
        One is no text, or is there twice. (Those of the test driver may be: they are numbered.)

    Examples
    --------
    >>> list(named_uris(["qemu+ssh://ana@kvm7/system", "qemu+tls://kvm8/system", "lxc+tls://kvm8/system"]))
    ['kvm7', 'qemu+tls://kvm8/system', 'lxc+tls://kvm8/system']
    >>> list(named_uris(["test:///default", "test:///default"]))
    ['test:///default', 'test:///default (2)']
    """
    given: list[tuple[str, str]] = []
    for one in uris:
        if not isinstance(one, str):
            raise TypeError(f"hosts must be URIs, as text, or {{name: uri}}, not {one!r}")
        given.append((one, without_password(one)))
    usual = [urlsplit(shown).hostname or socket.gethostname() for _, shown in given]
    found: dict[str, str] = {}
    for name, (uri, shown) in zip(usual, given, strict=True):
        chosen = name if usual.count(name) == 1 else shown
        if chosen in found and uri.startswith("test:"):
            number = 2
            while f"{chosen} ({number})" in found:
                number += 1
            chosen = f"{chosen} ({number})"
        if chosen in found:
            raise ValueError(f"hosts must differ: {chosen!r} is there twice; name them, {{name: uri}}")
        found[chosen] = uri
    return found
