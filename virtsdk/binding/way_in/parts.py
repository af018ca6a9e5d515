"""URIs of parts: driver, transport, host, user, each checked before anything is opened."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote

DRIVERS = {
    "qemu": "system",
    "lxc": "system",
    "xen": "system",
    "ch": "system",
    "bhyve": "system",
    "vz": "system",
    "vbox": "session",
    "test": "default",
    "esx": "",
    "gsx": "",
    "vpx": "",
    "vmwareplayer": "session",
    "vmwarews": "session",
    "vmwarefusion": "session",
    "hyperv": "",
    "openvz": "system",
    "network": "system",
    "storage": "system",
    "nodedev": "system",
    "interface": "system",
    "nwfilter": "system",
    "secret": "system",
}
TRANSPORTS = ("unix", "tcp", "tls", "ssh", "libssh", "libssh2", "ext")


def build(
    driver: str | None = None, transport: str | None = None, host: str | None = None, user: str | None = None
) -> str:
    """Make a URI of its parts.

    Parameters
    ----------
    driver
        One of libvirt's: ``"qemu"`` (the default), ``"lxc"``, ``"test"`` ...
    transport
        ``"unix"``, ``"tcp"``, ``"tls"``, ``"ssh"``, ``"libssh"``, ``"libssh2"``; with a host and none given,
        libvirt takes tls.
    host
        A name or an address, with ``:port`` where it is not the usual one.
    user
        Who to be on that host.

    Raises
    ------
    TypeError, ValueError
        A part is no text, is empty, or is nothing that libvirt could mean. A host or a user is not, that a
        program would take for an option or for a command.

    Examples
    --------
    >>> build("qemu", "ssh", "kvm7", "ana")
    'qemu+ssh://ana@kvm7/system'
    >>> build("test")
    'test:///default'
    """
    _refuse_empty(driver=driver, transport=transport, host=host, user=user)
    driver = driver or "qemu"
    if driver not in DRIVERS:
        raise ValueError(f"unknown driver {driver!r}; libvirt has {', '.join(DRIVERS)}")
    if transport is not None and transport not in TRANSPORTS:
        raise ValueError(f"unknown transport {transport!r}; libvirt has {', '.join(TRANSPORTS)}")
    if host is None and transport not in {None, "unix", "ext"}:
        raise ValueError(f"transport {transport!r} wants a host to go to")
    if user is not None and host is None:
        raise ValueError("a user without a host: say which host it is on")
    if user is not None:
        _check_user(user)
    scheme = f"{driver}+{transport}" if transport else driver
    if host is None:
        return f"{scheme}:///{DRIVERS[driver]}"
    name, port = _host_and_port(host)
    where = f"[{quote(name, safe=':')}]" if ":" in name else name
    where += "" if port is None else f":{port}"
    where = where if user is None else f"{quote(user, safe='')}@{where}"
    return f"{scheme}://{where}/{DRIVERS[driver]}"


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_ZONE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_NOT_IN_A_USER = re.compile(r"""^-|[\s\x00-\x1f\x7f'"`$;&<>|(){}]|\\$""")  # what ssh refuses, too


def _refuse_empty(**parts: object) -> None:
    """Refuse the empty cell of an inventory, which would otherwise stand for this machine or for oneself."""
    for part, value in parts.items():
        if value is None:
            continue
        if not isinstance(value, str):
            raise TypeError(f"{part} must be text, not {type(value).__name__}")
        if not value.strip():
            raise ValueError(f"{part} must not be empty; leave it out for libvirt's own choice")


def is_user(text: str) -> bool:
    """Tell whether a user is a name, and no option or part of a command."""
    return _NOT_IN_A_USER.search(text) is None


def is_port(text: str) -> bool:
    """Tell whether a port is one."""
    return re.fullmatch("[0-9]{1,5}", text) is not None and 1 <= int(text) <= 65535


def is_host(text: str) -> bool:
    """Tell whether a host is a name or an address, and no option or part of a command."""
    return _is_ipv6(text) if ":" in text else _NAME.fullmatch(text) is not None


def _check_user(user: str) -> None:
    if ":" in user:
        raise ValueError("user must be a name alone; a password goes into auth=")
    if not is_user(user):
        raise ValueError(f"user must be a name without spaces, quotes or signs of a shell, not {user!r}")


def _host_and_port(text: str) -> tuple[str, str | None]:
    """Part a host from its port.

    No message repeats a port that is none, or what is before an ``@``: it may be a password.
    """
    if "@" in text:
        raise ValueError("host must be a name or an address; the user goes into user=, a password into auth=")
    bracketed = re.fullmatch(r"\[([^\[\]]*)\](?::(.*))?", text, re.DOTALL)
    if bracketed:
        name, port = bracketed[1], bracketed[2]
        valid = _is_ipv6(name)
    elif text.count(":") > 1:
        name, port = text, None
        valid = is_host(name)
    else:
        name, colon, port = text.partition(":")
        port = port if colon else None
        valid = is_host(name)
    if not valid:
        raise ValueError(
            "host must be a name or an address, of ASCII letters, digits, dots and dashes, with :port where "
            f"that is not the usual one, not {name!r}"
        )
    if port is not None and not is_port(port):
        raise ValueError(f"the port after {name}: must be a number from 1 to 65535")
    return name.replace("%25", "%"), port


def _is_ipv6(text: str) -> bool:
    address, percent, zone = text.replace("%25", "%").partition("%")
    if percent and not _ZONE.fullmatch(zone):
        return False
    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    return True
