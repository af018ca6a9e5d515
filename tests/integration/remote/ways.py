"""The ways to a host, with the right credentials and with wrong ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .sites import PASSWORD, USER, Site

RIGHT = {"username": USER, "password": PASSWORD}
WRONG = {"username": USER, "password": "c0rrect-horse"}


@dataclass
class Way:
    """A URI and what `virtsdk.connect` is given beside it."""

    uri: str
    options: dict[str, Any] = field(default_factory=dict)


def tls(site: Site, identity: Path, *, name: str = "localhost", more: str = "", **options: Any) -> Way:
    return Way(f"qemu+tls://{name}:{site.tls_port}/system?pkipath={identity}{more}", options)


def tcp(site: Site, **options: Any) -> Way:
    return Way(f"qemu+tcp://127.0.0.1:{site.tcp_port}/system", options)


def ssh(site: Site, key: str, known: str = "known") -> Way:
    query = f"command={site.ssh_program(site.home / known)}&keyfile={site.home / key}&no_tty=1"
    return Way(f"qemu+ssh://{USER}@127.0.0.1:{site.ssh_port}/system?{query}")


def by_key(library: str, site: Site, key: str, known: str = "known") -> Way:
    query = f"keyfile={site.home / key}&known_hosts={site.home / known}&sshauth=privkey"
    return Way(f"qemu+{library}://{USER}@127.0.0.1:{site.ssh_port}/system?{query}")


def by_password(library: str, site: Site, known: str = "known", **options: Any) -> Way:
    query = f"known_hosts={site.home / known}&sshauth=password"
    return Way(f"qemu+{library}://{USER}@127.0.0.1:{site.ssh_port}/system?{query}", options)
