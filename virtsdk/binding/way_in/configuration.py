"""libvirt's own client configuration, ``libvirt.conf``: what a short name for a URI stands for.

libvirt would look that up itself, while it opens the connection; here it is known before anything is sent.
Source of the format and of the places: https://libvirt.org/uri.html, "Configuring URI aliases" and "Default
URI choice".
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_TOKEN = re.compile(
    r'#[^\n]*|(?P<long>"""(?:.*?)""")|(?P<text>"[^"\n]*"|\'[^\'\n]*\')|(?P<word>[\w.+-]+)|(?P<sign>[\[\],=])',
    re.DOTALL,
)
_ALIAS = re.compile(r"[A-Za-z0-9_-]+")

Value = str | list[str]


def lookup(name: str | None) -> str | None:
    """Give the URI that an alias, or None for the default, stands for; None where it is not configured."""
    if name is not None and not _ALIAS.fullmatch(name):
        return None
    settings = read(_file())
    if name is None:
        default = settings.get("uri_default")
        return default if isinstance(default, str) and ":" in default else None
    aliases = settings.get("uri_aliases")
    for entry in aliases if isinstance(aliases, list) else ():
        alias, _, uri = entry.partition("=")
        if alias == name and ":" in uri:
            return uri
    return None


def read(file: Path) -> dict[str, Value]:
    """Read the texts and lists of texts in a file of settings; nothing where it is not well formed."""
    found: dict[str, Value] = {}
    try:
        tokens = _tokens(file.read_text())
        while tokens:
            kind, name = tokens.pop(0)
            if kind != "word" or tokens.pop(0) != ("sign", "="):
                return {}
            found[name] = _value(tokens)
    except (OSError, IndexError, ValueError):
        return {}
    return found


def _file() -> Path:
    if os.geteuid() == 0:
        return Path("/etc/libvirt/libvirt.conf")
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path("~/.config").expanduser()) / "libvirt" / "libvirt.conf"


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    end = 0
    for found in _TOKEN.finditer(text):
        if text[end : found.start()].strip():
            raise ValueError(text[end : found.start()])
        end = found.end()
        kind, token = found.lastgroup, found.group()
        if kind == "long":
            tokens.append(("text", token[3:-3]))
        elif kind == "text":
            tokens.append(("text", token[1:-1]))
        elif kind is not None:
            tokens.append((kind, token))
    if text[end:].strip():
        raise ValueError(text[end:])
    return tokens


def _value(tokens: list[tuple[str, str]]) -> Value:
    kind, token = tokens.pop(0)
    if kind in {"text", "word"}:
        return token
    if token != "[":  # noqa: S105 - a bracket, no password
        raise ValueError(token)
    items: list[str] = []
    while (one := tokens.pop(0)) != ("sign", "]"):
        if one[0] == "text":
            items.append(one[1])
        elif one != ("sign", ","):
            raise ValueError(one)
    return items
