"""libvirt's connection URIs: taken apart, and explained when they do not open."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from virtsdk.binding.way_in.parts import DRIVERS, TRANSPORTS, build, is_host, is_port, is_user

__all__ = ["DRIVERS", "TRANSPORTS", "advice", "build", "check", "login", "without_password"]


def check(uri: str) -> None:
    """Refuse what no library takes for a URI.

    Raises
    ------
    ValueError
        It has a NUL, a bracket that is not closed, or a port that is none: libvirt goes to another one (99999
        is 34463 to it).
    """
    try:
        if "\0" in uri:
            raise ValueError("it has a NUL character")
        urlsplit(uri)
        port = parted(uri).port
        if port and not is_port(port):
            raise ValueError("its port must be a number from 1 to 65535")
    except ValueError as error:
        raise ValueError(f"{without_password(uri)!r} is no URI: {error}") from None


def without_password(uri: str) -> str:
    """Leave out a password that someone put into a URI (libvirt has no use for it there).

    Examples
    --------
    >>> without_password("qemu+tcp://ana:secret@kvm7/system")
    'qemu+tcp://ana@kvm7/system'
    """
    before, user, password, after = _around_password(uri)
    return uri if password is None else f"{before}{user}@{after}"


def login(uri: str) -> tuple[str | None, str | None]:
    """Give the user and the password in a URI.

    Examples
    --------
    >>> login("qemu+ssh://ana@kvm7/system")
    ('ana', None)
    """
    _, user, password, _ = _around_password(uri)
    return unquote(user or "") or None, None if password is None else unquote(password)


def _around_password(uri: str) -> tuple[str, str | None, str | None, str]:
    """Take a URI apart: up to the user, user, password, from the host on.

    Someone who does not know that a password in a URI is percent-encoded writes ``/`` and ``?`` in it as they
    are; it is recognised all the same, so that no message shows it.
    """
    if "://" not in uri:  # no URI of libvirt's, and a message shows it
        loose = re.fullmatch(r"([^:?#]*):(?!/)(.*)@(.*)", uri, re.DOTALL)
        return ("", loose[1], loose[2], loose[3]) if loose else (uri, None, None, "")
    scheme, separator, rest = uri.partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        who, _, _ = authority.rpartition("@")
    elif re.fullmatch(r"\[[^]]*\](:\d*)?", authority):
        who = ""
    else:
        port = authority.rpartition(":")[2]
        within = rest.partition("?")[0] if port.isdigit() else rest
        who, _, _ = within.rpartition("@") if ":" in authority else ("", "", "")
    if not separator or not who:
        return uri, None, None, ""
    user, colon, password = who.partition(":")
    return f"{scheme}{separator}", user, password if colon else None, rest[len(who) + 1 :]


_SSH = ("ssh", "libssh", "libssh2")


def refuse_programs(uri: str) -> None:
    """Refuse a URI that has a program started on this machine or, by a shell, on the host.

    libvirt starts what ``command=`` says, with the transport ext and with ssh; with an ssh transport it
    writes ``netcat=`` and ``socket=`` into a command for the host's shell. Source of what each parameter
    does: https://libvirt.org/uri.html, "Remote URIs". Their names are compared as libvirt does.

    Raises
    ------
    ValueError
        It names one, or is no URI: a short name, which may stand for any.
    """
    shown = without_password(uri)
    parts = urlsplit(uri)
    transport = parts.scheme.partition("+")[2]
    if not parts.scheme:
        raise ValueError(f"{shown!r} is no URI and, with programs=False, may not be a name for one")
    if transport == "ext":
        raise ValueError(f"{shown!r} has a program started (ext), which programs=False refuses")
    if transport in _SSH and parts.netloc and parted(uri).ssh is None:
        raise ValueError(f"{shown!r} has a host or a user that is no name, which programs=False refuses")
    for name, value in parameters(uri):
        if name in {"command", "netcat"} or (name == "socket" and transport in _SSH):
            raise ValueError(f"{shown!r} says what is to be started ({name}=), which programs=False refuses")
        if name == "name" and value:  # the URI that the host's daemon is to open
            refuse_programs(value)


def parameters(uri: str) -> list[tuple[str, str]]:
    """Give the parameters of a URI, decoded, their names in lower case.

    Examples
    --------
    >>> parameters("qemu+ssh://kvm7/system?keyfile=/a%20b&No_Verify=1")
    [('keyfile', '/a b'), ('no_verify', '1')]
    """
    pairs = (part.partition("=") for part in re.split("[&;]", urlsplit(uri).query) if part)
    return [(unquote(name).lower(), unquote(value)) for name, _, value in pairs]


def is_unverified(uri: str) -> bool:
    """Tell whether a URI has libvirt trust whoever answers: certificate or key of the host are not checked.

    Examples
    --------
    >>> is_unverified("qemu+tls://kvm7/system?no_verify=1")
    True
    """
    return any(
        (name == "no_verify" and re.fullmatch(r"[+-]?0+", value.strip()) is None)
        or (name == "known_hosts_verify" and value.strip() == "ignore")
        for name, value in parameters(uri)
    )


def is_tls(uri: str) -> bool:
    """Tell whether it is a certificate that proves to be the host of a URI: tls, https, or tls by default."""
    parts = urlsplit(uri)
    transport = parts.scheme.partition("+")[2]
    return transport in {"tls", "https"} or (not transport and bool(parts.hostname))


def is_remote(uri: str) -> bool:
    """Tell whether a URI leads to another host, or to this one over the network."""
    parts = urlsplit(uri)
    return bool(parts.hostname) or parts.scheme.partition("+")[2] not in {"", "unix", "ext"}


def unverified(uri: str) -> str:
    """Switch the check of the host's certificate or key off in a URI."""
    return uri if is_unverified(uri) else f"{uri}{'&' if '?' in uri else '?'}no_verify=1"


