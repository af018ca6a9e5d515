"""Hosts as a command is given them: URIs, ``NAME=URI``, a hosts file."""

from __future__ import annotations

import argparse
import re
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from virtsdk.cli.arguments import file, uri

_HERE = ("qemu:///system", "qemu:///session", "lxc:///system", "test:///default")
_NAMED = re.compile(r"([^:/?#=]+)=(.+)")


def declare_hosts(parser: argparse.ArgumentParser, *, help: str) -> None:  # noqa: A002 - as of argparse
    """Add the arguments that name hosts."""
    one: Any = parser.add_argument("uri", nargs="*", type=uri, metavar="URI", help=help)
    one.completer = _complete
    parser.add_argument(
        "--hosts", type=file, metavar="FILE", help="hosts by name, as TOML: [hosts.NAME] uri=..."
    )


def _complete(prefix: str, **given: Any) -> list[str]:
    """Complete the URIs of this machine, and files: a recording is one for ``headroom``."""
    from argcomplete.completers import FilesCompleter

    files: Any = FilesCompleter()
    return [*(one for one in _HERE if one.startswith(prefix)), *files(prefix, **given)]


def is_host(given: str) -> bool:
    """Tell whether an argument is a URI of libvirt, or ``NAME=URI``, rather than the place of a recording.

    Examples
    --------
    >>> [is_host(one) for one in ("qemu+ssh://kvm7/system", "b=test:///default", "history", "s3://b/history")]
    [True, True, False, False]
    """
    from virtsdk.binding.uri import DRIVERS

    named = _NAMED.fullmatch(given)
    scheme, colon, _ = (named[2] if named else given).partition("://")
    return bool(colon) and scheme.partition("+")[0].lower() in DRIVERS


def hosts_of(options: argparse.Namespace) -> dict[str, str]:
    """Return the URIs that were given, and those of a hosts file, by name.

    Raises
    ------
    ValueError
        One is no URI or has a password, two are of one name, there are none, or the file cannot be read.
    """
    from virtsdk.resources.hosts_file import checked, read_hosts

    given = names_of(options.uri)
    for name, one in given.items():
        checked(name, one, where="the command line", programs=True)
    try:
        file = {} if options.hosts is None else read_hosts(options.hosts)
    except OSError as error:
        raise ValueError(f"cannot read {options.hosts}: {error.strerror or error}") from error
    twice = given.keys() & file.keys()
    if twice:
        raise ValueError(f"hosts must differ: {min(twice)!r} is in {options.hosts}, too")
    found = {**{name: one.uri for name, one in file.items()}, **given}
    if not found:
        raise ValueError("give a host at least: a URI, or --hosts FILE")
    return found


def names_of(given: Sequence[str]) -> dict[str, str]:
    """Return hosts by the names that recordings and tables have for them.

    These do not depend on whether a host answers: the name that was told (``NAME=URI``), else the host in the
    URI, or this machine's name; the URI itself where two hosts would be called alike.

    Raises
    ------
    ValueError
        It is no URI, or two hosts are one.

    Examples
    --------
    >>> list(names_of(["qemu+ssh://ana@kvm7/system", "b=qemu+tls://10.0.0.8/system", "lxc+ssh://kvm7/system"]))
    ['qemu+ssh://ana@kvm7/system', 'b', 'lxc+ssh://kvm7/system']
    """
    from virtsdk.binding.way_in.door import Door

    told: list[tuple[str | None, str, str]] = []
    for one in given:
        match = _NAMED.fullmatch(one)
        name, uri = (match[1], match[2]) if match else (None, one)
        shown = Door(uri).uri or uri  # refuses what is none; without a password
        told.append((name, uri, shown))
    usual = [name or urlsplit(shown).hostname or socket.gethostname() for name, _, shown in told]
    found: dict[str, str] = {}
    for name, (own, uri, shown) in zip(usual, told, strict=True):
        chosen = name if own or usual.count(name) == 1 else shown
        if chosen in found:
            raise ValueError(f"hosts must differ: {chosen!r} is there twice; name them, NAME=URI")
        found[chosen] = uri
    return found
