"""Private daemons that listen for remote connections on loopback: TCP with SASL, TLS, and an sshd."""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import virtsdk
from tests.integration import private
from tests.ports import free_ports
from virtsdk.lab.daemon_conf import write_libvirtd_conf, write_qemu_conf
from virtsdk.lab.keeper import Keeper
from virtsdk.lab.layout import Layout
from virtsdk.lab.processes import wait_until

USER = "ana"
PASSWORD = "tr0ub4dor-and-3"

_FIRST = """
  echo '{user}:x:64056:64056::{home}/{user}:/bin/sh' >>/etc/passwd
  echo '{user}:x:64056:' >>/etc/group
  cp /etc/shadow {home}/shadow
  echo '{user}:{hash}:19000:0:99999:7:::' >>{home}/shadow
  mount --bind {home}/shadow /etc/shadow
  chown -R 64056:64056 {home}/{user}
  mkdir -p /etc/sasl2
  mount --bind {home}/sasl2 /etc/sasl2
"""
_SSHD = (
    "dropbear -F -E -m -r {home}/hostkey -p 127.0.0.1:{port} -P {home}/dropbear.pid 2>{home}/dropbear.log &"
)


@dataclass
class Site:
    """One host: its daemon's settings, and where it listens."""

    name: str
    pki: Path
    settings: dict[str, object] = field(default_factory=dict)
    mechanisms: str = ""
    ssh: bool = False
    home: Path = Path()
    tcp_port: int = 0
    tls_port: int = 0
    ssh_port: int = 0

    @property
    def layout(self) -> Layout:
        return Layout(self.home)

    @property
    def login(self) -> Path:
        """The home of the one who logs in: the key is in ``.ssh``."""
        return self.home / USER

    @property
    def ports(self) -> list[int]:
        """Where it listens: the sockets for it come after the one in its folder."""
        used = {self.tls_port: True, self.tcp_port: bool(self.mechanisms), self.ssh_port: self.ssh}
        return [port for port, listens in used.items() if listens]

    def prepare(self, folder: Path) -> list[str]:
        """Write everything that the host reads; the command that starts it."""
        self.home = folder / self.name
        self.tcp_port, self.tls_port, self.ssh_port = free_ports(3)
        self.layout.make()
        for part in (self.login / ".ssh", self.home / "sasl2"):
            part.mkdir(parents=True)
        write_qemu_conf(self.layout.settings)
        write_libvirtd_conf(
            self.layout.settings, f"00000000-0000-4000-9000-{self.tls_port:012x}", self.layout.log
        )
        listening = {
            "listen_addr": "127.0.0.1",
            "listen_tcp": 1 if self.mechanisms else 0,
            "tcp_port": str(self.tcp_port),
            "auth_tcp": "sasl",
            "listen_tls": 1,
            "tls_port": str(self.tls_port),
            "auth_tls": "none",
            "unix_sock_rw_perms": "0777",
            "ca_file": str(self.pki / "cacert.pem"),
            "cert_file": str(self.pki / "servercert.pem"),
            "key_file": str(self.pki / "serverkey.pem"),
        }
        with (self.layout.settings / "libvirtd.conf").open("a") as conf:
            for key, value in (listening | self.settings).items():
                conf.write(f"{key} = {value}\n" if isinstance(value, int) else f'{key} = "{value}"\n')
        self._write_passwords()
        if self.ssh:
            self._write_keys()
        return self._command()

    @property
    def _passwords(self) -> Path:
        return self.home / "sasl.db"

    def set_password(self, password: str) -> None:
        """Give the one who logs in another password for SASL."""
        place = ["-f", str(self._passwords), "-a", "libvirt", "-u", self.name]
        subprocess.run(["saslpasswd2", "-p", *place, USER], input=password.encode(), check=True)

    def _write_passwords(self) -> None:
        (self.home / "sasl2" / "libvirt.conf").write_text(
            f"mech_list: {self.mechanisms}\nsasldb_path: {self._passwords}\n"
        )
        if self.mechanisms:
            self.set_password(PASSWORD)

    def _write_keys(self) -> None:
        for key in (self.login / ".ssh" / "key", self.home / "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        shutil.move(self.login / ".ssh" / "key.pub", self.login / ".ssh" / "authorized_keys")
        shutil.move(self.login / ".ssh" / "key", self.home / "key")
        made = subprocess.run(
            ["dropbearkey", "-t", "ed25519", "-f", self.home / "hostkey"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        public = next(line for line in made.stdout.splitlines() if line.startswith("ssh-"))
        stranger = (self.home / "stranger.pub").read_text()
        for name, key in (("known", public), ("changed", stranger)):
            line = f"[127.0.0.1]:{self.ssh_port} {' '.join(key.split()[:2])}\n"
            (self.home / name).write_text(line)
        (self.home / "nobody").touch()

    def _command(self) -> list[str]:
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, check=True, capture_output=True, text=True
        ).stdout.strip()
        first = _FIRST.format(home=self.home, user=USER, hash=hashed)
        first += _SSHD.format(home=self.home, port=self.ssh_port) if self.ssh else ""
        return private.command(self.layout, first=first, arguments="--listen", own_network=False)

    def ssh_program(self, known_hosts: Path) -> Path:
        """A script that runs ssh with a list of known hosts of its own and nobody's configuration."""
        script = self.home / f"ssh-{known_hosts.name}" / "ssh"
        script.parent.mkdir(exist_ok=True)
        script.write_text(
            f"#!/bin/sh\nexec {shutil.which('ssh')} -F none -o UserKnownHostsFile={known_hosts} "
            '-o GlobalKnownHostsFile=/dev/null -o IdentityAgent=none "$@"\n'
        )
        script.chmod(0o755)
        return script

    def opened(self) -> virtsdk.lab.LabHost:
        """A connection through the socket, past all that is tested here, with the faults of a lab host."""
        return virtsdk.lab.LabHost.open(self.layout)


def start(*sites: Site) -> Keeper:
    """Start hosts; they end with this process or with the keeper."""
    keeper = Keeper()
    keeper.folder.chmod(0o711)  # the one who logs in has to get through to a home and a key below it
    private.start(keeper, {keeper.folder / site.name: site.prepare(keeper.folder) for site in sites})
    for port in (port for site in sites for port in site.ports):
        assert wait_until(lambda port=port: is_open(port), 60), f"nothing listens on port {port}"
    return keeper


def is_open(port: int) -> bool:
    """Whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
