"""The hosts file: hosts by the names that a fleet has for them, with URIs and tags; no passwords."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import cast

from virtsdk.binding import uri as uris
from virtsdk.errors.frames import shows_no_variables

_KEYS = ("uri", "tags")
_SECRET = ("password", "passwd", "pass", "secret", "auth")


@dataclass(frozen=True, slots=True)
class HostEntry:
    """A host of a fleet before it is opened.

    Attributes
    ----------
    uri
        A libvirt URI without a password.
    tags
        Words about it, by name; a tag that is but a name (a group of an inventory) has the value ``""``.
    """

    uri: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@shows_no_variables
def read_hosts(path: str | PathLike[str], *, programs: bool = False) -> dict[str, HostEntry]:
    r"""Read a hosts file.

    It is TOML, a table for each host; a host with no tags may be a line::

        [hosts.kvm7]
        uri = "qemu+ssh://ana@kvm7.example.org/system"
        tags = {rack = "a3", stage = "production"}

        [hosts."kvm8.example.org"]          # a name with dots stands in quotes
        uri = "qemu+tls://kvm8.example.org/system"
        tags = ["spare"]                    # words alone

        [hosts]
        lab = "test:///default"

    Parameters
    ----------
    path
        The file.
    programs
        Whether a URI may name programs to start: as of `virtsdk.connect`.

    Returns
    -------
    dict
        A `HostEntry` by name, in the order of the file.

    Raises
    ------
    ValueError
        The file is no TOML, has no hosts or a key that nobody knows; a URI is none, has a password, or names
        a program. The message says which host's, and shows no password.
    OSError
        It cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
    ...     _ = file.write('[hosts.kvm7]\nuri = "qemu+ssh://kvm7/system"\ntags = {rack = "a3"}')
    ...     file.flush()
    ...     read_hosts(file.name)
    {'kvm7': HostEntry(uri='qemu+ssh://kvm7/system', tags={'rack': 'a3'})}
    """
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{file} must be TOML in UTF-8") from None
    except tomllib.TOMLDecodeError as error:  # it repeats no value of the file
        raise ValueError(f"{file} must be TOML: {error}") from None
    others = [key for key in content if key != "hosts"]
    if others:
        near = "; is [hosts.NAME] meant?" if get_close_matches(others[0], ["hosts"]) else ""
        raise ValueError(f"{file} must have [hosts.NAME] tables alone, not {others[0]!r}{near}")
    hosts = content.get("hosts")
    if not isinstance(hosts, dict) or not hosts:
        raise ValueError(f"{file} must have a table [hosts.NAME] for each host, with uri = ...")
    named = cast("dict[str, object]", hosts)
    return {name: _entry(name, about, str(file), programs) for name, about in named.items()}


def checked(name: object, uri: object, *, where: str, programs: bool = False) -> str:
    """Return the URI of a host as it may be opened; messages show no password.

    Parameters
    ----------
    name, uri
        As they were given.
    where
        What messages begin with: the file that they are from.
    programs
        Whether it may name programs to start.

    Raises
    ------
    TypeError, ValueError
        It is no URI, has a password, or names a program; or the name is none.
    """
    if not isinstance(name, str):
        raise TypeError(f"{where}: the name of a host must be text, not {name!r}")
    if not name or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"{where}: the name of a host must be text that can be printed, without blanks around it, "
            f"not {name!r}"
        )
    if not isinstance(uri, str):
        raise TypeError(f"{where}: the uri of {name!r} must be text, not {type(uri).__name__}")
    if not uri.strip():
        raise ValueError(f"{where}: the uri of {name!r} must not be empty")
    if uris.login(uri)[1] is not None:
        raise ValueError(
            f"{where}: the uri of {name!r} has a password, {uris.without_password(uri)!r}: take it out; "
            "it goes into auth= or libvirt's own auth.conf"
        )
    try:
        uris.check(uri)
        if not programs:
            uris.refuse_programs(uri)
    except ValueError as error:
        raise ValueError(f"{where}: the uri of {name!r}: {error}") from None
    return uri


def _entry(name: str, about: object, where: str, programs: bool) -> HostEntry:
    if isinstance(about, str):
        return HostEntry(checked(name, about, where=where, programs=programs))
    if not isinstance(about, dict):
        raise ValueError(  # noqa: TRY004 - of a file, as all else that is wrong in it
            f"{where}: host {name!r} must be a table with a uri, or a uri, not {type(about).__name__}"
        )
    table = cast("dict[str, object]", about)
    if "uri" not in table and any(isinstance(value, dict) and key != "tags" for key, value in table.items()):
        raise ValueError(
            f"{where}: host {name!r} has tables in it and no uri; a name with dots stands in quotes: "
            f'[hosts."{name}.{next(iter(table))}"]'
        )
    for key in table:
        if key in _SECRET:
            raise ValueError(
                f"{where}: host {name!r} has the key {key!r}; a hosts file has no passwords: they go into "
                "auth= or libvirt's own auth.conf"
            )
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{where}: host {name!r} has the unknown key {key!r}; known: uri, tags{meant}")
    if "uri" not in table:
        raise ValueError(f"{where}: host {name!r} must have a uri")
    if not isinstance(table["uri"], str):
        raise ValueError(  # noqa: TRY004
            f"{where}: the uri of {name!r} must be text, not {type(table['uri']).__name__}"
        )
    uri = checked(name, table["uri"], where=where, programs=programs)
    return HostEntry(uri, _tags(name, table.get("tags", {}), where))


def _tags(name: str, given: object, where: str) -> dict[str, str]:
    if isinstance(given, list):
        given = dict.fromkeys(map(_word, cast("list[object]", given)), "")
    found: dict[str, str] = {}
    for key, value in (
        cast("dict[object, object]", given).items() if isinstance(given, dict) else ((None, 0),)
    ):
        text = _word(value)
        if not isinstance(key, str) or not key or text is None:
            raise ValueError(
                f'{where}: the tags of {name!r} must be words by name, {{rack = "a3"}}, or a list of words'
            )
        found[key] = text
    return found


def _word(value: object) -> str | None:
    """Return a tag's value as text; None for what is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else None