def test_file(uri: str | None) -> Path | None:
    """Give the file that a URI of the test driver in this process names; None for any other URI.

    Examples
    --------
    >>> test_file("test:///a/node.xml").name, test_file("test:///default"), test_file("qemu:///system")
    ('node.xml', None, None)
    """
    parts = urlsplit(uri or "")
    local = parts.scheme == "test" and not parts.netloc
    return Path(unquote(parts.path)) if local and parts.path not in {"", "/", "/default"} else None


def advice(uri: str | None, text: str, error_number: int | None) -> str:
    """Say what to check when a URI does not open.

    Parameters
    ----------
    uri
        What was to be opened; None for libvirt's default.
    text
        libvirt's words.
    error_number
        The system's error number, where libvirt gives one.
    """
    spaced = uri is not None and re.search(r"[\x00-\x20\x7f]", uri) is not None
    if spaced:
        return "a URI has no spaces or line breaks, not even around it: write %20 for one that is meant"
    parts = urlsplit(uri or "")
    driver, _, transport = parts.scheme.partition("+")
    if uri and not parts.scheme:
        return "a libvirt URI starts with a driver and '://', for example qemu:///system or test:///default"
    if driver and driver not in DRIVERS:
        return f"{driver!r} is no driver of libvirt; check the scheme: it has {', '.join(DRIVERS)}"
    if transport and transport not in TRANSPORTS:
        return f"{transport!r} is no transport of libvirt; it has {', '.join(TRANSPORTS)}"
    if driver == "test" and not transport:
        return "the test driver wants test:///default or test:///absolute/path/of/a/node.xml; check the file"
    if "without the" in text:
        return "this libvirt was built without that driver; install its package, or connect through a daemon"
    if transport and f"no connection driver available for {driver}:" in text:
        return (
            f"its daemon has no {driver} driver: install it there (Debian: libvirt-daemon-driver-{driver}), "
            f"or open the socket of the daemon that has it (virt{driver}d)"
        )
    if parts.path == "/embed":
        return "embedded QEMU wants qemu:///embed?root=/absolute/directory, one root a process"
    if transport == "ext":
        return "check the command in the URI: it has to join its input and output to libvirt's daemon"
    if not is_remote(uri or ""):
        return _local_advice(driver, text, error_number)
    place = parted(uri or "")
    if not place.host:  # as libvirt takes it
        place = place._replace(host="localhost")
    return _remote_advice(place, transport or "tls", text, error_number)


def _local_advice(driver: str, text: str, error_number: int | None) -> str:
    if error_number in {errno.EACCES, errno.EPERM} or "ermission denied" in text:
        return (
            "permission denied on the daemon's socket: be a member of the group libvirt, or be root, "
            "or open it with readonly=True"
        )
    if error_number == errno.ENOENT:
        return (
            "is the daemon running, and is this its socket? Check systemctl status "
            f"libvirtd or virt{driver or 'qemu'}d; for a socket elsewhere add ?socket=/path to the URI"
        )
    if error_number == errno.ECONNREFUSED:
        return "the socket is there but nothing listens on it: the daemon is not running; start it"
    return "check that the daemon runs (systemctl status libvirtd) and its log (journalctl -u libvirtd)"


class Where(NamedTuple):
    """Host, port and user as a URI has them, decoded; empty where it has none."""

    host: str
    port: str
    user: str

    @property
    def ssh(self) -> str | None:
        """The ssh command that goes the same way; None where its words would not be taken for names."""
        if not is_host(self.host) or not is_user(self.user):
            return None
        port = f"-p {self.port} " if self.port.isascii() and self.port.isdigit() else ""
        return f"ssh {port}{self.user}{'@' if self.user else ''}{self.host}"


def parted(uri: str) -> Where:
    """Part the place that a URI leads to.

    Examples
    --------
    >>> parted("qemu+ssh://ana@[fe80::1%25eth0]:2222/system")
    Where(host='fe80::1%eth0', port='2222', user='ana')
    """
    who, _, where = urlsplit(without_password(uri)).netloc.rpartition("@")
    found = re.fullmatch(r"(?:\[([^\]]*)\]|([^:]*))(?::(.*))?", where)
    if found is None:
        return Where(unquote(where), "", unquote(who))
    return Where(unquote(found[1] or found[2] or ""), found[3] or "", unquote(who))


def _remote_advice(place: Where, transport: str, text: str, error_number: int | None) -> str:
    host = place.host
    if "resolve address" in text or "address lookup" in text or "Could not resolve" in text:
        return f"check the name of the host: {host!r} does not resolve"
    if transport == "tls" and ("ertificate" in text or "handshake" in text):
        return (
            "check the certificates: the client's and the CA's are looked for in ~/.pki/libvirt and "
            "/etc/pki, or where ?pkipath=/directory in the URI says; the host's name must be the one in its "
            "certificate"
        )
    if transport in {"ssh", "libssh", "libssh2"}:
        if "onnection refused" in text or error_number == errno.ECONNREFUSED:
            return f"nothing listens for ssh on {host}; check that sshd runs there, and the port in the URI"
        if place.ssh is None:
            if is_host(host):
                return f"check the user in the URI: {place.user!r} is no name of one"
            return f"check the host in the URI: {host!r} is no name or address of one"
        return (
            f"check that `{place.ssh}` works without asking anything (key, known_hosts, user in the URI) "
            "and that libvirt runs there"
        )
    if error_number == errno.ECONNREFUSED or "onnection refused" in text:
        return f"nothing listens on that port of {host}; check that its daemon listens for {transport}"
    return f"check that {host} can be reached and that its daemon listens for {transport}"
