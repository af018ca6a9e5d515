"""ssh's own list of hosts: the ``Host`` entries of its configuration as hosts of a fleet.

Source of the format: ssh_config(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from os import PathLike
from pathlib import Path

from virtsdk.binding.uri import DRIVERS, build
from virtsdk.resources.hosts_file import HostEntry, checked

_DEFAULT = "~/.ssh/config"
_DEEPEST = 16  # Include in Include, as in ssh


def read_ssh_config(
    patterns: str | Iterable[str], path: str | PathLike[str] | None = None, *, driver: str = "qemu"
) -> dict[str, HostEntry]:
    """Read the hosts of an ssh configuration whose names match patterns.

    A host's URI is ``qemu+ssh://NAME/system`` by its name in the file: ssh, which libvirt starts, looks all
    else up there (address, user, port, key, jump hosts). Of another file than ``~/.ssh/config``, which ssh
    does not read, ``HostName``, ``User`` and ``Port`` go into the URI, and nothing else does.

    Parameters
    ----------
    patterns
        ``"kvm*"``, or several; a host is taken that one of them matches.
    path
        The file; None for ``~/.ssh/config``. Files that it includes are read, too; ``Match`` blocks are not.
    driver
        That of the URIs.

    Returns
    -------
    dict
        A `HostEntry` by name. Entries that are patterns themselves (``Host *``) are no hosts.

    Raises
    ------
    ValueError
        No host matches, or one's name cannot stand in a URI.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w") as file:
    ...     _ = file.write("Host kvm7 kvm8" + chr(10) + "  User ana" + chr(10) + "Host web1")
    ...     file.flush()
    ...     {name: entry.uri for name, entry in read_ssh_config("kvm*", file.name).items()}
    {'kvm7': 'qemu+ssh://ana@kvm7/system', 'kvm8': 'qemu+ssh://ana@kvm8/system'}
    """
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    if not wanted or not all(isinstance(one, str) and one for one in wanted):  # pyright: ignore
        raise ValueError(
            f"ssh_config must be a pattern of names such as 'kvm*', or several, not {patterns!r}"
        )
    if driver not in DRIVERS:
        raise ValueError(f"driver must be one of libvirt's ({', '.join(DRIVERS)}), not {driver!r}")
    usual = Path(_DEFAULT).expanduser()
    file = usual if path is None else Path(path).expanduser()
    blocks = list(_blocks(file, ["*"]))
    names = dict.fromkeys(one for patterns, _, _ in blocks for one in patterns if not set(one) & set("*?!"))
    chosen = [name for name in names if any(fnmatchcase(name, one) for one in wanted)]
    if not chosen:
        raise ValueError(f"{file} has no host that matches {' or '.join(map(repr, wanted))}")
    own = file != usual
    return {name: HostEntry(_uri(name, blocks, driver, str(file), own=own)) for name in chosen}


_Block = tuple[list[str], str, str]  # patterns of names; keyword; its value


def _uri(name: str, blocks: Iterable[_Block], driver: str, where: str, *, own: bool) -> str:
    said: dict[str, str] = {}
    for patterns, keyword, value in blocks if own else ():
        if keyword and _matches(name, patterns):
            said.setdefault(keyword, value)  # ssh takes the first
    host = said.get("hostname", name).replace("%h", name).replace("%%", "%")
    place = f"[{host}]" if ":" in host else host
    try:
        port = said.get("port")
        uri = build(driver, "ssh", place if port is None else f"{place}:{port}", said.get("user"))
    except ValueError as error:
        raise ValueError(f"{where}: no URI for {name!r}: {error}") from None
    return checked(name, uri, where=where)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    found = False
    for one in patterns:
        if one.startswith("!"):
            if fnmatchcase(name, one[1:]):
                return False
        else:
            found |= fnmatchcase(name, one)
    return found


def _blocks(file: Path, patterns: list[str], depth: int = 0) -> Iterator[_Block]:
    """Yield each ``Host`` line (with no keyword), and each setting with the patterns that it holds for."""
    if depth > _DEEPEST:
        raise ValueError(f"{file} is included {depth} deep; it may include itself")
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        if not depth:
            raise
        return
    for line in text.splitlines():
        found = re.fullmatch(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*", line)
        if found is None:
            continue
        keyword, words = found[1].lower(), _words(found[2])
        if keyword == "host":
            patterns = words
            yield patterns, "", ""
        elif keyword == "match":
            patterns = []  # who it is for is not known here
        elif keyword == "include":
            for one in words:
                for included in _included(one):
                    yield from _blocks(included, patterns, depth + 1)
        elif words and patterns:
            yield patterns, keyword, words[0]


def _words(text: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^\s"#]\S*)', text.split(" #")[0])]


def _included(pattern: str) -> list[Path]:
    path = Path(pattern).expanduser()
    path = path if path.is_absolute() else Path(_DEFAULT).expanduser().parent / path
    return sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
